// Consent to calls: asked for in the transaction that shows it, decided once, used once. What it means for the task (it waits, it
// goes on) is changed in the same transaction.

import type { Approval, ApprovalState } from "../core/approval.ts";
import type { Store } from "../core/store.ts";
import { appendDelivery, appendEvent } from "./append.ts";
import { insertAudit } from "./audit.ts";
import { insertButton } from "./buttons.ts";
import {
  type Database,
  number,
  numberOrNull,
  type Row,
  type Statements,
  type Transaction,
  text,
  textOrNull,
} from "./database.ts";
import { setRunning } from "./session-row.ts";
import type { Fenced } from "./work.ts";

type Approvals = Pick<
  Store,
  "requestApproval" | "takeApproval" | "wait" | "decideApproval" | "overdueApprovals" | "approval" | "approvalOf"
>;

export function createApprovals(database: Database, fenced: Fenced): Approvals {
  const find = async (from: Statements, task: string, n: number): Promise<Approval | undefined> => {
    const row = await from.get("select * from approvals where task = ? and n = ?", task, n);
    return row && approvalFrom(row);
  };

  return {
    requestApproval: (fence, asked, now) =>
      fenced("ask", fence, async (transaction) => {
        if (await find(transaction, fence.task, asked.n)) return;
        const task = await transaction.get("select asker, channel from tasks where id = ?", fence.task);
        await transaction.run(
          `insert into approvals (id, session, task, n, tool, hash, asker, state, created_at, expires_at)
           values (?, ?, ?, ?, ?, ?, ?, 'open', ?, ?)`,
          asked.id,
          fence.session,
          fence.task,
          asked.n,
          asked.tool,
          asked.hash,
          task ? text(task, "asker") : "",
          now,
          asked.expiresAt,
        );
        for (const { id, kind } of asked.buttons) {
          const button = { id, kind, session: fence.session, task: fence.task, subject: asked.id };
          await insertButton(transaction, { ...button, expiresAt: asked.expiresAt }, now);
        }
        await appendEvent(transaction, fence.session, now, {
          type: "approval_requested",
          taskId: fence.task,
          approvalId: asked.id,
          tool: asked.tool,
          text: asked.text,
          buttons: asked.buttons,
        });
        if (asked.isPushed) await tell(transaction, fence.task, fence.session, asked, now);
      }),

    takeApproval: (fence, n, hash) =>
      fenced("consent", fence, async (transaction) => {
        const approval = await find(transaction, fence.task, n);
        // Consent to other arguments is no consent.
        if (!approval || approval.hash !== hash) return undefined;
        if (approval.state === "approved")
          await transaction.run("update approvals set state = 'used' where id = ?", approval.id);
        return approval;
      }),

    wait: (fence) =>
      fenced("wait", fence, async (transaction) => {
        const open = await isWaitedFor(transaction, fence.task);
        await transaction.run(
          "update tasks set state = ?, owner = null, lease_until = null, attempts = 0 where id = ?",
          open ? "waiting" : "queued",
          fence.task,
        );
        await setRunning(transaction, fence.session, null);
      }),

    decideApproval: (id, decision) =>
      database.transaction("decide", async (transaction) => {
        const row = await transaction.get("select * from approvals where id = ?", id);
        if (!row) return undefined;
        const approval = approvalFrom(row);
        if (approval.state !== "open") return approval;
        const { state, by, reason, now } = decision;
        await transaction.run(
          "update approvals set state = ?, decided_by = ?, decided_at = ?, reason = ? where id = ?",
          state,
          by,
          now,
          reason,
          id,
        );
        await insertAudit(transaction, {
          at: now,
          session: approval.session,
          task: approval.task,
          actor: by,
          action: "approval",
          subject: approval.tool,
          decision: state,
          reason: reason ?? id,
        });
        await appendEvent(transaction, approval.session, now, {
          type: "approval_decided",
          taskId: approval.task,
          approvalId: id,
          state,
          text: decision.text,
        });
        if (decision.isPushed)
          await tell(
            transaction,
            approval.task,
            approval.session,
            { id: `${id}_decided`, text: decision.text, replaces: id },
            now,
          );
        if (!(await isWaitedFor(transaction, approval.task)))
          await transaction.run("update tasks set state = 'queued' where id = ? and state = 'waiting'", approval.task);
        return approval;
      }),

    overdueApprovals: async (now, limit) => {
      const rows = await database.read.all(
        "select * from approvals where state = 'open' and expires_at <= ? order by expires_at limit ?",
        now,
        limit,
      );
      return rows.map(approvalFrom);
    },

    approval: async (id) => {
      const row = await database.read.get("select * from approvals where id = ?", id);
      return row && approvalFrom(row);
    },
    approvalOf: (task, n) => find(database.read, task, n),
  };
}

async function isWaitedFor(transaction: Transaction, task: string): Promise<boolean> {
  const open = await transaction.get("select 1 as n from approvals where task = ? and state = 'open' limit 1", task);
  return open !== undefined;
}

/** Said where the task's answer will be. */
async function tell(
  transaction: Transaction,
  task: string,
  session: string,
  said: {
    readonly id: string;
    readonly text: string;
    readonly buttons?: readonly object[];
    readonly replaces?: string;
  },
  now: number,
): Promise<void> {
  const row = await transaction.get("select channel from tasks where id = ?", task);
  const first = await transaction.get("select reply_to from messages where task = ? order by seq limit 1", task);
  if (!row) return;
  await appendDelivery(
    transaction,
    {
      key: said.id,
      session,
      channel: text(row, "channel"),
      kind: "notice",
      task: null,
      replyTo: first ? textOrNull(first, "reply_to") : null,
      text: said.text,
      ...(said.buttons ? { buttons: JSON.stringify(said.buttons) } : {}),
      ...(said.replaces ? { replaces: said.replaces } : {}),
    },
    now,
  );
}

export const approvalFrom = (row: Row): Approval => ({
  id: text(row, "id"),
  session: text(row, "session"),
  task: text(row, "task"),
  n: number(row, "n"),
  tool: text(row, "tool"),
  hash: text(row, "hash"),
  asker: text(row, "asker"),
  // Written by this folder, as this type.
  state: text(row, "state") as ApprovalState,
  expiresAt: number(row, "expires_at"),
  decidedBy: textOrNull(row, "decided_by"),
  decidedAt: numberOrNull(row, "decided_at"),
  reason: textOrNull(row, "reason"),
});
