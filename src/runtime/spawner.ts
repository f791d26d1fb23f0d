// Spawns agents: a task in a session of its own, with slots of its own, that works for the session it was spawned from. Asked for
// again with the same key it is the same task; bounded in number and depth.

import type { Agent } from "../core/agent.ts";
import type { Clock, Ids } from "../core/clock.ts";
import type { Json } from "../core/json.ts";
import type { Log } from "../core/log.ts";
import type { Sender, SessionKey } from "../core/message.ts";
import type { Programs } from "../core/program.ts";
import type { SessionEngine } from "../core/session-engine.ts";
import type { Bound } from "../core/skill.ts";
import type { Store } from "../core/store.ts";
import type { LiveBoard } from "./live.ts";

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
  readonly isPushed: (channel: string) => boolean;
  readonly programs: Pick<Programs, "off">;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

const OPEN_MAX = 8;
const DEPTH_MAX = 2;

export function createSpawner({ store, engine, live, isPushed, programs, clock, ids, log }: SpawnerParts): Spawner {
  async function depthOf(task: string | null): Promise<number> {
    let depth = 0;
    for (let id = task; id !== null && depth <= DEPTH_MAX; depth += 1) id = (await store.task(id))?.parent ?? null;
    return depth;
  }

  return {
    spawn: async ({ key, session, task, channel, sender, replyTo, bounds, agent, goal }) => {
      if (agent.command && programs.off !== undefined) return { status: "not-runnable" };
      if ((await depthOf(task)) >= DEPTH_MAX) return { status: "too-deep" };
      const known = await store.messageOf(key);
      if (known) return { status: "spawned", task: known.task };
      const open = await store.tasks({ parentSession: session, isOpen: true, limit: OPEN_MAX });
      for (const other of open) {
        const [asked] = other.agent === agent.name ? await store.messagesOfTask(other.id) : [];
        if (asked?.text === goal) return { status: "running-already", task: other.id };
      }
      if (open.length >= OPEN_MAX) return { status: "too-many" };
      const taskId = ids.next("task");
      const own = `${session}~${taskId}`;
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
          isPushed: isPushed(channel),
          parent: { session, task, bounds },
        },
      );
      log.info("agent spawned", { session, task: result.message.task, agent: agent.name });
      live.changed(session);
      engine.wake(own, kind);
      return { status: "spawned", task: result.message.task };
    },
  };
}
