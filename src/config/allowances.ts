// The budgets as the runtime knows them. A task's money has two keys, of which the smaller counts.

import type { Allowances } from "../core/budget.ts";
import type { Config } from "./schema.ts";

type Daily = Config["budgets"]["person"];

const aDay = ({ usdPerDay, tokensPerDay }: Daily): Allowances["person"] => ({ usd: usdPerDay, tokens: tokensPerDay });

export const allowancesOf = ({ budgets, limits }: Pick<Config, "budgets" | "limits">): Allowances => ({
  task: { usd: Math.min(limits.taskUsd, budgets.task.usd ?? limits.taskUsd), tokens: budgets.task.tokens },
  person: aDay(budgets.person),
  chat: aDay(budgets.chat),
  everybody: aDay(budgets.everybody),
});
