// P15: every message can be explained, whatever became of it: who, by whom, what was decided and by which rule, how long, what it
// took, what was sent. Only in the conversation it belongs to, and without what is nobody's business.

import { describe, expect, test } from "vitest";
import { AppError } from "../../src/core/errors.ts";
import type { Tool } from "../../src/core/tool.ts";
import { FakeModel } from "../support/fake-model.ts";
import { startTestApp, type TestApp } from "../support/start-test-app.ts";

const root = { id: "slack:root", name: "Root" };
const bob = { id: "slack:bob", name: "Bob" };
const CONFIG =
  'roles: { admin: { users: ["slack:root"], grants: ["*"] }, member: { users: ["*"], grants: [net.fetch, shell.exec, agent.spawn] } }\n' +
  "approvals: { capabilities: [shell.exec], approvers: [admin] }\ntimeZone: Asia/Shanghai\n";
const never = new Promise<void>(() => {});

const tool = (name: string, capability: string, run: Tool["run"]): Tool => ({
  name,
  description: "",
  capabilities: [capability],
  parameters: { type: "object" },
  run,
});

let asks = 0;
async function why(bot: TestApp, argument = "", more: Parameters<TestApp["say"]>[1] = {}): Promise<string> {
  asks += 1;
  const result = await bot.say(`/why ${argument}`, { key: `slack:why:${asks}`, ...more });
  return result.status === "answered" ? result.text : result.status;
}

const say = async (bot: TestApp, ...said: Parameters<TestApp["say"]>): Promise<void> => {
  await bot.say(...said);
  await bot.idle();
};

/** The id of the task behind the last answer. */
const lastTask = async (bot: TestApp): Promise<string> => (await bot.store.tasks({ limit: 1 }))[0]?.id ?? "";

describe("P15: an answered message", () => {
  test("tells who, which agent, how long, each model's calls, tokens, cached share and money, tools with their rule, what was sent", async () => {
    const slow = tool("slow", "net.fetch", async (_, { clock }) => {
      bot.clock.advance(2_500);
      return `at ${clock.now()}`;
    });
    const usage = { inputTokens: 100, cachedInputTokens: 300, outputTokens: 10 };
    const bot = await startTestApp({
      tools: [slow],
      config: CONFIG,
      model: [
        { calls: [{ name: "slow" }], usage },
        { calls: [{ name: "slow", arguments: { a: 1 } }, { name: "rm" }], usage },
        "done",
      ],
    });
    await using _ = bot;
    await say(bot, "when?\n`now`");
    const id = await lastTask(bot);
    expect((await why(bot)).split("\n")).toEqual([
      "**Ann** (`slack:ann`) on 2026-11-21 17:00 Asia/Shanghai: `when? 'now'`",
      "Answered by main; waited 0.0 s, worked 5.0 s.",
      "- fake/model: 3 calls, 900 tokens in (67 % cached), 30 out, $0.0007",
      "- `slow`: ok ×2, 5.0 s (granted to member on slack)",
      "- `rm`: error, 0.0 s (unknown tool)",
      `- Answer: sent on 2026-11-21 17:00 Asia/Shanghai \`${id}\`, 1 try`,
      `\`${id}\` in \`slack:general\``,
    ]);
  });

  test("counted back, by its task, and of others only in their own conversation", async () => {
    await using bot = await startTestApp({ model: ["one", "two", "three"], config: CONFIG });
    await say(bot, "first");
    bot.clock.advance(1);
    await say(bot, "second");
    const second = await lastTask(bot);
    await say(bot, "/status");
    await say(bot, "elsewhere", { session: "slack:other", sender: bob });
    expect(await why(bot)).toContain("`second`");
    expect(await why(bot, "2")).toContain("`first`");
    expect(await why(bot, "3")).toContain("There is no such message here");
    const [others] = await bot.store.tasks({ session: "slack:other", limit: 1 });
    expect(await why(bot, others?.id)).toContain("There is no such message here");
    expect(await why(bot, second)).toContain("`second`");
    expect(await why(bot, second, { session: "slack:other" })).toContain("There is no such message here");
    // A name that only begins alike is another conversation.
    expect(await why(bot, second, { session: "slack:gener" })).toContain("There is no such message here");
  });

  test("after a fail-over: which model broke off and why, and which one answered", async () => {
    const backup = new FakeModel(["from the backup"], { name: "backup" });
    const model = [new AppError("provider-auth", "sk-secret-key at /home/me rejected by vendor")];
    await using bot = await startTestApp({ model, backups: [backup], config: CONFIG });
    await say(bot, "hi");
    const text = await why(bot);
    expect(text).toContain("- fake/model: 1 call broke off (provider-auth), about $0.00");
    expect(text).toContain("- backup/model: 1 call, 100 tokens in (0 % cached), 10 out, $0.0002");
    expect(text).not.toMatch(/sk-secret|\/home|vendor/);
  });

  test("after a crash: how often it was begun, and nothing that was done before is forgotten", async () => {
    let killed: (() => void) | undefined;
    const hangs = new Promise<void>((resolve) => {
      killed = resolve;
    });
    const fetch = tool("fetch", "net.fetch", async () => "page");
    const first = await startTestApp({
      tools: [fetch],
      config: CONFIG,
      model: [{ calls: [{ name: "fetch" }] }, { text: "half an an", until: hangs }],
    });
    await first.say("look");
    await expect.poll(() => first.model.requests.length).toBe(2);
    await first.stop();
    killed?.();
    await using second = await startTestApp({ folder: first.folder, tools: [fetch], config: CONFIG, model: ["whole"] });
    await expect.poll(() => second.answers).toEqual(["whole"]);
    await second.idle();
    const text = await why(second);
    expect(text).toContain(", begun 2 times");
    expect(text).toContain("- fake/model: 2 calls, 200 tokens in");
    expect(text).toContain("- fake/model: 1 call broke off (shutting-down), about $0.00");
    expect(text).toContain("- `fetch`: ok");
  });

  test("worked together with others that were collected", async () => {
    let open = (): void => {};
    const until = new Promise<void>((resolve) => {
      open = resolve;
    });
    await using bot = await startTestApp({
      model: [{ text: "one", until }, "two"],
      config: "queue: { whileBusy: collect }",
    });
    await bot.say("first");
    await expect.poll(() => bot.model.requests.length).toBe(1);
    await bot.say("second");
    await bot.say("third");
    open();
    await bot.idle();
    for (const back of ["1", "2"])
      expect(await why(bot, back)).toContain("Worked together with 1 more of the same person.");
  });
});

