// A call that waits for consent while the conversation goes on, and is shortened: whoever asked for it is not forgotten.

import { expect, test } from "vitest";
import type { ModelRequest } from "../../src/core/model.ts";
import type { Tool } from "../../src/core/tool.ts";
import { wireFaults } from "../context/wire-rules.ts";
import { FakeModel, type Script } from "../support/fake-model.ts";
import { startTestApp } from "../support/start-test-app.ts";

const CONFIG = [
  'roles: { admin: { users: ["slack:root"], grants: ["*"] }, member: { users: ["*"], grants: [shell.exec] } }',
  "approvals: { capabilities: [shell.exec], approvers: [admin], expiresHours: 24 }",
  "context: { budgetTokens: 7000, keepRecentTokens: 2000, summaryTokens: 400 }",
].join("\n");
const deploy: Tool = {
  name: "deploy",
  description: "",
  capabilities: ["shell.exec"],
  parameters: { type: "object" },
  run: async () => `deployed as release 4711\n${"log line\n".repeat(100)}`,
};

test.each([
  ["far above", 1],
  ["behind a compaction", 8],
])("%s, the model is told what it goes on with and where the result is", async (_where, messages) => {
  const fallback = (request: ModelRequest): Script => {
    const last = request.items.at(-1);
    const reference = /"reference":"([^"]+)"/.exec(last?.text ?? "")?.[1];
    const call = { text: "I deploy it.", calls: [{ name: "deploy", arguments: { what: "shop" } }] };
    if (last?.role === "person" && last.text.includes("deploy the shop"))
      return reference ? { calls: [{ name: "recall", arguments: { reference } }] } : call;
    if (last?.role === "model") return /release \d+/.exec(last.calls[0]?.result ?? "")?.[0] ?? "nothing is known";
    return "fine";
  };
  const model = new FakeModel([], { fallback });
  await using bot = await startTestApp({ model, tools: [deploy], config: CONFIG });
  await bot.say("Please deploy the shop, and tell me the number of the release.");
  await bot.idle();
  const asked = bot.chat.posts.at(-1);
  for (let n = 1; n <= messages; n += 1) {
    await bot.say(`Message ${n}. ${"The harbour was busy today. ".repeat(50)}`);
    await bot.idle();
  }
  const { record } = await bot.store.shownSteps("slack:general");
  expect((record?.upto ?? 0) > 3).toBe(messages > 1);
  await bot.chat.buttons.press({
    id: asked?.buttons?.find(({ kind }) => kind === "approve")?.id ?? "",
    by: { id: "slack:root", name: "Root" },
  });
  await bot.idle();
  expect(model.requests.flatMap(({ items }) => wireFaults(items))).toEqual([]);
  expect(bot.answers.at(-1)).toContain("release 4711");
});
