// What must hold once a storm is over: nothing is left open, the line kept its order, every message has its one outcome, and what was
// spawned was told of once.

import { join } from "node:path";
import Sqlite from "better-sqlite3";
import type { TestApp } from "../support/start-test-app.ts";

export interface StormCounts {
  readonly messages: number;
  readonly spawned: number;
  readonly told: number;
  readonly byState: Readonly<Record<string, number>>;
  readonly withdrawn: number;
}

interface TaskRow {
  readonly id: string;
  readonly session: string;
  readonly parent_session: string | null;
  readonly agent: string;
  readonly state: string;
  readonly seq: number;
  readonly started_at: number | null;
  readonly reason: string | null;
}

interface MessageRow {
  readonly id: string;
  readonly key: string;
  readonly session: string;
  readonly task: string;
  readonly disposition: string | null;
  readonly reason: string | null;
}

interface EventRow {
  readonly session: string;
  readonly type: string;
  readonly task: string | null;
  readonly message: string | null;
  readonly messages: string | null;
}

/** Of upkeep: the line, schedules, idle sessions. */
const UPKEEP_TIMERS = 3;

/** What the process still holds. */
export async function leftOver({ app, clock, store }: TestApp): Promise<readonly string[]> {
  const open = await store.tasks({ isOpen: true, limit: 1_000 });
  const sessions = new Set((await store.tasks({ limit: 1_000_000 })).map(({ session }) => session));
  const counts = await store.counts();
  const processes = process.getActiveResourcesInfo().filter((name) => name === "ProcessWrap").length;
  return [
    ...open.map(({ id, agent, state }) => `${agent} (${id}) is still ${state}`),
    ...[...sessions].filter((session) => app.live.draft(session)).map((session) => `${session} has a draft`),
    ...(app.runner.running > 0 ? [`${app.runner.running} tasks are held`] : []),
    ...(counts.undelivered > 0 ? [`${counts.undelivered} things were not said`] : []),
    ...(clock.pending === UPKEEP_TIMERS ? [] : [`${clock.pending} timers are left instead of ${UPKEEP_TIMERS}`]),
    ...(processes > 0 ? [`${processes} processes are left`] : []),
  ];
}

export function checkStorm(bot: TestApp): { readonly counts: StormCounts; readonly broken: readonly string[] } {
  const database = new Sqlite(join(bot.folder, "signalbox.db"), { readonly: true });
  try {
    const tasks = database.prepare("select * from tasks order by session, seq").all() as TaskRow[];
    const messages = database.prepare("select * from messages").all() as MessageRow[];
    const events = database
      .prepare(
        `select session, json_extract(body, '$.type') as type, json_extract(body, '$.taskId') as task,
           json_extract(body, '$.messageId') as message, json_extract(body, '$.messageIds') as messages from events`,
      )
      .all() as EventRow[];
    const notes = database
      .prepare(
        "select session, body from steps where body like '%) ended as %' and json_extract(body, '$.kind') = 'note'",
      )
      .all() as { session: string; body: string }[];
    const spawned = tasks.filter(isSpawned);
    const states = Object.groupBy(tasks, ({ state }) => state);
    return {
      counts: {
        messages: messages.length,
        spawned: spawned.length,
        told: tasks.filter((task) => task.parent_session !== null && !isSpawned(task)).length,
        byState: Object.fromEntries(Object.entries(states).map(([state, those = []]) => [state, those.length])),
        withdrawn: messages.filter(({ reason }) => reason === "withdrawn").length,
      },
      broken: [
        ...outOfOrder(bot, tasks),
        ...withoutOneOutcome(messages, events),
        ...tasks.flatMap((task) => notToldOnce(bot, task, messages, events, notes)),
      ],
    };
  } finally {
    database.close();
  }
}

const isSpawned = ({ id, session, parent_session: parent }: TaskRow): boolean =>
  parent !== null && session === `${parent}~${id}`;

/** The ends of what was worked stand in the order of the line; what never began may be told of before its turn. */
function outOfOrder({ chat }: TestApp, tasks: readonly TaskRow[]): readonly string[] {
  const known = new Map(tasks.filter(({ started_at: at }) => at !== null).map((task) => [task.id, task]));
  const last = new Map<string, number>();
  return chat.posts.flatMap(({ key, session }) => {
    const task = known.get(key);
    if (!task) return [];
    const before = last.get(session) ?? 0;
    last.set(session, task.seq);
    return task.seq > before ? [] : [`P2 ${session}: ${key} (${task.seq}) was answered after ${before}`];
  });
}

function withoutOneOutcome(messages: readonly MessageRow[], events: readonly EventRow[]): readonly string[] {
  const closed = new Map<string, number>();
  for (const { type, message, messages: several } of events) {
    const ids =
      type === "message_closed" ? [message] : type === "execution_complete" ? JSON.parse(several ?? "[]") : [];
    for (const id of ids) closed.set(id, (closed.get(id) ?? 0) + 1);
  }
  return messages.flatMap(({ id, key, disposition }) => [
    ...(disposition === null ? [`P1 ${key} has no disposition`] : []),
    ...((closed.get(id) ?? 0) > 1 ? [`P3 ${key} was closed ${closed.get(id)} times`] : []),
  ]);
}

function notToldOnce(
  { chat }: TestApp,
  task: TaskRow,
  messages: readonly MessageRow[],
  events: readonly EventRow[],
  notes: readonly { session: string; body: string }[],
): readonly string[] {
  const { id, agent, state, reason, parent_session: parent } = task;
  if (parent === null) return [];
  const times = {
    "in the events of its parent": events.filter(
      (event) => event.session === parent && event.type === "agent_done" && event.task === id,
    ).length,
    "in the transcript of its parent": notes.filter(
      ({ session, body }) => session === parent && body.includes(`(${id}) ended as `),
    ).length,
    "in the chat": chat.posts.filter(({ key }) => key === id).length,
  };
  const isTakenBack = messages.filter((message) => message.task === id).every(({ reason }) => reason === "withdrawn");
  return Object.entries(times).flatMap(([where, n]) => {
    // What was told to a working one is part of its result; where all was taken back nobody is told.
    const mayBeNone = !isSpawned(task) || (where === "in the chat" && isTakenBack);
    return n === 1 || (n === 0 && mayBeNone)
      ? []
      : [`P3 ${agent} (${id}, ${state}, ${reason}) is told of ${n} times ${where}`];
  });
}
