// A ledger from before budgets: what was spent on the day of the change counts.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openLedger } from "../../src/storage/ledger.ts";
import { migrate } from "../../src/storage/migrate.ts";
import { firstLedger } from "../../src/storage/migrations/0001-first-ledger.ts";
import { searchOverTheLog } from "../../src/storage/migrations/0002-search.ts";
import { forChannels } from "../../src/storage/migrations/0003-channels.ts";
import { authority } from "../../src/storage/migrations/0004-authority.ts";
import { spawnedTasks } from "../../src/storage/migrations/0005-agents.ts";
import { schedules } from "../../src/storage/migrations/0006-schedules.ts";
import { sessionLife } from "../../src/storage/migrations/0007-session-life.ts";
import { inheritedBounds } from "../../src/storage/migrations/0008-inherited-bounds.ts";
import { asides } from "../../src/storage/migrations/0011-asides.ts";
import { openSqlite } from "../../src/storage/sqlite-database.ts";

test("usage of before counts for its person, its chat and everybody", async () => {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-budgets-"));
  try {
    const database = openSqlite({ file: join(folder, "signalbox.db") });
    await migrate(database, [
      firstLedger,
      searchOverTheLog,
      forChannels,
      authority,
      spawnedTasks,
      schedules,
      sessionLife,
      inheritedBounds,
      asides,
    ]);
    await database.transaction("old", async (transaction) => {
      await transaction.run(
        `insert into tasks (id, kind, session, seq, channel, agent, asker, state, trace_id, created_at)
         values ('t', 'chat-turn', 'slack:T1:C1', 1, 'slack', 'main', 'slack:ann', 'done', '', 1)`,
      );
      await transaction.run(
        `insert into usage (task, session, at, model, role, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, usd,
           duration_ms) values ('t', 'slack:T1:C1', 5, 'm', 'main', 10, 0, 0, 1, 0.5, 1)`,
      );
    });
    await database.close();
    const store = await openLedger({ folder, lockWaitMs: 0 });
    for (const whose of [{ person: "slack:ann" }, { chat: "slack:T1:C1" }, { everybody: true } as const])
      expect(await store.spent(whose, 0)).toEqual({ usd: 0.5, tokens: 11 });
    await store.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
