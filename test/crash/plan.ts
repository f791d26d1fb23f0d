// What a crash run is told: shared by the harness and the child process it kills.

export const FAULTS = ["none", "acknowledge-before-store", "send-without-outbox", "repeat-every-tool"] as const;
export type Fault = (typeof FAULTS)[number];

/**
 * Where kills fall: at a seeded commit of a life, or at the moment when the platform has taken something and we do not know yet.
 * `max`: at the latest so many in a life. `of`: of the commits that hold such a unit.
 */
export type Aim =
  | { readonly kind: "commit"; readonly max: number; readonly of?: string }
  | { readonly kind: "taken"; readonly what: string; readonly max?: number };

export interface ChildPlan {
  readonly folder: string;
  /** The platform's address: posts go there, and what is on it survives every crash. */
  readonly platform: string;
  /** Dies at this commit of its life, counted from 1; 0 = lives on. */
  readonly killAtCommit: number;
  readonly killMoment: "before" | "after";
  /** Counts only commits that hold such a unit. */
  readonly killOf?: string;
  readonly fault: Fault;
  /** Agents and programs work beside the conversations. */
  readonly isMixed: boolean;
  /** Messages are long and the room for them is small: the talk is compacted every few messages. */
  readonly isTight: boolean;
}

/** mulberry32: the same seed gives the same run. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
