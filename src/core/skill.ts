// A skill as the rest of the house knows it: instructions in Markdown, and what may be used while they are followed.

import type { Grant } from "./capability.ts";

export interface Skill {
  readonly name: string;
  readonly description: string;
  /** The instructions. */
  readonly body: string;
  readonly requires: SkillNeeds;
  /** Tools that `allowed-tools` names, under our own names. They say what it will ask for and grant nothing. */
  readonly tools: readonly string[];
  /** Further files of its folder, by their path in it. */
  readonly files: readonly string[];
  /** Of all its files: tells one version from another. */
  readonly hash: string;
  /** What was written in it that is not honoured here, in words. */
  readonly ignored: readonly string[];
}

export interface SkillNeeds {
  /** All that may be used while it is active. Absent: what the person may use anyway; []: nothing that needs a capability. */
  readonly capabilities?: readonly Grant[];
  /** Where it is offered; absent: everywhere. */
  readonly channels?: readonly string[];
  readonly bins: readonly string[];
  /** One of these is enough. */
  readonly anyBins: readonly string[];
  readonly env: readonly string[];
}

/** What narrows a task while a skill is followed: recorded with the step that opened it, so that a restart knows it too. */
export interface ActiveSkill {
  readonly name: string;
  readonly capabilities?: readonly Grant[];
}

/** What narrows a task beside the rights of the person who asks: an agent, or a skill that is followed. */
export interface Bound {
  /** `the skill careful` */
  readonly by: string;
  readonly capabilities?: readonly Grant[];
}

/** Something is wrong with a skill's files; the last good version, if there was one, stays. */
export interface SkillProblem {
  readonly skill: string;
  /** Below the skills folder, with a line where one is known: `weekly-report/SKILL.md:3`. */
  readonly place: string;
  /** What is wrong and how to mend it. */
  readonly message: string;
}

/** All skills at one moment; a task keeps the one it began with (P14). */
export interface SkillSet {
  readonly skills: ReadonlyMap<string, Skill>;
  readonly problems: readonly SkillProblem[];
}

export interface SkillPlace {
  readonly channel: string;
  /** Whether the person who asks is granted a capability here. */
  readonly isGranted: (capability: Grant) => boolean;
}

/** What a person may start here, and what not with the reason. */
export interface SkillsHere {
  readonly usable: readonly Skill[];
  readonly unusable: readonly { readonly skill: Skill; readonly reason: string }[];
  readonly problems: readonly SkillProblem[];
}

export const NO_SKILLS: SkillsHere = { usable: [], unusable: [], problems: [] };
