// When a session's log is indexed. The index follows the log instead of being written with it: a batch costs a fraction of
// single rows, no message waits for it, and a session that is never searched costs nothing.

import type { LogTokens } from "../core/log-search.ts";
import type { SessionKey } from "../core/message.ts";
import { type Database, number, text } from "./database.ts";
import { indexSome } from "./search-rows.ts";
import { createSearchUpkeep } from "./search-upkeep.ts";

export interface SearchableLog {
  /** Resolves when everything that is finished in the session's log is found. */
  catchUp(session: SessionKey): Promise<void>;
  /** The same in the background, once it pays. */
  catchUpLater(session: SessionKey, lastStep: number): void;
  /** Waits for the unit under way and leaves the rest to the next search. */
  stop(): Promise<void>;
}

/** Fewer are left to the next search. */
const STEPS_WORTH_A_BATCH = 32;
const WAITING_SESSIONS_MAX = 10_000;
/** So many more units and it is looked whether the index is to be tidied. */
const UNITS_A_LOOK = 64;

export function createSearchableLog(database: Database, tokens: LogTokens): SearchableLog {
  const waiting = new Set<SessionKey>();
  const upkeep = createSearchUpkeep(database);
  let units = 0;
  let working: Promise<void> | undefined;
  let isStopped = false;

  /** So many steps at least are not indexed, or were by an earlier version. */
  async function isBehind(session: SessionKey, steps: number): Promise<boolean> {
    const row = await database.read.get(
      `select s.last_step - coalesce(i.seen, 0) as behind, coalesce(i.version, ?) as version
       from sessions s left join log_indexed i on i.session = s.id where s.id = ?`,
      tokens.version,
      session,
    );
    return row !== undefined && (number(row, "behind") >= steps || text(row, "version") !== tokens.version);
  }

  async function catchUp(session: SessionKey): Promise<void> {
    if (!(await isBehind(session, 1))) return;
    for (let isMore = true; isMore && !isStopped; ) {
      isMore = await database.transaction("index", (transaction) => indexSome(transaction, session, tokens));
      units += 1;
    }
    if (units >= UNITS_A_LOOK) workLater();
  }

  async function work(): Promise<void> {
    for (const session of waiting) {
      waiting.delete(session);
      if (isStopped) return;
      try {
        if (await isBehind(session, STEPS_WORTH_A_BATCH)) await catchUp(session);
      } catch {
        // The next search of this session meets the same failure, and has somebody to tell.
      }
    }
    if (units < UNITS_A_LOOK) return;
    units = 0;
    // Untidy it is only slower.
    await upkeep.tidy(() => isStopped).catch(() => {});
  }

  function workLater(): void {
    if (isStopped) return;
    working ??= work().finally(() => {
      working = undefined;
    });
  }

  return {
    catchUp,
    catchUpLater: (session, lastStep) => {
      if (isStopped || lastStep < STEPS_WORTH_A_BATCH || waiting.size >= WAITING_SESSIONS_MAX) return;
      waiting.add(session);
      workLater();
    },
    stop: async () => {
      isStopped = true;
      await working;
    },
  };
}
