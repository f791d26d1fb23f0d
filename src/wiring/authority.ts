// Who may what, by the rules of this moment: a right that an admin takes away is gone at the next call, also for a task under way.

import {
  type AuthorityRules,
  createDecide,
  createHasRight,
  createIsAdmin,
  createMayApprove,
  createMayStop,
  type Decide,
} from "../authority/decide.ts";
import type { Config } from "../config/schema.ts";
import type { Channel } from "../core/channel.ts";
import { NO_SKILLS, type SkillsHere } from "../core/skill.ts";
import type { SkillLibrary } from "../skills/skill-library.ts";

export interface Authority {
  readonly decide: Decide;
  readonly hasRight: (person: string, channel: string, capability: string) => boolean;
  readonly isAdmin: (person: string) => boolean;
  readonly mayApprove: (person: string) => boolean;
  readonly mayStop: (person: string, asker: string) => boolean;
  /** What a person may start on a channel; what is wrong with the files is for those who can mend them. */
  readonly skillsFor: (person: string, channel: string) => SkillsHere;
}

export function createAuthority(
  config: () => Config,
  skills: Pick<SkillLibrary, "here"> | undefined,
  channels: ReadonlyMap<string, Pick<Channel, "carries">>,
): Authority {
  const rules: AuthorityRules = {
    get roles() {
      return config().roles;
    },
    get channels() {
      return config().channels;
    },
    get approvals() {
      return config().approvals.capabilities;
    },
    // The terminal's client speaks to the web channel.
    carries: (channel) => channels.get(channel === "terminal" ? "web" : channel)?.carries ?? [],
  };
  const hasRight = createHasRight(rules);
  const isAdmin = createIsAdmin(rules);
  return {
    decide: createDecide(rules),
    hasRight,
    isAdmin,
    mayApprove: createMayApprove(rules, () => config().approvals.approvers),
    mayStop: createMayStop(rules),
    skillsFor: (person, channel) => {
      const isGranted = (capability: string): boolean => hasRight(person, channel, capability);
      const here = skills?.here({ channel, isGranted }) ?? NO_SKILLS;
      return isAdmin(person) ? here : { ...here, problems: [] };
    },
  };
}
