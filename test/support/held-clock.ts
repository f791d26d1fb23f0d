// The machine's own time, but for what lasts long: that happens when the test says so.

import type { Clock } from "../../src/core/clock.ts";
import { systemClock } from "../../src/lib/system-clock.ts";

export interface HeldClock extends Clock {
  /** Lets all long times pass that are waited for now. */
  pass(): void;
}

export function heldClock(longFromMs: number): HeldClock {
  let held: (() => void)[] = [];
  return {
    ...systemClock,
    after: (delayMs, call) => {
      if (delayMs < longFromMs) return systemClock.after(delayMs, call);
      held.push(call);
      return () => {
        held = held.filter((other) => other !== call);
      };
    },
    pass: () => {
      const due = held;
      held = [];
      for (const call of due) call();
    },
  };
}
