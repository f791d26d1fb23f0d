// How common tokens are, counted only as far as it matters and remembered, since it changes slowly. A number that is a little old
// costs time or a common word, never a result.

import { number, type Statements } from "./database.ts";
import { pieceRange } from "./search-rows.ts";

export interface TokenCounts {
  /** In how many pieces of all sessions a quoted token is; what is above the bound counts as the bound. */
  countOf(quotedToken: string, max: number): Promise<number>;
  /** Which share of all pieces so many are. */
  shareOf(pieces: number): Promise<number>;
}

const KNOWN_MAX = 20_000;
const STALE_AFTER = 200_000;
const TOTAL_STALE_AFTER = 1_000;

export function createTokenCounts(read: Statements): TokenCounts {
  const known = new Map<string, { readonly pieces: number; readonly max: number }>();
  let looks = 0;
  let total = 0;
  let totalLooks = 0;

  return {
    countOf: async (token, max) => {
      looks += 1;
      if (looks % STALE_AFTER === 0 || known.size >= KNOWN_MAX) known.clear();
      const before = known.get(token);
      if (before && (before.pieces < before.max || before.max >= max)) return Math.min(before.pieces, max);
      const row = await read.get(
        "select count(*) as n from (select 1 from log_index where log_index match ? limit ?)",
        token,
        max,
      );
      const pieces = row ? number(row, "n") : 0;
      // What is nowhere today may be said tomorrow.
      if (pieces > 0) known.set(token, { pieces, max });
      return pieces;
    },
    shareOf: async (pieces) => {
      if (totalLooks % TOTAL_STALE_AFTER === 0 || pieces > total) {
        // A session's last number minus the numbers that belong to the sessions before it.
        const row = await read.get(
          "select coalesce(sum(piece - number * ?), 0) as n from log_indexed where piece > 0",
          pieceRange(0).last + 1,
        );
        total = Math.max(pieces, row ? number(row, "n") : 0);
      }
      totalLooks += 1;
      return total > 0 ? pieces / total : 1;
    },
  };
}
