// The thirteen invariants of a compaction, over generated sessions, windows small and large, and cheap models good and broken.
// `npm run bench -- compaction` lives through a hundred thousand of them.

import { describe, expect, test } from "vitest";
import { type Life, liveThrough } from "./compaction-life.ts";
import type { HistorySize } from "./generated-history.ts";
import { SUMMARY_MODEL_KINDS, type SummaryModelKind } from "./summary-models.ts";

const SHORT = { turnsMax: 5, callsMax: 12, charsMax: 2_500 };
const SHORT_BUDGETS = [1_500, 2_500, 4_000, 8_000];
const SHORT_SEEDS = 3;
const LONG = { turnsMax: 14, callsMax: 32, charsMax: 40_000 };
const LONG_BUDGETS = [4_000, 32_000];
const TIGHT = { turnsMax: 1, callsMax: 3, charsMax: 4_000, isOneTask: true };
const TIGHT_BUDGETS = [1_500, 2_000];
const TIGHT_SEEDS = 5;

function livesWith(kind: SummaryModelKind): readonly Life[] {
  const base = SUMMARY_MODEL_KINDS.indexOf(kind) * 10_000;
  const many = (budgets: readonly number[], seeds: number, size: HistorySize): readonly Life[] =>
    budgets.flatMap((budgetTokens) =>
      Array.from({ length: seeds }, (_, seed) => ({ seed: base + budgetTokens + seed, kind, budgetTokens, size })),
    );
  const short = many(SHORT_BUDGETS, SHORT_SEEDS, SHORT);
  const tight = many(TIGHT_BUDGETS, TIGHT_SEEDS, TIGHT);
  const long = LONG_BUDGETS.map((budgetTokens) => ({ seed: base + budgetTokens, kind, budgetTokens, size: LONG }));
  return [...short, ...tight, ...long];
}

describe("a session lived through", () => {
  test.each(SUMMARY_MODEL_KINDS)("keeps every invariant with a cheap model that is %s", async (kind) => {
    const violations: string[] = [];
    let compactions = 0;
    for (const life of livesWith(kind)) {
      const report = await liveThrough(life);
      compactions += report.records.length;
      violations.push(...report.violations.map((what) => `${what} in ${JSON.stringify(life)}`));
    }
    expect(violations).toEqual([]);
    // Not for want of compactions.
    expect(compactions).toBeGreaterThan(SHORT_SEEDS * 4);
  });

  test("the same session gives the same records, byte for byte", async () => {
    for (const kind of ["good", "flaky", "hanging"] as const) {
      const life = { seed: 7, kind, budgetTokens: 2_500, size: SHORT };
      const first = await liveThrough(life);
      const second = await liveThrough(life);
      expect(first.records.length).toBeGreaterThan(0);
      expect(second.records).toEqual(first.records);
    }
  });
});
