// Conversations longer than the model's window, told as stories through the whole app: within the budget in every request, nobody
// waits for a summary, nothing half is left behind.

import { describe, expect, test } from "vitest";
import { requestTokens } from "../../src/context/request-tokens.ts";
import { AppError } from "../../src/core/errors.ts";
import type { ModelRequest } from "../../src/core/model.ts";
import type { Tool } from "../../src/core/tool.ts";
import { FakeModel, type Script } from "../support/fake-model.ts";
import { startTestApp, type TestApp } from "../support/start-test-app.ts";

const BUDGET = 7_000;
const CONFIG = `context: { budgetTokens: ${BUDGET}, keepRecentTokens: 2000, summaryTokens: 400 }`;
const SESSION = "slack:general";

const sizeOf = (request: ModelRequest): number => requestTokens(request, "claude-4.7");
const shownIn = (request: ModelRequest | undefined): string => JSON.stringify(request?.items ?? []);
const filler = (words: number, about = "harbour"): string => `The ${about} was busy today. `.repeat(words / 5);

const NOTE = [
  "## Goal\n- Keep the harbour report short and correct, as Ann asked in the beginning of this conversation.",
  "## Constraints and preferences\n- Ann wants metric units and no tables at all in any of the answers she gets.",
  "## Done\n- The ships of the first week were counted, the second week was looked at twice.",
  "## In progress\n- The third week.",
  "## Key facts\n- The pier is number 7, the harbour master is Mr Sørensen, and the crane is out of order until spring.",
].join("\n");
const noteTaker = (scripts: readonly Script[] = []): FakeModel =>
  new FakeModel(scripts, { name: "cheap", fallback: NOTE });

const toolOf = (name: string, run: Tool["run"]): Tool => ({
  name,
  description: "",
  capabilities: [],
  parameters: { type: "object" },
  run,
});

async function talk(bot: TestApp, messages: number, words = 250): Promise<void> {
  for (let n = 1; n <= messages; n += 1) {
    await bot.say(`Message ${n}. ${filler(words)}`);
    await bot.idle();
  }
}

async function command(bot: TestApp, text: string): Promise<string> {
  await bot.say(text);
  await bot.idle();
  return bot.answers.at(-1) ?? "";
}

const latestRecord = async (bot: TestApp) => (await bot.store.shownSteps(SESSION)).record;

/** Background work belongs to nobody who could be awaited. */
const untilCompacted = (bot: TestApp): Promise<void> => expect.poll(async () => await latestRecord(bot)).toBeDefined();

describe("the budget", () => {
  test("holds in every request of a conversation far beyond it, also in the middle of a tool loop", async () => {
    let asked = 0;
    const model = new FakeModel([], {
      fallback: () => {
        asked += 1;
        return asked % 6 === 0 ? `Answer ${asked}.` : { text: "Looking.", calls: [{ name: "dump" }, { name: "dump" }] };
      },
    });
    const dump = toolOf("dump", async () => `${asked}: ${filler(400, "crane")}`);
    await using bot = await startTestApp({ model, cheap: noteTaker(), tools: [dump], config: CONFIG });
    await talk(bot, 6, 100);
    expect(bot.answers).toHaveLength(6);
    expect(bot.answers.every((answer) => answer.includes("Answer"))).toBe(true);
    // A fifth is the answer's.
    expect(Math.max(...model.requests.map(sizeOf))).toBeLessThanOrEqual(BUDGET * 0.8);
    // What was asked is in front of the model all through the loop.
    const message = (request: ModelRequest): boolean => /Message \d/.test(shownIn(request));
    expect(model.requests.every(message)).toBe(true);
    expect(await latestRecord(bot)).toBeDefined();
  });

  test("a vendor that finds the request too long gets a shorter one, and the person an answer", async () => {
    const limit = 3_400;
    const model = new FakeModel([], {
      fallback: (request) => (sizeOf(request) > limit ? new AppError("context-too-long", "too long") : "short enough"),
    });
    await using bot = await startTestApp({ model, cheap: noteTaker(), config: CONFIG });
    await talk(bot, 8);
    expect(new Set(bot.answers)).toEqual(new Set(["short enough"]));
    expect(bot.answers).toHaveLength(8);
    expect(model.requests.some((request) => sizeOf(request) > limit)).toBe(true);
  });

  test("instructions and tools that leave no room are one plain sentence, and the session goes on once they do", async () => {
    await using small = await startTestApp({ model: ["never said"], config: "context: { budgetTokens: 2000 }" });
    await small.say("hello");
    await small.idle();
    expect(small.answers[0]).toContain("no room for a conversation");
    expect(small.model.requests).toHaveLength(0);
    await small.stop();
    await using large = await startTestApp({ folder: small.folder, model: ["here I am"], config: CONFIG });
    await large.say("and now?", { key: "slack:now" });
    await large.idle();
    expect(large.answers).toEqual(["here I am"]);
  });
});

