// The machine's own time, ids and randomness.

import { randomUUID } from "node:crypto";

/** Timers beyond it go off at once; one that is early is asked for again by whoever waits for a time. */
const DELAY_MS_MAX = 2_147_483_647;

export const systemClock = {
  now: (): number => Date.now(),
  after: (delayMs: number, call: () => void): (() => void) => {
    const timer = setTimeout(call, Math.min(Math.max(0, delayMs), DELAY_MS_MAX));
    return () => clearTimeout(timer);
  },
};

/** `<prefix>_<time in base 36><16 hex digits, 62 bits of them random>`: sorts by time, cannot be guessed. */
export const randomIds = {
  // Of a UUID, since those are made of a stock of random bytes.
  next: (prefix: string): string =>
    `${prefix}_${Date.now().toString(36)}${randomUUID().replaceAll("-", "").slice(-16)}`,
};
