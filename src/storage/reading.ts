// Looks into the ledger: transcript, events, tasks, counts. Changes nothing.

import type { Store } from "../core/store.ts";
import { type Database, number, text } from "./database.ts";
import { eventFrom, messageFrom, stepFrom, taskFrom } from "./rows.ts";

type Reading = Pick<
  Store,
  | "transcript"
  | "step"
  | "eventsAfter"
  | "lastEvent"
  | "task"
  | "tasks"
  | "messageOf"
  | "messagesOfTask"
  | "hasSession"
  | "sessionsSince"
  | "counts"
>;

export function createReading({ read }: Pick<Database, "read">): Reading {
  const count = async (sql: string): Promise<number> => {
    const row = await read.get(sql);
    return row ? number(row, "n") : 0;
  };
  return {
    transcript: async (session) => {
      const rows = await read.all(
        "select session, seq, task, n, at, body, result from steps where session = ? order by seq",
        session,
      );
      return rows.map(stepFrom);
    },
    step: async (session, task, n) => {
      const row = await read.get("select * from steps where task = ? and n = ? and session = ?", task, n, session);
      return row && stepFrom(row);
    },
    eventsAfter: async (session, n, limit) => {
      const rows = await read.all(
        "select * from events where session = ? and n > ? order by n limit ?",
        session,
        n,
        limit,
      );
      return rows.map(eventFrom);
    },
    lastEvent: async (session) => {
      const row = await read.get("select last_event from sessions where id = ?", session);
      return row ? number(row, "last_event") : 0;
    },
    task: async (id) => {
      const row = await read.get("select * from tasks where id = ?", id);
      return row && taskFrom(row);
    },
    tasks: async ({ session, parentSession, isOpen, limit }) => {
      const rows = await read.all(
        `select * from tasks where (? is null or session = ?) and (? is null or parent_session = ?) and (? = 0 or state in ('queued', 'running', 'waiting'))
         order by created_at desc, seq desc limit ?`,
        session ?? null,
        session ?? null,
        parentSession ?? null,
        parentSession ?? null,
        isOpen ? 1 : 0,
        limit,
      );
      return rows.map(taskFrom);
    },
    messageOf: async (key) => {
      const row = await read.get("select * from messages where key = ?", key);
      return row && messageFrom(row);
    },
    messagesOfTask: async (task) => {
      const rows = await read.all("select * from messages where task = ? order by seq", task);
      return rows.map(messageFrom);
    },
    hasSession: async (session) => (await read.get("select 1 as n from sessions where id = ?", session)) !== undefined,
    sessionsSince: async (channel, since, limit) => {
      const rows = await read.all(
        `select session, max(received_at) as latest from messages where channel = ? and received_at >= ?
         group by session order by latest desc limit ?`,
        channel,
        since,
        limit,
      );
      return rows.map((row) => text(row, "session"));
    },
    counts: async () => ({
      sessions: await count("select count(*) as n from sessions"),
      queued: await count("select count(*) as n from tasks where state = 'queued'"),
      running: await count("select count(*) as n from tasks where state = 'running'"),
      undelivered: await count("select count(*) as n from deliveries where state = 'pending'"),
    }),
  };
}
