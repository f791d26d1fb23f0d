// What an agent brings to a task: its prompt, its models, and the skills of the person who asks. The chain of each model role is
// made once, because its breaker remembers which model rests.

import { skillIndex } from "../context/skill-prompt.ts";
import { DEFAULT_AGENT_PROMPT, systemPrompt } from "../context/system-prompt.ts";
import type { SkillsHere } from "../core/skill.ts";
import type { Task } from "../core/task.ts";
import { createCircuitBreaker } from "./circuit-breaker.ts";
import { createModelChain, type ModelChain, type ModelChainParts, type ModelTarget } from "./model-chain.ts";

export interface AgentProfile {
  readonly system: string;
  readonly role: string;
  readonly chain: ModelChain;
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
  readonly models: Readonly<Record<string, readonly ModelTarget[]>>;
  readonly skillsFor: (person: string, channel: string) => SkillsHere;
};

const MAIN_ROLE = "main";
const CHEAP_ROLE = "cheap";

export function createAgentProfiles({ models, skillsFor, ...parts }: AgentProfileParts): AgentProfiles {
  const breaker = createCircuitBreaker(parts.clock);
  const chains = new Map(
    Object.entries(models).map(([role, targets]) => [role, createModelChain({ ...parts, targets, breaker })]),
  );
  const main = chains.get(MAIN_ROLE);
  if (!main) throw new Error("no model role main");
  return {
    profile: ({ channel, asker }) => {
      const skills = skillsFor(asker, channel);
      return {
        system: systemPrompt({ agentPrompt: DEFAULT_AGENT_PROMPT, channel, skills: skillIndex(skills.usable) }),
        role: MAIN_ROLE,
        chain: main,
        skills,
      };
    },
    cheap: chains.get(CHEAP_ROLE) ?? main,
  };
}
