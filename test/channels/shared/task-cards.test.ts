// The cards of spawned tasks: changed seldom, quiet when nothing is new, ended surely, taken up again after a crash.

import { describe, expect, test } from "vitest";
import { z } from "zod";
import { type Changed, createTaskCards } from "../../../src/channels/shared/task-cards.ts";
import type { Delivery } from "../../../src/core/delivery.ts";
import type { Json } from "../../../src/core/json.ts";
import { silentLog } from "../../../src/core/log.ts";
import type { Memo } from "../../../src/core/store.ts";
import type { Task, TaskProgress, TaskState } from "../../../src/core/task.ts";
import { createLiveBoard } from "../../../src/runtime/live.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const SESSION = "slack:general~task_1";
const PAUSE_MS = 3_000;

const delivery: Delivery = {
  key: "card_task_1",
  session: SESSION,
  channel: "slack",
  n: 1,
  kind: "card",
  task: "task_1",
  replyTo: null,
  text: "",
  buttons: [{ id: "b1", kind: "stop", label: "Stop" }],
  tries: 0,
  createdAt: 0,
};

/** A ledger and a platform that outlive the process which shows cards. */
function world() {
  const clock = new FakeClock();
  const live = createLiveBoard();
  const memos = new Map<string, Memo>();
  const shown: { readonly at: number; readonly text: string; readonly buttons: number }[] = [];
  const answers: Changed[] = [];
  const state = { tools: [] as string[], tokens: 0, state: "running" as TaskState, isHeld: Promise.resolve() };

  const progress = async (): Promise<TaskProgress> => {
    const { tools, tokens } = { ...state };
    const isOver = state.state === "done";
    const task = { id: "task_1", agent: "researcher", state: state.state, createdAt: 0, startedAt: clock.now() };
    await state.isHeld;
    const whole = { ...task, endedAt: isOver ? clock.now() : null } as Task;
    return { task: whole, goal: "compare", tools: [...tools], tokens, usd: 0 };
  };
  const start = async (pauseMs = (_open: number): number => PAUSE_MS) => {
    const cards = createTaskCards({
      channel: "slack",
      ledger: {
        progress,
        putMemo: async (_channel, key, value: Json) => void memos.set(key, { key, value, at: clock.now() }),
        memos: async () => [...memos.values()],
        dropMemo: async (_channel, key) => void memos.delete(key),
      },
      live,
      clock,
      log: silentLog,
      place: z.string(),
      change: async (_card, text, buttons) => {
        shown.push({ at: clock.now(), text, buttons: buttons.length });
        return answers.shift() ?? "changed";
      },
      pauseMs,
    });
    await cards.start();
    return cards;
  };
  /** Time goes on while the task's session rings all the time, as it does while a model writes. */
  const pass = async (ms: number, isRinging = true): Promise<void> => {
    for (let left = ms; left > 0; left -= 250) {
      if (isRinging) live.changed(SESSION);
      clock.advance(250);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { clock, memos, shown, answers, state, start, pass };
}

describe("a card", () => {
  test("is changed no more often than may be, however much happens", async () => {
    const { start, shown, state, pass } = world();
    await (await start()).announced(delivery, "place", "m1");
    for (let step = 1; step <= 40; step += 1) {
      state.tokens = step;
      await pass(500);
    }
    const gaps = shown.slice(1).map(({ at }, place) => at - (shown[place]?.at ?? 0));
    expect(shown.length).toBeGreaterThan(4);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(PAUSE_MS);
    expect(shown.at(-1)?.text).toContain("tokens");
  });

  test("of one that only goes on tells the time now and then, of one that waits nothing", async () => {
    const { start, shown, state, pass } = world();
    await (await start()).announced(delivery, "place", "m1");
    await pass(50_000);
    expect(shown).toHaveLength(4);
    state.state = "waiting";
    await pass(600_000);
    expect(shown).toHaveLength(5);
    expect(shown.at(-1)?.text).toContain("waiting for consent");
  });

  test("ends with its task, without a button, and is forgotten", async () => {
    const { start, shown, state, memos, pass, clock } = world();
    const cards = await start();
    await cards.announced(delivery, "place", "m1");
    await pass(4_000);
    expect(cards.taskOf("m1")).toBe("task_1");
    state.state = "done";
    await pass(4_000);
    expect(shown.map(({ buttons }) => buttons)).toEqual([1, 0]);
    expect(shown.at(-1)?.text).toContain("done");
    expect([memos.size, cards.taskOf("m1"), clock.pending]).toEqual([0, undefined, 0]);
  });

  test("does not say for long that it works when the result is there", async () => {
    const { start, shown, state, pass } = world();
    const cards = await start(() => 24_000);
    await cards.announced(delivery, "place", "m1");
    await pass(2_000);
    state.state = "done";
    await pass(1_000);
    expect(shown.map(({ buttons }) => buttons)).toEqual([1]);
    cards.ended(SESSION);
    await pass(250);
    expect(shown.map(({ buttons }) => buttons)).toEqual([1, 0]);
  });

  test("an end that comes while it is looked at is seen", async () => {
    const { start, shown, state, pass } = world();
    await (await start()).announced(delivery, "place", "m1");
    await pass(3_500);
    const slow = Promise.withResolvers<void>();
    state.isHeld = slow.promise;
    await pass(4_000);
    state.state = "done";
    await pass(1_000);
    state.isHeld = Promise.resolve();
    slow.resolve();
    await pass(1_000, false);
    expect(shown.at(-1)?.text).toContain("done");
  });

  test("that cannot be changed just now is tried again; one that is gone is let go", async () => {
    const { start, shown, answers, memos, pass } = world();
    await (await start()).announced(delivery, "place", "m1");
    answers.push({ afterMs: 10_000 }, "changed", "gone");
    await pass(10_500);
    expect(shown).toHaveLength(1);
    await pass(2_000);
    expect(shown).toHaveLength(2);
    await pass(60_000);
    expect([shown.length, memos.size]).toEqual([3, 0]);
  });

  test("of an earlier process goes on, and ends where its task ended meanwhile", async () => {
    const { start, shown, state, memos, pass } = world();
    const first = await start();
    await first.announced(delivery, "place", "m1");
    await first.stop();
    await pass(10_000);
    expect(shown).toEqual([]);
    state.state = "done";
    await start();
    await pass(1_000);
    expect(shown.map(({ buttons }) => buttons)).toEqual([0]);
    expect(memos.size).toBe(0);
  });
});