describe("P15: one that is not answered yet", () => {
  test("running: what it does; behind it in the line: how many are before it; taken back, stopped", async () => {
    const dig = tool("dig", "net.fetch", () => never.then(() => ""));
    await using bot = await startTestApp({ tools: [dig], model: [{ calls: [{ name: "dig" }] }], config: CONFIG });
    await bot.say("one");
    await expect.poll(async () => (await bot.eventsOf("tool_start")).length).toBe(1);
    await bot.say("two", { key: "slack:two" });
    await bot.say("three");
    expect(await why(bot, "3")).toContain("Being worked by main (`dig` runs); waited 0.0 s, worked 0.0 s.");
    expect(await why(bot, "3")).toContain("- `dig`: no result yet");
    expect(await why(bot)).toContain("Waits behind 2 before it.");
    await bot.chat.inbox.withdraw("slack:two");
    expect(await why(bot, "2")).toContain("Taken back by the sender.");
    await bot.say("/stop");
    await bot.until(() => bot.answers.includes("Stopped."));
    await bot.idle();
    expect(await why(bot, "3")).toContain("Stopped, worked by main;");
  });

  test("put back after a failure: when it is tried again; failed for good: why", async () => {
    const down = new AppError("provider-unavailable", "down");
    await using bot = await startTestApp({ model: new FakeModel([], { fallback: down }), config: CONFIG });
    await bot.say("hi");
    await bot.until(() => bot.app.runner.running === 1);
    await bot.until(() => bot.app.runner.running === 0, 100);
    expect(await why(bot)).toMatch(/Waits \d\.\d s before it is tried again\./);
    await bot.until(() => bot.answers.some((text) => text.includes("cannot be reached")));
    await bot.idle();
    const text = await why(bot);
    expect(text).toMatch(/Failed \(provider-unavailable\), worked by main; .*, begun 4 times/);
    expect(text).toMatch(/- fake\/model: \d+ calls broke off \(provider-unavailable\)/);
    expect(text).toContain("\nThe model cannot be reached just now. Please try again in a few minutes.\n");
    expect(text).toContain("- Failure: sent on");
  });

  test("waiting for consent: to what; then who gave it, and what was said about it", async () => {
    const deploy = tool("deploy", "shell.exec", async () => "out");
    await using bot = await startTestApp({
      tools: [deploy],
      model: [{ calls: [{ name: "deploy" }] }, "It is out."],
      config: CONFIG,
    });
    await say(bot, "deploy");
    const id = /\/approve (\S+?)`/.exec(bot.answers[0] ?? "")?.[1] ?? "";
    expect(await why(bot)).toContain(`Waits for consent to \`deploy\` (\`${id}\`).`);
    await say(bot, `/approve ${id}`, { sender: root });
    const text = await why(bot);
    expect(text).toContain("- Consent to `deploy`: used by slack:root");
    expect(text).toContain("- `deploy`: ok, 0.0 s (granted to member on slack)");
    expect(text.match(/- Notice: sent/g)).toHaveLength(2);
  });

  test("an answer that is not delivered says so, and how often it was tried", async () => {
    await using bot = await startTestApp({ model: ["one"], config: CONFIG });
    bot.chat.plan.push({ status: "retry", reason: "secret of the platform" });
    await bot.say("hi");
    await expect.poll(() => bot.chat.plan.length).toBe(0);
    await expect.poll(() => why(bot)).toContain("- Answer: not sent yet, 1 try");
    await bot.until(() => bot.answers.includes("one"));
    await bot.idle();
    expect(await why(bot)).toMatch(/- Answer: sent on .*, 2 tries/);
    expect(await why(bot)).not.toContain("secret");
  });
});

