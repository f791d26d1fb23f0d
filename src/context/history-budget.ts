// How many tokens the history may have: what is left of the budget, or of the smallest window in the fail-over chain, after the
// fixed part and the room for the answer.

import { AppError } from "../core/errors.ts";

const ANSWER_SHARE_MAX = 0.2;
const HISTORY_TOKENS_MIN = 1_500;

export interface BudgetInput {
  readonly budgetTokens: number;
  /** Of each model that may have to answer. */
  readonly windows: readonly { readonly contextTokens: number; readonly outputTokens: number }[];
  /** System prompt and tools. */
  readonly fixedTokens: number;
  /** For what an estimate can be off by. */
  readonly reserveShare: number;
}

/** Throws `context-too-long` when the fixed part leaves no room for a conversation. */
export function historyBudget({ budgetTokens, windows, fixedTokens, reserveShare }: BudgetInput): number {
  const rooms = windows.map(({ contextTokens, outputTokens }) => {
    const total = Math.min(budgetTokens, contextTokens);
    return total - Math.min(outputTokens, total * ANSWER_SHARE_MAX);
  });
  const history = Math.floor((Math.min(...rooms) - fixedTokens) * (1 - reserveShare));
  if (history < HISTORY_TOKENS_MIN) {
    throw new AppError(
      "context-unfittable",
      `system prompt and tools (${fixedTokens} tokens) leave ${history} tokens for the conversation; raise context.budgetTokens or use a larger model`,
    );
  }
  return history;
}
