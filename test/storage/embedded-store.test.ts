// The embedded engine: the contract, and what is its own - durability, the lock, versions, and files that are not as they should be.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CommitHook } from "../../src/storage/database.ts";
import { openLedger, openLedgerForReading } from "../../src/storage/ledger.ts";
import { migrate } from "../../src/storage/migrate.ts";
import { openSqlite } from "../../src/storage/sqlite-database.ts";
import { storeContract } from "./store-contract.ts";

const newFolder = (): string => mkdtempSync(join(tmpdir(), "signalbox-store-"));

storeContract("embedded", async () => {
  const folder = newFolder();
  return {
    store: await openLedger({ folder, lockWaitMs: 0 }),
    remove: async () => rmSync(folder, { recursive: true }),
  };
});

describe("the embedded engine", () => {
  let folder: string;
  beforeEach(() => {
    folder = newFolder();
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const open = (onCommit?: CommitHook) => openLedger({ folder, lockWaitMs: 0, ...(onCommit ? { onCommit } : {}) });
  const put = (store: Awaited<ReturnType<typeof open>>, key: string) =>
    store.accept(
      { key, channel: "chat", session: "chat:room", sender: { id: "chat:ann", name: "Ann" }, text: "hi" },
      {
        messageId: `m-${key}`,
        taskId: `t-${key}`,
        traceId: "",
        now: 1,
        waitingMax: 9_999,
        fullText: "",
        isPushed: false,
      },
    );

  test("what arrives together shares a commit, and nothing resolves before it", async () => {
    const commits: number[] = [];
    const store = await open((moment, labels) => {
      if (moment === "after" && labels[0] === "accept") commits.push(labels.length);
    });
    await Promise.all(Array.from({ length: 50 }, (_, index) => put(store, `k${index}`)));
    expect(commits).toEqual([50]);
    await store.close();
  });

  test("a unit that fails takes back its own changes and leaves the others of its commit", async () => {
    const database = openSqlite({ file: join(folder, "x.db") });
    await database.transaction("make", (transaction) => transaction.run("create table t (n bigint)"));
    const insert = (n: number, isFailing: boolean) =>
      database.transaction("insert", async (transaction) => {
        await transaction.run("insert into t values (?)", n);
        if (isFailing) throw new Error("no");
      });
    const results = await Promise.allSettled([insert(1, false), insert(2, true), insert(3, false)]);
    expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(await database.read.all("select n from t order by n")).toEqual([{ n: 1 }, { n: 3 }]);
    await database.close();
  });

  test("what was read is given out only after what it saw is durable", async () => {
    const order: string[] = [];
    let read = (): void => {};
    const database = openSqlite({ file: join(folder, "x.db"), onCommit: (moment) => moment === "after" && read() });
    await database.transaction("make", (transaction) => transaction.run("create table t (n bigint)"));
    const look = () => database.read.get("select n from t").then((row) => order.push(`read ${row?.n}`));
    read = () => queueMicrotask(() => void look());
    await database
      .transaction("insert", (transaction) => transaction.run("insert into t values (7)"))
      .then(() => order.push("durable"));
    await expect.poll(() => order).toEqual(["durable", "read 7"]);
    await database.close();
  });

  test("a second process on the same folder is refused with what to do", async () => {
    const store = await open();
    await expect(open()).rejects.toMatchObject({
      code: "storage-locked",
      message: expect.stringContaining("SIGNALBOX_DATA"),
    });
    await store.close();
    await (await open()).close();
  });

  test("a look beside the running process works without the lock", async () => {
    const store = await open();
    await put(store, "a");
    const look = openLedgerForReading(folder);
    expect(await look?.tasks({ limit: 5 })).toMatchObject([{ id: "t-a", state: "queued" }]);
    await look?.close();
    await store.close();
  });

  test("a ledger from a newer version is refused with a clear sentence", async () => {
    await (await open()).close();
    const database = openSqlite({ file: join(folder, "signalbox.db") });
    await database.transaction("age", (transaction) =>
      transaction.run("insert into schema_version (version) values (99)"),
    );
    await database.close();
    await expect(open()).rejects.toMatchObject({
      code: "storage-newer",
      message: expect.stringContaining("version is 99"),
    });
    // The refusal let go of the lock.
    await expect(open()).rejects.toMatchObject({ code: "storage-newer" });
  });

  test("a compaction that an earlier version stored is read with what it did not know", async () => {
    await (await open()).close();
    const database = openSqlite({ file: join(folder, "signalbox.db") });
    const record = JSON.stringify({
      session: "chat:room",
      n: 1,
      freshFrom: 0,
      upto: 3,
      body: "what was",
      cutChars: 500,
      carry: { said: ["Ann: hello"], identifiers: [], decisions: [], failures: [] },
    });
    await database.transaction("age", async (transaction) => {
      await transaction.run("insert into sessions (id, last_step, created_at) values ('chat:room', 3, 0)");
      await transaction.run("insert into compactions (session, n, record, at) values ('chat:room', 1, ?, 0)", record);
    });
    await database.close();
    const store = await open();
    const shown = await store.shownSteps("chat:room");
    expect(shown.record).toMatchObject({ body: "what was", cutChars: 500, resultChars: 0, request: "" });
    expect(shown.record?.carry.said).toEqual([{ by: "", text: "Ann: hello" }]);
    await store.close();
  });

  test("migrations run once, each in its number's order", async () => {
    const database = openSqlite({ file: join(folder, "m.db") });
    const first = ["create table one (n bigint)"];
    await migrate(database, [first]);
    await migrate(database, [first, ["create table two (n bigint)", "insert into two values (2)"]]);
    expect(await database.read.all("select version from schema_version order by version")).toEqual([
      { version: 1 },
      { version: 2 },
    ]);
    expect(await database.read.all("select n from two")).toEqual([{ n: 2 }]);
    await database.close();
  });

  test("a migration that fails leaves the ledger as it was", async () => {
    const database = openSqlite({ file: join(folder, "m.db") });
    await expect(migrate(database, [["create table one (n bigint)", "nonsense"]])).rejects.toThrow();
    expect(await database.read.all("select name from sqlite_master where type = 'table'")).toEqual([]);
    await database.close();
  });

  test("a file that is no ledger is named as damaged, and left alone", async () => {
    writeFileSync(
      join(folder, "signalbox.db"),
      "this is not a database, it is a long enough piece of text to be refused",
    );
    await expect(open()).rejects.toMatchObject({ code: "storage-corrupt", message: expect.stringContaining("backup") });
  });

  test("a full disk refuses the message, loses nothing that was taken, and works again with room", async () => {
    const database = openSqlite({ file: join(folder, "full.db") });
    await migrate(database);
    const limit = (pages: number) =>
      database.transaction("limit", (transaction) => transaction.get(`pragma max_page_count = ${pages}`));
    await limit(1);
    const write = (n: number) =>
      database.transaction("write", (transaction) =>
        transaction.run("insert into events (session, n, at, body) values ('s', ?, 0, ?)", n, "x".repeat(200_000)),
      );
    await expect(Promise.all([write(1), write(2)])).rejects.toMatchObject({
      code: "storage-full",
      message: expect.stringContaining("disk is full"),
    });
    await limit(1_000_000);
    await write(3);
    expect(await database.read.all("select n from events")).toEqual([{ n: 3 }]);
    await database.close();
  });

  test.skipIf(process.getuid?.() === 0)(
    "a folder that may not be written is named (not run as root, who may write anywhere)",
    async () => {
      chmodSync(folder, 0o500);
      await expect(open()).rejects.toMatchObject({ code: "storage-readonly" });
      chmodSync(folder, 0o700);
    },
  );
});
