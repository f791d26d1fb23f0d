// What the doctor says of Feishu.

import { expect, test } from "vitest";
import { lookAtFeishu } from "../../../../src/channels/feishu/look-at-feishu.ts";
import { systemClock } from "../../../../src/lib/system-clock.ts";
import { startFeishuSimulator } from "../../../simulators/feishu/feishu-simulator.ts";
import { settingsOf } from "../start-feishu-app.ts";

test("a bot with its rights is well", async () => {
  await using sim = await startFeishuSimulator({ botName: "Box" });
  expect(await lookAtFeishu(settingsOf(sim, "ws"), systemClock)).toBe('the bot "Box" answers, over a long connection');
});

test("rights that are missing are named, with the address the platform gives", async () => {
  await using sim = await startFeishuSimulator({ scopes: ["im:message:send_as_bot"] });
  const looking = lookAtFeishu(settingsOf(sim, "webhook"), systemClock);
  await expect(looking).rejects.toThrow(/im:message:readonly.*https:\/\/open\.feishu\.cn\/app\/cli_/s);
  await expect(looking).rejects.toThrow(/im:chat:readonly/);
  expect(sim.world.posts()).toEqual([]);
});

test("wrong credentials, and a platform that is not there, are told apart", async () => {
  await using sim = await startFeishuSimulator();
  const settings = settingsOf(sim, "ws");
  await expect(lookAtFeishu({ ...settings, appSecret: "wrong" }, systemClock)).rejects.toThrow("FEISHU_APP_SECRET");
  await expect(lookAtFeishu({ ...settings, domain: "http://127.0.0.1:9" }, systemClock)).rejects.toThrow("reached");
});
