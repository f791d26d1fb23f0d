// An answer is seen growing, and ends as exactly the whole answer, once, whatever becomes of its live messages.

import { expect, test } from "vitest";
import { AppError } from "../../../../src/core/errors.ts";
import type { Store } from "../../../../src/core/store.ts";
import type { Tool } from "../../../../src/core/tool.ts";
import type { Message } from "../../../simulators/slack/records.ts";
import { visibleText } from "../../../simulators/slack/visible-text.ts";
import { type Outbound, type OutboundOptions, PATIENT, startOutbound } from "./start-outbound.ts";
import { TypedModel } from "./typed-model.ts";

const HALF = "The signal box at the junction holds every train until the line before it is clear of all others. ";
const REST = "Nothing passes a red signal, and nothing vanishes.";
const PARAGRAPHS = Array.from({ length: 80 }, (_, n) => `Paragraph ${n}: ${"the train goes on and on. ".repeat(12)}`);

async function startTyped(options: OutboundOptions = {}) {
  const model = new TypedModel();
  return { model, bot: await startOutbound({ model, ...options }) };
}

/** A live message of ours shows this. */
const seen = (bot: Outbound, root: Message, text: string): Promise<void> =>
  bot.slack.until(() => bot.answers(root).join("").includes(text));

const streams = (bot: Outbound, root: Message): readonly (string | undefined)[] =>
  bot.messages(root).map(({ stream }) => stream?.state);

const letters = (texts: readonly string[]): string => texts.join("").replace(/[\s\u2060]/g, "");

test("grows as a stream for the asker and ends in place", async () => {
  const { bot, model } = await startTyped();
  await using _ = bot;
  const { message } = await bot.ask("How does it work?");
  model.type(HALF);
  await seen(bot, message, "junction");
  expect(streams(bot, message)).toEqual(["streaming"]);
  expect(bot.slack.callsOf("chat.startStream")[0]?.arguments).toMatchObject({
    recipient_user_id: message.userId,
    recipient_team_id: bot.slack.teamId,
  });
  model.type(REST);
  await seen(bot, message, "vanishes");
  model.end();
  await bot.settled();
  expect(bot.answers(message)).toEqual([HALF + REST]);
  expect(streams(bot, message)).toEqual(["stopped"]);
  expect(bot.messages(message)[0]?.metadata?.event_type).toBe("signalbox_delivery");
  expect(bot.slack.callsOf("chat.postMessage")).toEqual([]);
  expect(bot.slack.violations).toEqual([]);
});

test("works in direct messages", async () => {
  const { bot, model } = await startTyped();
  await using _ = bot;
  const { message } = await bot.ask("How does it work?", { isDm: true });
  model.type(HALF);
  await seen(bot, message, "junction");
  model.end();
  await bot.settled();
  expect(bot.answers(message)).toEqual([HALF]);
});

test("a long one rolls over into further streams, whole", async () => {
  const { bot, model } = await startTyped();
  await using _ = bot;
  const { message } = await bot.ask("Everything?");
  for (const paragraph of PARAGRAPHS) {
    model.type(`${paragraph}\n\n`);
    if (paragraph.startsWith("Paragraph 20:")) await seen(bot, message, "Paragraph 19:");
    if (paragraph.startsWith("Paragraph 50:")) await seen(bot, message, "Paragraph 49:");
  }
  model.end();
  await bot.settled();
  expect(letters(bot.answers(message))).toBe(letters(PARAGRAPHS));
  expect(bot.slack.callsOf("chat.startStream").length).toBeGreaterThan(1);
  expect(streams(bot, message)).not.toContain("streaming");
  expect(bot.slack.violations).toEqual([]);
});

