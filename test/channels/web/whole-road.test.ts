// The road seen from a page whose line breaks again and again, over the real ledger and the real loop: replies that break off
// and begin anew, tools, tasks that fail, messages that wait or are withdrawn.

import fc from "fast-check";
import { expect, test } from "vitest";
import { AppError } from "../../../src/core/errors.ts";
import type { ModelEvent, ModelProvider, ModelReply } from "../../../src/core/model.ts";
import { ask, jsonOf, say } from "../../support/ask.ts";
import { EventConnection, type ReceivedEvent } from "../../support/event-connection.ts";
import { startTestApp, type TestApp } from "../../support/start-test-app.ts";
import { assemble } from "./onlooker.ts";

const SESSION = "road";
const USAGE = { inputTokens: 1, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens: 1 };

interface Plan {
  readonly pieces: readonly string[];
  readonly last: "end" | "calls" | "length" | "breaks" | "refuses";
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Says its pieces one turn of the event loop after the other, so that readers come in between. */
function scripted(plans: readonly Plan[]): ModelProvider {
  const left = [...plans];
  return {
    name: "scripted",
    async *stream(_request, signal): AsyncGenerator<ModelEvent> {
      const { pieces, last } = left.shift() ?? { pieces: ["That is all."], last: "end" };
      for (const text of pieces) {
        await nextTurn();
        signal.throwIfAborted();
        yield { type: "text", text };
      }
      if (last === "breaks") throw new AppError("provider-stream-broken", "reset");
      if (last === "refuses") throw new AppError("provider-refused", "no");
      const calls = last === "calls" ? [{ name: "current_time", argumentsText: "{}" }] : [];
      const stop: ModelReply["stop"] = last;
      yield { type: "reply", reply: { text: pieces.join(""), calls, stop, usage: USAGE } };
    },
  };
}

const piece = fc.oneof(
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 9 }).filter((text) => text.trim() !== ""),
  fc.constantFrom("a", "ab", "the same beginning ", "\n\n", "中文"),
);
const plan: fc.Arbitrary<Plan> = fc.record({
  // A reply of nothing but blanks is a story of its own.
  pieces: fc
    .array(piece, { maxLength: 8, size: "max" })
    .filter((pieces) => pieces.length === 0 || pieces.join("").trim() !== ""),
  last: fc.constantFrom("end", "end", "calls", "length", "breaks", "breaks", "refuses"),
});

/** Reads until so many tasks are over, in connections of so many chunks each. */
async function look(bot: TestApp, tasks: number, chunks: readonly number[]): Promise<readonly ReceivedEvent[]> {
  const taken: ReceivedEvent[] = [];
  for (let turn = 0; ; turn += 1) {
    const id = taken.at(-1)?.id;
    const headers: Record<string, string> = id === undefined ? {} : { "last-event-id": String(id) };
    const page = new EventConnection(await ask(bot.app.http, `/api/sessions/${SESSION}/events`, { headers }));
    const isOver = (): boolean =>
      [...taken, ...page.events].filter(({ type }) => type === "execution_complete").length >= tasks;
    const patience = chunks[turn % chunks.length] ?? 1;
    // The first chunk only says when to come back.
    for (let chunk = 0; chunk <= patience && !isOver(); chunk += 1) await page.read();
    const isLast = isOver();
    await page.leave();
    taken.push(...page.events);
    if (isLast) return taken;
  }
}

test("pages that come and go put together just what was committed, and the answers they end with", async () => {
  const stories = fc.record({
    plans: fc.array(plan, { maxLength: 12, size: "max" }),
    messages: fc.integer({ min: 1, max: 4 }),
    withdrawn: fc.boolean(),
    pages: fc.array(fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 5 }), {
      minLength: 1,
      maxLength: 3,
    }),
  });
  await fc.assert(
    fc.asyncProperty(stories, async ({ plans, messages, withdrawn, pages }) => {
      await using bot = await startTestApp({ model: scripted(plans) });
      const pump = setInterval(() => bot.clock.advance(500), 1);
      try {
        const looking = pages.map((chunks) => look(bot, messages, chunks));
        let last: unknown;
        for (let n = 0; n < messages; n += 1) last = (await jsonOf(await say(bot.app.http, SESSION, `m${n}`))).taskId;
        if (withdrawn) await ask(bot.app.http, `/api/tasks/${last}/cancel`, { method: "POST" });
        const seen = await Promise.all(looking);
        const committed = await bot.eventsOf("text_end", `web:${SESSION}`);
        for (const events of seen) {
          expect(assemble(events).committed).toEqual(committed.map(({ text }) => text));
          const ids = events.map(({ id }) => id);
          expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
        }
        for (const end of await bot.eventsOf("execution_complete", `web:${SESSION}`)) {
          const said = committed.filter(({ taskId }) => taskId === end.taskId).map(({ text }) => text);
          expect(end.text).toContain(said.join("").trim());
          // A story in which everything fails would prove nothing.
          expect(end.error).not.toBe("internal");
        }
      } finally {
        clearInterval(pump);
      }
    }),
    { numRuns: 25, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: true },
  );
}, 90_000);

test("a reply of blanks that is asked for again does not stand before the next one", async () => {
  await using bot = await startTestApp({
    model: scripted([
      { pieces: ["  ", "\n"], last: "end" },
      { pieces: ["Hello", " Ann."], last: "end" },
    ]),
  });
  const looking = look(bot, 1, [1_000]);
  await say(bot.app.http, SESSION, "hi");
  expect(assemble(await looking).committed).toEqual(["Hello Ann."]);
});
