// The store, put together from its tables over any database behind the port. Opens the embedded one.

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Store } from "../core/store.ts";
import { insertAudit } from "./audit.ts";
import { createCompactions } from "./compactions.ts";
import { createControl } from "./control.ts";
import type { CommitHook, Database } from "./database.ts";
import { createInbox } from "./inbox.ts";
import { createLine } from "./line.ts";
import { migrate } from "./migrate.ts";
import { createOutbox } from "./outbox.ts";
import { createReading } from "./reading.ts";
import { lockDataFolder, openSqlite, openSqliteReadOnly } from "./sqlite-database.ts";
import { createWork } from "./work.ts";

const LEDGER_FILE = "signalbox.db";
const PREDECESSOR_WAIT_MS_MAX = 5_000;

export interface LedgerOptions {
  readonly folder: string;
  readonly lockWaitMs?: number;
  readonly onCommit?: CommitHook;
}

/** Opens the ledger in the data folder, which from now on belongs to this process alone. */
export async function openLedger({ folder, lockWaitMs, onCommit }: LedgerOptions): Promise<Store> {
  const unlock = await lockDataFolder(folder, lockWaitMs ?? PREDECESSOR_WAIT_MS_MAX);
  try {
    const database = openSqlite({ file: join(folder, LEDGER_FILE), ...(onCommit ? { onCommit } : {}) });
    await migrate(database);
    return createStore(database, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

/** For a look beside a running server; undefined when there is no ledger yet. */
export function openLedgerForReading(folder: string): Pick<Store, "tasks" | "counts" | "close"> | undefined {
  if (!existsSync(join(folder, LEDGER_FILE))) return undefined;
  const database = openSqliteReadOnly(join(folder, LEDGER_FILE));
  return createStore(database, () => {});
}

function createStore(database: Database, unlock: () => void): Store {
  return {
    ...createInbox(database),
    ...createLine(database),
    ...createWork(database),
    ...createControl(database),
    ...createCompactions(database),
    ...createOutbox(database),
    ...createReading(database),
    audit: (record) => database.transaction("audit", (transaction) => insertAudit(transaction, record)),
    probe: () =>
      database.transaction("probe", async (transaction) => {
        await transaction.run("update schema_version set version = version where version = 0");
      }),
    close: async () => {
      await database.close();
      unlock();
    },
  };
}
