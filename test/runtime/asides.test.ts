// What a tool says beside the answer: a file, a call to one person. Stored before it is sent, in order, once, for who may, where it
// can be shown.

import { describe, expect, test } from "vitest";
import type { Store } from "../../src/core/store.ts";
import { mention } from "../../src/tools/mention.ts";
import { createSendFile } from "../../src/tools/send-file.ts";
import type { Script } from "../support/fake-model.ts";
import { startTestApp } from "../support/start-test-app.ts";
import { workspacesForTests } from "../tools/workspace/workspace-for-tests.ts";

const SESSION = "slack:general";
const BOB = { id: "slack:bob", name: "Bob" };
const GRANTS = "roles: { member: { users: ['*'], grants: [chat.file, chat.mention] } }";
const sends = (path: string, caption?: string): Script => ({
  calls: [{ name: "send_file", arguments: { path, ...(caption ? { caption } : {}) } }],
});
const calls = (person: string, text = "please look"): Script => ({
  calls: [{ name: "mention", arguments: { person, text } }],
});

async function startBot(model: readonly Script[], more: Parameters<typeof startTestApp>[0] = {}) {
  const { workspaces, remove } = workspacesForTests();
  const workspace = await workspaces.of(SESSION);
  await workspace.change("sales.csv", () => Buffer.from("month,sales\nMay,3\n"));
  const tools = [createSendFile(workspaces), mention];
  const bot = await startTestApp({ model, tools, config: GRANTS, ...more });
  return {
    bot,
    workspace,
    /** A new process on the same ledger and workspace. */
    again: (next: readonly Script[]) => startTestApp({ folder: bot.folder, model: next, tools, config: GRANTS }),
    kinds: () => bot.chat.posts.map(({ kind }) => kind),
    result: (request = bot.model.requests.length - 1) =>
      JSON.stringify(bot.model.requests[request]?.items.at(-1) ?? ""),
    async [Symbol.asyncDispose]() {
      await bot[Symbol.asyncDispose]();
      remove();
    },
  };
}

describe("a file", () => {
  test("comes before the answer, whole, under its name", async () => {
    await using started = await startBot([sends("sales.csv", "The numbers"), "Sent."]);
    const { bot } = started;
    await bot.say("send me the table");
    await bot.idle();
    expect(started.kinds()).toEqual(["file", "answer"]);
    const [post] = bot.chat.posts;
    expect(post).toMatchObject({ text: "The numbers", file: { name: "sales.csv", mediaType: "text/csv", bytes: 18 } });
    const content = await bot.store.fileContent(post?.file?.hash ?? "");
    expect(Buffer.from(content ?? []).toString()).toBe("month,sales\nMay,3\n");
    expect(started.result()).toContain("on its way");
  });

  test("that the platform does not take at once still stands before the answer, and comes once", async () => {
    await using started = await startBot([sends("sales.csv"), "Sent."]);
    const { bot } = started;
    bot.chat.plan.push({ status: "retry", reason: "busy" }, "posted-but-uncertain");
    await bot.say("send me the table");
    await bot.until(() => bot.answers.includes("Sent."));
    expect(started.kinds()).toEqual(["file", "answer"]);
  });

  test("comes once though the process died between saying it and knowing that it was said", async () => {
    const wrapStore = (store: Store): Store => ({ ...store, finishCalls: () => new Promise(() => {}) });
    await using started = await startBot([sends("sales.csv")], { wrapStore });
    const { bot } = started;
    await bot.say("send me the table");
    await bot.until(() => bot.chat.posts.length === 1);
    await bot.stop();
    expect(started.kinds()).toEqual(["file"]);
    await started.workspace.change("sales.csv", () => Buffer.from("changed meanwhile"));
    await using second = await started.again(["Sent."]);
    await second.until(() => second.answers.length > 0);
    expect(second.chat.posts.map(({ kind }) => kind)).toEqual(["answer"]);
    expect(JSON.stringify(second.model.requests[0]?.items.at(-1))).toContain("on its way");
  });

  test.each([
    ["a path that leads out", "../../secret.txt", "must not hold"],
    ["a file that is not there", "nothing.csv", "There is no file"],
    ["an empty one", "empty.txt", "is empty"],
  ])("%s is refused, and nothing is sent", async (_what, path, why) => {
    await using started = await startBot([sends(path), "No."]);
    await started.workspace.change("empty.txt", () => Buffer.alloc(0));
    await started.bot.say("send it");
    await started.bot.idle();
    expect(started.kinds()).toEqual(["answer"]);
    expect(started.result()).toContain(why);
  });

  test("there is an end of how many a task may send", async () => {
    const many = { calls: Array.from({ length: 12 }, () => ({ name: "send_file", arguments: { path: "sales.csv" } })) };
    await using started = await startBot([many, "Enough."]);
    await started.bot.say("send it twelve times");
    await started.bot.idle();
    expect(started.kinds()).toEqual([...Array(10).fill("file"), "answer"]);
    expect(JSON.stringify(started.bot.model.requests[1]?.items)).toContain("At most 10");
  });
});

