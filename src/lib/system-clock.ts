// The machine's own time, ids and randomness.

import { randomBytes } from "node:crypto";

export const systemClock = {
  now: (): number => Date.now(),
  after: (delayMs: number, call: () => void): (() => void) => {
    const timer = setTimeout(call, Math.max(0, delayMs));
    return () => clearTimeout(timer);
  },
};

/** `<prefix>_<time in base 36><16 random hex digits>`: sorts by time, cannot be guessed. */
export const randomIds = {
  next: (prefix: string): string => `${prefix}_${Date.now().toString(36)}${randomBytes(8).toString("hex")}`,
};
