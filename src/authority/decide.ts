// The one function that says whether a call may run: asked when the tools of a turn are chosen and again at dispatch. Default
// deny: what no rule grants is refused.

import type { Carried } from "../core/aside.ts";
import { type Capability, type Grant, isGranted } from "../core/capability.ts";
import type { JsonObject } from "../core/json.ts";
import { EXTERNAL, isExternal } from "../core/message.ts";
import type { Bound } from "../core/skill.ts";
import type { Tool } from "../core/tool.ts";

export interface Role {
  readonly users: readonly string[];
  readonly grants: readonly Grant[];
}

export interface AuthorityRules {
  readonly roles: Readonly<Record<string, Role>>;
  readonly channels: Readonly<Record<string, { readonly grants: readonly Grant[] }>>;
  /** Capabilities whose every use a person consents to. */
  readonly approvals?: readonly Grant[];
  /** What the messages of a channel carry besides text; absent: nothing. */
  readonly carries?: (channel: string) => readonly Carried[];
}

export interface Question {
  /** The person whose words are being worked. */
  readonly asker: string;
  readonly channel: string;
  readonly tool: Pick<Tool, "capabilities" | "carries">;
  /** What all of them allow is all the task may use. */
  readonly bounds: readonly Bound[];
  /** Absent while the tools of a turn are chosen; rules that look at arguments decide at dispatch. */
  readonly args?: JsonObject;
}

export interface Decision {
  readonly isAllowed: boolean;
  /** Allowed, once somebody who may has consented to exactly this call. */
  readonly needsApproval?: boolean;
  /** For the audit and for the model: which rule, or what is missing. */
  readonly reason: string;
}

export type Decide = (question: Question) => Decision;

export function createDecide(rules: AuthorityRules): Decide {
  const rightsOf = createRights(rules);
  return ({ asker, channel, tool, bounds }) => {
    const { roles, personal, local } = rightsOf(asker, channel);
    if (roles.length === 0) return { isAllowed: false, reason: `${asker} has no role` };
    if (tool.carries && !rules.carries?.(channel).includes(tool.carries)) {
      return { isAllowed: false, reason: `messages on ${channel} carry no ${tool.carries}` };
    }
    for (const capability of tool.capabilities) {
      if (!isGranted(personal, capability)) {
        return { isAllowed: false, reason: `${capability} is not granted to ${roles.join(", ")}` };
      }
      if (!isGranted(local, capability)) {
        return { isAllowed: false, reason: `${capability} is not granted on ${channel}` };
      }
      const narrow = bounds.find((bound) => bound.capabilities && !isGranted(bound.capabilities, capability));
      if (narrow) return { isAllowed: false, reason: `${narrow.by} does without ${capability}` };
    }
    const asked = tool.capabilities.find((capability) => isGranted(rules.approvals ?? [], capability));
    return {
      isAllowed: true,
      ...(asked === undefined ? {} : { needsApproval: true }),
      reason: tool.capabilities.length === 0 ? "needs no capability" : `granted to ${roles.join(", ")} on ${channel}`,
    };
  };
}

interface Rights {
  readonly roles: readonly string[];
  /** What the person's roles grant. */
  readonly personal: readonly Grant[];
  /** What the channel grants. */
  readonly local: readonly Grant[];
}

/** The latest are kept, for as long as the rules are the same: a turn asks for each of its tools. */
function createRights(rules: AuthorityRules): (asker: string, channel: string) => Rights {
  let latest: unknown[] = [];
  let rights: Rights = { roles: [], personal: [], local: [] };
  return (asker, channel) => {
    const asked = [asker, channel, rules.roles, rules.channels];
    if (asked.some((one, n) => one !== latest[n])) {
      const roles = rolesOf(rules, asker);
      const personal = roles.flatMap((name) => rules.roles[name]?.grants ?? []);
      rights = { roles, personal, local: rules.channels[channel]?.grants ?? [] };
      latest = asked;
    }
    return rights;
  };
}

/** Whether a capability is granted to a person on a channel. */
export const createHasRight =
  (rules: AuthorityRules) =>
  (person: string, channel: string, capability: Capability): boolean =>
    isGranted(
      rolesOf(rules, person).flatMap((name) => rules.roles[name]?.grants ?? []),
      capability,
    ) && isGranted(rules.channels[channel]?.grants ?? [], capability);

/** Whether a person is granted everything: who looks after the house. */
export const createIsAdmin =
  (rules: Pick<AuthorityRules, "roles">) =>
  (person: string): boolean =>
    rolesOf(rules, person).some((name) => rules.roles[name]?.grants.includes("*"));

/** Whether a person may consent to what others ask for: who has one of these roles. */
export const createMayApprove =
  (rules: Pick<AuthorityRules, "roles">, approvers: () => readonly string[]) =>
  (person: string): boolean =>
    rolesOf(rules, person).some((name) => approvers().includes(name));

/** Whether a person may stop a task: their own always, another's with `task.stop`. */
export const createMayStop =
  (rules: Pick<AuthorityRules, "roles">) =>
  (person: string, asker: string): boolean =>
    person === asker ||
    isGranted(
      rolesOf(rules, person).flatMap((name) => rules.roles[name]?.grants ?? []),
      "task.stop",
    );

/**
 * The names of the roles a person has. `*` in a role is everybody of the house; people of other organisations have only roles
 * that name them, or `*@external`.
 */
export function rolesOf(rules: Pick<AuthorityRules, "roles">, person: string): readonly string[] {
  const everybody = isExternal(person) ? `*${EXTERNAL}` : "*";
  return Object.entries(rules.roles)
    .filter(([, role]) => role.users.includes(person) || role.users.includes(everybody))
    .map(([name]) => name);
}
