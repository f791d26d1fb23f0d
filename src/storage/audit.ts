// The audit: who was allowed what, and why. Append-only, and chained: each record's hash covers the one before, so that a record
// that was changed or taken out later is found.

import { createHash } from "node:crypto";
import type { AuditCheck, AuditRecord, Store } from "../core/store.ts";
import { type Database, number, type Row, type Statements, type Transaction, text, textOrNull } from "./database.ts";

const PAGE = 1_000;

export function createAudit(database: Database): Pick<Store, "audit" | "verifyAudit"> {
  return {
    audit: (record) => database.transaction("audit", (transaction) => insertAudit(transaction, record)),
    verifyAudit: () => verify(database.read),
  };
}

export async function insertAudit(transaction: Transaction, record: AuditRecord): Promise<void> {
  const head = await transaction.get("select n, hash from audit_head");
  const n = (head ? number(head, "n") : 0) + 1;
  const hash = hashOf(head ? text(head, "hash") : "", n, record);
  await transaction.run(
    `insert into audit (n, at, session, task, actor, action, subject, decision, reason, details, hash)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    n,
    record.at,
    record.session,
    record.task,
    record.actor,
    record.action,
    record.subject,
    record.decision,
    record.reason,
    record.details ?? null,
    hash,
  );
  await transaction.run("update audit_head set n = ?, hash = ?", n, hash);
}

async function verify(read: Statements): Promise<AuditCheck> {
  let before = "";
  let n = 0;
  for (;;) {
    const rows = await read.all("select * from audit where n > ? order by n limit ?", n, PAGE);
    for (const row of rows) {
      if (number(row, "n") !== n + 1) return { records: n, fault: `record ${n + 1} is missing` };
      n += 1;
      const hash = hashOf(before, n, recordFrom(row));
      if (hash !== text(row, "hash")) return { records: n, fault: `record ${n} is not as it was written` };
      before = hash;
    }
    if (rows.length < PAGE) break;
  }
  const head = await read.get("select n, hash from audit_head");
  const last = head ? number(head, "n") : 0;
  if (last !== n) return { records: n, fault: `records ${n + 1} to ${last} are missing` };
  return { records: n, fault: head && text(head, "hash") !== before ? "the end of the chain was changed" : undefined };
}

function hashOf(before: string, n: number, record: AuditRecord): string {
  const { at, session, task, actor, action, subject, decision, reason, details = null } = record;
  const line = JSON.stringify([before, n, at, session, task, actor, action, subject, decision, reason, details]);
  return createHash("sha256").update(line).digest("hex");
}

const recordFrom = (row: Row): AuditRecord => ({
  at: number(row, "at"),
  session: textOrNull(row, "session"),
  task: textOrNull(row, "task"),
  actor: text(row, "actor"),
  action: text(row, "action"),
  subject: text(row, "subject"),
  decision: text(row, "decision"),
  reason: text(row, "reason"),
  ...(textOrNull(row, "details") === null ? {} : { details: text(row, "details") }),
});
