// The tokens in .env and `start` are all it takes.

import { expect, test } from "vitest";
import { startSlackSimulator } from "../../../simulators/slack/slack-simulator.ts";
import { Machine } from "../../../support/program.ts";

test("a team works with the bot once the tokens are in .env", { timeout: 30_000 }, async () => {
  await using sim = await startSlackSimulator();
  await using machine = Machine.lean();
  machine.write(
    ".env",
    `SLACK_API_URL=${sim.apiUrl}\nSLACK_BOT_TOKEN=${sim.botToken}\nSLACK_APP_TOKEN=${sim.appToken}\n`,
  );
  const running = machine.start(["start"]);
  await running.logged("ready");
  const said = sim.people.say("alice", "general", "hello", { mention: true });
  await sim.until(() => sim.world.texts("general", said.ts).length > 1, 15_000);
  expect(sim.world.texts("general", said.ts)[1]).toMatch(/demo/i);
  running.kill("SIGTERM");
  expect((await running.ended).code).toBe(0);
  expect(sim.sockets.open).toEqual([]);
  expect(running.lines.join("\n")).not.toContain(sim.botToken);
});

test("a wrong token ends the start with what to mend", { timeout: 30_000 }, async () => {
  await using sim = await startSlackSimulator();
  await using machine = Machine.lean();
  machine.write(".env", `SLACK_API_URL=${sim.apiUrl}\nSLACK_BOT_TOKEN=xoxb-wrong\nSLACK_APP_TOKEN=${sim.appToken}\n`);
  const { code, stdout, stderr } = await machine.run(["start"]);
  expect(code).not.toBe(0);
  expect(stdout + stderr).toContain("SLACK_BOT_TOKEN is not valid");
});
