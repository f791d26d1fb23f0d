// The machine's own clock and ids.

import { expect, test, vi } from "vitest";
import { randomIds, systemClock } from "../../src/lib/system-clock.ts";

test("a delay beyond what timers can do does not go off at once", async () => {
  vi.useFakeTimers();
  try {
    const call = vi.fn();
    const cancel = systemClock.after(30 * 86_400_000, call);
    vi.advanceTimersByTime(86_400_000);
    expect(call).not.toHaveBeenCalled();
    cancel();
    expect(vi.getTimerCount()).toBe(0);
    systemClock.after(-5, call);
    vi.advanceTimersByTime(1);
    expect(call).toHaveBeenCalledTimes(1);
  } finally {
    vi.useRealTimers();
  }
});

test("ids of one prefix never repeat, and sort by the time they were made", () => {
  const ids = Array.from({ length: 10_000 }, () => randomIds.next("task"));
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^task_[0-9a-z]{8,}$/);
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) });
  try {
    const early = randomIds.next("a");
    vi.setSystemTime(Date.UTC(2027, 0, 1));
    expect(early < randomIds.next("a")).toBe(true);
  } finally {
    vi.useRealTimers();
  }
});
