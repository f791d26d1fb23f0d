// The audit table: who was allowed what, and why.

import type { AuditRecord } from "../core/store.ts";
import type { Transaction } from "./database.ts";

export async function insertAudit(transaction: Transaction, record: AuditRecord): Promise<void> {
  await transaction.run(
    "insert into audit (at, session, task, actor, action, subject, decision, reason) values (?, ?, ?, ?, ?, ?, ?, ?)",
    record.at,
    record.session,
    record.task,
    record.actor,
    record.action,
    record.subject,
    record.decision,
    record.reason,
  );
}
