// Brings a ledger to the version this program knows, a numbered step at a time; refuses one that is newer.

import { AppError } from "../core/errors.ts";
import { type Database, number } from "./database.ts";
import { firstLedger } from "./migrations/0001-first-ledger.ts";
import { searchOverTheLog } from "./migrations/0002-search.ts";
import { forChannels } from "./migrations/0003-channels.ts";
import { authority } from "./migrations/0004-authority.ts";
import { spawnedTasks } from "./migrations/0005-agents.ts";
import { schedules } from "./migrations/0006-schedules.ts";
import { sessionLife } from "./migrations/0007-session-life.ts";
import { inheritedBounds } from "./migrations/0008-inherited-bounds.ts";
import { asides } from "./migrations/0011-asides.ts";
import { budgets } from "./migrations/0012-budgets.ts";
import { numbers } from "./migrations/0013-numbers.ts";

/** Index + 1 is the version. Only ever append. */
const migrations: readonly (readonly string[])[] = [
  firstLedger,
  searchOverTheLog,
  forChannels,
  authority,
  spawnedTasks,
  schedules,
  sessionLife,
  inheritedBounds,
  asides,
  budgets,
  numbers,
];

export async function migrate(database: Database, known = migrations): Promise<void> {
  await database.transaction("migrate", async (transaction) => {
    await transaction.run("create table if not exists schema_version (version bigint not null)");
    const row = await transaction.get("select max(version) as version from schema_version");
    const version = row ? number(row, "version") : 0;
    if (version > known.length) {
      throw new AppError(
        "storage-newer",
        `the ledger was written by a newer signalbox (its version is ${version}, this program knows up to ${known.length}): ` +
          "start the newer program, or use another data folder",
      );
    }
    for (let next = version; next < known.length; next += 1) {
      for (const sql of known[next] ?? []) await transaction.run(sql);
      await transaction.run("insert into schema_version (version) values (?)", next + 1);
    }
  });
}
