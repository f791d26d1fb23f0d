// How many tokens the history may have: what is left of the budget, or of the tightest window in the fail-over chain, after the
// fixed part and the room for the answer.

import type { Correction } from "./token-gauge.ts";

const ANSWER_SHARE_MAX = 0.2;
/** Less is no room for a conversation. */
export const HISTORY_TOKENS_MIN = 1_500;

export interface Window {
  readonly contextTokens: number;
  readonly outputTokens: number;
}

/** A model that may have to answer, and how far the estimate is off for it. */
export interface BudgetedModel extends Window, Correction {}

export interface BudgetInput {
  readonly budgetTokens: number;
  /** The first is asked first: the budget is counted in its tokens, each window in its own model's. */
  readonly models: readonly BudgetedModel[];
  /** System prompt and tools. */
  readonly fixedTokens: number;
}

/** In estimated tokens; less than nothing where the fixed part alone is too much. */
export function historyBudget({ budgetTokens, models, fixedTokens }: BudgetInput): number {
  const rooms = models.map((model, index) => {
    const question = index === 0 ? questionTokens(model, budgetTokens) : questionTokens(model);
    return Math.floor((question / model.ratio - fixedTokens) * (1 - model.reserveShare));
  });
  return Math.min(...rooms);
}

/** What a whole request may have. */
export function questionTokens({ contextTokens, outputTokens }: Window, budgetTokens = contextTokens): number {
  const total = Math.min(budgetTokens, contextTokens);
  return total - Math.min(outputTokens, total * ANSWER_SHARE_MAX);
}
