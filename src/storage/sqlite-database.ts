// SQLite behind the database port: one connection that writes, with group commit, and one that reads while a transaction is under way.
// A commit is written at once and made durable beside the event loop. Knows no table.

import Sqlite from "better-sqlite3";
import type { Durability } from "../core/durability.ts";
import { AppError } from "../core/errors.ts";
import type { FreshEvent } from "../core/session-event.ts";
import { inTwoTurns } from "../lib/in-two-turns.ts";
import { LoopGauge } from "../lib/loop-gauge.ts";
import { createPrivately } from "./data-folder.ts";
import type { CommitHook, Database, Row, SqlValue, Statements, Transaction } from "./database.ts";
import { type FileSync, LogSync, type SyncPlace } from "./log-sync.ts";
import { storageError } from "./storage-error.ts";

const UNITS_PER_COMMIT_MAX = 256;
const BUSY_WAIT_MS_MAX = 5_000;
/** Then the engine takes its log over into the ledger, while everybody waits: seldom, a page that changes often is taken over once. */
const LOG_PAGES_MAX = 4_000;

interface Unit {
  readonly label: string;
  readonly work: (transaction: Transaction) => Promise<unknown>;
  readonly durability: Durability;
  readonly committed: ((value: never) => void) | undefined;
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
      // What a statement changed is remembered until it is through, to take it back: not for the disk.
      connection.pragma("temp_store = MEMORY");
      connection.pragma(`wal_autocheckpoint = ${LOG_PAGES_MAX}`);
    }
    return connection;
  } catch (error) {
    throw storageError(error, `the ledger ${file} cannot be opened`);
  }
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
  readonly #commit: Sqlite.Statement;
  readonly #rollback: Sqlite.Statement;
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
    this.#commit = writer.prepare("COMMIT");
    this.#rollback = writer.prepare("ROLLBACK");
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
    committed?: (value: T) => void,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#isClosed) {
        reject(new AppError("shutting-down", "the ledger is closed"));
        return;
      }
      this.#units.push({ label, work, durability, committed, resolve, reject });
      if (!this.#isFlushing) {
        this.#isFlushing = true;
        // What arrives together is committed together: in this piece of work, or in two turns of an event loop that has much to do.
        (this.#loop.isBusy ? inTwoTurns : process.nextTick)(() => void this.#flush());
      }
    });
  }

  async #flush(): Promise<void> {
    while (this.#units.length > 0) await this.#commitTogether(this.#units.splice(0, UNITS_PER_COMMIT_MAX));
    this.#isFlushing = false;
  }

  async #commitTogether(batch: readonly Unit[]): Promise<void> {
    const failures = new Map<Unit, unknown>();
    try {
      let values = await this.#run(batch, failures);
      while (!values && failures.size < batch.length) values = await this.#run(batch, failures);
      if (!values) {
        for (const [unit, error] of failures) unit.reject(storageError(error));
        return;
      }
      const labels = batch.filter((unit) => !failures.has(unit)).map((unit) => unit.label);
      this.#onCommit("before", labels);
      this.#commit.run();
      this.#onCommit("after", labels);
      const told = values;
      for (const [unit, value] of told) unit.committed?.(value as never);
      const done = batch.map((unit) => (): void => {
        if (failures.has(unit)) unit.reject(storageError(failures.get(unit)));
        else unit.resolve(told.get(unit) as never);
      });
      this.#settle(batch, done);
    } catch (error) {
      if (this.#writer.inTransaction) this.#rollback.run();
      this.#fail(batch, error);
    }
  }

  /**
   * Runs those that have not failed in a transaction that it leaves open, and gives what they gave. Where one fails it is taken back
   * with all the others, which are then to be run again without it: seldom, and cheaper than a savepoint for each.
   */
  async #run(batch: readonly Unit[], failures: Map<Unit, unknown>): Promise<Map<Unit, unknown> | undefined> {
    const values = new Map<Unit, unknown>();
    this.#fresh = [];
    this.#begin.run();
    for (const unit of batch) {
      if (failures.has(unit)) continue;
      try {
        values.set(unit, await this.#carryOut(unit.work));
      } catch (error) {
        // A full disk may already have ended the transaction; then every unit of it has failed.
        if (!this.#writer.inTransaction) throw error;
        this.#rollback.run();
        failures.set(unit, error);
        return undefined;
      }
    }
    return values;
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
    const failure = storageError(error);
    for (const unit of batch) unit.reject(failure);
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
