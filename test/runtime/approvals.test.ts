// Consent to single calls: the task waits and holds nothing, somebody who may decides once, and exactly that call runs once.

import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/core/json.ts";
import type { Tool } from "../../src/core/tool.ts";
import type { Post } from "../support/fake-channel.ts";
import { startTestApp, type TestApp, type TestAppOptions } from "../support/start-test-app.ts";

const root = { id: "slack:root", name: "Root" };
const CONFIG =
  'roles: { admin: { users: ["slack:root"], grants: ["*"] }, member: { users: ["*"], grants: [shell.exec] } }\n' +
  "approvals: { capabilities: [shell.exec], approvers: [admin], expiresHours: 24 }";
const HOUR_MS = 3_600_000;

const ran: JsonObject[] = [];
const deploy: Tool = {
  name: "deploy",
  description: "",
  capabilities: ["shell.exec"],
  parameters: { type: "object" },
  run: async (args) => {
    ran.push(args);
    return `deployed ${String(args.what)}`;
  },
};
const call = (what: unknown) => ({ name: "deploy", arguments: { what } });

async function asked(options: TestAppOptions = {}): Promise<{ bot: TestApp; post: Post; id: string }> {
  ran.length = 0;
  const model = options.model ?? [{ text: "I deploy it.", calls: [call("shop")] }, "It is out."];
  const bot = await startTestApp({ tools: [deploy], config: CONFIG, ...options, model });
  await bot.say("deploy the shop");
  await bot.idle();
  const post = bot.chat.posts.at(-1);
  if (!post) throw new Error("nobody was asked");
  return { bot, post, id: /\/approve (\S+?)`/.exec(post.text)?.[1] ?? "" };
}

const press = (bot: TestApp, post: Post, kind: "approve" | "deny", by = root) =>
  bot.chat.buttons.press({ id: post.buttons?.find((button) => button.kind === kind)?.id ?? "", by });

const results = (bot: TestApp): readonly string[] =>
  bot.model.requests
    .at(-1)
    ?.items.flatMap((item) => (item.role === "model" ? item.calls.map((one) => one.result) : [])) ?? [];

describe("asking", () => {
  test("shows who asks for what, whole, and runs nothing meanwhile", async () => {
    const { bot, post } = await asked();
    await using _ = bot;
    expect(post.text).toContain("**Ann** needs consent to run `deploy`");
    expect(post.text).toContain('"what": "shop"');
    expect(post.buttons?.map(({ label }) => label)).toEqual(["Approve", "Deny"]);
    expect(ran).toEqual([]);
    expect(bot.app.runner.running).toBe(0);
    expect((await bot.store.tasks({ limit: 1 }))[0]?.state).toBe("waiting");
  });

  test("what the eye would miss is made visible, and no fence is broken out of", async () => {
    const { bot, post } = await asked({ model: [{ calls: [call("a\u202eb\u200bc ```` d\u0007")] }, "done"] });
    await using _ = bot;
    expect(post.text).toContain("\\u{202e}");
    expect(post.text).toContain("\\u{200b}");
    expect(post.text).toMatch(/\n`{5}\n/);
  });

  test("what is too long to be read is refused, not shown in part", async () => {
    ran.length = 0;
    await using bot = await startTestApp({
      tools: [deploy],
      config: CONFIG,
      model: [{ calls: [call("x".repeat(4_000))] }, "shorter then"],
    });
    await bot.say("go");
    await bot.idle();
    expect(bot.answers).toEqual(["shorter then"]);
    expect(results(bot)[0]).toContain("too long for a person to read");
    expect(ran).toEqual([]);
  });

  test("the line goes on while one waits, and the answers stay with their questions", async () => {
    const { bot, post } = await asked({
      model: [{ text: "I deploy it.", calls: [call("shop")] }, "Hello Bob.", "It is out."],
    });
    await using _ = bot;
    await bot.say("hello", { sender: { id: "slack:bob", name: "Bob" } });
    await bot.idle();
    expect(bot.answers.at(-1)).toBe("Hello Bob.");
    expect((await press(bot, post, "approve")).isDone).toBe(true);
    await bot.idle();
    expect(bot.answers.slice(-2)).toEqual(["`deploy` was approved by slack:root.", "I deploy it.\n\nIt is out."]);
  });
});

