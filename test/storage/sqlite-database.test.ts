// What is read beside a transaction: nothing of it before it is committed, and all of it afterwards.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Row } from "../../src/storage/database.ts";
import { openSqlite } from "../../src/storage/sqlite-database.ts";

test("a transaction under way is nobody else's to see", async () => {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-sqlite-"));
  const database = openSqlite({ file: join(folder, "ledger.db") });
  const count = (): Promise<Row | undefined> => database.read.get("select count(*) as n from things");
  try {
    await database.transaction("make", (transaction) => transaction.run("create table things (name text)"));
    let during: Promise<Row | undefined> | undefined;
    await database.transaction("write", async (transaction) => {
      await transaction.run("insert into things (name) values (?)", "one");
      during = count();
    });
    expect(await during).toEqual({ n: 0 });
    expect(await count()).toEqual({ n: 1 });
  } finally {
    await database.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
