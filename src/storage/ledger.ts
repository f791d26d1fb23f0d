// The store, put together from its tables over any database behind the port. Opens the embedded one.

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { LogTokens } from "../core/log-search.ts";
import type { Store } from "../core/store.ts";
import { createApprovals } from "./approvals.ts";
import { createAsides } from "./asides.ts";
import { createAudit } from "./audit.ts";
import { createButtons } from "./buttons.ts";
import { createCompactions } from "./compactions.ts";
import { createControl } from "./control.ts";
import { lockDataFolder } from "./data-folder.ts";
import type { CommitHook, Database } from "./database.ts";
import { createExplaining } from "./explaining.ts";
import { createInbox } from "./inbox.ts";
import { createLine } from "./line.ts";
import type { FileSync } from "./log-sync.ts";
import { createMemos } from "./memos.ts";
import { migrate } from "./migrate.ts";
import { createOutbox } from "./outbox.ts";
import { createReading } from "./reading.ts";
import { createSchedules } from "./schedules.ts";
import { createLogSearch, noLogSearch } from "./search.ts";
import { createSecondThoughts } from "./second-thoughts.ts";
import { createSessionLife } from "./session-life.ts";
import { openSqlite, openSqliteReadOnly } from "./sqlite-database.ts";
import { createUsage } from "./usage.ts";
import { createFenced, createWork } from "./work.ts";

const LEDGER_FILE = "signalbox.db";
const PREDECESSOR_WAIT_MS_MAX = 5_000;

export interface LedgerOptions {
  readonly folder: string;
  readonly lockWaitMs?: number;
  readonly onCommit?: CommitHook;
  /** How a file is brought to the disk; a test has none to wait for. */
  readonly fileSync?: FileSync;
  /** How steps become what a search finds; without it nothing is found. */
  readonly logTokens?: LogTokens;
}

/** Opens the ledger in the data folder, which from now on belongs to this process alone. */
export async function openLedger({ folder, lockWaitMs, onCommit, fileSync, logTokens }: LedgerOptions): Promise<Store> {
  const unlock = await lockDataFolder(folder, lockWaitMs ?? PREDECESSOR_WAIT_MS_MAX);
  try {
    const database = openSqlite({ file: join(folder, LEDGER_FILE), onCommit, fileSync });
    await migrate(database);
    return createStore(database, unlock, logTokens);
  } catch (error) {
    unlock();
    throw error;
  }
}

/** For a look beside a running server; undefined when there is no ledger yet. */
export function openLedgerForReading(
  folder: string,
): Pick<Store, "tasks" | "counts" | "verifyAudit" | "close"> | undefined {
  if (!existsSync(join(folder, LEDGER_FILE))) return undefined;
  const database = openSqliteReadOnly(join(folder, LEDGER_FILE));
  return createStore(database, () => {});
}

function createStore(database: Database, unlock: () => void, logTokens?: LogTokens): Store {
  const search = logTokens && createLogSearch(database, logTokens);
  const fenced = createFenced(database);
  const work = createWork(database, fenced);
  return {
    ...createInbox(database),
    ...createLine(database),
    ...work,
    finish: async (fence, options) => {
      const finished = await work.finish(fence, options);
      search?.log.catchUpLater(fence.session, finished.lastStep);
      return finished;
    },
    ...createControl(database),
    ...createSecondThoughts(database),
    ...createCompactions(database),
    ...createMemos(database),
    ...createButtons(database),
    ...createSchedules(database),
    ...createSessionLife(database),
    ...createOutbox(database),
    ...createReading(database),
    ...createUsage(database),
    ...createExplaining(database),
    searchLog: search?.searchLog ?? noLogSearch.searchLog,
    ...createApprovals(database, fenced),
    ...createAsides(database, fenced),
    ...createAudit(database),
    follow: (listener) => database.follow(listener),
    probe: () =>
      database.transaction("probe", async (transaction) => {
        await transaction.run("update schema_version set version = version");
      }),
    close: async () => {
      await search?.log.stop();
      await database.close();
      unlock();
    },
  };
}