describe("deciding", () => {
  test("approved by a button: the call runs once, whatever is pressed again", async () => {
    const { bot, post } = await asked();
    await using _ = bot;
    const both = await Promise.all([
      press(bot, post, "approve"),
      press(bot, post, "approve"),
      press(bot, post, "deny"),
    ]);
    expect(both.filter(({ isDone }) => isDone)).toHaveLength(1);
    await bot.idle();
    await press(bot, post, "approve");
    await bot.idle();
    expect(ran.length + (bot.answers.some((text) => text.includes("refused by")) ? 1 : 0)).toBe(1);
    expect(bot.answers.at(-1)).toBe("I deploy it.\n\nIt is out.");
  });

  test("by a command as well; refused with a reason that the model reads", async () => {
    const { bot, id } = await asked();
    await using _ = bot;
    await bot.say(`/deny ${id} not on a Friday`, { sender: root });
    await bot.idle();
    // The card's place is taken by the outcome, where the platform can change it.
    expect(bot.chat.posts.find(({ text }) => text.includes("refused by"))?.replaces).toBe(bot.chat.posts[0]?.key);
    expect(ran).toEqual([]);
    expect(results(bot)).toEqual(["Not allowed: a person refused this call, saying: not on a Friday."]);
    expect(bot.answers).toContain("`deploy` was refused by slack:root: not on a Friday");
  });

  test("nobody decides who may not: not the one who asked, not a stranger, not with a made-up id", async () => {
    const { bot, post, id } = await asked();
    await using _ = bot;
    for (const by of [
      { id: "slack:ann", name: "Ann" },
      { id: "slack:root@external", name: "Root" },
      { id: "slack:Root", name: "Root" },
    ])
      expect(await press(bot, post, "approve", by)).toMatchObject({ isDone: false });
    await bot.say(`/approve ${id}`);
    await bot.say("/approve approval_made_up", { sender: root });
    await bot.say("/approve", { sender: root });
    await bot.idle();
    expect(bot.answers.slice(-3)).toEqual([
      "You may not decide this.",
      "There is no such request.",
      "Say which: `/approve <id>` or `/deny <id> reason`.",
    ]);
    expect(ran).toEqual([]);
  });

  test("nobody answers: a no, said to people and the model", async () => {
    const { bot } = await asked();
    await using _ = bot;
    bot.clock.advance(24 * HOUR_MS);
    await expect.poll(() => bot.answers.length).toBeGreaterThan(1);
    await bot.idle();
    expect(bot.answers[1]).toBe("Nobody decided on `deploy` in time, so it was not run.");
    expect(results(bot)).toEqual(["Not allowed: nobody consented to this call in time."]);
    expect(ran).toEqual([]);
  });

  test("several calls of one reply wait each for their own, and run as they are decided", async () => {
    ran.length = 0;
    await using bot = await startTestApp({
      tools: [deploy],
      config: CONFIG,
      model: [{ calls: [call("a"), call("b")] }, "done"],
    });
    await bot.say("both");
    await bot.idle();
    const [first, second] = bot.chat.posts;
    if (!first || !second) throw new Error("two were to be asked");
    await press(bot, second, "deny");
    await bot.idle();
    expect((await bot.store.tasks({ limit: 1 }))[0]?.state).toBe("waiting");
    await press(bot, first, "approve");
    await bot.idle();
    expect(ran).toEqual([{ what: "a" }]);
    expect(results(bot)).toEqual(["deployed a", "Not allowed: a person refused this call."]);
    expect(bot.answers.at(-1)).toBe("done");
  });

  test("stopped while it waits: it is over, and a late press does nothing", async () => {
    const { bot, post } = await asked();
    await using _ = bot;
    await bot.say("/stop");
    await bot.idle();
    expect(bot.chat.posts.map(({ kind }) => kind)).toContain("cancelled");
    expect(await press(bot, post, "approve")).toMatchObject({ isDone: false });
    await bot.idle();
    expect(ran).toEqual([]);
  });
});

describe("across a restart", () => {
  test("the question stays, the old button works, the call runs once", async () => {
    const { bot, post } = await asked();
    await bot.stop();
    await using second = await startTestApp({
      folder: bot.folder,
      tools: [deploy],
      config: CONFIG,
      model: ["It is out."],
    });
    await second.idle();
    expect(ran).toEqual([]);
    await press(second, post, "approve");
    await second.idle();
    expect(ran).toEqual([{ what: "shop" }]);
    expect(second.answers.at(-1)).toBe("I deploy it.\n\nIt is out.");
  });

  test("a call that was begun with its consent and lost is not begun again (P4)", async () => {
    const never: Tool = {
      ...deploy,
      run: (args) => {
        ran.push(args);
        return new Promise(() => {});
      },
    };
    const { bot, post } = await asked({ tools: [never] });
    await press(bot, post, "approve");
    await expect.poll(() => ran.length).toBe(1);
    await bot.stop();
    await using second = await startTestApp({
      folder: bot.folder,
      tools: [deploy],
      config: CONFIG,
      model: ["I checked."],
    });
    await second.idle();
    expect(ran).toHaveLength(1);
    expect(results(second)[0]).toContain("it may or may not have taken effect");
  });
});

describe("the record", () => {
  test("holds who decided what, with the arguments, in a chain that shows a change", async () => {
    const { bot, post } = await asked();
    await using _ = bot;
    await press(bot, post, "approve");
    await bot.idle();
    const { task } = (await bot.store.transcript("slack:general"))[0] ?? { task: "" };
    expect((await bot.store.account(task)).decisions).toMatchObject([
      { subject: "deploy", decision: "approved" },
      { subject: "deploy", decision: "ok" },
    ]);
    expect(await bot.store.verifyAudit()).toEqual({ records: 2, fault: undefined });
  });
});
