// What is said beside an answer reaches its thread once, before the answer, whatever Slack does to the calls that bring it there.

import { expect, test } from "vitest";
import type { Aside } from "../../../../src/core/aside.ts";
import type { Store } from "../../../../src/core/store.ts";
import type { Tool } from "../../../../src/core/tool.ts";
import { type Outbound, startOutbound } from "./start-outbound.ts";

const PNG = Buffer.from("89504e470d0a1a0a-a-picture", "latin1");
const picture = (text = ""): Aside => ({
  kind: "file",
  text,
  file: { name: "图 1.png", mediaType: "image/png", content: PNG },
});

/** A tool that says this. */
const saying = (aside: Aside): Tool => ({
  name: "say",
  description: "Says it.",
  capabilities: [],
  isRepeatable: true,
  parameters: { type: "object", properties: {} },
  run: async (_args, { chat }) => {
    await chat.say(aside);
    return "said";
  },
});

const calling = (aside: Aside, answer = "Here it is.") => ({
  tools: [saying(aside)],
  model: [{ calls: [{ name: "say" }] }, answer],
});

/** Our messages under the question: files by their bytes, the rest by its words. */
const seen = (bot: Outbound, root: Parameters<Outbound["messages"]>[0]): readonly string[] =>
  bot.messages(root).map((message) => {
    const [file] = message.fileIds.map((id) => bot.slack.world.files.get(id));
    return file
      ? `${file.title}: ${file.content?.equals(PNG)} ${message.text}`.trim()
      : (bot.answers(root).at(-1) ?? "");
  });

test("a file is shared in the thread of its question, with its words, before the answer", async () => {
  await using bot = await startOutbound(calling(picture("Sales of *May* <!channel>")));
  const { message } = await bot.ask("draw it");
  await bot.settled();
  expect(seen(bot, message)).toEqual([expect.stringMatching(/^图 1\.png: true Sales of \*May\*/), "Here it is."]);
  expect(bot.slack.violations).toEqual([]);
});

test.each([
  ["upload", "http500", "before"],
  ["upload", "http500", "after"],
  ["files.getUploadURLExternal", "http500", "after"],
  ["files.completeUploadExternal", "http500", "before"],
  ["files.completeUploadExternal", "http500", "after"],
  ["files.completeUploadExternal", "reset", "after"],
  ["files.completeUploadExternal", "hang", "after"],
  ["files.completeUploadExternal", "ratelimited", "before"],
] as const)("once, and before the answer, when %s ends in %s %s the work", async (method, how, when) => {
  await using bot = await startOutbound(calling(picture()));
  bot.slack.fault({ method, how, when, ...(how === "ratelimited" ? { retryAfter: 2 } : {}) });
  const { message } = await bot.ask("draw it");
  await bot.settled();
  expect(bot.slack.faults.left).toBe(0);
  expect(seen(bot, message)).toEqual(["图 1.png: true", "Here it is."]);
});

test.each([
  [
    "between the upload and our note of it",
    (name: string, key: string) => name === "putMemo" && key.startsWith("upload:"),
  ],
  ["between Slack's sharing and our commit", (name: string) => name === "deliveryDone"],
] as const)("once, when the process dies %s", async (_moment, isIt) => {
  let isDying = true;
  const reached = Promise.withResolvers<void>();
  const killed = (): Promise<never> => Promise.reject(new Error("killed"));
  const wrapStore = (store: Store): Store => ({
    ...store,
    putMemo: (...given) => (dies("putMemo", given[1]) ? killed() : store.putMemo(...given)),
    deliveryDone: (...given) => (dies("deliveryDone", given[0]) ? killed() : store.deliveryDone(...given)),
  });
  const dies = (name: string, key: string): boolean => {
    if (!isDying || !isIt(name, key)) return false;
    reached.resolve();
    return true;
  };
  await using bot = await startOutbound({ ...calling(picture()), wrapStore });
  const { message } = await bot.ask("draw it");
  await reached.promise;
  await bot.crash({ model: ["Here it is."] });
  isDying = false;
  await bot.settled();
  expect(seen(bot, message)).toEqual(["图 1.png: true", "Here it is."]);
});

test("where Slack takes no file that is said, and the answer does not wait for somebody to mend it", async () => {
  await using bot = await startOutbound(calling(picture("The sales")));
  bot.slack.fault({ method: "files.getUploadURLExternal", how: { error: "missing_scope" }, times: 1_000 });
  const { message } = await bot.ask("draw it");
  await bot.settled();
  expect(bot.answers(message)).toEqual([
    expect.stringMatching(/^The sales\s+\(The file 图 1\.png could not be sent here/),
    "Here it is.",
  ]);
});

test("a call to a person names that person and nobody else", async () => {
  const bob = { id: "slack:U0B0B", name: "bob" };
  const text = "please look <@U999> <!here> @channel";
  await using bot = await startOutbound(calling({ kind: "mention", text, mention: bob }));
  const { message } = await bot.ask("call bob");
  await bot.settled();
  const [called] = bot.answers(message);
  expect(called).toMatch(/^<@U0B0B> please look/);
  expect(called).not.toContain("<@U999>");
  expect(bot.slack.violations).toEqual([]);
});

test("somebody of another organisation is named, not called", async () => {
  const eve = { id: "slack:U0E0E@external", name: "Eve" };
  await using bot = await startOutbound(calling({ kind: "mention", text: "please look", mention: eve }));
  const { message } = await bot.ask("call eve");
  await bot.settled();
  expect(bot.answers(message)[0]).not.toContain("<@");
  expect(bot.answers(message)[0]).toContain("Eve please look");
});
