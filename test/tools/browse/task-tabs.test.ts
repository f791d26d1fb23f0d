// Who has a tab, who waits for one, and when it goes: by hand, over a clock that is moved.

import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Tab } from "../../../src/tools/browse/tab.ts";
import { createTaskTabs } from "../../../src/tools/browse/task-tabs.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const free = { signal: new AbortController().signal, mayOpen: true };

function tabs(tabsMax: number) {
  let open = 0;
  let most = 0;
  let made = 0;
  const newTab = async (): Promise<Tab> => {
    made += 1;
    open += 1;
    most = Math.max(most, open);
    return {
      act: () => Promise.reject(new Error("nothing is done here")),
      picture: () => Promise.reject(new Error("nothing is done here")),
      isLost: () => false,
      close: async () => {
        open -= 1;
      },
    };
  };
  const clock = new FakeClock();
  const held = createTaskTabs({ newTab, timers: clock, tabsMax, restMs: 20_000, idleMs: 300_000 });
  return { ...held, clock, open: () => open, most: () => most, made: () => made };
}

describe("tabs of tasks", () => {
  test("a task keeps its tab, until it was not used for a while", async () => {
    const all = tabs(2);
    await all.use("a", free, async () => {});
    await all.use("a", { ...free, mayOpen: false }, async () => {});
    expect(all.made()).toBe(1);
    all.clock.advance(300_001);
    await setImmediate();
    expect(all.open()).toBe(0);
    await expect(all.use("a", { ...free, mayOpen: false }, async () => {})).rejects.toThrow(/No page is open/);
  });

  test("fifty that come at once never have more than there may be, and the line has an end", async () => {
    const all = tabs(4);
    const ends = Array.from({ length: 50 }, (_, n) =>
      all.use(`task_${n}`, free, async () => {}).then(() => "done", String),
    );
    for (let rounds = 0; rounds < 40; rounds += 1) {
      await setImmediate();
      all.clock.advance(20_000);
    }
    const told = await Promise.all(ends);
    expect(told.filter((end) => end === "done")).toHaveLength(36);
    expect(told.filter((end) => /busy with others/.test(end))).toHaveLength(14);
    expect(all.most()).toBe(4);
  });

  test("a stopped task's tab is closed, and one that waits leaves the line", async () => {
    const all = tabs(1);
    const stop = new AbortController();
    const { promise: never } = Promise.withResolvers<void>();
    const work = all.use("a", { ...free, signal: stop.signal }, () => Promise.race([never, aborted(stop.signal)]));
    const leave = new AbortController();
    const waiting = all.use("b", { ...free, signal: leave.signal }, async () => {});
    leave.abort(new Error("stopped too"));
    await setImmediate();
    all.clock.advance(1);
    await expect(waiting).rejects.toThrow("stopped too");
    stop.abort(new Error("stopped"));
    await expect(work).rejects.toThrow("stopped");
    expect(all.open()).toBe(0);
    await all.use("c", free, async () => {});
    await all.close();
    expect(all.open()).toBe(0);
  });
});

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
