// The thirteen invariants of a compaction, over generated sessions, windows small and large, and cheap models good and broken.

import { describe, expect, test } from "vitest";
import { liveThrough } from "./compaction-life.ts";
import { SUMMARY_MODEL_KINDS } from "./summary-models.ts";

const BUDGETS = [1_500, 2_500, 4_000, 8_000, 16_000, 32_000, 128_000];
const SEEDS_EACH = 6;

describe("a session lived through", () => {
  test.each(SUMMARY_MODEL_KINDS)("keeps every invariant with a cheap model that is %s", async (kind) => {
    const violations: string[] = [];
    let compactions = 0;
    for (const [place, budgetTokens] of BUDGETS.entries()) {
      for (let seed = 1; seed <= SEEDS_EACH; seed += 1) {
        const life = { seed: place * 1_000 + seed, kind, budgetTokens };
        const report = await liveThrough(life);
        compactions += report.compactions;
        violations.push(...report.violations.map((what) => `${JSON.stringify(life)}: ${what}`));
      }
    }
    expect(violations).toEqual([]);
    expect(compactions).toBeGreaterThan(SEEDS_EACH * 4);
  });
});
