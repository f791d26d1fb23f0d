// People see at once that their message was taken, how many are before it, what is being done, and whom an answer is for.

import { expect, test } from "vitest";
import type { Store } from "../../../../src/core/store.ts";
import type { Tool } from "../../../../src/core/tool.ts";
import type { Message } from "../../../simulators/slack/records.ts";
import { type Outbound, PATIENT, startOutbound } from "./start-outbound.ts";
import { TypedModel } from "./typed-model.ts";

const statusOf = (bot: Outbound, { channel, ts }: Message): string | undefined =>
  bot.slack.world.status(channel, ts)?.text;

async function startTyped(options: Parameters<typeof startOutbound>[0] = {}) {
  const model = new TypedModel();
  return { model, bot: await startOutbound({ model, ...options }) };
}

test("a status stands in the thread from the beginning to the answer", async () => {
  const { bot, model } = await startTyped();
  await using _ = bot;
  const { message } = await bot.ask("Is it late?");
  await bot.slack.until(() => statusOf(bot, message) === "is thinking…");
  expect(bot.slack.calls[0]?.method).toBe("assistant.threads.setStatus");
  model.type("No.");
  model.end();
  await bot.settled();
  await bot.slack.until(() => statusOf(bot, message) === undefined);
  expect(bot.answers(message)).toEqual(["No."]);
});

test("the status speaks the asker's language and names the tool at work", async () => {
  const gate = Promise.withResolvers<void>();
  const tool: Tool = {
    name: "look_up_trains",
    description: "Looks up trains.",
    parameters: { type: "object", properties: {} },
    capabilities: [],
    isRepeatable: true,
    isParallel: false,
    run: async () => {
      await gate.promise;
      return "none";
    },
  };
  const { bot, model } = await startTyped({ tools: [tool] });
  await using _ = bot;
  bot.slack.disabledMethods.add("chat.startStream");
  const { message } = await bot.ask("晚点了吗？");
  await bot.slack.until(() => statusOf(bot, message) === "正在思考…");
  model.call("look_up_trains");
  await bot.slack.until(() => statusOf(bot, message) === "正在使用 look_up_trains…");
  gate.resolve();
  model.type("没有。");
  model.end();
  await bot.settled();
});

test("a status is shown anew before Slack takes it away", async () => {
  const { bot, model } = await startTyped({ config: PATIENT });
  await using _ = bot;
  const { message } = await bot.ask("Think about it for long");
  await bot.slack.until(() => bot.slack.world.session(message.channel, message.ts)?.status === "processing");
  const before = bot.slack.callsOf("assistant.threads.setStatus").length;
  await bot.passes(85_000);
  await bot.slack.until(() => bot.slack.callsOf("assistant.threads.setStatus").length > before);
  model.type("Yes.");
  model.end();
  await bot.settled();
});

test("where Slack shows no status, a reaction stands on the message until it is answered", async () => {
  const { bot, model } = await startTyped();
  await using _ = bot;
  bot.slack.disabledMethods.add("assistant.threads.setStatus");
  const { message } = await bot.ask("Is it late?");
  await bot.slack.until(() => message.reactions.has("eyes"));
  model.type("No.");
  model.end();
  await bot.settled();
  await bot.slack.until(() => !message.reactions.has("eyes"));
});

test("the reaction of a process that died is removed by the next", async () => {
  const { bot } = await startTyped();
  await using _ = bot;
  bot.slack.disabledMethods.add("assistant.threads.setStatus");
  const { message } = await bot.ask("Is it late?");
  await bot.slack.until(() => message.reactions.has("eyes"));
  const next = new TypedModel();
  next.type("No.");
  next.end();
  await bot.crash({ model: next });
  await bot.settled();
  await bot.slack.until(() => !message.reactions.has("eyes"));
});

test("a reaction that could not be removed in time is removed by the next process", async () => {
  const { bot, model } = await startTyped();
  await using _ = bot;
  bot.slack.disabledMethods.add("assistant.threads.setStatus");
  const { message } = await bot.ask("Is it late?");
  await bot.slack.until(() => message.reactions.has("eyes"));
  bot.slack.fault({ method: "reactions.remove", how: "hang" });
  model.type("No.");
  model.end();
  await bot.settled();
  await bot.slack.until(() => bot.slack.faults.left === 0);
  await bot.crash();
  await bot.slack.until(() => !message.reactions.has("eyes"));
});