test("one that takes long rolls over before Slack ends its stream", async () => {
  const { bot, model } = await startTyped({ config: PATIENT });
  await using _ = bot;
  const { message } = await bot.ask("Slowly, please");
  model.type(`${HALF}\n\n`);
  await seen(bot, message, "junction");
  await bot.passes(250_000);
  model.type(`${REST}\n\nAnd so on.`);
  await seen(bot, message, "so on");
  model.end();
  await bot.settled();
  expect(letters(bot.answers(message))).toBe(letters([HALF, REST, "And so on."]));
  expect(bot.messages(message)).toHaveLength(2);
  expect(bot.slack.callsOf("chat.update")).toEqual([]);
});

test("one whose stream Slack has ended goes on and ends whole", async () => {
  const { bot, model } = await startTyped({ config: PATIENT });
  await using _ = bot;
  const { message } = await bot.ask("Very slowly, please");
  model.type(HALF);
  await seen(bot, message, "junction");
  await bot.passes(310_000);
  model.type(REST);
  await seen(bot, message, "vanishes");
  model.end();
  await bot.settled();
  expect(letters(bot.answers(message))).toBe(letters([HALF, REST]));
});

test.each(["unknown_method", "feature_not_enabled"])(
  "posts and changes messages where streams are %s",
  async (error) => {
    const { bot, model } = await startTyped();
    await using _ = bot;
    bot.slack.fault({ method: "chat.startStream", how: { error } });
    const { message } = await bot.ask("How does it work?");
    model.type(HALF);
    await seen(bot, message, "junction");
    await seen(bot, message, "[Stop]");
    model.type(REST);
    await seen(bot, message, "vanishes");
    model.end();
    await bot.settled();
    expect(bot.answers(message)).toEqual([HALF + REST]);
    model.type(HALF);
    const { message: second } = await bot.ask("Again?");
    await seen(bot, second, "junction");
    model.end();
    await bot.settled();
    expect(bot.slack.callsOf("chat.startStream")).toHaveLength(1);
  },
);

test("the stop button under a posted answer stops the task", async () => {
  const { bot, model } = await startTyped();
  await using _ = bot;
  bot.slack.disabledMethods.add("chat.startStream");
  const { message } = await bot.ask("How does it work?");
  model.type(HALF);
  await seen(bot, message, "[Stop]");
  const button = JSON.stringify(bot.messages(message)[0]?.blocks);
  const id = /"value":"([^"]+)"/.exec(button)?.[1] ?? "";
  await bot.press(id, message.userId);
  await bot.settled();
  expect(bot.answers(message)).toEqual([`${HALF.trim()}\n\nStopped.`]);
});

test("beyond Slack's limit of streams a minute the answers grow as posts", async () => {
  const gate = Promise.withResolvers<void>();
  await using bot = await startOutbound({
    model: Array.from({ length: 22 }, () => ({ text: HALF, until: gate.promise })),
    slack: { enforceRates: true },
    config: "queue: { running: 30 }",
  });
  const asked = await Promise.all(Array.from({ length: 22 }, (_, n) => bot.ask(`question ${n}`)));
  await bot.slack.until(() => asked.filter(({ message }) => bot.answers(message).length > 0).length >= 20);
  gate.resolve();
  await bot.settled();
  expect(asked.map(({ message }) => letters(bot.answers(message)))).toEqual(asked.map(() => letters([HALF])));
  expect(bot.slack.violations.filter(({ detail }) => detail.includes("Stream"))).toEqual([]);
});

test("text that was taken back is corrected", async () => {
  const { bot, model } = await startTyped();
  await using _ = bot;
  const { message } = await bot.ask("How does it work?");
  model.type(HALF);
  await seen(bot, message, "junction");
  model.fail(new AppError("provider-stream-broken", "reset"));
  model.type(`Quite another answer, which is long enough to be shown while it grows, as the first was. ${REST}`);
  await seen(bot, message, "Quite another");
  model.end();
  await bot.settled();
  expect(bot.answers(message).join("")).not.toContain("junction");
  expect(bot.answers(message)).toHaveLength(1);
});

