// Spawns agents: a task in a session of its own, with slots of its own, that works for the session it was spawned from. Asked for
// again with the same key it is the same task; bounded in number and depth.

import type { Agent } from "../core/agent.ts";
import { chatText } from "../core/chat-text.ts";
import type { Clock, Ids } from "../core/clock.ts";
import type { Json } from "../core/json.ts";
import type { Log } from "../core/log.ts";
import { depthOf, type Sender, type SessionKey, spawnedSession } from "../core/message.ts";
import type { Programs } from "../core/program.ts";
import type { SessionEngine } from "../core/session-engine.ts";
import type { Bound } from "../core/skill.ts";
import type { Store } from "../core/store.ts";
import { isSpawned, type SpawnedFrom } from "../core/task.ts";
import { cardText } from "../core/task-text.ts";
import { languageOf } from "../core/user-text.ts";
import type { LiveBoard } from "./live.ts";
import type { Outbox } from "./outbox.ts";

export interface SpawnRequest {
  /** Of what asks for it: a repeated request spawns nothing new. */
  readonly key: string;
  readonly session: SessionKey;
  /** The task that asks; null where a person does. */
  readonly task: string | null;
  readonly channel: string;
  readonly sender: Sender;
  readonly replyTo: Json | undefined;
  /** Of the task that asks. */
  readonly bounds: readonly Bound[];
  readonly agent: Agent;
  readonly goal: string;
}

export type Spawned =
  | { readonly status: "spawned" | "running-already"; readonly task: string }
  | { readonly status: "too-many" | "too-deep" | "not-runnable" };

export interface Spawner {
  spawn(request: SpawnRequest): Promise<Spawned>;
}

export interface SpawnerParts {
  readonly store: Store;
  readonly engine: SessionEngine;
  readonly live: LiveBoard;
  readonly outbox: Pick<Outbox, "isPushed" | "wake">;
  readonly programs: Pick<Programs, "off">;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

const OPEN_MAX = 8;
const DEPTH_MAX = 2;
const LISTED_MAX = 50;
const STOP_LIFE_MS = 24 * 60 * 60 * 1_000;

export function createSpawner({ store, engine, live, outbox, programs, clock, ids, log }: SpawnerParts): Spawner {
  /** What people see at once; a channel that can keeps it up to date. */
  function cardOf(agent: Agent, goal: string, id: string): NonNullable<SpawnedFrom["card"]> {
    const now = clock.now();
    const language = languageOf(goal);
    const task = { id, agent: agent.name, state: "queued", createdAt: now, startedAt: null, endedAt: null } as const;
    return {
      text: cardText({ task, goal, tools: [], tokens: 0, usd: 0 }, now, language),
      stop: { id: ids.next("button"), kind: "stop", label: chatText("stop", language) },
      stopUntil: now + STOP_LIFE_MS,
    };
  }

  return {
    spawn: async ({ key, session, task, channel, sender, replyTo, bounds, agent, goal }) => {
      if (agent.command && programs.off !== undefined) return { status: "not-runnable" };
      if (depthOf(session) >= DEPTH_MAX) return { status: "too-deep" };
      const known = await store.messageOf(key);
      if (known) return { status: "spawned", task: known.task };
      const open = (await store.tasks({ parentSession: session, isOpen: true, limit: LISTED_MAX })).filter(isSpawned);
      for (const other of open) {
        const [asked] = other.agent === agent.name ? await store.messagesOfTask(other.id) : [];
        if (asked?.text === goal) return { status: "running-already", task: other.id };
      }
      if (open.length >= OPEN_MAX) return { status: "too-many" };
      const taskId = ids.next("task");
      const own = spawnedSession(session, taskId);
      const kind = agent.command ? "cli" : "sub-agent";
      const message = { key, channel, session: own, sender, text: goal, kind, agent: agent.name } as const;
      const result = await store.accept(
        { ...message, ...(replyTo === undefined ? {} : { replyTo }) },
        {
          messageId: ids.next("msg"),
          taskId,
          traceId: ids.next("trace"),
          now: clock.now(),
          waitingMax: 1,
          fullText: "",
          isPushed: outbox.isPushed(channel),
          parent: { session, task, bounds, card: cardOf(agent, goal, taskId) },
        },
      );
      log.info("agent spawned", { session, task: result.message.task, agent: agent.name });
      live.changed(session);
      outbox.wake(own);
      engine.wake(own, kind);
      return { status: "spawned", task: result.message.task };
    },
  };
}
