// Ids, tokens and timestamps as Slack makes them, from a seed: the same seed gives the same world.

import { createHash } from "node:crypto";
import type { Clock, Random } from "../../../src/core/clock.ts";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/** Mulberry32: small, and good enough to choose a socket and an id. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export class SlackIds {
  readonly #clock: Clock;
  readonly #random: Random;
  #lastMicros = 0;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** `C0A1B2C3D4E`: a kind's letters, then ten. */
  next(prefix: string): string {
    return `${prefix}0${this.letters(9)}`;
  }

  letters(count: number): string {
    let text = "";
    for (let index = 0; index < count; index++) text += LETTERS[Math.floor(this.#random() * LETTERS.length)];
    return text;
  }

  secret(): string {
    return createHash("sha256").update(this.letters(24)).digest("hex").slice(0, 32);
  }

  uuid(): string {
    const hex = this.secret();
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  }

  /** Seconds and six digits; always greater than the one before, also while the clock stands still. */
  ts(): string {
    this.#lastMicros = Math.max(this.#clock.now() * 1000, this.#lastMicros + 100);
    const digits = String(this.#lastMicros);
    return `${digits.slice(0, -6)}.${digits.slice(-6)}`;
  }
}
