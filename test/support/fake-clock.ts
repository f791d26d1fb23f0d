// Time that a test moves by hand.

import type { Clock } from "../../src/core/clock.ts";

interface Timer {
  readonly at: number;
  readonly call: () => void;
}

export class FakeClock implements Clock {
  #now: number;
  #timers = new Set<Timer>();

  constructor(now = Date.UTC(2026, 10, 21, 9)) {
    this.#now = now;
  }

  now = (): number => this.#now;

  after = (delayMs: number, call: () => void): (() => void) => {
    const timer = { at: this.#now + Math.max(0, delayMs), call };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  get pending(): number {
    return this.#timers.size;
  }

  /** Moves time and lets what is due happen, in order. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const due = [...this.#timers].filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#timers.delete(due);
      this.#now = due.at;
      due.call();
    }
    this.#now = until;
  }
}
