// Time, ids and randomness as ports: handed in, so that a test needs no sleeping and a crash test replays from its seed.

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls once after the delay; the returned function takes the call back. */
  after(delayMs: number, call: () => void): () => void;
}

export interface Ids {
  /** A new id, never given out before: `<prefix>_<sortable by time, then random>`. */
  next(prefix: string): string;
}

/** A number in [0, 1). */
export type Random = () => number;
