// What stands in the ledger of a talk that was compacted while its program was killed: whole records, one after the other.

import { join } from "node:path";
import Sqlite from "better-sqlite3";
import type { Platform } from "./platform.ts";

export interface TightCounts {
  readonly records: number;
  /** Asked of the cheap model; one more than records where a kill came between. */
  readonly summaries: number;
}

export function checkTight(folder: string, platform: Platform): { counts: TightCounts; broken: readonly string[] } {
  const database = new Sqlite(join(folder, "signalbox.db"), { readonly: true });
  try {
    const sql = "select session, n, record from compactions order by session, n";
    const rows = database.prepare<[], { session: string; n: number; record: string }>(sql).all();
    const broken = platform.over > 0 ? [`${platform.over} requests were larger than the budget`] : [];
    const last = new Map<string, { n: number; upto: number }>();
    for (const { session, n, record } of rows) {
      const { upto } = JSON.parse(record) as { upto: number };
      const before = last.get(session) ?? { n: 0, upto: 0 };
      if (n !== before.n + 1) broken.push(`the record ${n} of ${session} follows ${before.n}`);
      if (upto < before.upto) broken.push(`the record ${n} of ${session} covers less than the one before`);
      last.set(session, { n, upto });
    }
    return { counts: { records: rows.length, summaries: platform.summaries }, broken };
  } finally {
    database.close();
  }
}
