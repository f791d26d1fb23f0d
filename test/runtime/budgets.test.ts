// Budgets as people meet them, through the whole app: what happens at the limit is the configured rule, and is said.

import { describe, expect, test } from "vitest";
import type { Tool } from "../../src/core/tool.ts";
import { FakeModel, type Script } from "../support/fake-model.ts";
import { startTestApp, type TestApp } from "../support/start-test-app.ts";

const HOUR_MS = 3_600_000;
/** 4,000 tokens of output: 4 cents, and a little for the input. */
const costly = (text: string): Script => ({ text, usage: { outputTokens: 4_000 } });
const root = { id: "slack:root", name: "Root" };
const bob = { id: "slack:bob", name: "Bob" };
const PEOPLE =
  'roles: { admin: { users: ["slack:root"], grants: ["*"] }, member: { users: ["*"], grants: [agent.spawn] } }\ntimeZone: Asia/Shanghai\n';
const look: Tool = {
  name: "look",
  description: "",
  capabilities: [],
  parameters: { type: "object" },
  run: async () => "seen",
};

async function ask(bot: TestApp, ...[text, more]: Parameters<TestApp["say"]>): Promise<string | undefined> {
  await bot.say(text, more);
  await bot.idle();
  return bot.answers.at(-1);
}

describe("stop", () => {
  test("the task ends with one sentence that names the budget and when it is free again; the next day all is well", async () => {
    await using bot = await startTestApp({
      model: [costly("one"), "two"],
      config: `${PEOPLE}budgets: { person: { usdPerDay: 0.04 } }`,
    });
    await ask(bot, "first");
    expect(await ask(bot, "second")).toBe(
      "Your budget for today ($0.04) is used up, so this was ended. What was done so far is kept. It is free again on 2026-11-22 00:00 Asia/Shanghai.",
    );
    expect(await ask(bot, "第三个")).toBe(
      "您今天的预算（$0.04）已用完，任务已结束，已完成的部分会保留。2026-11-22 00:00 Asia/Shanghai 起恢复。",
    );
    expect((await bot.store.tasks({ limit: 3 })).map(({ state, reason }) => [state, reason])).toEqual([
      ["failed", "task-budget"],
      ["failed", "task-budget"],
      ["done", null],
    ]);
    expect(await ask(bot, "and I?", { sender: bob })).toBe("two");
    bot.clock.advance(7 * HOUR_MS);
    expect(await ask(bot, "again")).toBe("(the script is used up)");
  });

  test("what was said before the limit is kept", async () => {
    await using bot = await startTestApp({
      tools: [look],
      model: [{ text: "I look.", calls: [{ name: "look" }], usage: { outputTokens: 60_000 } }],
      config: "budgets: { task: { tokens: 50000 } }",
    });
    expect(await ask(bot, "go")).toBe(
      "I look.\n\nThe budget of this task (50,000 tokens) is used up, so this was ended. What was done so far is kept. A new message begins with a fresh one.",
    );
  });

  test("a budget of everybody and one of a chat hold as well, over all threads and channels of it", async () => {
    await using bot = await startTestApp({
      model: [costly("one"), costly("two")],
      config: `${PEOPLE}budgets: { chat: { usdPerDay: 0.04 }, everybody: { usdPerDay: 0.08 } }`,
    });
    await ask(bot, "first", { session: "slack:T1:C1:thread-1" });
    expect(await ask(bot, "second", { session: "slack:T1:C1:thread-2", sender: bob })).toContain(
      "This chat's budget for",
    );
    await ask(bot, "third", { session: "slack:T1:C2:thread-1" });
    expect(await ask(bot, "fourth", { session: "slack:T1:C3" })).toContain("The budget of all of us for today");
    expect(bot.model.requests).toHaveLength(2);
  });

  test("what a spawned agent spends counts for who called it", async () => {
    const model = new FakeModel([], {
      fallback: ({ system }) => (system.includes("You are researcher") ? costly("found") : "main"),
    });
    await using bot = await startTestApp({
      model,
      agents: [{ name: "researcher" }],
      config: `${PEOPLE}budgets: { person: { usdPerDay: 0.04 } }`,
    });
    await ask(bot, "@researcher look it up");
    expect(await ask(bot, "and now?")).toContain("Your budget for today");
    expect(await ask(bot, "and I?", { sender: bob })).toBe("main");
  });

  test("a summary counts for the task it was needed by, and where none can be paid for the mechanical one does", async () => {
    const filler = "The harbour was busy today. ".repeat(50);
    const context = "context: { budgetTokens: 7000, keepRecentTokens: 2000, summaryTokens: 400 }\n";
    const summaries = async (budgets: string): Promise<readonly (readonly [string, number])[]> => {
      const cheap = new FakeModel([], {
        name: "cheap",
        fallback: { text: "no summary", usage: { outputTokens: 300 } },
      });
      await using bot = await startTestApp({
        model: new FakeModel([], { fallback: "ok" }),
        cheap,
        cheapFacts: { inputUsd: 100, cacheWriteUsd: 100 },
        config: PEOPLE + context + budgets,
      });
      for (let n = 0; n < 6; n += 1) await ask(bot, `Message ${n}. ${filler}`);
      await ask(bot, "/compact");
      const tasks = await bot.store.tasks({ limit: 10 });
      expect(tasks.every(({ state }) => state === "done")).toBe(true);
      expect(await bot.store.shownSteps("slack:general")).toMatchObject({ record: expect.anything() });
      const accounts = await Promise.all(tasks.map(({ id }) => bot.store.account(id)));
      return accounts.flatMap(({ models }) => models.map(({ model, usage }) => [model, usage.outputTokens] as const));
    };
    expect(await summaries("")).toContainEqual(["cheap/model", 300]);
    const paid = await summaries("budgets: { person: { usdPerDay: 0.05 } }");
    expect(paid.filter(([model]) => model === "cheap/model")).toEqual([]);
  });

  test("a restart forgets nothing that was spent", async () => {
    const config = `${PEOPLE}budgets: { person: { usdPerDay: 0.04 } }`;
    const first = await startTestApp({ model: [costly("one")], config });
    await ask(first, "first");
    await first.stop();
    await using second = await startTestApp({ folder: first.folder, model: ["never"], config });
    expect(await ask(second, "second", { key: "slack:later" })).toContain("is used up");
  });

  test("a task that goes on after a restart has spent what its call took that broke off", async () => {
    const config = "budgets: { task: { tokens: 6000 } }";
    const words = "many words of an answer ".repeat(2_000);
    await using first = await startTestApp({ model: [{ text: words, until: new Promise(() => {}) }], config });
    await first.say("go");
    await first.until(() => first.model.requests.length === 1);
    for (let turns = 0; turns < 50; turns += 1) await new Promise((resolve) => setImmediate(resolve));
    await first.stop();
    await using second = await startTestApp({ folder: first.folder, model: ["never"], config });
    await second.idle();
    expect(second.answers.at(-1)).toContain("The budget of this task (6,000 tokens) is used up");
    expect(second.model.requests).toEqual([]);
  });
});

