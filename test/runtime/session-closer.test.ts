// A session in which nothing is said for long is closed with a summary; a message at any moment opens it again, is worked once, and
// nothing is lost (P1, P3).

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Log } from "../../src/core/log.ts";
import { FakeModel, type Script } from "../support/fake-model.ts";
import { startTestApp, type TestApp, type TestAppOptions } from "../support/start-test-app.ts";

const HOUR = 3_600_000;
const SESSION = "slack:general";
const HEADINGS =
  "Goal|Constraints and preferences|Done|In progress|Decisions and reasons|Failed attempts|Open and promised|Key facts".split(
    "|",
  );
const SUMMARY = HEADINGS.map((heading) => `## ${heading}\n- the report`).join("\n");
const config = "sessions: { idleHours: 24 }\ncontext: { summaryTokens: 1000 }\n";

function start(lines: string[], options: TestAppOptions & { readonly summary?: Script } = {}): Promise<TestApp> {
  const log: Log = {
    debug: () => {},
    info: (text) => lines.push(text),
    warn: (text) => lines.push(text),
    error: (text) => lines.push(text),
    child: () => log,
  };
  const model = new FakeModel([], { fallback: "That is a long answer, said once. ".repeat(100) });
  const cheap = new FakeModel([], { name: "cheap", fallback: options.summary ?? SUMMARY });
  return startTestApp({ config, model, cheap, log, ...options });
}

async function talk(bot: TestApp): Promise<void> {
  for (let n = 1; n <= 12; n += 1) await bot.say(`question ${n} about the report`);
  await bot.idle();
}

const closings = (lines: readonly string[]): readonly string[] =>
  lines.filter((line) => /^session (?:closed|opened)/.test(line));
const shownChars = async (bot: TestApp): Promise<number> => {
  const { record, steps } = await bot.store.shownSteps(SESSION);
  return (record?.body.length ?? 0) + JSON.stringify(steps).length;
};

test("it is closed once, with a summary, and goes on with it", async () => {
  const lines: string[] = [];
  let isClosing = false;
  await using bot = await start(lines, {
    wrapStore: (store) => ({
      ...store,
      beginClosing: async (...idle) => {
        const found = await store.beginClosing(...idle);
        isClosing = found.length > 0;
        return found;
      },
    }),
  });
  await talk(bot);
  const before = await shownChars(bot);
  await bot.until(() => isClosing, HOUR / 2);
  // The summary has seconds, not hours.
  await bot.until(() => closings(lines).length > 0, 10);
  expect(await shownChars(bot)).toBeLessThan(before / 2);
  expect((await bot.store.shownSteps(SESSION)).record?.level).toBe("summary");

  bot.clock.advance(26 * HOUR);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(closings(lines)).toEqual(["session closed"]);

  await bot.say("where were we?");
  await bot.idle();
  expect(bot.answers.length).toBe(13);
  expect((await bot.store.transcript(SESSION)).length).toBeGreaterThan(24);
});

test("one in which something is said meanwhile is not closed, and what was said is answered once", async () => {
  const lines: string[] = [];
  let summarise = (): void => {};
  const asked = new Promise<void>((resolve) => {
    summarise = resolve;
  });
  let begun = (): void => {};
  const isAsked = new Promise<void>((resolve) => {
    begun = resolve;
  });
  await using bot = await start(lines, {
    summary: () => {
      begun();
      return { text: SUMMARY, until: asked };
    },
  });
  await talk(bot);
  let isClosing = false;
  void isAsked.then(() => {
    isClosing = true;
  });
  await bot.until(() => isClosing, HOUR / 2);
  await bot.say("wait, one more thing");
  await bot.until(() => bot.answers.length === 13, 10);
  summarise();
  await bot.until(() => closings(lines).length > 0, 10);
  expect(closings(lines)).toEqual(["session opened again while it was closed"]);
  expect(bot.answers.length).toBe(13);
});

test("a closing that a crash interrupted is taken up", async () => {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-closer-"));
  try {
    {
      await using bot = await start([], {
        folder,
        wrapStore: (store) => ({ ...store, endClosing: () => Promise.reject(new Error("died here")) }),
      });
      await talk(bot);
      bot.clock.advance(25 * HOUR);
      await bot.until(() => true);
    }
    const lines: string[] = [];
    await using bot = await start(lines, { folder, laterMs: 26 * HOUR });
    await bot.until(() => closings(lines).length > 0, HOUR / 2);
    expect(closings(lines)).toEqual(["session closed"]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("0 hours: none is ever closed", async () => {
  const lines: string[] = [];
  await using bot = await start(lines, { config: "sessions: { idleHours: 0 }\n" });
  await talk(bot);
  bot.clock.advance(26 * HOUR);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(closings(lines)).toEqual([]);
});
