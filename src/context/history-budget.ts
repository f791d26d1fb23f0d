// How many tokens the history may have: what is left of the budget, or of the smallest window in the fail-over chain, after the
// fixed part and the room for the answer.

const ANSWER_SHARE_MAX = 0.2;
/** Less is no room for a conversation. */
export const HISTORY_TOKENS_MIN = 1_500;

export interface BudgetInput {
  readonly budgetTokens: number;
  /** Of each model that may have to answer. */
  readonly windows: readonly { readonly contextTokens: number; readonly outputTokens: number }[];
  /** System prompt and tools. */
  readonly fixedTokens: number;
  /** Real tokens for each estimated one. */
  readonly ratio: number;
  /** For what an estimate can be off by. */
  readonly reserveShare: number;
}

/** In estimated tokens; less than nothing where the fixed part alone is too much. */
export function historyBudget({ budgetTokens, windows, fixedTokens, ratio, reserveShare }: BudgetInput): number {
  return Math.floor((questionTokens({ budgetTokens, windows }) / ratio - fixedTokens) * (1 - reserveShare));
}

/** What a whole request may have. */
export function questionTokens({ budgetTokens, windows }: Pick<BudgetInput, "budgetTokens" | "windows">): number {
  const rooms = windows.map(({ contextTokens, outputTokens }) => {
    const total = Math.min(budgetTokens, contextTokens);
    return total - Math.min(outputTokens, total * ANSWER_SHARE_MAX);
  });
  return Math.min(...rooms);
}
