// When shortening a conversation stops helping: it stops, people hear of it once, and the conversation goes on all the same.

import { describe, expect, test } from "vitest";
import { requestTokens } from "../../src/context/request-tokens.ts";
import { GOOD_HEALTH } from "../../src/core/compaction.ts";
import { silentLog } from "../../src/core/log.ts";
import { userText } from "../../src/core/user-text.ts";
import { FakeModel } from "../support/fake-model.ts";
import { startTestApp, type TestApp } from "../support/start-test-app.ts";

const BUDGET = 7_000;
/** Shortened from so early on that what code carries over soon is most of what is there. */
const CONFIG = `context: { budgetTokens: ${BUDGET}, compressAt: 0.6, keepRecentTokens: 2000, summaryTokens: 400 }`;
const SESSION = "slack:general";
const MESSAGES_MAX = 60;
const NOTE = ["Goal", "Constraints and preferences", "Done", "In progress", "Key facts"]
  .map((heading) => `## ${heading}\n- ${"The crane of pier seven is out of order. ".repeat(4)}`)
  .join("\n");

interface Exhaustible extends TestApp {
  /** How often a summary had been asked for when each compaction was done. */
  readonly askedAt: readonly number[];
}

async function start(folder?: string): Promise<Exhaustible> {
  const cheap = new FakeModel([], { name: "cheap", fallback: NOTE });
  const model = new FakeModel([], { fallback: "We decided to keep port 8080, because it must never fail." });
  const askedAt: number[] = [];
  const log = { ...silentLog, info: (what: string) => what === "compaction" && askedAt.push(cheap.requests.length) };
  const bot = await startTestApp({ model, cheap, log, config: CONFIG, ...(folder ? { folder } : {}) });
  return Object.assign(bot, { model, askedAt });
}

async function tell(bot: TestApp, n: number): Promise<void> {
  const text = `You must use port = ${8_000 + n} for ship-${n}, see https://example.com/ship/${n}. We decided on crane ${n}.`;
  await bot.say(`Message ${n}. ${text}`, { key: `slack:m${n}` });
  await bot.idle();
  // What runs in the background awaits nothing but this process.
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

const health = async (bot: TestApp) => (await bot.store.shownSteps(SESSION)).record?.health;

/** Speaks until two compactions in a row freed next to nothing; returns how many messages that took. */
async function untilExhausted(bot: TestApp): Promise<number> {
  for (let n = 1; n <= MESSAGES_MAX; n += 1) {
    await tell(bot, n);
    if ((await health(bot))?.isTold) return n;
  }
  throw new Error("shortening helped every time");
}

const remark = userText("contextExhausted", "en");
const timesSaid = (bot: TestApp): number => bot.answers.filter((answer) => answer.includes(remark)).length;

describe("a conversation that gets no shorter", () => {
  test("says so once, asks no model for summaries while nothing helps, and goes on within its budget", async () => {
    await using bot = await start();
    const before = await untilExhausted(bot);
    expect(timesSaid(bot)).toBe(0);
    const compactions = bot.askedAt.length;
    let last = before;
    const goOn = (): Promise<void> => {
      last += 1;
      return tell(bot, last);
    };
    // The next must be; those after it are ahead of need again, and help as little.
    while (last < MESSAGES_MAX && bot.askedAt.length < compactions + 3) await goOn();
    expect(bot.askedAt.length).toBeGreaterThanOrEqual(compactions + 3);
    expect(bot.askedAt[compactions]).toBe(bot.askedAt[compactions - 1]);
    await goOn();
    expect(timesSaid(bot)).toBe(1);
    expect(bot.answers).toHaveLength(last);
    expect(bot.answers.every((answer) => answer.startsWith("We decided"))).toBe(true);
    const largest = Math.max(...bot.model.requests.map((request) => requestTokens(request, "claude-4.7")));
    expect(largest).toBeLessThanOrEqual(BUDGET * 0.8);
  });

  test("the next process does not say it again", async () => {
    await using first = await start();
    const before = await untilExhausted(first);
    await tell(first, before + 1);
    expect(timesSaid(first)).toBe(1);
    await first.stop();
    await using second = await start(first.folder);
    // Until it helped once, and then twice no more.
    let last = before + 1;
    for (let hasHelped = false; last < before + MESSAGES_MAX; last += 1) {
      const { idle } = (await health(second)) ?? GOOD_HEALTH;
      hasHelped ||= idle === 0;
      if (hasHelped && idle >= 2) break;
      await tell(second, last + 1);
    }
    expect((await health(second))?.idle).toBe(2);
    await tell(second, last + 1);
    expect(timesSaid(second)).toBe(0);
  });

  test("a fresh one does not hear of what was the matter with the old one", async () => {
    await using bot = await start();
    await untilExhausted(bot);
    await bot.say("/new");
    await bot.idle();
    await tell(bot, MESSAGES_MAX + 1);
    expect(bot.answers.at(-1)).toContain("We decided");
    expect(timesSaid(bot)).toBe(0);
  });
});