test("who waits is told how many are before, and sees the message taken", async () => {
  const { bot, model } = await startTyped();
  await using _ = bot;
  const { message } = await bot.ask("one");
  const { message: second } = await bot.ask("two", { thread: message });
  const { message: third } = await bot.ask("three", { thread: message, user: "bob" });
  await bot.slack.until(() => bot.slack.world.ephemerals.length === 2);
  expect(bot.slack.world.ephemerals.map(({ to, text }) => [to, text])).toEqual([
    [second.userId, "One message is before yours."],
    [third.userId, "2 messages are before yours."],
  ]);
  await bot.slack.until(() => third.reactions.has("eyes"));
  for (const _each of [1, 2, 3]) {
    model.type("Done.");
    model.end();
  }
  await bot.settled();
  await bot.slack.until(() => !second.reactions.has("eyes") && !third.reactions.has("eyes"));
});

test("a session is processing while it is worked, so that Slack shows its stop button, and active afterwards", async () => {
  const { bot, model } = await startTyped({ slack: { events: ["agent_session_stopped"] } });
  await using _ = bot;
  const { message } = await bot.ask("Think");
  await bot.slack.until(() => bot.slack.world.session(message.channel, message.ts)?.status === "processing");
  model.type("Yes.");
  model.end();
  await bot.settled();
  await bot.slack.until(() => bot.slack.world.session(message.channel, message.ts)?.status === "active");
});

const sessionOf = (bot: Outbound, { channel, ts }: Message): string | undefined =>
  bot.slack.world.session(channel, ts)?.status;

test("a session that a process which died left processing is active after a start", async () => {
  const { bot } = await startTyped();
  await using _ = bot;
  const { message } = await bot.ask("Think");
  await bot.slack.until(() => sessionOf(bot, message) === "processing");
  const next = new TypedModel();
  next.type("Yes.");
  next.end();
  await bot.crash({ model: next });
  await bot.settled();
  await bot.slack.until(() => sessionOf(bot, message) === "active");
  await expect.poll(() => bot.store.memos("slack", "processing:", 10)).toEqual([]);
});

test("a session whose end Slack does not take at once is ended later", async () => {
  const { bot, model } = await startTyped();
  await using _ = bot;
  const { message } = await bot.ask("Think");
  await bot.slack.until(() => sessionOf(bot, message) === "processing");
  bot.slack.fault({ method: "agents.sessions.setStatus", how: "http500" });
  model.type("Yes.");
  model.end();
  await bot.settled();
  await bot.slack.until(() => sessionOf(bot, message) === "active");
});

test("the status that a process which died left beside its answer is taken away by the next", async () => {
  let isDying = true;
  const wrapStore = (store: Store): Store =>
    new Proxy(store, {
      get: (target, name, receiver) =>
        name === "deliveryDone" && isDying
          ? () => Promise.reject(new Error("killed"))
          : Reflect.get(target, name, receiver),
    });
  await using bot = await startOutbound({ model: ["No."], wrapStore });
  const { message } = await bot.ask("Is it late?");
  await bot.slack.until(() => bot.answers(message).length === 1);
  await bot.crash();
  const { channel, ts } = message;
  bot.slack.world.setStatus(channel, ts, { text: "is thinking…", loadingMessages: [], setAt: bot.clock.now() });
  isDying = false;
  await bot.settled();
  await bot.slack.until(() => statusOf(bot, message) === undefined);
  expect(bot.answers(message)).toEqual(["No."]);
});

test("an answer names its asker once several people ask in a thread, and only then", async () => {
  await using bot = await startOutbound({ model: ["First.", "## Second", "Third."] });
  const { message } = await bot.ask("one");
  await bot.settled();
  const { message: second } = await bot.ask("two", { thread: message, user: "bob" });
  await bot.settled();
  await bot.ask("three", { thread: message });
  await bot.settled();
  expect(bot.answers(message)).toEqual(["First.", `<@${second.userId}>\n\n## Second`, `<@${message.userId}> Third.`]);
});

test("nothing that is only for show keeps an answer from coming", async () => {
  await using bot = await startOutbound({ model: ["Here."] });
  for (const method of ["assistant.threads.setStatus", "reactions.add", "agents.sessions.setStatus"])
    bot.slack.fault({ method, how: "hang", times: 3 });
  const { message } = await bot.ask("Is it late?");
  await bot.settled();
  expect(bot.answers(message)).toEqual(["Here."]);
});
