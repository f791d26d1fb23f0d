// Which agents a message calls, and with what: `@researcher compare X and Y @coder write the script`. Tolerant of case, full-width
// signs and aliases; a name that is nearly one of ours is asked back about, any other @ is ordinary text.

import { closest, distance } from "fastest-levenshtein";
import type { Agent } from "../core/agent.ts";

export interface AgentCall {
  readonly agent: Agent;
  readonly goal: string;
}

export type Mentions =
  | { readonly kind: "none" }
  | { readonly kind: "calls"; readonly calls: readonly AgentCall[] }
  /** It begins with a name that is nearly one of ours. */
  | { readonly kind: "unknown"; readonly name: string; readonly nearest: string }
  /** Agents were named, but nothing was asked of them. */
  | { readonly kind: "no-goal"; readonly names: readonly string[] };

const MENTION = /(?<![\p{L}\p{N}._/@-])@([\p{L}\p{N}][\p{L}\p{N}_-]{0,39})/gu;
const NEAR = 2;
const CALLS_MAX = 8;

export function findMentions(text: string, agents: ReadonlyMap<string, Agent>): Mentions {
  const plain = text.normalize("NFKC").trim();
  if (!plain.startsWith("@") || agents.size === 0) return { kind: "none" };
  const byName = new Map(
    [...agents.values()].flatMap((agent) =>
      [agent.name, ...agent.aliases].map((name) => [plainName(name), agent] as const),
    ),
  );
  const mentions = [...plain.matchAll(MENTION)].flatMap((match) => {
    const agent = byName.get(plainName(match[1] ?? ""));
    return agent ? [{ agent, from: match.index, to: match.index + match[0].length }] : [];
  });
  const [first] = mentions;
  if (!first || first.from > 0) return unknown(plain, [...byName.keys()]);

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
  return { kind: "calls", calls: distinct.slice(0, CALLS_MAX) };
}

function unknown(text: string, names: readonly string[]): Mentions {
  const name = new RegExp(MENTION.source, "uy").exec(text)?.[1];
  if (name === undefined) return { kind: "none" };
  const plain = plainName(name);
  const nearest = closest(plain, [...names]);
  const isNear = distance(plain, nearest) <= Math.min(NEAR, Math.floor(plain.length / 3));
  return isNear ? { kind: "unknown", name, nearest } : { kind: "none" };
}

const plainName = (name: string): string => name.normalize("NFKC").toLowerCase().replaceAll("_", "-");