describe("cheaper", () => {
  const config = `${PEOPLE}budgets: { person: { usdPerDay: 0.08 }, atLimit: cheaper }`;
  const inputUsd = 0.01;
  const cheapFacts = { inputUsd, cachedInputUsd: inputUsd, cacheWriteUsd: inputUsd, outputUsd: 0.1 };

  test("the cheap role goes on before the limit, not behind it, and says so; when even that does not fit, the task ends", async () => {
    const cheap = new FakeModel(["from the small one", { text: "more", usage: { outputTokens: 400_000 } }], {
      name: "small",
    });
    // One whole reply of the main model is 4 cents: a second one might not fit.
    await using bot = await startTestApp({ model: [costly("one")], cheap, cheapFacts, config });
    await ask(bot, "first");
    expect(await ask(bot, "second")).toBe(
      "from the small one\n\n_(A smaller model answered, because your budget for today is nearly used up.)_",
    );
    await ask(bot, "third");
    expect(await ask(bot, "fourth")).toContain("is used up, so this was ended");
    expect([bot.model.requests.length, cheap.requests.length]).toEqual([1, 2]);
    expect(await bot.say("/why 3")).toMatchObject({ text: expect.stringContaining("- small/model: 1 call") });
  });
});

describe("ask", () => {
  const config = `${PEOPLE}budgets: { person: { usdPerDay: 0.04 }, atLimit: ask }\napprovals: { approvers: [admin], expiresHours: 2 }`;
  const id = (bot: TestApp): string => /\/approve (\S+?)`/.exec(bot.answers.at(-1) ?? "")?.[1] ?? "";

  async function asked(model: readonly Script[]): Promise<TestApp> {
    const bot = await startTestApp({ model: [costly("one"), ...model], tools: [look], config });
    await ask(bot, "first");
    await ask(bot, "second");
    return bot;
  }

  test("an approver is asked, how much more is said; approved, that one task goes on", async () => {
    await using bot = await asked(["two"]);
    expect(bot.answers.at(-1)).toContain(
      "**Ann**'s task has used up Ann's budget for today ($0.04). May this one task use up to $0.008 more?",
    );
    expect(bot.chat.posts.at(-1)?.buttons?.map(({ kind }) => kind)).toEqual(["approve", "deny"]);
    expect((await bot.store.tasks({ limit: 1 }))[0]?.state).toBe("waiting");
    await ask(bot, `/approve ${id(bot)}`);
    expect(bot.answers.at(-1)).toBe("You may not decide this.");
    const question = bot.chat.posts[1];
    await bot.chat.buttons.press({ id: question?.buttons?.[0]?.id ?? "", by: root });
    await bot.idle();
    expect(bot.answers.slice(-2)).toEqual(["slack:root lets this task go on.", "two"]);
    // Another task asks for itself.
    expect(await ask(bot, "third")).toContain("May this one task");
  });

  test("what was consented to is bounded: a task that uses it up asks again", async () => {
    const dear: Script = { text: "two", calls: [{ name: "look" }], usage: { outputTokens: 1_000 } };
    await using bot = await asked([dear, "three"]);
    await ask(bot, `/approve ${id(bot)}`, { sender: root });
    expect(bot.answers.at(-1)).toContain("May this one task");
    bot.clock.advance(1_000);
    await ask(bot, `/approve ${id(bot)}`, { sender: root });
    expect(bot.answers.at(-1)).toBe("two\n\nthree");
  });

  test("refused, or answered by nobody in time: the task ends", async () => {
    await using bot = await asked([]);
    await ask(bot, `/deny ${id(bot)} no more today`, { sender: root });
    expect(bot.answers).toContain("slack:root does not let this task go on: no more today");
    expect(bot.answers.at(-1)).toContain("Your budget for today ($0.04) is used up");
    await ask(bot, "third");
    bot.clock.advance(2 * HOUR_MS);
    await expect.poll(() => bot.answers.at(-1)).toContain("is used up");
    expect(bot.answers).toContain("Nobody let this task go on in time.");
  });

  test("the question survives a restart", async () => {
    const before = await asked([]);
    const question = id(before);
    await before.stop();
    await using bot = await startTestApp({ folder: before.folder, model: ["two"], config });
    await bot.idle();
    expect(bot.model.requests).toHaveLength(0);
    await ask(bot, `/approve ${question}`, { sender: root, key: "slack:later" });
    expect(bot.answers.at(-1)).toBe("two");
  });
});

describe("/status", () => {
  test("tells what is left: of one's own and the chat's to everybody, of all together to admins", async () => {
    await using bot = await startTestApp({
      model: [costly("one")],
      config: `${PEOPLE}budgets: { person: { usdPerDay: 1 }, chat: { usdPerDay: 2, tokensPerDay: 10000 }, everybody: { usdPerDay: 3 } }`,
    });
    await ask(bot, "first");
    expect((await ask(bot, "/status"))?.split("\n").slice(1)).toEqual([
      "- Left for you, today: $0.9599 of $1.00",
      "- Left for this chat, today: $1.96 of $2.00, 5,900 tokens of 10,000 tokens",
    ]);
    expect(await ask(bot, "/status", { sender: root })).toContain("- Left for everybody, today: $2.96 of $3.00");
    expect(await ask(bot, "/status", { sender: bob })).toContain("- Left for you, today: $1.00 of $1.00");
  });

  test("says nothing of budgets where none is set, and of the running task's while it runs", async () => {
    let open = (): void => {};
    const until = new Promise<void>((resolve) => {
      open = resolve;
    });
    await using bot = await startTestApp({ model: [{ text: "slow", until }] });
    expect(await ask(bot, "/status")).not.toContain("Left");
    await bot.say("work");
    await expect.poll(() => bot.model.requests.length).toBe(1);
    expect(await bot.say("/status")).toMatchObject({
      text: expect.stringContaining("- Left for the running task: $5.00 of $5.00"),
    });
    open();
    await bot.idle();
  });
});
