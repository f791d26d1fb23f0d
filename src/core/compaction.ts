// A compaction: what stands in a conversation's place when its older part no longer fits. A record beside the log, which is never
// rewritten; what the model sees is a function of the last record and the steps after it.

import type { SessionKey } from "./message.ts";
import type { Step } from "./step.ts";

/** Prune: old tool results left out. Summary: by a model. Mechanical, minimal: by code alone. */
export type CompactionLevel = "prune" | "summary" | "mechanical" | "minimal";

export interface Compaction {
  readonly session: SessionKey;
  /** Rising in the session, from 1; the latest counts. */
  readonly n: number;
  readonly level: CompactionLevel;
  /** What `/new` had left behind when it was made: it counts until the next `/new`. */
  readonly freshFrom: number;
  /** The last step the body stands for; 0 = none. */
  readonly upto: number;
  /** Up to this step tool results are shown by their first words only. */
  readonly prunedUpto: number;
  /** Up to this step long texts are shown with `cutChars` characters of each result, and some more of what was said. */
  readonly cutUpto: number;
  readonly cutChars: number;
  /** What a tool result keeps there all the same, where that is more. */
  readonly resultChars: number;
  /** What the model reads instead of the steps up to `upto`; empty if there are none. */
  readonly body: string;
  /** What the work goes on with that the cut fell into; empty where it fell between two requests. */
  readonly request: string;
  /** What a model wrote of it, or code in its place: the next summary goes on from here. */
  readonly narrative: string;
  /** What code carries from compaction to compaction. */
  readonly carry: Carry;
  readonly health: CompactionHealth;
  readonly tokensBefore: number;
  readonly tokensAfter: number;
  readonly at: number;
}

export interface ShownSteps {
  readonly record: Compaction | undefined;
  /** The number of the session's latest compaction, also one that no longer counts. */
  readonly latest: number;
  /** The last step that `/new` left behind. */
  readonly freshFrom: number;
  readonly steps: readonly Step[];
}

/** Facts taken from the log by code, newest last, each list bounded. */
export interface Carry {
  /** What people said, shortened. */
  readonly said: readonly CarriedMessage[];
  /** Links, ids, tickets, paths, versions, money, dates, `key = value`. */
  readonly identifiers: readonly CarriedIdentifier[];
  readonly decisions: readonly string[];
  /** `tool(arguments): what went wrong`. */
  readonly failures: readonly string[];
}

export interface CarriedMessage {
  /** What stands before their words, `Ann: `; empty where only one person speaks. */
  readonly by: string;
  readonly text: string;
}

export interface CarriedIdentifier {
  readonly text: string;
  /** Who brought it: a person's weigh most. */
  readonly from: "person" | "model" | "tool";
  /** For `key = value`: a later value of the same key supersedes it. */
  readonly key?: string;
  readonly isSuperseded?: boolean;
}

/** How well compaction goes in this session: read by the next one. */
export interface CompactionHealth {
  /** Summaries by a model that failed in a row. */
  readonly failures: number;
  /** How many compactions still do without a model. */
  readonly paused: number;
  /** Compactions in a row that freed next to nothing. */
  readonly idle: number;
  /** People were told that this conversation gets no shorter. */
  readonly isTold: boolean;
}

export const NO_CARRY: Carry = { said: [], identifiers: [], decisions: [], failures: [] };
export const GOOD_HEALTH: CompactionHealth = { failures: 0, paused: 0, idle: 0, isTold: false };
