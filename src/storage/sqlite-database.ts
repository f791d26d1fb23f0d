// SQLite behind the database port: one connection that writes, with group commit, one that reads while a transaction is under way, and
// a lock file so that a second process is refused. A commit is written at once and made durable beside the event loop. Knows no table.

import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Sqlite from "better-sqlite3";
import type { Durability } from "../core/durability.ts";
import { AppError, type ErrorCode } from "../core/errors.ts";
import type { FreshEvent } from "../core/session-event.ts";
import { LoopGauge } from "../lib/loop-gauge.ts";
import type { CommitHook, Database, Row, SqlValue, Statements, Transaction } from "./database.ts";
import { type FileSync, LogSync, type SyncPlace } from "./log-sync.ts";

const UNITS_PER_COMMIT_MAX = 256;
const BUSY_WAIT_MS_MAX = 5_000;
/** Then the engine takes its log over into the ledger, while everybody waits: seldom, a page that changes often is taken over once. */
const LOG_PAGES_MAX = 4_000;

interface Unit {
  readonly label: string;
  readonly work: (transaction: Transaction) => Promise<unknown>;
  readonly durability: Durability;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

export interface SqliteOptions {
  readonly file: string;
  readonly onCommit?: CommitHook | undefined;
  readonly fileSync?: FileSync | undefined;
}

export function openSqlite({ file, onCommit, fileSync }: SqliteOptions): Database {
  const writer = connect(file, false);
  const reader = connect(file, true);
  const sync = new LogSync(`${file}-wal`, fileSync);
  return new SqliteDatabase({ writer, reader, sync, onCommit: onCommit ?? (() => {}) });
}

/** For a look beside a running server: no lock, no writing. */
export function openSqliteReadOnly(file: string): Database {
  const reader = connect(file, true);
  return new SqliteDatabase({ writer: reader, reader, sync: new LogSync(`${file}-wal`), onCommit: () => {} });
}

function connect(file: string, isReader: boolean): Sqlite.Database {
  try {
    if (!isReader) createPrivately(file);
    const connection = new Sqlite(file, { readonly: isReader, timeout: BUSY_WAIT_MS_MAX });
    if (!isReader) {
      connection.pragma("journal_mode = WAL");
      // The log is synced by ourselves; the engine does it before it takes the log over into the ledger.
      connection.pragma("synchronous = NORMAL");
      connection.pragma("foreign_keys = ON");
      // What a unit of a batch changed is remembered until it is through, to take it back: three times the log's pages, not for the disk.
      connection.pragma("temp_store = MEMORY");
      connection.pragma(`wal_autocheckpoint = ${LOG_PAGES_MAX}`);
    }
    return connection;
  } catch (error) {
    throw storageError(error, `the ledger ${file} cannot be opened`);
  }
}

/** What people say is nobody else's to read; the engine gives its side files the rights of this one. */
function createPrivately(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  closeSync(openSync(file, "a", 0o600));
}

interface Parts {
  readonly writer: Sqlite.Database;
  readonly reader: Sqlite.Database;
  readonly sync: LogSync;
  readonly onCommit: CommitHook;
}

class SqliteDatabase implements Database {
  readonly read: Statements;
  readonly #writer: Sqlite.Database;
  readonly #reader: Sqlite.Database;
  readonly #sync: LogSync;
  readonly #onCommit: CommitHook;
  readonly #statements: Statements;
  readonly #begin: Sqlite.Statement;
  readonly #savepoint: Sqlite.Statement;
  readonly #release: Sqlite.Statement;
  readonly #commit: Sqlite.Statement;
  readonly #loop = new LoopGauge();
  #units: Unit[] = [];
  #fresh: FreshEvent[] = [];
  #listener: (fresh: readonly FreshEvent[]) => void = () => {};
  #isFlushing = false;
  #isClosed = false;

  constructor({ writer, reader, sync, onCommit }: Parts) {
    this.#writer = writer;
    this.#reader = reader;
    this.#sync = sync;
    this.#onCommit = onCommit;
    const own = statements(writer);
    const beside = statements(reader);
    this.#statements = own;
    this.#begin = writer.prepare("BEGIN IMMEDIATE");
    this.#savepoint = writer.prepare("SAVEPOINT unit");
    this.#release = writer.prepare("RELEASE unit");
    this.#commit = writer.prepare("COMMIT");
    // The writing connection has its pages at hand; the other one must fetch them anew after each commit.
    this.read = durably(() => (writer.inTransaction ? beside : own), sync);
  }

