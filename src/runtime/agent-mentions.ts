// Agents that are called by name: `@researcher compare X and Y`. Answered outside of the line, like a command: a card shows who works
// on it, and a sentence why somebody does not. `@researcher: also Z` speaks to the one that works already.

import type { Agent } from "../core/agent.ts";
import type { InboundMessage, Language } from "../core/message.ts";
import { agentText, languageOf } from "../core/user-text.ts";
import type { Spawner } from "./spawner.ts";
import { callKeys, type Steering } from "./steering.ts";

export interface AgentMentions {
  /** How to answer, if the message calls agents. */
  find(message: InboundMessage): (() => Promise<string>) | undefined;
}

export interface AgentMentionParts {
  readonly agents: () => ReadonlyMap<string, Agent>;
  readonly find: (text: string, agents: ReadonlyMap<string, Agent>) => Mentions;
  readonly spawner: Spawner;
  readonly steering: Pick<Steering, "working" | "tellNamed">;
  /** Whether a person may have agents work, here. */
  readonly maySpawn: (person: string, channel: string) => boolean;
  /** The channel shows a card for each task that is spawned. */
  readonly hasCards: (channel: string) => boolean;
}

type Call = { readonly agent: Agent; readonly goal: string };
type Misspelt = { readonly name: string; readonly nearest: string };

/** What `agents/find-mentions.ts` finds. */
export type Mentions =
  | { readonly kind: "none" }
  | {
      readonly kind: "calls";
      readonly calls: readonly Call[];
      readonly isAddressed: boolean;
      readonly misspelt: readonly Misspelt[];
    }
  | ({ readonly kind: "unknown" } & Misspelt)
  | { readonly kind: "no-goal"; readonly names: readonly string[] };

export function createAgentMentions(parts: AgentMentionParts): AgentMentions {
  const { agents, find, spawner, steering, maySpawn } = parts;

  async function spawnAll(
    message: InboundMessage,
    { calls, misspelt }: Extract<Mentions, { kind: "calls" }>,
    language: Language,
  ): Promise<string> {
    if (!maySpawn(message.sender.id, message.channel)) return agentText("notAllowed", language);
    const { session, channel, sender, replyTo } = message;
    const keys = callKeys(message.key);
    const lines: string[] = [];
    for (const [place, { agent, goal }] of calls.entries()) {
      const key = keys[place] ?? "";
      const from = { session, task: null, channel, sender, replyTo, bounds: [] };
      const spawned = await spawner.spawn({ ...from, key, agent, goal });
      if (spawned.status === "spawned" && parts.hasCards(channel)) continue;
      lines.push(agentText(spawned.status, language, agent.name, "task" in spawned ? spawned.task : ""));
    }
    return [...lines, ...misspelt.map((one) => unknown(one, language))].join("\n");
  }

  const unknown = ({ name, nearest }: Misspelt, language: Language): string =>
    agentText("unknown", language, name, nearest);

  async function answer(message: InboundMessage, found: Exclude<Mentions, { kind: "none" }>): Promise<string> {
    const language = languageOf(message.text);
    switch (found.kind) {
      case "unknown":
        return unknown(found, language);
      case "no-goal":
        return agentText("noGoal", language, found.names.join(", "));
      case "calls": {
        const [{ agent, goal } = NOBODY] = found.calls;
        const isAtWork = async (): Promise<boolean> =>
          (await steering.working(message.session)).some((task) => task.agent === agent?.name);
        if (agent && found.isAddressed && (await isAtWork())) return steering.tellNamed(message, agent.name, goal);
        return spawnAll(message, found, language);
      }
    }
  }

  return {
    find: (message) => {
      // One that is meant for an agent already, or works for one.
      if (message.agent !== undefined || message.kind !== undefined) return undefined;
      const found = find(message.calls ?? message.text, agents());
      return found.kind === "none" ? undefined : () => answer(message, found);
    },
  };
}

const NOBODY = { agent: undefined, goal: "" };
