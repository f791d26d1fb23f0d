// Providers that fail: what is tried again, what goes to the next, and that no text is ever shown twice.

import { describe, expect, test } from "vitest";
import { EventReader } from "../../src/channels/web/event-reader.ts";
import { AppError } from "../../src/core/errors.ts";
import type { Live } from "../../src/core/live.ts";
import type { ModelEvent, ModelProvider } from "../../src/core/model.ts";
import { FakeModel, type Script } from "../support/fake-model.ts";
import { startTestApp, type TestApp } from "../support/start-test-app.ts";

const down = (code: AppError["code"] = "provider-unavailable", retryAfterMs?: number): AppError =>
  new AppError(code, "down", retryAfterMs === undefined ? {} : { retryAfterMs });

describe("the chain", () => {
  test("goes to the next provider, rests the dead one, and returns to it when it is back", async () => {
    const backup = new FakeModel([], { name: "backup", fallback: "from the backup" });
    const scripts: Script[] = [down("provider-timeout"), "the primary is back"];
    await using bot = await startTestApp({ model: scripts, backups: [backup] });
    await bot.say("one");
    await bot.idle();
    await bot.say("two");
    await bot.idle();
    // The second question did not wait for the dead one at all.
    expect(bot.answers).toEqual(["from the backup", "from the backup"]);
    expect(bot.model.requests).toHaveLength(1);
    bot.clock.advance(60_000);
    await bot.say("three");
    await bot.idle();
    expect(bot.answers[2]).toBe("the primary is back");
  });

  test("a probe that fails rests the primary longer, and the person still gets the backup's answer", async () => {
    const backup = new FakeModel([], { name: "backup", fallback: "backup" });
    await using bot = await startTestApp({
      model: [down("provider-timeout"), down("provider-timeout"), "back"],
      backups: [backup],
    });
    for (const restMs of [0, 20_000, 20_000, 20_000]) {
      bot.clock.advance(restMs);
      await bot.say("?");
      await bot.idle();
    }
    expect(bot.model.requests).toHaveLength(3);
    expect(bot.answers).toEqual(["backup", "backup", "backup", "back"]);
  });

  test("a short Retry-After is waited for, a long one goes to the next", async () => {
    await using patient = await startTestApp({ model: [down("provider-rate-limited", 2_000), "after a moment"] });
    await patient.say("hi");
    await patient.until(() => patient.answers.length === 1);
    await patient.idle();
    expect(patient.answers).toEqual(["after a moment"]);
    const backup = new FakeModel(["at once"], { name: "backup" });
    await using hurried = await startTestApp({ model: [down("provider-rate-limited", 60_000)], backups: [backup] });
    await hurried.say("hi");
    await hurried.idle();
    expect(hurried.answers).toEqual(["at once"]);
  });

  test("when everything is down the task waits and is answered later; the line keeps its order", async () => {
    await using bot = await startTestApp({ model: [down(), down(), down(), down(), "first", "second"] });
    await bot.say("one");
    await bot.say("two");
    await bot.until(() => bot.answers.length === 2);
    await bot.idle();
    expect(bot.answers).toEqual(["first", "second"]);
  });

  test("when it stays down the person gets one sentence and the line goes on", async () => {
    const isDown = { now: true };
    await using bot = await startTestApp({
      model: Array.from({ length: 40 }, () => () => (isDown.now ? down() : "alive")),
    });
    await bot.say("one");
    await bot.until(() => bot.answers.length === 1, 5_000);
    await bot.idle();
    expect(bot.answers[0]).toContain("cannot be reached");
    isDown.now = false;
    await bot.say("two");
    await bot.until(() => bot.answers.length === 2, 5_000);
    await bot.idle();
    expect(bot.answers[1]).toBe("alive");
  });

  test("what is too long for one model is tried only with a larger one", async () => {
    const backup = new FakeModel(["never asked"], { name: "backup" });
    await using bot = await startTestApp({
      model: Array.from({ length: 3 }, () => down("context-too-long")),
      backups: [backup],
    });
    await bot.say("hi");
    await bot.idle();
    expect(bot.answers[0]).toContain("/new");
    expect(backup.requests).toHaveLength(0);
  });

  test("silence before the first token and between tokens is cut (P6)", async () => {
    const silent = (first: readonly ModelEvent[]): ModelProvider => ({
      name: "silent",
      async *stream() {
        yield* first;
        await new Promise(() => {});
      },
    });
    for (const first of [[], [{ type: "text", text: "I was say" }]] as const) {
      const backup = new FakeModel(["the backup speaks"], { name: "backup" });
      await using bot = await startTestApp({ model: silent(first), backups: [backup] });
      await bot.say("hi");
      await bot.until(() => bot.answers.length === 1, 5_000);
      await bot.idle();
      expect(bot.answers).toEqual(["the backup speaks"]);
    }
  });
});

describe("a stream that breaks half-way never shows text twice", () => {
  /** What an onlooker of the session has on the screen, from the wire events alone. */
  async function screen(
    bot: TestApp,
    live: Live,
  ): Promise<{ readonly shown: string; readonly deltas: readonly string[] }> {
    const reader = new EventReader("slack:general", { event: 0, chars: 0 }, bot.store, live);
    const deltas: string[] = [];
    let shown = "";
    for (const { type, fields } of await reader.read()) {
      if (type === "text_reset") shown = "";
      if (type !== "text_delta") continue;
      deltas.push(String(fields.text));
      shown += String(fields.text);
    }
    return { shown, deltas };
  }
  const still: Live = { draft: () => undefined, watch: () => () => {}, watchAll: () => () => {} };
  const broken = (text: string): Script => ({ text, thenFail: down("provider-stream-broken") });

  test("the same words again go on where they stopped", async () => {
    await using bot = await startTestApp({ model: [broken("The quick brown"), "The quick brown fox."] });
    await bot.say("hi");
    await bot.until(() => bot.answers.length === 1);
    await bot.idle();
    expect(await bot.eventsOf("text_reset")).toEqual([]);
    expect((await screen(bot, still)).shown).toBe("The quick brown fox.");
  });

  test("other words void what was shown, in a way that also late readers see", async () => {
    await using bot = await startTestApp({ model: [broken("The quick brown"), "A different answer."] });
    await bot.say("hi");
    await bot.until(() => bot.answers.length === 1);
    await bot.idle();
    expect(await bot.eventsOf("text_reset")).toHaveLength(1);
    expect((await screen(bot, still)).shown).toBe("A different answer.");
    expect(bot.answers).toEqual(["A different answer."]);
  });

  test("a second try that is shorter than what was shown voids the rest", async () => {
    await using bot = await startTestApp({ model: [broken("The quick brown fox"), "The quick"] });
    await bot.say("hi");
    await bot.until(() => bot.answers.length === 1);
    await bot.idle();
    expect((await screen(bot, still)).shown).toBe("The quick");
  });
});
