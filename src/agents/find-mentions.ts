// Which agents a message calls, and with what: `@researcher compare X and Y @coder write the script`. Tolerant of case, full-width
// signs and aliases; a name that is nearly one of ours is asked back about, any other @ is ordinary text.

import { closest, distance } from "fastest-levenshtein";
import type { Agent } from "../core/agent.ts";

export interface AgentCall {
  readonly agent: Agent;
  readonly goal: string;
}

/** A name that is nearly one of ours. */
export interface Misspelt {
  readonly name: string;
  readonly nearest: string;
}

export type Mentions =
  | { readonly kind: "none" }
  /** `isAddressed`: one name with a colon, as one speaks to somebody who is there. */
  | {
      readonly kind: "calls";
      readonly calls: readonly AgentCall[];
      readonly isAddressed: boolean;
      readonly misspelt: readonly Misspelt[];
    }
  /** It begins with a name that is nearly one of ours. */
  | ({ readonly kind: "unknown" } & Misspelt)
  /** Agents were named, but nothing was asked of them. */
  | { readonly kind: "no-goal"; readonly names: readonly string[] };

const MENTION = /(?<![\p{L}\p{N}._/@-])@([\p{L}\p{N}][\p{L}\p{N}_-]{0,39})/gu;
const NEAR = 2;
const CALLS_MAX = 8;

export function findMentions(text: string, agents: ReadonlyMap<string, Agent>): Mentions {
  const plain = text.normalize("NFKC").trim();
  if (!plain.startsWith("@") || agents.size === 0) return { kind: "none" };
  const byName = namesOf(agents);
  const named = [...plain.matchAll(MENTION)].map((match) => {
    const name = match[1] ?? "";
    const agent = byName.get(plainName(name));
    const nearest = agent ? undefined : nearestTo(name, [...byName.keys()]);
    return { name, agent, nearest, from: match.index, to: match.index + match[0].length };
  });
  const [first] = named;
  if (!first || first.from > 0) return { kind: "none" };
  if (first.nearest !== undefined) return { kind: "unknown", name: first.name, nearest: first.nearest };
  if (!first.agent) return { kind: "none" };
  const mentions = named.flatMap(({ agent, from, to }) => (agent ? [{ agent, from, to }] : []));

  const calls: AgentCall[] = [];
  let together: Agent[] = [];
  for (const [place, { agent, to }] of mentions.entries()) {
    together.push(agent);
    const goal = plain
      .slice(to, mentions[place + 1]?.from ?? plain.length)
      .replace(/^[\s,，、:：]+|[\s,，、]+(?:(?:and|和|并)\s*)?$/giu, "");
    // Names that stand together share what follows them.
    if (goal === "" || /^(?:and|&|和|与)$/iu.test(goal)) continue;
    calls.push(...together.map((one) => ({ agent: one, goal })));
    together = [];
  }
  if (calls.length === 0) return { kind: "no-goal", names: together.map(({ name }) => name) };
  const distinct = calls.filter(
    (call, place) => calls.findIndex((other) => other.agent === call.agent && other.goal === call.goal) === place,
  );
  const called = new Set(mentions.map(({ agent }) => agent));
  const misspelt = named.flatMap(({ name, nearest }) => {
    const meant = nearest === undefined ? undefined : byName.get(nearest);
    return meant && !called.has(meant) ? [{ name, nearest: meant.name }] : [];
  });
  const isAddressed = mentions.length === 1 && /^\s*:/.test(plain.slice(first.to));
  return { kind: "calls", calls: distinct.slice(0, CALLS_MAX), isAddressed, misspelt };
}

/** By its name or an alias, as people write it. */
export const agentNamed = (name: string, agents: ReadonlyMap<string, Agent>): Agent | undefined =>
  namesOf(agents).get(plainName(name));

const namesOf = (agents: ReadonlyMap<string, Agent>): ReadonlyMap<string, Agent> =>
  new Map(
    [...agents.values()].flatMap((agent) =>
      [agent.name, ...agent.aliases].map((name) => [plainName(name), agent] as const),
    ),
  );

function nearestTo(name: string, names: readonly string[]): string | undefined {
  const plain = plainName(name);
  const nearest = closest(plain, [...names]);
  const isNear = distance(plain, nearest) <= Math.min(NEAR, Math.floor(plain.length / 3));
  return isNear ? nearest : undefined;
}

const plainName = (name: string): string => name.normalize("NFKC").toLowerCase().replaceAll("_", "-");