describe("a call to a person", () => {
  test("names one who spoke here, by name, part of it or id", async () => {
    await using started = await startBot([calls("@ann"), "Done.", calls("Lee"), "Done.", calls("ann"), "Done."]);
    const { bot } = started;
    const sender = { id: "slack:ann", name: "Ann Lee" };
    for (const text of ["one", "two", "three"]) {
      await bot.say(text, { sender });
      await bot.idle();
    }
    const called = bot.chat.posts.filter(({ kind }) => kind === "mention");
    expect(called.map((post) => [post.mention?.id, post.text])).toEqual(Array(3).fill(["slack:ann", "please look"]));
  });

  test("names one who was named here", async () => {
    await using started = await startBot([calls("bob"), "Done."]);
    await started.bot.say("ask @Bob", { mentions: [BOB] });
    await started.bot.idle();
    expect(started.bot.chat.posts[0]).toMatchObject({ kind: "mention", mention: BOB });
  });

  test.each([
    ["a stranger", "carol", "Nobody called carol"],
    ["an id that nobody named", "slack:carol", "Nobody called slack:carol"],
    ["everybody", "channel", "Nobody called channel"],
    ["somebody of another organisation", "Eve", "Nobody called Eve"],
    ["one of two of a name", "Bob", "Several people are called Bob: Bob (slack:bob), Bob (slack:bob2). Give the id."],
  ])("%s cannot be called", async (_who, person, why) => {
    await using started = await startBot([calls(person), "No."]);
    const mentions = [BOB, { id: "slack:bob2", name: "Bob" }, { id: "slack:eve@external", name: "Eve" }];
    await started.bot.say("ask somebody", { mentions });
    await started.bot.idle();
    expect(started.kinds()).toEqual(["answer"]);
    expect(started.result()).toContain(why);
  });

  test("there is an end of how often a task may call", async () => {
    const many = {
      calls: Array.from({ length: 7 }, () => ({ name: "mention", arguments: { person: "Ann", text: "look" } })),
    };
    await using started = await startBot([many, "Enough."]);
    await started.bot.say("call me");
    await started.bot.idle();
    expect(started.kinds()).toEqual([...Array(5).fill("mention"), "answer"]);
  });
});

describe("who may, and where", () => {
  const offered = (bot: { model: { requests: readonly { tools: readonly { name: string }[] }[] } }) =>
    bot.model.requests[0]?.tools.map(({ name }) => name);

  test("neither is offered or run without its capability", async () => {
    const config = "roles: { admin: { users: [], grants: [] }, member: { users: ['*'], grants: [memory.read] } }\n";
    await using started = await startBot([sends("sales.csv"), calls("Ann"), "No."], { config });
    await started.bot.say("send and call");
    await started.bot.idle();
    expect(offered(started.bot)).not.toContain("send_file");
    expect(offered(started.bot)).not.toContain("mention");
    expect(started.kinds()).toEqual(["answer"]);
    expect(JSON.stringify(started.bot.model.requests[2]?.items)).toContain("chat.file is not granted");
  });

  test("neither is offered or run where messages carry text alone", async () => {
    await using started = await startBot([sends("sales.csv"), "No."]);
    started.bot.chat.carries = [];
    await started.bot.say("send it");
    await started.bot.idle();
    expect(offered(started.bot)).not.toContain("send_file");
    expect(started.result()).toContain("messages on slack carry no file");
    expect(started.kinds()).toEqual(["answer"]);
  });
});
