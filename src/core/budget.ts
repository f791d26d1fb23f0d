// Tokens and money that may be spent, as a port: reserved before a call to a model, settled after it. Knows no store and no clock;
// what was spent is in the ledger's usage, and what is reserved is given back when its process is gone.

import { AppError } from "./errors.ts";
import type { SessionKey } from "./message.ts";
import type { ModelFacts, Usage } from "./model.ts";

/** US dollars and tokens, of whatever kind. */
export interface Amount {
  readonly usd: number;
  readonly tokens: number;
}

/** What may be spent at most; what is absent is not limited. */
export type Allowance = { readonly [Unit in keyof Amount]?: number | undefined };

/** Whose: one task's, one person's a day, one chat's a day, everybody's a day. */
export type BudgetName = "task" | "person" | "chat" | "everybody";

export type Allowances = Readonly<Record<BudgetName, Allowance>>;

/** What happens to a task that comes to a limit: it ends, an approver is asked, or the model role `cheap` takes over. */
export type AtLimit = "stop" | "ask" | "cheaper";

/** What a call is done for. A call of no task (a summary asked for by hand) counts for its chat and the day. */
export interface Payer {
  readonly session: SessionKey;
  readonly task?: string;
  /** The task has never called a model: what it spent is known without looking. */
  readonly isNew?: boolean;
}

/** What a call takes at most: its input, as far as it can be known before, and all the output it is given room for. */
export interface CallCost {
  readonly input: Amount;
  readonly output: Amount;
  /** It is not worth going over a limit for, not with its output either: something cheaper stands ready. */
  readonly isSparing?: boolean;
}

export interface Reservation {
  /** The call is over and this is what it took. */
  settle(taken: Amount): void;
}

export interface BudgetLeft {
  readonly name: BudgetName;
  readonly allowance: Allowance;
  /** Of what is limited; never below nothing. */
  readonly left: Amount;
}

export interface Budget {
  /**
   * Resolves when the call may be made. It may when all that was spent, all that other calls may still take, and its own input
   * fit: only its own output can go over a limit, whatever runs beside it; one that is sparing fits whole. Where only calls under
   * way are in its way it waits for them. Rejects with OverBudget, or with the signal's reason.
   */
  reserve(payer: Payer, call: CallCost, signal: AbortSignal): Promise<Reservation>;
  /** Of each budget that is set and can be told for this payer. */
  left(payer: Payer & { readonly person: string }): Promise<readonly BudgetLeft[]>;
}

/** A budget that is used up. */
export interface Reached {
  readonly name: BudgetName;
  readonly unit: keyof Amount;
  readonly limit: number;
  /** When it is free again, as people read it; null for a task's. */
  readonly freeAt: string | null;
}

export class OverBudget extends AppError {
  readonly reached: Reached;

  constructor(reached: Reached) {
    super("task-budget", `the budget of ${reached.name} is used up: ${reached.limit} ${reached.unit}`);
    this.reached = reached;
  }
}

/** What consent may add: this share of the limit that was reached, for one task. */
export const RAISE_SHARE = 0.2;

/** An approval of this name is consent to go over a budget; no tool can have it. */
export const budgetSubject = (name: BudgetName): string => `budget:${name}`;

export const tokensOf = (usage: Usage): number =>
  usage.inputTokens + usage.cachedInputTokens + usage.cacheWriteTokens + usage.outputTokens;

export function callCost(inputTokens: number, outputTokensMax: number, facts: ModelFacts): CallCost {
  // Whether a cache is read or written is only known afterwards.
  const inputUsd = Math.max(facts.inputUsd, facts.cacheWriteUsd);
  return {
    input: { usd: (inputTokens * inputUsd) / 1_000_000, tokens: inputTokens },
    output: { usd: (outputTokensMax * facts.outputUsd) / 1_000_000, tokens: outputTokensMax },
  };
}
