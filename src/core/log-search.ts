// The words of the search over the log: what a step becomes so that it can be found, what is asked, what is found.

import type { Step, StepBody } from "./step.ts";

/** How the log becomes searchable. The tokens are made above the store; an engine adds nothing to them and takes nothing away. */
export interface LogTokens {
  /** Another version makes other tokens: what was indexed under an earlier one is indexed anew. */
  readonly version: string;
  /** The pieces of a finished step, in their order; [] for what is not to be found. */
  readonly piecesOf: (step: Step) => readonly SearchPiece[];
}

/** A part of a step that is found as one. Its tokens are made when they are asked for: a step may have hundreds of pieces. */
export interface SearchPiece {
  /** Its first character in the step's whole text. */
  readonly start: number;
  readonly length: number;
  readonly speaker: string;
  /** Asks and tells nothing. */
  readonly isQuestion: boolean;
  tokens(): PieceTokens;
  /** The tokens of its beginning: what its neighbours are found by as well. */
  head(): string;
}

/** Each parted by spaces. */
export interface PieceTokens {
  readonly body: string;
  /** Who spoke, or which tool with which arguments. */
  readonly meta: string;
  readonly dates: string;
}

/** What is looked for: a piece that holds any of it, the more and the rarer the better. Plain words, never an engine's syntax. */
export interface SearchQuery {
  readonly words: readonly string[];
  /** Single characters of scripts without spaces; an engine leaves out those that too many pieces hold. */
  readonly characters: readonly string[];
  readonly dates: readonly string[];
}

export interface SearchHit {
  readonly task: string;
  readonly n: number;
  readonly kind: StepBody["kind"];
  readonly at: number;
  readonly start: number;
  readonly speaker: string;
  readonly isQuestion: boolean;
  /** Higher is better; comparable within one answer only. */
  readonly score: number;
}
