// What is to be said later, and when next. That it is said once is not this table's work: each firing has a message key of its own.

import type { Json } from "../core/json.ts";
import type { Schedule, ScheduleStore } from "../core/schedule.ts";
import { type Database, number, type Row, text, textOrNull } from "./database.ts";

export function createSchedules(database: Database): ScheduleStore {
  return {
    addSchedule: (schedule, bounds) =>
      database.transaction("schedule", async (transaction) => {
        const { id, session, channel, author } = schedule;
        if (await transaction.get("select 1 as n from schedules where id = ?", id)) return "known";
        const open = await transaction.get(
          `select count(case when session = ? then 1 end) as here, count(case when author_id = ? then 1 end) as theirs
           from schedules where is_open = 1`,
          session,
          author.id,
        );
        if (open && (number(open, "here") >= bounds.ofSession || number(open, "theirs") >= bounds.ofAuthor))
          return "too-many";
        await transaction.run(
          `insert into schedules (id, session, channel, author_id, author_name, reply_to, body, cron, time_zone, next_at, created_at, is_open)
           values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)`,
          id,
          session,
          channel,
          author.id,
          author.name,
          schedule.replyTo === undefined ? null : JSON.stringify(schedule.replyTo),
          schedule.text,
          schedule.cron ?? null,
          schedule.timeZone,
          schedule.nextAt,
          schedule.createdAt,
        );
        return "added";
      }),

    schedules: async (session, limit) => {
      const rows = await database.read.all(
        "select * from schedules where session = ? and is_open = 1 order by next_at, id limit ?",
        session,
        limit,
      );
      return rows.map(scheduleFrom);
    },

    nextSchedule: async () => {
      const row = await database.read.get("select next_at from schedules where is_open = 1 order by next_at limit 1");
      return row && number(row, "next_at");
    },

    dueSchedules: async (now, limit) => {
      const rows = await database.read.all(
        "select * from schedules where is_open = 1 and next_at <= ? order by next_at, id limit ?",
        now,
        limit,
      );
      return rows.map(scheduleFrom);
    },

    moveSchedule: (id, from, next) =>
      database.transaction("schedule", async (transaction) => {
        await transaction.run(
          "update schedules set next_at = ?, is_open = ? where id = ? and next_at = ? and is_open = 1",
          next ?? from,
          next === undefined ? 0 : 1,
          id,
          from,
        );
      }),

    endSchedule: (id) =>
      database.transaction("schedule", async (transaction) => {
        const changed = await transaction.run("update schedules set is_open = 0 where id = ? and is_open = 1", id);
        return changed > 0;
      }),
  };
}

function scheduleFrom(row: Row): Schedule {
  const cron = textOrNull(row, "cron");
  const replyTo = textOrNull(row, "reply_to");
  return {
    id: text(row, "id"),
    session: text(row, "session"),
    channel: text(row, "channel"),
    author: { id: text(row, "author_id"), name: text(row, "author_name") },
    text: text(row, "body"),
    timeZone: text(row, "time_zone"),
    nextAt: number(row, "next_at"),
    createdAt: number(row, "created_at"),
    ...(cron === null ? {} : { cron }),
    // Written above, as this type.
    ...(replyTo === null ? {} : { replyTo: JSON.parse(replyTo) as Json }),
  };
}
