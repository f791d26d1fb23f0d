// Looks into the ledger: transcript, events, tasks, counts. Changes nothing.

import type { Store } from "../core/store.ts";
import { type Database, number, text } from "./database.ts";
import { eventFrom, messageFrom, STEP_COLUMNS, stepFrom, taskFrom } from "./rows.ts";

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
  | "openMessages"
  | "hasSession"
  | "askers"
  | "sessionsSince"
  | "progress"
  | "counts"
>;

const CALLS_SHOWN_MAX = 8;
/** How far back another asker still makes it unclear whom an answer is for. */
const ASKERS_LOOKED_AT = 50;

export function createReading({ read }: Pick<Database, "read">): Reading {
  const count = async (sql: string): Promise<number> => {
    const row = await read.get(sql);
    return row ? number(row, "n") : 0;
  };
  return {
    transcript: async (session) => {
      const rows = await read.all(`select ${STEP_COLUMNS} from steps where session = ? order by seq`, session);
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
      // Only what is asked stands in the query, so that an index serves it.
      const asked: readonly (readonly [string, ...string[]])[] = [
        ...(session === undefined ? [] : [["session = ?", session] as const]),
        ...(parentSession === undefined ? [] : [["parent_session = ?", parentSession] as const]),
        ...(isOpen ? [["state in ('queued', 'running', 'waiting')"] as const] : []),
      ];
      const where = asked.length === 0 ? "" : `where ${asked.map(([sql]) => sql).join(" and ")}`;
      const values = asked.flatMap(([, ...given]) => given);
      const rows = await read.all(
        `select * from tasks ${where} order by created_at desc, seq desc limit ?`,
        ...values,
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
    openMessages: async (channel, limit) => {
      // Beginning with the open tasks, of which an index knows.
      const rows = await read.all(
        `select m.* from tasks t join messages m on m.task = t.id
         where t.state in ('queued', 'running', 'waiting') and t.channel = ? and m.disposition is null
         order by m.received_at desc, m.seq desc limit ?`,
        channel,
        limit,
      );
      return rows.map(messageFrom);
    },
    hasSession: async (session) => (await read.get("select 1 as n from sessions where id = ?", session)) !== undefined,
    askers: async (session, then = Number.MAX_SAFE_INTEGER) => {
      const rows = await read.all(
        `select distinct sender_id from
           (select sender_id from messages where session = ? and received_at <= ? order by seq desc limit ?) as latest`,
        session,
        then,
        ASKERS_LOOKED_AT,
      );
      return rows.map((row) => text(row, "sender_id"));
    },
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
    progress: async (id) => {
      const row = await read.get("select * from tasks where id = ?", id);
      if (!row) return undefined;
      const said = await read.get("select text from messages where task = ? order by seq limit 1", id);
      const spent = await read.get(
        `select coalesce(sum(input_tokens + cached_input_tokens + cache_write_tokens + output_tokens), 0) as tokens,
           coalesce(sum(usd), 0) as usd from usage where task = ?`,
        id,
      );
      // The calls that are open are the last steps.
      const last = await read.all(
        "select * from steps where task = ? and result is null order by n desc limit ?",
        id,
        CALLS_SHOWN_MAX,
      );
      const calls = last.map(stepFrom).flatMap(({ body }) => (body.kind === "call" ? [body.name] : []));
      return {
        task: taskFrom(row),
        goal: said ? text(said, "text") : "",
        tools: calls.toReversed(),
        tokens: spent ? number(spent, "tokens") : 0,
        usd: spent ? number(spent, "usd") : 0,
      };
    },
    counts: async () => ({
      sessions: await count("select count(*) as n from sessions"),
      queued: await count("select count(*) as n from tasks where state = 'queued'"),
      running: await count("select count(*) as n from tasks where state = 'running'"),
      undelivered: await count("select count(*) as n from deliveries where state = 'pending'"),
    }),
  };
}
