// An answer reaches its thread whole and once, whatever Slack does to the calls that bring it there.

import { expect, test } from "vitest";
import type { Store } from "../../../../src/core/store.ts";
import { startOutbound } from "./start-outbound.ts";

const LONG = Array.from({ length: 50 }, (_, n) => `## Part ${n}\n\n${`Sentence ${n} of the story. `.repeat(8)}`).join(
  "\n\n",
);
const CHINESE = Array.from(
  { length: 100 },
  (_, n) => `第${n}段：${"信号楼让每一列火车按顺序通过，绝不遗漏。".repeat(6)}`,
).join("\n\n");

const letters = (texts: readonly string[]): string => texts.join("").replace(/[\s\u2060#-]/g, "");

test("a short answer is one message in the thread of its question, without previews", async () => {
  await using bot = await startOutbound({ model: ["Platform 3, at **noon**."] });
  const { message } = await bot.ask("When does it leave?");
  await bot.settled();
  expect(bot.answers(message)).toEqual(["Platform 3, at **noon**."]);
  const [post] = bot.slack.callsOf("chat.postMessage");
  expect(post?.arguments).toMatchObject({ unfurl_links: "false", unfurl_media: "false", thread_ts: message.ts });
  expect(post?.arguments).not.toHaveProperty("reply_broadcast");
  expect(bot.slack.violations).toEqual([]);
});

test.each([
  ["a long one", LONG],
  ["a long Chinese one", CHINESE],
])("%s comes whole, in parts, in order", async (_name, text) => {
  await using bot = await startOutbound({ model: [text] });
  const { message } = await bot.ask("Tell me everything");
  await bot.settled();
  expect(bot.answers(message).length).toBeGreaterThan(1);
  expect(letters(bot.answers(message))).toBe(letters([text]));
  expect(bot.slack.violations).toEqual([]);
});

test("an answer that nobody would read in so many messages comes as its beginning and a file", async () => {
  const text = Array.from({ length: 800 }, (_, n) => `Line ${n}.`).join("\n\n");
  await using bot = await startOutbound({ model: [text] });
  const { message } = await bot.ask("Everything, please");
  await bot.settled();
  const files = [...bot.slack.world.files.values()];
  expect(files.map(({ content }) => content?.toString())).toEqual([text]);
  expect(bot.messages(message)).toHaveLength(2);
});

test.each([
  ["the call is lost before the work", { how: "http500", when: "before" }],
  ["the answer is lost after the work", { how: "http500", when: "after" }],
  ["the connection is reset before the work", { how: "reset", when: "before" }],
  ["the connection is reset after the work", { how: "reset", when: "after" }],
  ["the call hangs before the work", { how: "hang", when: "before" }],
  ["the call hangs after the work", { how: "hang", when: "after" }],
  ["Slack asks to wait", { how: "ratelimited", when: "before", retryAfter: 2 }],
  ["Slack asks to wait for long", { how: "ratelimited", when: "before", retryAfter: 15 }],
  ["Slack has an internal error", { how: { error: "internal_error" }, when: "after" }],
  ["the token is being replaced", { how: { error: "invalid_auth" }, when: "before" }],
] as const)("once and whole, in order, when %s", async (_name, fault) => {
  await using bot = await startOutbound({ model: [LONG, "The next answer."] });
  bot.slack.fault({ method: "chat.postMessage", matches: ({ text }) => String(text).includes("Part 3"), ...fault });
  const { message } = await bot.ask("Tell me everything");
  await bot.ask("And then?", { thread: message });
  await bot.settled();
  expect(bot.slack.faults.left).toBe(0);
  expect(letters(bot.answers(message))).toBe(letters([LONG, "The next answer."]));
});

test("once, when the process dies between Slack's acceptance and our commit", async () => {
  let isDying = true;
  const wrapStore = (store: Store): Store =>
    new Proxy(store, {
      get: (target, name, receiver) =>
        name === "deliveryDone" && isDying
          ? () => Promise.reject(new Error("killed"))
          : Reflect.get(target, name, receiver),
    });
  await using bot = await startOutbound({ model: [LONG], wrapStore });
  const { message } = await bot.ask("Tell me everything");
  await bot.slack.until(() => bot.answers(message).join("").includes("Part 49"));
  await bot.crash();
  isDying = false;
  await bot.settled();
  expect(letters(bot.answers(message))).toBe(letters([LONG]));
});

test("once and whole, when the process dies after the first part", async () => {
  await using bot = await startOutbound({ model: [LONG] });
  bot.slack.fault({ method: "chat.postMessage", how: "hang", when: "before", matches: isPart(2), times: 1 });
  const { message } = await bot.ask("Tell me everything");
  await bot.slack.until(() => bot.slack.faults.left === 0);
  await bot.crash();
  await bot.settled();
  expect(letters(bot.answers(message))).toBe(letters([LONG]));
});

test("what Slack refuses as blocks goes out as plain text, and the operator reads why", async () => {
  await using bot = await startOutbound({ model: ["# Trains\n\nThree of **them**."] });
  bot.slack.fault({
    method: "chat.postMessage",
    how: { error: "invalid_blocks" },
    matches: ({ blocks }) => blocks !== undefined,
  });
  const { message } = await bot.ask("Which trains?");
  await bot.settled();
  expect(bot.answers(message)).toEqual(["*Trains*\n\nThree of *them*."]);
  expect(bot.log.lines.some(({ level, fields }) => level === "warn" && fields.code === "invalid_blocks")).toBe(true);
});

test("what Slack refuses as text too goes out as a file", async () => {
  await using bot = await startOutbound({ model: ["Three of them."] });
  bot.slack.fault({ method: "chat.postMessage", how: { error: "msg_too_long" }, times: 2 });
  await bot.ask("Which trains?");
  await bot.settled();
  expect([...bot.slack.world.files.values()].map(({ content }) => content?.toString())).toEqual(["Three of them."]);
});

test.each(["upload", "files.getUploadURLExternal", "files.completeUploadExternal"])(
  "a file is shared once though %s answers nothing",
  async (method) => {
    await using bot = await startOutbound({ model: ["Three of them."] });
    bot.slack.fault({ method: "chat.postMessage", how: { error: "msg_too_long" }, times: 4 });
    bot.slack.fault({ method, how: "http500", when: "after" });
    const { message } = await bot.ask("Which trains?");
    await bot.settled();
    const shared = bot.messages(message).flatMap(({ fileIds }) => fileIds);
    expect(shared).toHaveLength(1);
  },
);

test("where the bot was removed the answer is given up, and the operator reads it", async () => {
  await using bot = await startOutbound({ model: ["Hello?"] });
  bot.slack.fault({ method: "chat.postMessage", how: { error: "channel_not_found" } });
  await bot.ask("Are you there?");
  await bot.settled();
  expect(bot.log.lines.map(({ event }) => event)).toContain("delivery given up");
});

test("a channel that Slack holds back keeps its order, and another goes on", async () => {
  await using bot = await startOutbound({ model: Array.from({ length: 7 }, (_, n) => `Answer ${n}.`) });
  const held = bot.slack.channels.general.id;
  bot.slack.fault({
    method: "chat.postMessage",
    how: "ratelimited",
    retryAfter: 8,
    matches: ({ channel }) => channel === held,
  });
  const { message } = await bot.ask("one");
  await bot.slack.until(() => bot.slack.faults.left === 0);
  for (const text of ["two", "three", "four", "five"]) await bot.ask(text, { thread: message });
  const { message: other } = await bot.ask("six", { user: "alice", channel: "secret" });
  await bot.slack.until(() => bot.answers(other).length === 1);
  expect(bot.answers(message)).toEqual([]);
  await bot.settled();
  expect(bot.answers(message).map((text) => text.match(/\d/)?.[0])).toEqual(
    ["0", "1", "2", "3", "4", "5"].filter((n) => !bot.answers(other)[0]?.includes(n)),
  );
});

test("ten answers in one channel at Slack's strict rate all arrive", async () => {
  await using bot = await startOutbound({
    model: Array.from({ length: 10 }, (_, n) => `Answer ${n}.`),
    slack: { enforceRates: true },
  });
  const roots = await Promise.all(Array.from({ length: 10 }, (_, n) => bot.ask(`question ${n}`)));
  await bot.settled();
  expect(roots.map(({ message }) => bot.answers(message).length)).toEqual(roots.map(() => 1));
});

test("a card with buttons is followed by what takes its place, in the same message", async () => {
  await using bot = await startOutbound({ model: ["Hello."] });
  const { message, place } = await bot.ask("Hello?");
  await bot.settled();
  const replyTo = { ...place, message: message.ts };
  const buttons = [
    { id: "button_1", kind: "approve", label: "Allow" },
    { id: "button_2", kind: "deny", label: "Refuse" },
  ] as const;
  const asked = await bot.send({ key: "approval_1", text: "May I?", replyTo, buttons });
  expect(bot.answers(message)).toEqual(["Hello.", "May I?\n[Allow] [Refuse]"]);
  const replaces = asked.status === "sent" ? asked.receipt.platformId : undefined;
  if (replaces === undefined) throw new Error("the card has no id");
  await bot.send({ key: "approval_1_decided", text: "Alice allowed it.", replyTo, replaces });
  expect(bot.answers(message)).toEqual(["Hello.", "Alice allowed it."]);
  await bot.send({ key: "approval_1_decided", text: "Alice allowed it.", replyTo, replaces, tries: 1 });
  expect(bot.answers(message)).toEqual(["Hello.", "Alice allowed it."]);
  expect(bot.slack.violations).toEqual([]);
});

test("nothing a model writes calls anybody", async () => {
  await using bot = await startOutbound({ model: ["<!channel> @here <@U999> `<!everyone>`"] });
  await bot.ask("Call them all");
  await bot.settled();
  expect(bot.slack.violations).toEqual([]);
});

function isPart(part: number) {
  return ({ metadata }: Readonly<Record<string, unknown>>): boolean => String(metadata).includes(`"part":${part},`);
}
