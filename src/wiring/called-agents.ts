// Agents that work beside a conversation: how they are called by name, spawned, and told more.

import { agentNamed, findMentions } from "../agents/find-mentions.ts";
import type { Agent } from "../core/agent.ts";
import { type AgentMentions, createAgentMentions } from "../runtime/agent-mentions.ts";
import { createSpawner, type Spawner, type SpawnerParts } from "../runtime/spawner.ts";
import { createSteering, type Steering } from "../runtime/steering.ts";

export interface CalledAgentParts extends SpawnerParts {
  readonly agents: () => ReadonlyMap<string, Agent>;
  readonly maySpawn: (person: string, channel: string) => boolean;
}

export interface CalledAgents {
  readonly spawner: Spawner;
  readonly steering: Steering;
  readonly mentions: AgentMentions;
}

export function createCalledAgents({ agents, maySpawn, ...parts }: CalledAgentParts): CalledAgents {
  const spawner = createSpawner(parts);
  const steering = createSteering({ ...parts, nameOf: (name) => agentNamed(name, agents())?.name ?? name });
  const hasCards = parts.outbox.isPushed;
  const mentions = createAgentMentions({ agents, find: findMentions, spawner, steering, hasCards, maySpawn });
  return { spawner, steering, mentions };
}
