// What may be spent, by the configuration of this moment: the zone whose days are counted, the budgets, and what people are told of
// what was spent.

import { allowancesOf } from "../config/allowances.ts";
import type { Config } from "../config/schema.ts";
import type { Budget } from "../core/budget.ts";
import type { Clock } from "../core/clock.ts";
import type { Store } from "../core/store.ts";
import { asItIsNow } from "../lib/as-it-is-now.ts";
import { createZone, type Zone } from "../lib/day-in-zone.ts";
import { createBudget } from "../runtime/budget.ts";
import type { CommandParts } from "../runtime/commands.ts";
import { createExplain } from "../runtime/explain.ts";

export interface Spending {
  readonly budget: Budget;
  /** For commands. */
  readonly told: Pick<CommandParts, "explain" | "budgetsLeft">;
}

export function createSpending(parts: {
  readonly config: () => Config;
  readonly store: Store;
  readonly clock: Clock;
  readonly isAdmin: (person: string) => boolean;
}): Spending {
  const { config, store, clock } = parts;
  let known = createZone(config().timeZone);
  const zone = asItIsNow((): Zone => {
    if (known.name !== config().timeZone) known = createZone(config().timeZone);
    return known;
  });
  const budget = createBudget({ store, clock, allowances: () => allowancesOf(config()), zone });
  return {
    budget,
    told: {
      explain: createExplain({ store, clock, zone }),
      // What everybody has left is for those who look after the house.
      budgetsLeft: async ({ session, sender }, task) => {
        const left = await budget.left({ session, person: sender.id, ...(task === undefined ? {} : { task }) });
        return parts.isAdmin(sender.id) ? left : left.filter(({ name }) => name !== "everybody");
      },
    },
  };
}