describe("P15: one that became no task, or others'", () => {
  test("refused because the line was full", async () => {
    await using bot = await startTestApp({
      model: [{ text: "slow", until: never }],
      config: "queue: { waitingPerSession: 1 }",
    });
    await bot.say("one");
    await expect.poll(() => bot.model.requests.length).toBe(1);
    for (const text of ["two", "three"]) await bot.say(text);
    expect(await why(bot)).toContain("Refused (line-full).");
    expect(await why(bot)).toContain("`three`");
  });

  test("a command, by its id", async () => {
    await using bot = await startTestApp({ config: CONFIG });
    const { message } = await bot.say("/skills");
    await bot.idle();
    const text = await why(bot, message.id);
    expect(text).toContain("`/skills`\nA command, answered at once.");
    expect(text).toContain("- Notice: sent on");
    expect(await why(bot)).toContain("There is no such message here");
  });

  test("one that called agents: which, and how they are; each by its task", async () => {
    const model = new FakeModel([], {
      fallback: ({ system }) => (system.includes("You are researcher") ? "found" : { text: "busy", until: never }),
    });
    await using bot = await startTestApp({
      model,
      agents: [{ name: "researcher" }, { name: "coder" }],
      config: CONFIG,
    });
    await bot.say("@researcher look and @coder write");
    await expect.poll(() => bot.answers.some((text) => text.includes("found"))).toBe(true);
    const text = await why(bot);
    expect(text).toMatch(/- Called @researcher \(`task_\w+`\): done\n- Called @coder \(`task_\w+`\): running/);
    const researcher = /@researcher \(`(task_\w+)`/.exec(text)?.[1] ?? "";
    expect(await why(bot, researcher)).toContain("Answered by @researcher;");
    expect(await why(bot, researcher)).toContain("**Ann** (`slack:ann`)");
    expect(await why(bot, researcher, { session: "slack:other" })).toContain("There is no such message here");
  });

  test("one whose task called agents", async () => {
    const model = new FakeModel([], {
      fallback: ({ system, items }) => {
        if (system.includes("You are researcher")) return "found";
        const isFirst = items.at(-1)?.role === "person";
        return isFirst
          ? { calls: [{ name: "spawn_agent", arguments: { agent: "researcher", goal: "look" } }] }
          : "it works";
      },
    });
    await using bot = await startTestApp({ model, agents: [{ name: "researcher" }], config: CONFIG });
    await say(bot, "have it looked up");
    expect(await why(bot)).toMatch(/- Called @researcher \(`task_\w+`\): done/);
  });

  test("nothing was said yet", async () => {
    await using bot = await startTestApp({ config: CONFIG });
    expect(await why(bot)).toContain("There is no such message here");
  });

  test("a press that was refused is told with its rule", async () => {
    await using bot = await startTestApp({ model: [{ text: "slow", until: never }], config: CONFIG });
    await bot.say("work");
    await expect.poll(() => bot.model.requests.length).toBe(1);
    const button = await bot.chat.buttons.make("stop", await lastTask(bot));
    await bot.chat.buttons.press({ id: button, by: bob });
    expect(await why(bot)).toContain("- slack:bob, press stop: denied (the task is slack:ann's)");
  });
});

test("P15: a message in Chinese is explained in Chinese", async () => {
  const fetch = tool("fetch", "net.fetch", async () => "page");
  await using bot = await startTestApp({
    tools: [fetch],
    model: [{ calls: [{ name: "fetch" }] }, "好"],
    config: CONFIG,
  });
  await say(bot, "你好");
  const id = await lastTask(bot);
  expect((await why(bot)).split("\n")).toEqual([
    "**Ann**（`slack:ann`）于 2026-11-21 17:00 Asia/Shanghai：`你好`",
    "由 main 回答；等待 0.0 秒，处理 0.0 秒。",
    "- fake/model：2 次，输入 200 个词元（缓存 0%），输出 20 个，$0.0004",
    "- `fetch`：ok，0.0 秒（granted to member on slack）",
    `- 回答：2026-11-21 17:00 Asia/Shanghai 已发送 \`${id}\`，尝试 1 次`,
    `\`${id}\`，会话 \`slack:general\``,
  ]);
});
