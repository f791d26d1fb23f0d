// What a task is shown and with which models: the agent's profile, the count of tokens, and the compressor that keeps it in bounds.

import type { Config } from "../config/schema.ts";
import { speakIn } from "../context/conversation.ts";
import { itemTokens, requestTokens } from "../context/request-tokens.ts";
import { familyOf, type TokenFamily, timesLonger } from "../context/token-family.ts";
import { createTokenGauge, type TokenGauge } from "../context/token-gauge.ts";
import type { Agent } from "../core/agent.ts";
import type { Budget } from "../core/budget.ts";
import type { Clock, Random } from "../core/clock.ts";
import type { Limits } from "../core/limits.ts";
import type { Log } from "../core/log.ts";
import type { InboundMessage } from "../core/message.ts";
import type { Meter } from "../core/meter.ts";
import type { ModelRequest } from "../core/model.ts";
import type { SkillsHere } from "../core/skill.ts";
import type { Store } from "../core/store.ts";
import { historyRoom } from "../runtime/agent-loop.ts";
import { type AgentProfiles, createAgentProfiles } from "../runtime/agent-profiles.ts";
import type { Approvals } from "../runtime/approvals.ts";
import { type AskWithinBudget, createAskWithinBudget } from "../runtime/at-limit.ts";
import { type Compactor, createCompactor } from "../runtime/compactor.ts";
import type { ToolExecutor } from "../runtime/tool-executor.ts";
import type { Models } from "./models.ts";

export interface ConversationRoom {
  readonly profile: AgentProfiles["profile"];
  readonly askWithinBudget: AskWithinBudget;
  readonly compactor: Compactor;
  readonly gauge: TokenGauge;
  /** Tokens of what stands in every request. */
  readonly countFixed: (request: Pick<ModelRequest, "system" | "tools">) => number;
  /** What the history of a message's session may have, if the default agent works on it. */
  readonly roomOf: (message: InboundMessage) => number;
}

export interface ConversationRoomParts {
  readonly config: () => Config;
  readonly models: () => Models;
  readonly agents: () => ReadonlyMap<string, Agent>;
  readonly skillsFor: (person: string, channel: string) => SkillsHere;
  readonly executor: ToolExecutor;
  readonly limits: Limits;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly meter: Meter;
  readonly budget: Budget;
  readonly approvals: Approvals;
}

const DEFAULT_AGENT = "main";
const COUNTED_MAX = 50;

type Fixed = Pick<ModelRequest, "system" | "tools">;

interface Counted extends Fixed {
  readonly family: TokenFamily;
  readonly tokens: number;
}

/** What stands in every request is mostly what stood in one before; to read it again costs more than all else in a turn. */
function countedOnce(count: ConversationRoom["countFixed"], family: () => TokenFamily): ConversationRoom["countFixed"] {
  let latest: readonly Counted[] = [];
  return (request) => {
    const mine = family();
    const known = latest.find((each) => each.family === mine && isSame(each, request));
    const counted = known ?? { ...request, family: mine, tokens: count(request) };
    if (counted !== latest[0]) latest = [counted, ...latest.filter((each) => each !== known)].slice(0, COUNTED_MAX);
    return counted.tokens;
  };
}

/** Tools are made once, and offered again and again. */
const isSame = (one: Fixed, other: Fixed): boolean =>
  one.system === other.system &&
  one.tools.length === other.tools.length &&
  one.tools.every(({ name, description, parameters }, n) => {
    const tool = other.tools[n];
    return tool?.name === name && tool.description === description && tool.parameters === parameters;
  });

export function createConversationRoom(parts: ConversationRoomParts): ConversationRoom {
  const { config, models, executor, approvals, store, clock, log } = parts;
  const { profile, cheap } = createAgentProfiles(parts);
  const family = (): TokenFamily => familyOf(models().main?.[0]?.name ?? "");
  const countFixed = countedOnce((request) => requestTokens({ ...request, items: [] }, family()), family);
  const gauge = createTokenGauge({ firstRatio: (model) => timesLonger(family(), model) });
  const compactor = createCompactor({
    store,
    gauge,
    cheap,
    clock,
    log,
    get compressAt() {
      return config().context.compressAt;
    },
    get keepRecentTokens() {
      return config().context.keepRecentTokens;
    },
    get summaryTokens() {
      return config().context.summaryTokens;
    },
    speak: speakIn,
    count: (item) => itemTokens(item, family()),
  });
  return {
    profile,
    askWithinBudget: createAskWithinBudget({ rule: () => config().budgets.atLimit, cheap, approvals }),
    compactor,
    gauge,
    countFixed,
    roomOf: ({ session, sender, channel }) => {
      const agent = profile({ agent: DEFAULT_AGENT, channel, asker: sender.id });
      const fixed = countFixed({ system: agent.system, tools: executor.now().offered(sender.id, channel) });
      return historyRoom(session, agent, fixed, { gauge, budgetTokens: config().context.budgetTokens });
    },
  };
}
