// The audit's chain: whatever was changed or taken out after it was written is found.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Store } from "../../src/core/store.ts";
import { openLedger } from "../../src/storage/ledger.ts";
import { openSqlite } from "../../src/storage/sqlite-database.ts";

let folder: string;

const open = (): Promise<Store> => openLedger({ folder, lockWaitMs: 0 });
const record = (n: number) => ({
  at: n,
  session: "chat:room",
  task: null,
  actor: "chat:ann",
  action: "tool",
  subject: `tool ${n} 端口`,
  decision: "ok",
  reason: "granted",
  ...(n % 2 === 0 ? { details: '{"q":1}' } : {}),
});

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-audit-"));
  const store = await open();
  await Promise.all(Array.from({ length: 20 }, (_, n) => store.audit(record(n))));
  await store.close();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function after(...changes: readonly string[]): Promise<unknown> {
  const database = openSqlite({ file: join(folder, "signalbox.db") });
  await database.transaction("tamper", async (transaction) => {
    for (const sql of changes) await transaction.run(sql);
  });
  await database.close();
  const store = await open();
  try {
    return await store.verifyAudit();
  } finally {
    await store.close();
  }
}

test("as it was written it is whole, also when many were written at once and after a restart", async () => {
  expect(await after()).toEqual({ records: 20, fault: undefined });
});

test.each([
  ["a changed reason", "update audit set reason = 'other' where n = 7", "record 7 is not as it was written"],
  ["a changed time", "update audit set at = at + 1 where n = 1", "record 1 is not as it was written"],
  ["details put in", "update audit set details = 'x' where n = 2", "record 2 is not as it was written"],
  ["a record taken out", "delete from audit where n = 5", "record 5 is missing"],
  ["the last ones taken out", "delete from audit where n > 18", "records 19 to 20 are missing"],
  ["the end hidden", "update audit_head set n = 20, hash = 'x'", "the end of the chain was changed"],
])("%s is found", async (_what, sql, fault) => {
  expect(await after(sql)).toMatchObject({ fault });
});

test("a record forged with a hash of its own breaks the one behind it", async () => {
  const sql = "update audit set reason = 'forged', hash = (select hash from audit where n = 3) where n = 4";
  expect(await after(sql)).toMatchObject({ fault: "record 4 is not as it was written" });
});
