// What an agent brings to a task: its prompt, its models, and the skills of the person who asks. The chain of each model role is
// made once for its targets, because its breaker remembers which model rests.

import { skillIndex } from "../context/skill-prompt.ts";
import { DEFAULT_AGENT_PROMPT, systemPrompt } from "../context/system-prompt.ts";
import type { Agent } from "../core/agent.ts";
import type { Bound, SkillsHere } from "../core/skill.ts";
import type { Task } from "../core/task.ts";
import { asItIsNow } from "../lib/as-it-is-now.ts";
import { createCircuitBreaker } from "./circuit-breaker.ts";
import { createModelChain, type ModelChain, type ModelChainParts, type ModelTarget } from "./model-chain.ts";

export interface AgentProfile {
  readonly system: string;
  readonly role: string;
  readonly chain: ModelChain;
  /** What its tasks may use at most. */
  readonly bounds: readonly Bound[];
  /** Those for the person who asks, as they were when the task began (P14). */
  readonly skills: SkillsHere;
}

export interface AgentProfiles {
  /** For this person on this channel. */
  readonly profile: (task: Pick<Task, "agent" | "channel" | "asker">) => AgentProfile;
  /** Who writes summaries. */
  readonly cheap: ModelChain;
}

export type AgentProfileParts = Omit<ModelChainParts, "targets" | "breaker"> & {
  /** The fail-over chain of each model role; never empty for `main`. */
  readonly models: () => Readonly<Record<string, readonly ModelTarget[]>>;
  readonly skillsFor: (person: string, channel: string) => SkillsHere;
  /** The agents as they are now. */
  readonly agents: () => ReadonlyMap<string, Agent>;
};

function shownTo(agent: Agent | undefined, here: SkillsHere): SkillsHere {
  const { skills } = agent ?? {};
  return skills ? { ...here, usable: here.usable.filter(({ name }) => skills.includes(name)) } : here;
}

const MAIN_ROLE = "main";
const CHEAP_ROLE = "cheap";

export function createAgentProfiles({ models, skillsFor, agents, ...parts }: AgentProfileParts): AgentProfiles {
  const breaker = createCircuitBreaker(parts.clock);
  const made = new WeakMap<readonly ModelTarget[], ModelChain>();

  /** A role that is not there is served by `main`. */
  function chainOf(role: string): ModelChain {
    const targets = models()[role] ?? models()[MAIN_ROLE];
    if (!targets) throw new Error("no model role main");
    const chain = made.get(targets) ?? createModelChain({ ...parts, targets, breaker });
    made.set(targets, chain);
    return chain;
  }

  return {
    profile: ({ agent: name, channel, asker }) => {
      const agent = agents().get(name);
      const skills = shownTo(agent, skillsFor(asker, channel));
      const agentPrompt = agent?.prompt ?? DEFAULT_AGENT_PROMPT;
      const role = agent?.role ?? MAIN_ROLE;
      return {
        system: systemPrompt({ agentPrompt, channel, skills: skillIndex(skills.usable) }),
        role,
        chain: chainOf(role),
        bounds: agent?.capabilities ? [{ by: `the agent ${name}`, capabilities: agent.capabilities }] : [],
        skills,
      };
    },
    cheap: asItIsNow(() => chainOf(CHEAP_ROLE)),
  };
}
