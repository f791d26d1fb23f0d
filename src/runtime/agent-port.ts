// What the tools about agents may do, bound to the conversation that asks: no other conversation's tasks are found or stopped.

import type { Agent } from "../core/agent.ts";
import type { Store } from "../core/store.ts";
import type { Task } from "../core/task.ts";
import type { ToolContext } from "../core/tool.ts";
import { agentText } from "../core/user-text.ts";
import type { LiveBoard } from "./live.ts";
import type { Spawner } from "./spawner.ts";
import type { Steering } from "./steering.ts";

export interface AgentPortParts {
  readonly store: Store;
  readonly spawner: Spawner;
  readonly agents: () => ReadonlyMap<string, Agent>;
  readonly steering: Pick<Steering, "tell">;
  readonly live: Pick<LiveBoard, "watch">;
  readonly cancel: (task: string) => Promise<unknown>;
}

interface Change {
  readonly happened: Promise<void>;
  forget(): void;
}

export function agentPort({ store, spawner, steering, live, agents, cancel }: AgentPortParts) {
  return {
    agents,
    spawn: async (agent: Agent, goal: string, { task, session, channel, asker, bounds, call }: ToolContext) => {
      const [first] = await store.messagesOfTask(task);
      const spawned = await spawner.spawn({
        key: `${task}/${call}`,
        session,
        task,
        channel,
        sender: { id: asker, name: first?.sender.name ?? asker },
        replyTo: first?.replyTo,
        bounds,
        agent,
        goal,
      });
      return "task" in spawned ? { task: spawned.task } : { why: agentText(spawned.status, "en", agent.name) };
    },
    find: async (id: string, { session }: ToolContext): Promise<Task | undefined> => {
      const task = await store.task(id);
      return task?.parentSession === session ? task : undefined;
    },
    result: async ({ id, session }: Task): Promise<string> => {
      const events = await store.eventsAfter(session, 0, EVENTS_MAX);
      const end = events.findLast(({ body }) => body.type === "execution_complete" && body.taskId === id);
      return end?.body.type === "execution_complete" ? end.body.text : "";
    },
    stop: async ({ id }: Task): Promise<void> => {
      await cancel(id);
    },
    tell: async (to: Task, text: string, { task, asker, call }: ToolContext): Promise<string> => {
      const [first] = await store.messagesOfTask(task);
      const sender = { id: asker, name: first?.sender.name ?? asker };
      const told = await steering.tell(to, { key: `${task}/${call}`, sender, text }, "en");
      if (!told.isTold) throw new Error(told.text);
      return told.text;
    },
    /** Rung when something ends that was spawned there, among much else. */
    changed: ({ session, clock, signal }: ToolContext, withinMs: number): Change => {
      const rung = Promise.withResolvers<void>();
      const leave = live.watch(session, rung.resolve);
      const cancelTimer = clock.after(withinMs, rung.resolve);
      const stop = (): void => rung.reject(signal.reason);
      signal.addEventListener("abort", stop, { once: true });
      // Nobody may be waiting for it yet.
      rung.promise.catch(() => {});
      return {
        happened: rung.promise,
        forget: () => {
          leave();
          cancelTimer();
          signal.removeEventListener("abort", stop);
        },
      };
    },
  };
}

const EVENTS_MAX = 10_000;
