// Keeps the search index in few parts. It grows by a part a transaction, the engine joins them four by four, and a question looks
// through all there are: fifteen cost one and a half times what one does. Joining is done in small units, so nobody waits for it.

import { type Database, number, type Transaction } from "./database.ts";
import { pieceRange } from "./search-rows.ts";

export interface SearchUpkeep {
  /** Joins the parts where they are many and the index has grown since. */
  tidy(isStopped: () => boolean): Promise<void>;
}

const PARTS_MANY = 8;
/** All is written anew by it: so each piece is, on average, written four times more at most. */
const GROWTH = 1.25;
const PAGES_A_UNIT = 64;
/** How the engine's index is told to do something. */
const TELL = "insert into log_index (log_index, rank) values";
/** What a unit counts at least that still found something to join. */
const CHANGES_OF_WORK = 2;

export function createSearchUpkeep(
  database: Pick<Database, "read" | "transaction">,
  pagesAUnit = PAGES_A_UNIT,
): SearchUpkeep {
  let joined = 0;

  async function pieces(): Promise<number> {
    const row = await database.read.get(
      "select coalesce(sum(piece - number * ?), 0) as n from log_indexed where piece > 0",
      pieceRange(0).last + 1,
    );
    return row ? number(row, "n") : 0;
  }

  /** Steps from one part's number to the next, instead of through all they hold. */
  async function parts(): Promise<number> {
    const row = await database.read.get(
      `with recursive part (id) as (
         select min(segid) from log_index_idx
         union all select (select min(segid) from log_index_idx where segid > part.id) from part where part.id is not null
       ) select count(id) as n from part`,
    );
    return row ? number(row, "n") : 0;
  }

  return {
    tidy: async (isStopped) => {
      const now = await pieces();
      if (now < joined * GROWTH || (await parts()) < PARTS_MANY) return;
      await database.transaction("tidy", (unit) => unit.run(`${TELL} ('usermerge', 2)`), "with-next");
      // Below nothing: all parts are to become one. Then it goes on with what was begun.
      for (let pages = -pagesAUnit; !isStopped(); pages = pagesAUnit) {
        const isMore = await database.transaction("tidy", (unit) => joinSome(unit, pages), "with-next");
        if (!isMore) break;
      }
      joined = now;
    },
  };
}

async function joinSome(unit: Transaction, pages: number): Promise<boolean> {
  const changes = async (): Promise<number> => number((await unit.get("select total_changes() as n")) ?? {}, "n");
  const before = await changes();
  await unit.run(`${TELL} ('merge', ?)`, pages);
  return (await changes()) - before >= CHANGES_OF_WORK;
}
