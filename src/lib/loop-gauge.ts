// How busy the event loop is: whether somebody waits for it.

import { type EventLoopUtilization, performance } from "node:perf_hooks";

/** Tells the time, and what the event loop did since an earlier look. */
export type LoopUse = Pick<typeof performance, "now" | "eventLoopUtilization">;

/** Of its time, looked at over a window or two. */
const BUSY_SHARE = 0.8;
const WINDOW_MS = 100;

export class LoopGauge {
  readonly #use: LoopUse;
  /** When the window before began, and this one. */
  #begins: readonly [EventLoopUtilization, EventLoopUtilization];
  #windowAt: number;

  constructor(use: LoopUse = performance) {
    const begin = use.eventLoopUtilization();
    this.#use = use;
    this.#begins = [begin, begin];
    this.#windowAt = use.now();
  }

  get isBusy(): boolean {
    const now = this.#use.now();
    if (now - this.#windowAt > WINDOW_MS) {
      this.#windowAt = now;
      this.#begins = [this.#begins[1], this.#use.eventLoopUtilization()];
    }
    return this.#use.eventLoopUtilization(this.#begins[0]).utilization >= BUSY_SHARE;
  }
}