test("a failure keeps what was said and ends the stream", async () => {
  const { bot, model } = await startTyped();
  await using _ = bot;
  const { message } = await bot.ask("How does it work?");
  model.type(HALF);
  await seen(bot, message, "junction");
  model.fail(new AppError("provider-refused", "no"));
  await bot.settled();
  expect(bot.answers(message)).toHaveLength(1);
  expect(streams(bot, message)).not.toContain("streaming");
});

test("a live message that somebody deleted is replaced by the whole answer", async () => {
  const { bot, model } = await startTyped();
  await using _ = bot;
  const { message } = await bot.ask("How does it work?");
  model.type(HALF);
  await seen(bot, message, "junction");
  bot.slack.world.delete(bot.messages(message)[0] as Message);
  model.type(REST);
  model.end();
  await bot.settled();
  expect(bot.answers(message)).toEqual([HALF + REST]);
});

test("after Slack's own stop button nothing is appended, and what was said stays", async () => {
  const { bot, model } = await startTyped({ slack: { events: ["agent_session_stopped"] } });
  await using _ = bot;
  const { message, result } = await bot.ask("How does it work?");
  model.type(HALF);
  await seen(bot, message, "junction");
  bot.slack.people.stopSession("alice", "general", message.ts);
  await bot.app.runner.cancel(result.message.task);
  await bot.settled();
  expect(bot.answers(message)).toEqual([`${HALF.trim()}\n\nStopped.`]);
});

test("a question that is taken back leaves no live answer behind", async () => {
  const { bot, model } = await startTyped();
  await using _ = bot;
  const { message } = await bot.ask("How does it work?");
  model.type(HALF);
  await seen(bot, message, "junction");
  await bot.withdraw(message);
  await bot.slack.until(() => bot.answers(message).length === 0);
  await expect.poll(() => bot.store.memos("slack", "live:", 10)).toEqual([]);
});

test.each(["http500", "hang"] as const)(
  "nor a stream that Slack began without our learning of it (%s)",
  async (how) => {
    const { bot, model } = await startTyped();
    await using _ = bot;
    bot.slack.fault({ method: "chat.startStream", when: "after", how });
    const { message } = await bot.ask("How does it work?");
    model.type(HALF);
    await seen(bot, message, "junction");
    await bot.withdraw(message);
    await bot.slack.until(() => bot.answers(message).length === 0);
    expect(bot.slack.callsOf("chat.stopStream")).toHaveLength(1);
    await expect.poll(() => bot.store.memos("slack", "live:", 10)).toEqual([]);
  },
);

test("what cannot be cleared away at once is cleared away later, and the next answer is left alone", async () => {
  const { bot, model } = await startTyped();
  await using _ = bot;
  bot.slack.fault({ method: "chat.startStream", when: "after", how: "http500" });
  bot.slack.fault({ method: "chat.stopStream", how: "http500" });
  const { message } = await bot.ask("How does it work?");
  model.type(HALF);
  await seen(bot, message, "junction");
  await bot.withdraw(message);
  model.type(`Another thing altogether, which is long enough to be shown while it grows: ${REST}`);
  await bot.ask("And the other?", { thread: message });
  await seen(bot, message, "Another");
  await bot.slack.until(() => !bot.answers(message).join("").includes("junction"));
  model.end();
  await bot.settled();
  expect(bot.answers(message)).toHaveLength(1);
  expect(bot.answers(message)[0]).toContain("Another");
  expect(bot.slack.callsOf("chat.startStream")).toHaveLength(2);
  expect(streams(bot, message)).toEqual(["stopped"]);
});

const slowTool = (until: Promise<unknown>): Tool => ({
  name: "look_up_trains",
  description: "Looks up trains.",
  parameters: { type: "object", properties: {} },
  capabilities: [],
  isRepeatable: true,
  isParallel: false,
  run: async () => {
    await until;
    return "three trains";
  },
});