describe("ahead of need", () => {
  test("the summary is asked for after an answer, and nobody waits for it", async () => {
    let finish = (): void => {};
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const cheap = noteTaker([{ text: NOTE, until: held }]);
    const answersWhenAsked: number[] = [];
    const model = new FakeModel([], { fallback: "fine" });
    await using bot = await startTestApp({ model, cheap, config: CONFIG });
    for (let n = 1; cheap.requests.length === 0 && n < 20; n += 1) {
      await bot.say(`Message ${n}. ${filler(200)}`);
      await bot.idle();
      await new Promise((resolve) => setImmediate(resolve));
      answersWhenAsked.push(bot.answers.length);
    }
    expect(cheap.requests).toHaveLength(1);
    expect(answersWhenAsked.at(-1)).toBeGreaterThan(1);
    // It hangs, and the next question is answered all the same, with the whole conversation.
    await bot.say("Still there?");
    await bot.idle();
    expect(bot.answers.at(-1)).toBe("fine");
    expect(shownIn(model.requests.at(-1))).not.toContain("<history>");
    finish();
    await untilCompacted(bot);
    await bot.say("And now?");
    await bot.idle();
    const shown = shownIn(model.requests.at(-1));
    expect(shown).toContain("Mr Sørensen");
    expect(shown).toContain("Still there?");
  });

  test("a short conversation is never summarised", async () => {
    const cheap = noteTaker();
    await using bot = await startTestApp({ model: ["a", "b", "c"], cheap, config: CONFIG });
    for (const text of ["one", "two", "three"]) {
      await bot.say(text);
      await bot.idle();
    }
    expect(cheap.requests).toHaveLength(0);
    expect(await latestRecord(bot)).toBeUndefined();
  });

  test("a summary that fails is done without: the person notices nothing", async () => {
    const cheap = new FakeModel([], { name: "cheap", fallback: new AppError("provider-refused", "no") });
    const model = new FakeModel([], { fallback: "fine" });
    await using bot = await startTestApp({ model, cheap, config: CONFIG });
    await talk(bot, 12);
    expect(new Set(bot.answers)).toEqual(new Set(["fine"]));
    expect(await latestRecord(bot)).toMatchObject({ level: "mechanical" });
    expect(Math.max(...model.requests.map(sizeOf))).toBeLessThanOrEqual(BUDGET * 0.8);
  });
});

describe("commands", () => {
  const started = async (cheap: FakeModel): Promise<TestApp> => {
    const bot = await startTestApp({ model: new FakeModel([], { fallback: "fine" }), cheap, config: CONFIG });
    await talk(bot, 4);
    return bot;
  };

  test("/compact says what it did, does it with the focus that was asked for, and a second time there is nothing to do", async () => {
    const cheap = noteTaker();
    await using bot = await started(cheap);
    expect(await command(bot, "/compact the crane")).toMatch(/^Shortened from about \d+ to \d+ tokens/);
    expect(cheap.requests.at(-1)?.system).toContain("the crane");
    const asked = cheap.requests.length;
    expect(await command(bot, "/compact")).toContain("nothing to shorten");
    expect(cheap.requests).toHaveLength(asked);
  });

  test("/compact without a focus names none", async () => {
    const cheap = noteTaker();
    await using bot = await started(cheap);
    expect(await command(bot, "/compact")).toMatch(/^Shortened/);
    expect(cheap.requests.at(-1)?.system).not.toContain("attention");
  });

  test("/status shows the share that is used, less after a compaction", async () => {
    await using bot = await started(noteTaker());
    const share = async (): Promise<number> => Number(/fills (\d+) %/.exec(await command(bot, "/status"))?.[1]);
    const before = await share();
    expect(before).toBeGreaterThan(20);
    await command(bot, "/compact");
    expect(await share()).toBeLessThan(before);
  });

  test("/new leaves the conversation behind, and its summaries with it", async () => {
    const model = new FakeModel([], { fallback: "fine" });
    await using bot = await startTestApp({ model, cheap: noteTaker(), config: CONFIG });
    await talk(bot, 4);
    await command(bot, "/compact");
    await command(bot, "/new");
    await bot.say("Good morning.");
    await bot.idle();
    expect(model.requests.at(-1)?.items).toEqual([{ role: "person", text: "Ann: Good morning." }]);
    expect(await command(bot, "/status")).toMatch(/fills [0-2] %/);
  });
});

