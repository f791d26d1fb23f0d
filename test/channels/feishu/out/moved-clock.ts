// The time of this process, which a test may move on: what is due by then happens at once.

import type { Clock } from "../../../../src/core/clock.ts";
import { AwakeClock } from "../../../support/awake-clock.ts";

interface Timer {
  readonly at: number;
  readonly call: () => void;
  cancel: () => void;
}

export class MovedClock implements Clock {
  readonly #lived = new AwakeClock();
  #movedMs = 0;
  readonly #timers = new Set<Timer>();

  now = (): number => this.#lived.now() + this.#movedMs;

  after = (delayMs: number, call: () => void): (() => void) => {
    const timer: Timer = { at: this.now() + Math.max(0, delayMs), call, cancel: () => {} };
    this.#timers.add(timer);
    this.#arm(timer);
    return () => this.#drop(timer);
  };

  /** Whether something waits that long. */
  isAwaited(fromMs: number, toMs: number): boolean {
    return [...this.#timers].some(({ at }) => at - this.now() >= fromMs && at - this.now() <= toMs);
  }

  /** The same time, whose timers can be stopped for good. */
  child(): Clock & { stop(): void } {
    const cancels = new Set<() => void>();
    let isStopped = false;
    return {
      now: this.now,
      after: (delayMs, call) => {
        if (isStopped) return () => {};
        const cancel = this.after(delayMs, () => {
          cancels.delete(cancel);
          call();
        });
        cancels.add(cancel);
        return () => {
          cancels.delete(cancel);
          cancel();
        };
      },
      stop: () => {
        isStopped = true;
        for (const cancel of cancels) cancel();
      },
    };
  }

  move(ms: number): void {
    this.#movedMs += ms;
    const due = [...this.#timers].filter((timer) => timer.at <= this.now()).sort((a, b) => a.at - b.at);
    for (const timer of this.#timers) this.#arm(timer);
    for (const timer of due) this.#ring(timer);
  }

  #arm(timer: Timer): void {
    timer.cancel();
    timer.cancel = this.#lived.after(timer.at - this.now(), () => this.#ring(timer));
  }

  #ring(timer: Timer): void {
    if (!this.#timers.has(timer)) return;
    this.#drop(timer);
    timer.call();
  }

  #drop(timer: Timer): void {
    timer.cancel();
    this.#timers.delete(timer);
  }
}