  follow(listener: (fresh: readonly FreshEvent[]) => void): void {
    this.#listener = listener;
  }

  transaction<T>(
    label: string,
    work: (transaction: Transaction) => Promise<T>,
    durability: Durability = "at-once",
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#isClosed) {
        reject(new AppError("shutting-down", "the ledger is closed"));
        return;
      }
      this.#units.push({ label, work, durability, resolve, reject });
      if (!this.#isFlushing) {
        this.#isFlushing = true;
        // What arrives together is committed together: in this piece of work, or in this turn of an event loop that has much to do.
        const later = this.#loop.isBusy ? setImmediate : process.nextTick;
        later(() => void this.#flush());
      }
    });
  }

  async #flush(): Promise<void> {
    while (this.#units.length > 0) {
      const batch = this.#units.splice(0, UNITS_PER_COMMIT_MAX);
      const done: (() => void)[] = [];
      this.#fresh = [];
      try {
        this.#begin.run();
        for (const unit of batch) done.push(await (batch.length > 1 ? this.#runUnit(unit) : this.#runAlone(unit)));
        const labels = batch.map((unit) => unit.label);
        this.#onCommit("before", labels);
        this.#commit.run();
        this.#onCommit("after", labels);
        this.#settle(batch, done);
      } catch (error) {
        if (this.#writer.inTransaction) this.#writer.exec("ROLLBACK");
        this.#fail(batch, error);
      }
    }
    this.#isFlushing = false;
  }

  /** Tells the callers once it is durable, those of earlier commits first; who goes ahead is told now. */
  #settle(batch: readonly Unit[], done: readonly (() => void)[]): void {
    const fresh = this.#fresh;
    for (const [n, settle] of done.entries()) if (batch[n]?.durability === "ahead") settle();
    const then = (error: Error | null): void => {
      if (error) this.#fail(batch, error);
      else for (const settle of done) settle();
      // Still before the callers go on: their turns come after this one.
      if (!error && fresh.length > 0) this.#listener(fresh);
    };
    if (batch.some(({ durability }) => durability === "at-once")) this.#sync.afterSync(then, this.#placeFor(batch));
    else this.#sync.inTurn(then);
  }

  #placeFor(batch: readonly Unit[]): SyncPlace {
    if (this.#loop.isBusy) return "beside";
    // To call upon another thread takes this one's time: what goes ahead goes first.
    if (batch.some(({ durability }) => durability === "ahead")) return "soon";
    return batch.length === 1 && this.#units.length === 0 ? "here" : "beside";
  }

  #fail(batch: readonly Unit[], error: unknown): void {
    const failure = storageError(error, "the ledger could not be written");
    for (const unit of batch) unit.reject(failure);
  }

  /** One that fails takes the transaction with it, in which there is nothing else. */
  async #runAlone({ work, resolve }: Unit): Promise<() => void> {
    const value = await this.#carryOut(work);
    return () => resolve(value as never);
  }

  async #carryOut<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const last: (() => Promise<void>)[] = [];
    const value = await work({
      ...this.#statements,
      tell: (fresh) => this.#fresh.push(fresh),
      atEnd: (write) => last.push(write),
    });
    for (const write of last) await write();
    return value;
  }

  /** Returns how to tell the caller once the commit is through. A unit that fails takes back its own changes only. */
  async #runUnit(unit: Unit): Promise<() => void> {
    const told = this.#fresh.length;
    this.#savepoint.run();
    try {
      const value = await this.#carryOut(unit.work);
      this.#release.run();
      return () => unit.resolve(value as never);
    } catch (error) {
      // A full disk may already have ended the whole transaction; then every unit of it has failed.
      if (!this.#writer.inTransaction) throw error;
      this.#writer.exec("ROLLBACK TO unit");
      this.#fresh.length = told;
      this.#release.run();
      return () => unit.reject(storageError(error, "the ledger could not be written"));
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    while (this.#isFlushing) await new Promise((resolve) => setImmediate(resolve));
    await this.#sync.close();
    if (this.#reader !== this.#writer) this.#reader.close();
    this.#writer.close();
  }
}

function statements(connection: Sqlite.Database): Statements {
  const cache = new Map<string, Sqlite.Statement<unknown[], Row>>();
  const prepare = (sql: string): Sqlite.Statement<unknown[], Row> => {
    let statement = cache.get(sql);
    if (!statement) {
      statement = connection.prepare<unknown[], Row>(withOnePlan(sql));
      cache.set(sql, statement);
    }
    return statement;
  };
  return {
    run: async (sql: string, ...values: readonly SqlValue[]) => prepare(sql).run(...values).changes,
    get: async (sql: string, ...values: readonly SqlValue[]) => prepare(sql).get(...values),
    all: async (sql: string, ...values: readonly SqlValue[]) => prepare(sql).all(...values),
  };
}

/**
 * SQLite plans a sorted or bounded select anew for each value of a bare parameter, which costs ten times the look-up itself; our plans
 * hang on no value. Behind a sign it does not see the parameter.
 */
const withOnePlan = (sql: string): string => sql.replaceAll(/(=|<|>|\blimit) \?/g, "$1 +?");

/** What is read may be acted upon, so it is given out only when it would survive a power cut. */
function durably(statements: () => Statements, sync: LogSync): Statements {
  const held = async <T>(result: Promise<T>): Promise<T> => {
    if (!sync.isIdle) await new Promise<unknown>((resolve) => sync.inTurn(resolve));
    return result;
  };
  return {
    run: (...given) => held(statements().run(...given)),
    get: (...given) => held(statements().get(...given)),
    all: (...given) => held(statements().all(...given)),
  };
}

const codes: readonly (readonly [prefix: string, code: ErrorCode, mend: string])[] = [
  ["SQLITE_FULL", "storage-full", "the disk is full: free some space"],
  ["SQLITE_READONLY", "storage-readonly", "it is read-only: give this user the right to write the data folder"],
  ["SQLITE_CANTOPEN", "storage-readonly", "it cannot be opened: check the folder's rights and free space"],
  ["SQLITE_CORRUPT", "storage-corrupt", "the file is damaged: restore a backup, or move it away to begin anew"],
  ["SQLITE_NOTADB", "storage-corrupt", "the file is not a ledger: restore a backup, or move it away to begin anew"],
  ["SQLITE_BUSY", "storage-locked", "another process holds it"],
  ["SQLITE_", "storage-failed", "see the cause"],
  ["EACCES", "storage-readonly", "this user may not write there"],
  ["ENOSPC", "storage-full", "the disk is full: free some space"],
  ["EEXIST", "storage-readonly", "a file stands where the folder should be"],
  ["EISDIR", "storage-readonly", "a folder stands where the file should be"],
  ["ENOTDIR", "storage-readonly", "a file stands where the folder should be"],
  ["EROFS", "storage-readonly", "the file system is read-only"],
];

function storageError(error: unknown, what: string): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const known = codes.find(([prefix]) => code.startsWith(prefix));
  return known ? new AppError(known[1], `${what}: ${known[2]}`, { cause: error }) : error;
}

/** Holds the data folder for this process until released or killed; waits a little for a predecessor that is leaving. */
export async function lockDataFolder(folder: string, waitMs: number): Promise<() => void> {
  const file = join(folder, "signalbox.lock");
  const lock = connectLock(file);
  const giveUpAt = Date.now() + waitMs;
  for (;;) {
    try {
      lock.exec("BEGIN EXCLUSIVE");
      return () => lock.close();
    } catch (error) {
      if (Date.now() >= giveUpAt) {
        lock.close();
        throw new AppError(
          "storage-locked",
          `another signalbox process is using the data folder ${folder}; stop it first, or set SIGNALBOX_DATA to another folder`,
          { cause: error },
        );
      }
      await sleep(50);
    }
  }
}

function connectLock(file: string): Sqlite.Database {
  try {
    createPrivately(file);
    return new Sqlite(file, { timeout: 0 });
  } catch (error) {
    throw storageError(error, `the data folder ${dirname(file)} cannot be used`);
  }
}