describe("leaving and coming back", () => {
  test("a process that ends in the middle of a compaction leaves no half of one", async () => {
    const cheap = noteTaker([{ text: NOTE, until: new Promise<void>(() => {}) }]);
    const model = new FakeModel([], { fallback: "fine" });
    await using first = await startTestApp({ model, cheap, config: CONFIG });
    for (let n = 1; cheap.requests.length === 0 && n < 20; n += 1) await talk(first, 1, 200);
    await first.stop();
    const before = model.requests.at(-1)?.items ?? [];
    const next = new FakeModel([], { fallback: "fine" });
    await using second = await startTestApp({ folder: first.folder, model: next, cheap: noteTaker(), config: CONFIG });
    expect(await latestRecord(second)).toBeUndefined();
    await second.say("Here again.", { key: "slack:again" });
    await second.idle();
    expect(next.requests[0]?.items.slice(0, before.length)).toEqual(before);
    expect(second.answers).toEqual(["fine"]);
  });

  test("the next process shows the model the same bytes (P11)", async () => {
    const model = new FakeModel([], { fallback: "fine" });
    await using first = await startTestApp({ model, cheap: noteTaker(), config: CONFIG });
    await talk(first, 4);
    await command(first, "/compact");
    await talk(first, 1, 20);
    await first.stop();
    const last = model.requests.at(-1);
    expect(shownIn(last)).toContain("<history>");
    const next = new FakeModel([], { fallback: "fine" });
    await using second = await startTestApp({ folder: first.folder, model: next, cheap: noteTaker(), config: CONFIG });
    await second.say("Go on.", { key: "slack:on" });
    await second.idle();
    const [request] = next.requests;
    expect(JSON.stringify([request?.system, request?.tools])).toBe(JSON.stringify([last?.system, last?.tools]));
    const bytes = (items: ModelRequest["items"]): readonly string[] => items.map((item) => JSON.stringify(item));
    const before = bytes(last?.items ?? []);
    expect(bytes(request?.items ?? [])).toEqual([
      ...before,
      JSON.stringify({ role: "model", text: "fine", calls: [] }),
      JSON.stringify({ role: "person", text: "Ann: Go on." }),
    ]);
  });
});

describe("counting", () => {
  test("a vendor that counts more than we do gets less before its budget is full", async () => {
    const largest = async (factor: number): Promise<number> => {
      const model = new FakeModel([], {
        fallback: (request) => ({ text: "fine", usage: { inputTokens: Math.round(sizeOf(request) * factor) } }),
      });
      await using bot = await startTestApp({ model, cheap: noteTaker(), config: CONFIG });
      await talk(bot, 14);
      return Math.max(...model.requests.map(sizeOf)) * factor;
    };
    const [right, far] = [await largest(1), await largest(1.8)];
    expect(right).toBeGreaterThan(BUDGET * 0.5);
    expect(right).toBeLessThanOrEqual(BUDGET * 0.8);
    // 1.8 times as much as estimated, and within the budget all the same.
    expect(far).toBeLessThanOrEqual(BUDGET * 0.8);
  });

  test("what stands before the conversation is small", async () => {
    const model = new FakeModel(["hello"]);
    await using bot = await startTestApp({ model });
    await bot.say("hello");
    await bot.idle();
    const [request] = model.requests;
    expect(request && sizeOf({ ...request, items: [] })).toBeLessThanOrEqual(3_000);
  });
});

describe("what goes wrong around it", () => {
  test("a model with a far smaller window than its facts say gets ever shorter requests", async () => {
    const fallback = (request: ModelRequest): Script =>
      sizeOf(request) > 4_000 ? new AppError("context-too-long", "too long") : "fine";
    const config = "context: { budgetTokens: 60000 }";
    await using bot = await startTestApp({ model: new FakeModel([], { fallback }), cheap: noteTaker(), config });
    await talk(bot, 12, 200);
    expect(new Set(bot.answers)).toEqual(new Set(["fine"]));
  });

  test("/new in the middle of a long tool loop does not end its task", async () => {
    const said: Promise<unknown>[] = [];
    let looks = 0;
    const look = toolOf("look", async () => {
      looks += 1;
      if (looks === 3) said.push(bot.say("/new"));
      return `${looks}: ${filler(600, "crane")}`;
    });
    const fallback = (): Script => (looks < 12 ? { calls: [{ name: "look" }] } : "done");
    await using bot = await startTestApp({ model: new FakeModel([], { fallback }), tools: [look], config: CONFIG });
    await talk(bot, 1, 10);
    await Promise.all(said);
    await bot.idle();
    expect(bot.answers.at(-1)).toBe("done");
  });

  test("/status answers also where no conversation has room", async () => {
    await using bot = await startTestApp({ model: [], config: "context: { budgetTokens: 2000 }" });
    expect(await command(bot, "/status")).not.toBe("");
  });
});
