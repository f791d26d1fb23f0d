// Agents that are called by name: `@researcher compare X and Y`. Answered outside of the line, like a command: who works on it, or why
// nobody does.

import type { Agent } from "../core/agent.ts";
import type { InboundMessage, Language } from "../core/message.ts";
import { agentText, languageOf } from "../core/user-text.ts";
import type { Spawner } from "./spawner.ts";

export interface AgentMentions {
  /** How to answer, if the message calls agents. */
  find(message: InboundMessage): (() => Promise<string>) | undefined;
}

export interface AgentMentionParts {
  readonly agents: () => ReadonlyMap<string, Agent>;
  readonly find: (text: string, agents: ReadonlyMap<string, Agent>) => Mentions;
  readonly spawner: Spawner;
  /** Whether a person may have agents work, here. */
  readonly maySpawn: (person: string, channel: string) => boolean;
}

/** What `agents/find-mentions.ts` finds. */
export type Mentions =
  | { readonly kind: "none" }
  | { readonly kind: "calls"; readonly calls: readonly { readonly agent: Agent; readonly goal: string }[] }
  | { readonly kind: "unknown"; readonly name: string; readonly nearest: string }
  | { readonly kind: "no-goal"; readonly names: readonly string[] };

export function createAgentMentions({ agents, find, spawner, maySpawn }: AgentMentionParts): AgentMentions {
  async function spawnAll(
    message: InboundMessage,
    calls: readonly { readonly agent: Agent; readonly goal: string }[],
    language: Language,
  ): Promise<string> {
    if (!maySpawn(message.sender.id, message.channel)) return agentText("notAllowed", language);
    const lines: string[] = [];
    for (const [place, { agent, goal }] of calls.entries()) {
      const { session, channel, sender, replyTo } = message;
      const key = `${message.key}/agent/${place + 1}`;
      const spawned = await spawner.spawn({
        key,
        session,
        task: null,
        channel,
        sender,
        replyTo,
        bounds: [],
        agent,
        goal,
      });
      lines.push(agentText(spawned.status, language, agent.name, "task" in spawned ? spawned.task : ""));
    }
    return lines.join("\n");
  }

  return {
    find: (message) => {
      // One that is meant for an agent already, or works for one.
      if (message.agent !== undefined || message.kind !== undefined) return undefined;
      const found = find(message.text, agents());
      const language = languageOf(message.text);
      switch (found.kind) {
        case "none":
          return undefined;
        case "unknown":
          return async () => agentText("unknown", language, found.name, found.nearest);
        case "no-goal":
          return async () => agentText("noGoal", language, found.names.join(", "));
        case "calls":
          return () => spawnAll(message, found.calls, language);
      }
    },
  };
}
