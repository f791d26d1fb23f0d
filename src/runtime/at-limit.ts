// What happens to a task that comes to the limit of a budget, by the one rule of the configuration: it ends, it waits for somebody
// who may let it go on, or the cheap models go on with it.

import { type AtLimit, OverBudget, type Reached } from "../core/budget.ts";
import type { ClaimedTask } from "../core/task.ts";
import type { AgentProfile } from "./agent-profiles.ts";
import type { Approvals } from "./approvals.ts";
import type { ModelChain, ReplyDone } from "./model-chain.ts";

export interface AskedWithinBudget {
  readonly done: ReplyDone;
  readonly profile: AgentProfile;
  /** The budget because of which cheaper models answered. */
  readonly reached?: Reached;
}

/** Asks a model within the budgets; throws OverBudget where the task must end. */
export type AskWithinBudget = (
  claimed: ClaimedTask,
  profile: AgentProfile,
  /** `isSparing`: better not at all than over a limit. */
  ask: (profile: AgentProfile, isSparing: boolean) => Promise<ReplyDone>,
) => Promise<AskedWithinBudget | "waiting">;

const CHEAP_ROLE = "cheap";

export function createAskWithinBudget(parts: {
  readonly rule: () => AtLimit;
  readonly cheap: ModelChain;
  readonly approvals: Pick<Approvals, "consentToGoOver">;
}): AskWithinBudget {
  return async (claimed, profile, ask) => {
    const rule = parts.rule();
    // What the dear models leave is for the cheap ones: they stop before the limit, not behind it.
    const hasCheaper = rule === "cheaper" && profile.role !== CHEAP_ROLE;
    try {
      return { done: await ask(profile, hasCheaper), profile };
    } catch (error) {
      if (!(error instanceof OverBudget)) throw error;
      const { reached } = error;
      if (hasCheaper) {
        const cheaper = { ...profile, chain: parts.cheap, role: CHEAP_ROLE };
        return { done: await ask(cheaper, false), profile: cheaper, reached };
      }
      if (rule === "ask" && (await parts.approvals.consentToGoOver(claimed, reached)) === "asked") return "waiting";
      throw error;
    }
  };
}
