// Generated sessions lived through with the real compactor, by the ten thousand: no invariant of compaction may break. The tests
// run some hundreds of the same kind (test/context/compaction.property.test.ts).

import { type Life, liveThrough } from "../context/compaction-life.ts";
import { createSeeded } from "../context/seeded.ts";
import { SUMMARY_MODEL_KINDS } from "../context/summary-models.ts";
import type { Part } from "./report.ts";

export interface HistoriesReport {
  readonly histories: number;
  readonly views: number;
  readonly compactions: number;
  readonly modelCalls: number;
  readonly refusals: number;
  /** The first of them; each names the life that shows it. */
  readonly violations: readonly string[];
}

export interface CompactionOptions {
  readonly histories: number;
  readonly seed: number;
  readonly say: (line: string) => void;
}

const VIOLATIONS_SHOWN_MAX = 50;
const SAID_EVERY = 5_000;
/** Most are short, so that many can be lived through; the large ones are of the size of real ones. */
const SIZES = [
  { upTo: 0.9, size: { turnsMax: 4, callsMax: 12, charsMax: 2_000 }, budgets: [1_500, 2_000, 2_500, 4_000] },
  { upTo: 0.99, size: { turnsMax: 8, callsMax: 20, charsMax: 8_000 }, budgets: [1_500, 4_000, 8_000, 16_000] },
  { upTo: 1, size: { turnsMax: 14, callsMax: 32, charsMax: 40_000 }, budgets: [2_500, 16_000, 32_000, 128_000] },
] as const;
/** The hardest ground for what must be kept: a task that outgrows a window in which next to nothing has room. */
const TIGHT_EVERY = 16;
const TIGHT = {
  size: { turnsMax: 1, callsMax: 3, charsMax: 4_000, isOneTask: true },
  budgets: [1_500, 1_800, 2_000, 2_500],
} as const;

/** The same count and seed give the same lives. */
export function lifeOf(seed: number): Life {
  const seeded = createSeeded(seed ^ 0x2545f491);
  const drawn = seeded.next();
  const sort = seed % TIGHT_EVERY === 0 ? TIGHT : (SIZES.find(({ upTo }) => drawn < upTo) ?? SIZES[0]);
  return {
    seed,
    kind: seeded.pick(SUMMARY_MODEL_KINDS),
    budgetTokens: seeded.pick(sort.budgets),
    size: sort.size,
  };
}

export async function runHistories(
  count: number,
  seed: number,
  say: (line: string) => void = () => {},
): Promise<HistoriesReport> {
  const sums = { histories: 0, views: 0, compactions: 0, modelCalls: 0, refusals: 0 };
  const violations: string[] = [];
  for (let place = 0; place < count; place += 1) {
    const life = lifeOf(seed + place);
    const report = await liveThrough(life);
    sums.histories += 1;
    sums.views += report.views;
    sums.compactions += report.records.length;
    sums.modelCalls += report.modelCalls;
    sums.refusals += report.refusals;
    for (const what of report.violations)
      if (violations.length < VIOLATIONS_SHOWN_MAX) violations.push(`${what} in ${JSON.stringify(life)}`);
    if (sums.histories % SAID_EVERY === 0) say(`histories: ${sums.histories} of ${count} sessions`);
  }
  return { ...sums, violations };
}

export async function measureCompaction({ histories, seed, say }: CompactionOptions): Promise<Part> {
  const startedAt = performance.now();
  const report = await runHistories(histories, seed, say);
  const seconds = (performance.now() - startedAt) / 1_000;
  const { violations, ...figures } = report;
  return {
    name: "histories",
    title: "histories: generated sessions, cheap models good and broken, the thirteen invariants checked at every look",
    columns: ["", "sessions", "looks", "compactions", "model calls", "refusals", "violations", "s"],
    rows: [
      [
        `seed ${seed}`,
        ...[figures.histories, figures.views, figures.compactions, figures.modelCalls, figures.refusals].map(String),
        String(violations.length),
        seconds.toFixed(0),
      ],
    ],
    notes: ["a refusal: the newest part alone does not fit into a window this small, and the caller is told so"],
    aims: [
      {
        what: "invariants of compaction broken",
        wanted: "0",
        measured: String(violations.length),
        isMet: violations.length === 0,
      },
    ],
    figures,
    violations,
  };
}
