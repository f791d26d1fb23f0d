// What became of a message and what its task took: read together from all tables that know of it. Changes nothing.

import type { DeliveryFate, MessageFate } from "../core/explanation.ts";
import type { Disposition, SessionKey } from "../core/message.ts";
import type { Store } from "../core/store.ts";
import type { Task } from "../core/task.ts";
import { approvalFrom } from "./approvals.ts";
import { type Database, number, numberOrNull, type Row, type SqlValue, text, textOrNull } from "./database.ts";
import { messageFrom, taskFrom } from "./rows.ts";

const SPAWNED_MAX = 20;
const NOTICES_MAX = 20;

export function createExplaining({ read }: Pick<Database, "read">): Pick<Store, "account" | "fateOf"> {
  return {
    account: async (task) => {
      const models = await read.all(
        `select model, failure, count(*) as calls, sum(input_tokens) as input_tokens,
           sum(cached_input_tokens) as cached_input_tokens, sum(cache_write_tokens) as cache_write_tokens,
           sum(output_tokens) as output_tokens, sum(usd) as usd
         from usage where task = ? group by model, failure
         order by min(at), case when failure is null then 1 else 0 end`,
        task,
      );
      const decisions = await read.all(
        "select actor, action, subject, decision, reason from audit where task = ? order by at",
        task,
      );
      const approvals = await read.all("select * from approvals where task = ? order by created_at, abs(n)", task);
      const life = await read.get("select fence, not_before from tasks where id = ?", task);
      return {
        models: models.map((row) => ({
          model: text(row, "model"),
          failure: textOrNull(row, "failure"),
          calls: number(row, "calls"),
          usage: {
            inputTokens: number(row, "input_tokens"),
            cachedInputTokens: number(row, "cached_input_tokens"),
            cacheWriteTokens: number(row, "cache_write_tokens"),
            outputTokens: number(row, "output_tokens"),
          },
          usd: number(row, "usd"),
        })),
        decisions: decisions.map((row) => ({
          actor: text(row, "actor"),
          action: text(row, "action"),
          subject: text(row, "subject"),
          decision: text(row, "decision"),
          reason: text(row, "reason"),
        })),
        approvals: approvals.map(approvalFrom),
        claims: life ? number(life, "fence") : 0,
        notBefore: life ? number(life, "not_before") : 0,
      };
    },

    fateOf: async (session, which) => {
      const row = "back" in which ? await said(session, which.back) : await named(session, which.id);
      return row && fate(row);
    },
  };

  function said(session: SessionKey, back: number): Promise<Row | undefined> {
    return read.get(
      `select * from messages where session = ? and not (coalesce(reason, '') = 'command' and text like '/%')
       order by seq desc limit 1 offset ?`,
      session,
      back,
    );
  }

  /** Also one that an agent of this conversation works on, whose own conversation's name goes on from this one's. */
  function named(session: SessionKey, id: string): Promise<Row | undefined> {
    return read.get(
      `select * from messages where (id = ? or task = ?) and (session = ? or (session > ? and session < ?))
       order by seq limit 1`,
      id,
      id === "" ? null : id,
      session,
      ...between(`${session}~`),
    );
  }

  async function fate(row: Row): Promise<MessageFate> {
    const message = messageFrom(row);
    const before = await read.get(
      `select count(*) as n from tasks where session = ? and seq < ? and state in ('queued', 'running', 'waiting')`,
      message.session,
      message.seq,
    );
    return {
      message,
      // Written by this folder, as this type.
      disposition: textOrNull(row, "disposition") as Disposition | null,
      reason: textOrNull(row, "reason"),
      closedAt: numberOrNull(row, "closed_at"),
      before: before ? number(before, "n") : 0,
      spawned: await spawned(message.key, message.task),
      deliveries: await deliveries(message.id, message.task),
    };
  }

  async function spawned(key: string, task: string): Promise<readonly Task[]> {
    const rows = await read.all(
      `select * from tasks where id in (select task from messages where key > ? and key < ?)
       union select * from tasks where parent = ?
       order by created_at, seq limit ?`,
      ...between(`${key}/`),
      task,
      SPAWNED_MAX,
    );
    return rows.map(taskFrom);
  }

  async function deliveries(message: string, task: string): Promise<readonly DeliveryFate[]> {
    const rows = await read.all(
      `select * from deliveries where key = ? or task = ? or key in (select id from approvals where task = ?)
         or key in (select id || '_decided' from approvals where task = ?)
       order by n limit ?`,
      message,
      task === "" ? null : task,
      task,
      task,
      NOTICES_MAX,
    );
    return rows.map((row) => ({
      kind: text(row, "kind") as DeliveryFate["kind"],
      state: text(row, "state") as DeliveryFate["state"],
      tries: number(row, "tries"),
      platformId: textOrNull(row, "platform_id"),
      closedAt: numberOrNull(row, "closed_at"),
    }));
  }
}

/** The bounds of what begins so, for an index. */
const between = (prefix: string): readonly [SqlValue, SqlValue] => [
  prefix,
  prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1),
];
