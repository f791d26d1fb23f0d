// The road as stories: what a person writes, what the bot answers, and what is left behind in the ledger.

import { expect, test } from "vitest";
import { AppError } from "../../src/core/errors.ts";
import type { FileSync } from "../../src/storage/log-sync.ts";
import { startTestApp } from "../support/start-test-app.ts";

test("a message is answered once and its disposition is kept", async () => {
  await using bot = await startTestApp({ model: ["Hello Ann."] });
  await bot.say("hi");
  await bot.idle();
  expect(bot.answers).toEqual(["Hello Ann."]);
  const [end] = await bot.eventsOf("execution_complete");
  expect(end).toMatchObject({ state: "done", cancelled: false, text: "Hello Ann." });
});

test("messages of one session are answered one by one in the order they came (P2)", async () => {
  await using bot = await startTestApp({ model: ["one", "two", "three"] });
  await Promise.all([bot.say("1"), bot.say("2"), bot.say("3")]);
  await bot.idle();
  expect(bot.answers).toEqual(["one", "two", "three"]);
  expect(bot.model.requests.map((request) => request.items.length)).toEqual([1, 3, 5]);
});

test("the same message delivered twice is one task (P3)", async () => {
  await using bot = await startTestApp({ model: ["once", "twice"] });
  const [first, second] = await Promise.all([
    bot.say("hi", { key: "slack:same" }),
    bot.say("hi", { key: "slack:same" }),
  ]);
  await bot.idle();
  expect([first?.status, second?.status]).toEqual(["accepted", "duplicate"]);
  expect(bot.answers).toEqual(["once"]);
});

test("a failing provider becomes one plain sentence", async () => {
  await using bot = await startTestApp({ model: [new AppError("provider-auth", "401 sk-secret-key-0123456789")] });
  await bot.say("hi");
  await bot.idle();
  expect(bot.answers).toHaveLength(1);
  expect(bot.answers[0]).toContain("refused our access");
  expect(bot.answers[0]).not.toContain("sk-secret");
});

test("tools run, their results reach the model, and the answer comes after", async () => {
  await using bot = await startTestApp({
    model: [{ text: "Let me look.", calls: [{ name: "current_time" }] }, "It is nine."],
  });
  await bot.say("what time is it?");
  await bot.idle();
  expect(bot.answers).toEqual(["Let me look.\n\nIt is nine."]);
  const last = bot.model.requests.at(-1)?.items.at(-1);
  expect(last).toMatchObject({ role: "model", calls: [{ name: "current_time", isError: false }] });
});

test("a message is asked about and seen to be taken while it is made durable; it is acknowledged and answered only then (P1)", async () => {
  let isDiskWell = true;
  const waiting: (() => void)[] = [];
  const beside: FileSync["beside"] = (_descriptor, done) =>
    isDiskWell ? done(null) : void waiting.push(() => done(null));
  const here = (): void => expect(isDiskWell).toBe(true);
  await using bot = await startTestApp({ model: ["Hello."], fileSync: { beside, here } });
  isDiskWell = false;
  let isAcknowledged = false;
  const said = bot.say("hi").then(() => {
    isAcknowledged = true;
  });
  await expect.poll(() => bot.model.requests).toHaveLength(1);
  for (let turns = 0; turns < 20; turns += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(bot.chat.seen).toEqual(["hi: accepted"]);
  expect([isAcknowledged, bot.answers, waiting.length]).toEqual([false, [], 1]);
  isDiskWell = true;
  waiting.shift()?.();
  await said;
  await bot.idle();
  expect(bot.answers).toEqual(["Hello."]);
  expect(bot.chat.seen).toEqual(["hi: accepted"]);
});

test("whoever is told that a message is stored was told before what may be shown of it", async () => {
  await using bot = await startTestApp({ model: ["Hello."] });
  const first = await bot.say("hi", { key: "slack:same" });
  expect(bot.chat.seen).toEqual([`hi: ${first.status}`]);
  await bot.say("hi again", { key: "slack:same" });
  expect(bot.chat.seen).toEqual(["hi: accepted", "hi again: duplicate"]);
  await bot.idle();
});

test("what cannot be shown of a message costs neither the message nor the process", async () => {
  await using bot = await startTestApp({ model: ["Hello."] });
  bot.chat.seen.push = () => {
    throw new Error("no room for signs");
  };
  expect(await bot.say("hi")).toMatchObject({ status: "accepted" });
  await bot.idle();
  expect(bot.answers).toEqual(["Hello."]);
});
