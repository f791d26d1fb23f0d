// Who sees a transaction and who is told of it: nobody before it is committed, and who is not to go ahead only when it is durable.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Durability } from "../../src/core/durability.ts";
import type { Row } from "../../src/storage/database.ts";
import type { FileSync } from "../../src/storage/log-sync.ts";
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

test("who goes ahead is told at the commit, everybody else when the disk has it, and what happened then too", async () => {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-sqlite-"));
  const waiting: (() => void)[] = [];
  let isQuick = true;
  const beside: FileSync["beside"] = (_descriptor, done) =>
    isQuick ? done(null) : void waiting.push(() => done(null));
  const here = (): void => {
    if (!isQuick) throw new Error("several wait: it must not be made durable on the event loop");
  };
  const database = openSqlite({ file: join(folder, "ledger.db"), fileSync: { beside, here } });
  try {
    await database.transaction("make", (transaction) => transaction.run("create table things (name text)"));
    // By then the event loop had little to do.
    for (let n = 0; n < 3; n += 1) {
      await new Promise((resolve) => setTimeout(resolve, 120));
      await database.transaction("rest", async () => {});
    }
    isQuick = false;
    const told: string[] = [];
    database.follow((fresh) => told.push(...fresh.map(({ event }) => `event ${event.n}`)));
    const put = (name: string, durability: Durability): Promise<unknown> =>
      database
        .transaction(
          "put",
          async (transaction) => {
            await transaction.run("insert into things (name) values (?)", name);
            transaction.tell({ event: { n: 1, session: "s", at: 0, body: { type: "execution_start" } } } as never);
          },
          durability,
        )
        .then(() => told.push(name));
    const all = [put("stored", "at-once"), put("ahead", "ahead"), put("with it", "with-next")];
    await expect.poll(() => waiting).toHaveLength(1);
    const read = database.read.get("select count(*) as n from things").then((row) => told.push(`read ${row?.n}`));
    await put("later ahead", "ahead");
    expect(told).toEqual(["ahead", "later ahead"]);
    waiting.shift()?.();
    await Promise.all([...all, read]);
    expect(told.slice(2).toSorted()).toEqual([...Array(4).fill("event 1"), "read 3", "stored", "with it"]);
  } finally {
    await database.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

test("units that fail leave no trace in those of their commit: each of these is told once, with what it saw of those before it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-sqlite-"));
  const commits: (readonly string[])[] = [];
  const database = openSqlite({
    file: join(folder, "ledger.db"),
    onCommit: (moment, labels) => void (moment === "after" && commits.push(labels)),
  });
  try {
    await database.transaction("make", (transaction) => transaction.run("create table things (name text unique)"));
    const events: string[] = [];
    database.follow((fresh) => events.push(...fresh.map(({ event }) => event.session)));
    const order: string[] = [];
    const put = (label: string, name: string): Promise<string> =>
      database
        .transaction(label, async (transaction) => {
          const before = await transaction.get("select count(*) as n from things");
          transaction.tell({ event: { n: 1, session: label, at: 0, body: { type: "execution_start" } } } as never);
          let ended = false;
          transaction.atEnd(async () => {
            await transaction.run("insert into things (name) values (?)", `end of ${label}`);
            ended = true;
          });
          await transaction.run("insert into things (name) values (?)", name);
          expect(ended).toBe(false);
          return `${label} after ${before?.n}`;
        })
        .catch((error: Error & { code?: string }) => `${label} ${error.code}`)
        .then((outcome) => {
          order.push(outcome);
          return outcome;
        });
    commits.length = 0;
    // The second and the last know of the first; the fourth fails only because of the third.
    await Promise.all([put("a", "x"), put("b", "x"), put("c", "y"), put("d", "y"), put("e", "z"), put("f", "x")]);
    expect(order).toEqual([
      ...["a after 0", "b storage-failed", "c after 2", "d storage-failed", "e after 4", "f storage-failed"],
    ]);
    expect(events).toEqual(["a", "c", "e"]);
    expect(commits).toEqual([["a", "c", "e"]]);
    const names = await database.read.all("select name from things order by rowid");
    expect(names.map(({ name }) => name)).toEqual(["x", "end of a", "y", "end of c", "z", "end of e"]);
    // Where all fail nothing is committed.
    commits.length = 0;
    expect(await Promise.all([put("g", "x"), put("h", "y")])).toEqual(["g storage-failed", "h storage-failed"]);
    expect(commits).toEqual([]);
    expect(await put("i", "w")).toBe("i after 6");
  } finally {
    await database.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