test("tools are seen at work in the stream", async () => {
  const gate = Promise.withResolvers<void>();
  const { bot, model } = await startTyped({ tools: [slowTool(gate.promise)] });
  await using _ = bot;
  const { message } = await bot.ask("Which trains?");
  model.type("Let me see. ");
  model.call("look_up_trains");
  await seen(bot, message, "[in_progress] look_up_trains");
  gate.resolve();
  model.type("Three of them.");
  model.end();
  await bot.settled();
  expect(bot.answers(message)).toHaveLength(1);
  expect(bot.answers(message)[0]).toMatch(/^\[complete\] look_up_trains\nLet me see\.\s+Three of them\.$/);
});

test.each([
  ["chat.startStream", "before", "http500"],
  ["chat.startStream", "after", "http500"],
  ["chat.startStream", "after", "hang"],
  ["chat.startStream", "before", "ratelimited"],
  ["chat.startStream", "before", { error: "channel_type_not_supported" }],
  ["chat.appendStream", "before", "reset"],
  ["chat.appendStream", "after", "reset"],
  ["chat.appendStream", "before", "ratelimited"],
  ["chat.appendStream", "before", { error: "msg_too_long" }],
  ["chat.stopStream", "before", "http500"],
  ["chat.stopStream", "after", "http500"],
  ["chat.stopStream", "after", "hang"],
  ["chat.stopStream", "before", "ratelimited"],
  ["chat.stopStream", "before", { error: "message_not_in_streaming_state" }],
] as const)("once and whole when %s fails %s the work with %o", async (method, when, how) => {
  const { bot, model } = await startTyped();
  await using _ = bot;
  bot.slack.fault({ method, when, how });
  const { message } = await bot.ask("How does it work?");
  model.type(HALF);
  await bot.slack.until(() => bot.slack.callsOf("chat.startStream").length > 0);
  if (method !== "chat.startStream") await seen(bot, message, "junction");
  model.type(REST);
  if (method === "chat.appendStream") await bot.slack.until(() => bot.slack.faults.left === 0);
  model.end();
  await bot.settled();
  expect(bot.slack.faults.left).toBe(0);
  expect(bot.answers(message)).toEqual([HALF + REST]);
  expect(streams(bot, message)).not.toContain("streaming");
});

test.each([
  ["chat.update", "after", "http500"],
  ["chat.update", "before", "reset"],
  ["chat.update", "before", "ratelimited"],
  ["chat.update", "before", { error: "invalid_blocks" }],
  ["chat.update", "before", { error: "cant_update_message" }],
  ["chat.postMessage", "after", "http500"],
  ["chat.postMessage", "after", "hang"],
] as const)("once and whole without streams when %s fails %s the work with %o", async (method, when, how) => {
  const { bot, model } = await startTyped();
  await using _ = bot;
  bot.slack.disabledMethods.add("chat.startStream");
  bot.slack.fault({ method, when, how });
  const { message } = await bot.ask("How does it work?");
  model.type(HALF);
  await bot.slack.until(() => bot.slack.callsOf("chat.postMessage").length > 0);
  model.type(REST);
  model.end();
  await bot.settled();
  expect(bot.answers(message)).toEqual([HALF + REST]);
});

test("a live answer of a process that died is finished by the next", async () => {
  const { bot, model } = await startTyped();
  await using _ = bot;
  const { message } = await bot.ask("How does it work?");
  model.type(HALF);
  await seen(bot, message, "junction");
  const next = new TypedModel();
  next.type(`${HALF}Or so. ${REST}`);
  await bot.crash({ model: next });
  await seen(bot, message, "Or so");
  next.end();
  await bot.settled();
  expect(bot.answers(message)).toEqual([`${HALF}Or so. ${REST}`]);
  expect(streams(bot, message)).not.toContain("streaming");
});

