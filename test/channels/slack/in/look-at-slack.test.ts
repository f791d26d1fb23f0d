// What `signalbox doctor` finds out about Slack.

import { expect, test } from "vitest";
import { lookAtSlack } from "../../../../src/channels/slack/look-at-slack.ts";
import { type SlackSimulator, startSlackSimulator } from "../../../simulators/slack/slack-simulator.ts";

const look = (sim: SlackSimulator, botToken = sim.botToken, appToken = sim.appToken): Promise<string> =>
  lookAtSlack({ botToken, apiUrl: sim.apiUrl, transport: { mode: "socket", appToken } });

test("all is well", async () => {
  await using sim = await startSlackSimulator();
  expect(await look(sim)).toMatch(/the bot "bot" of Acme answers, over Socket Mode/);
  const http = { mode: "http", signingSecret: "s" } as const;
  expect(await lookAtSlack({ botToken: sim.botToken, apiUrl: sim.apiUrl, transport: http })).toMatch(/\/slack\/events/);
});

test("a token that is no good is named", async () => {
  await using sim = await startSlackSimulator();
  await expect(look(sim, "xoxb-wrong")).rejects.toThrow(/SLACK_BOT_TOKEN is not valid/);
  await expect(look(sim, sim.botToken, "xapp-wrong")).rejects.toThrow(/SLACK_APP_TOKEN is not valid/);
  await expect(look(sim, sim.botToken, sim.botToken)).rejects.toThrow(/begins with xapp-/);
});

test("a missing scope is named, with what it is for", async () => {
  await using sim = await startSlackSimulator({ scopes: ["chat:write", "channels:history", "channels:read"] });
  await expect(look(sim)).rejects.toThrow(/users:read \(names of people\)\n {2}files:read/);
});

test("a Slack that cannot be reached is said so", async () => {
  const transport = { mode: "socket", appToken: "xapp-1" } as const;
  const unreachable = lookAtSlack({ botToken: "xoxb-1", apiUrl: "http://127.0.0.1:1/api/", transport });
  await expect(unreachable).rejects.toThrow(/cannot be reached/);
});
