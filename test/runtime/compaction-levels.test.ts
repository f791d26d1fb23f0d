// Which level a compaction takes, and when one is thrown away: told through the whole app.

import { expect, test } from "vitest";
import { requestTokens } from "../../src/context/request-tokens.ts";
import { AppError } from "../../src/core/errors.ts";
import type { ModelRequest } from "../../src/core/model.ts";
import { FakeModel, type Script } from "../support/fake-model.ts";
import { startTestApp, type TestApp } from "../support/start-test-app.ts";

const CONFIG = "context: { budgetTokens: 7000, keepRecentTokens: 2000, summaryTokens: 400 }";
const SESSION = "slack:general";
const noteOf = (fact: string): string =>
  ["Goal", "Constraints and preferences", "Done", "In progress", "Key facts"]
    .map((heading) => `## ${heading}\n- ${`${fact} is what matters here. `.repeat(4)}`)
    .join("\n");

const sizeOf = (request: ModelRequest): number => requestTokens(request, "claude-4.7");
const talker = (): FakeModel => new FakeModel([], { fallback: "fine" });

async function talk(bot: TestApp, messages: number): Promise<void> {
  for (let n = 1; n <= messages; n += 1) {
    await bot.say(`Message ${n}. ${"The harbour was busy today. ".repeat(50)}`);
    await bot.idle();
  }
}

async function command(bot: TestApp, text: string): Promise<string> {
  await bot.say(text);
  await bot.idle();
  return bot.answers.at(-1) ?? "";
}

test("the smallest window of the chain bounds every request, so that the one who stands in can answer", async () => {
  const window = { contextTokens: 8_000, outputTokens: 1_000 };
  let isDown = false;
  const fallback = (): Script => (isDown ? new AppError("provider-auth", "down") : "fine");
  const model = new FakeModel([], { fallback });
  const backup = new FakeModel([], { name: "backup", fallback: "standing in" });
  await using bot = await startTestApp({ model, backups: [backup], backupFacts: window, cheap: talker() });
  await talk(bot, 20);
  isDown = true;
  await talk(bot, 1);
  expect(bot.answers.at(-1)).toBe("standing in");
  const sizes = [...model.requests, ...backup.requests].map(sizeOf);
  expect(Math.max(...sizes)).toBeGreaterThan(3_000);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(window.contextTokens - window.outputTokens);
});

test("a summary that fails falls to code; two in a row, and three compactions do without the model", async () => {
  const cheap = new FakeModel([], { name: "cheap", fallback: "ok" });
  const config = "context: { budgetTokens: 14000, keepRecentTokens: 500, summaryTokens: 400 }";
  const model = new FakeModel([], { fallback: "The pier was busy too. ".repeat(80) });
  await using bot = await startTestApp({ model, cheap, config });
  const asked: number[] = [];
  for (let n = 0; n < 7; n += 1) {
    const before = cheap.requests.length;
    await talk(bot, 3);
    expect(await command(bot, "/compact")).toMatch(/^Shortened/);
    expect((await bot.store.shownSteps(SESSION)).record?.level).toBe("mechanical");
    asked.push(cheap.requests.length - before);
  }
  expect(asked).toEqual([1, 1, 0, 0, 0, 1, 1]);
});

/** A summary in the background that is not finished before `finish`. */
async function summarising(
  then: readonly Script[],
): Promise<{ bot: TestApp; model: FakeModel; finish: () => Promise<void> }> {
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const cheap = new FakeModel([{ text: noteOf("The first note"), until: held }, ...then], { name: "cheap" });
  const model = talker();
  const bot = await startTestApp({ model, cheap, config: CONFIG });
  for (let n = 0; cheap.requests.length === 0 && n < 20; n += 1) await talk(bot, 1);
  expect(cheap.requests).toHaveLength(1);
  const finish = async (): Promise<void> => {
    release();
    // What runs in the background awaits nothing but this process.
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  return { bot, model, finish };
}

test("a summary is thrown away when another compaction came first", async () => {
  const { bot, finish } = await summarising([noteOf("The second note")]);
  await using _ = bot;
  expect(await command(bot, "/compact")).toMatch(/^Shortened/);
  await finish();
  const { record, latest } = await bot.store.shownSteps(SESSION);
  expect(latest).toBe(1);
  expect(record?.narrative).toContain("The second note");
});

test("a summary is thrown away when the conversation began anew meanwhile", async () => {
  const { bot, model, finish } = await summarising([]);
  await using _ = bot;
  await command(bot, "/new");
  await finish();
  expect((await bot.store.shownSteps(SESSION)).record).toBeUndefined();
  await bot.say("Good morning.");
  await bot.idle();
  expect(model.requests.at(-1)?.items).toEqual([{ role: "person", text: "Ann: Good morning." }]);
});