test("a stream of a process that died, which the whole answer does not need, leaves nothing shown as being processed", async () => {
  const { bot, model } = await startTyped();
  await using _ = bot;
  const { message } = await bot.ask("Everything?");
  model.type(HALF);
  await seen(bot, message, "junction");
  for (const paragraph of PARAGRAPHS.slice(0, 60)) model.type(`\n\n${paragraph}`);
  await seen(bot, message, "Paragraph 59:");
  expect(streams(bot, message)).toEqual(["stopped", "stopped", "streaming"]);
  const next = new TypedModel();
  next.type("Short.");
  next.end();
  await bot.crash({ model: next });
  await bot.settled();
  expect(bot.answers(message)).toEqual(["Short."]);
  expect(bot.slack.world.session(message.channel, message.ts)?.status).toBe("active");
});

test("a stream whose beginning was never noted is found and finished", async () => {
  let isDying = true;
  let puts = 0;
  const wrapStore = (store: Store): Store =>
    new Proxy(store, {
      get(target, name, receiver) {
        if (name !== "putMemo" || !isDying) return Reflect.get(target, name, receiver);
        return (...given: Parameters<Store["putMemo"]>) => {
          puts += given[1].startsWith("live:") ? 1 : 0;
          return puts > 1 ? Promise.reject(new Error("killed")) : store.putMemo(...given);
        };
      },
    });
  const { bot, model } = await startTyped({ wrapStore });
  await using _ = bot;
  const { message } = await bot.ask("How does it work?");
  model.type(HALF);
  await seen(bot, message, "junction");
  const next = new TypedModel();
  isDying = false;
  await bot.crash({ model: next });
  next.type(REST);
  next.end();
  await bot.settled();
  expect(bot.messages(message).map((each) => visibleText(each))).toEqual([REST]);
});

test("once, when the process dies between the end of a stream and our commit", async () => {
  let isDying = true;
  const wrapStore = (store: Store): Store =>
    new Proxy(store, {
      get: (target, name, receiver) =>
        name === "deliveryDone" && isDying
          ? () => Promise.reject(new Error("killed"))
          : Reflect.get(target, name, receiver),
    });
  const { bot, model } = await startTyped({ wrapStore });
  await using _ = bot;
  const { message } = await bot.ask("How does it work?");
  model.type(HALF);
  await seen(bot, message, "junction");
  model.type(REST);
  model.end();
  await bot.slack.until(() => streams(bot, message)[0] === "stopped");
  await bot.crash();
  isDying = false;
  await bot.settled();
  expect(bot.answers(message)).toEqual([HALF + REST]);
});

test("an answer that was finished by the next process is nobody's to clear away after that", async () => {
  let isDying = true;
  const wrapStore = (store: Store): Store =>
    new Proxy(store, {
      get: (target, name, receiver) =>
        (name === "deliveryDone" || name === "dropMemo") && isDying
          ? () => Promise.reject(new Error("killed"))
          : Reflect.get(target, name, receiver),
    });
  const { bot, model } = await startTyped({ wrapStore });
  await using _ = bot;
  const { message } = await bot.ask("How does it work?");
  model.type(HALF);
  await seen(bot, message, "junction");
  model.type(REST);
  model.end();
  await bot.slack.until(() => streams(bot, message)[0] === "stopped");
  const next = new TypedModel();
  next.type("Good.");
  next.end();
  // The session is told of again, the end of its first task too, before that can be delivered.
  let isConnected = false;
  await bot.crash({ model: next, isConnected: () => isConnected });
  isDying = false;
  await bot.ask("Thank you.", { thread: message });
  await bot.passes(2_000);
  isConnected = true;
  await bot.settled();
  expect(await bot.store.memos("slack", "live:", 10)).toEqual([]);
  await bot.crash();
  await bot.passes(60_000);
  expect(bot.answers(message).join()).toContain(HALF + REST);
});
