// Memory as a port: a question in words, and what is remembered. Who asks does not know which layers are behind it (today the
// session's log; later facts and documents).

import type { SessionKey } from "./message.ts";
import type { StepBody } from "./step.ts";

export interface MemoryQuestion {
  /** Whose memory: nothing of another session is ever found. */
  readonly session: SessionKey;
  /** The task that asks. What was said to it is the question, not an answer. */
  readonly task: string;
  readonly query: string;
  /** More words for the same thing, in any language. */
  readonly keywords: readonly string[];
  readonly now: number;
  readonly limit: number;
}

export interface Remembered {
  /** Opens the whole step. */
  readonly reference: string;
  /** Where in its whole text the excerpt was found. */
  readonly offset: number;
  /** When: `2026-05-02 14:30` and the time zone. */
  readonly date: string;
  readonly kind: StepBody["kind"];
  readonly speaker: string;
  /** One line, without what stands around it. */
  readonly excerpt: string;
}

/** Best first. */
export type SearchMemory = (question: MemoryQuestion) => Promise<readonly Remembered[]>;
