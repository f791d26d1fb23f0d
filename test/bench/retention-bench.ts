// The context bench: what the model still knows of a long conversation in several kinds of talk, and how long it takes to build
// the context of a very long one.

import type { Aim, Part } from "./report.ts";
import { measureRetention, type RetentionCase, type RetentionFigures } from "./retention.ts";
import { FACT_TYPES } from "./retention-facts.ts";
import { type ContextTime, measureContextTime } from "./retention-ledger.ts";
import { SUMMARISERS } from "./retention-models.ts";
import { shown } from "./statistics.ts";

export interface ContextBenchOptions {
  readonly seed: number;
  readonly quick: boolean;
  readonly say: (line: string) => void;
}

type Kind = Pick<RetentionCase, "statedShare" | "callsMax" | "budgetTokens"> & { readonly what: string };
type Asked = Omit<RetentionCase, "seed">;
type Row = Asked & { readonly name: string };
type Measured = Row & { readonly lives: readonly RetentionFigures[] };

const TURNS = 200;
/** So that each talk is compacted ten times and more. */
const KINDS: readonly [Kind, ...Kind[]] = [
  { what: "questions", statedShare: 0.3, callsMax: 3, budgetTokens: 27_000 },
  { what: "much stated", statedShare: 0.6, callsMax: 3, budgetTokens: 28_000 },
  { what: "many tools", statedShare: 0.3, callsMax: 8, budgetTokens: 40_000 },
];
const LIVES = { full: 2, quick: 1 };
const MESSAGES = { full: 10_000, quick: 2_000 };
const AIMS = { shown: 0.85, found: 0.99, summaries: 0.05, acrossTurns: 0.7, inLoops: 0.9, compactions: 10, ms: 20 };

export async function measureContext({ seed, quick, say }: ContextBenchOptions): Promise<readonly Part[]> {
  const measured: Measured[] = [];
  for (const row of rowsOf(quick)) {
    say(`context: ${row.name}`);
    const lives: RetentionFigures[] = [];
    for (let life = 0; life < (quick ? LIVES.quick : LIVES.full); life += 1)
      lives.push(await measureRetention({ ...row, seed: seed + life }));
    measured.push({ ...row, lives });
  }
  const messages = quick ? MESSAGES.quick : MESSAGES.full;
  say(`context: ${messages} messages`);
  return [retentionPart(measured), timePart(await measureContextTime(messages))];
}

/** Every talk in both tongues and wordings with a model that copies; the broken ones where the carriers know no wording. */
function rowsOf(quick: boolean): readonly Row[] {
  const rows: Row[] = [];
  for (const { what, ...kind } of KINDS)
    for (const tongue of ["en", "zh"] as const)
      for (const wording of ["open", "held-out"] as const)
        for (const summariser of SUMMARISERS) {
          if (summariser !== "extractive" && (quick || wording === "open" || what !== KINDS[0].what)) continue;
          rows.push({
            ...kind,
            ...{ tongue, wording, summariser, turns: TURNS },
            name: `${what}, ${tongue}, ${wording}, ${summariser}`,
          });
        }
  return rows;
}

interface Sums {
  readonly planted: number;
  readonly shown: number;
  readonly recalled: number;
  readonly either: number;
  readonly stale: number;
  readonly escaped: number;
  readonly compactionsMin: number;
  readonly summaries: number;
  readonly acrossTurns: number;
  readonly inLoops: number;
}

function sumsOf(lives: readonly RetentionFigures[]): Sums {
  const sum = (of: (life: RetentionFigures) => number): number => lives.reduce((total, life) => total + of(life), 0);
  const found = (of: "planted" | "shown" | "recalled" | "either"): number =>
    sum(({ facts, updated }) => updated[of] + FACT_TYPES.reduce((total, type) => total + facts[type][of], 0));
  return {
    planted: found("planted"),
    shown: found("shown"),
    recalled: found("recalled"),
    either: found("either"),
    stale: sum(({ updated }) => updated.stale),
    escaped: sum(({ escaped }) => escaped),
    compactionsMin: Math.min(...lives.map(({ compactions }) => compactions)),
    summaries: sum(({ summaryTokens }) => summaryTokens) / sum(({ tokens }) => tokens),
    acrossTurns: sum((life) => life.acrossTurns.reused) / sum((life) => life.acrossTurns.tokens),
    inLoops: sum((life) => life.inLoops.reused) / sum((life) => life.inLoops.tokens),
  };
}

const percent = (share: number): string => (share * 100).toFixed(1);

function retentionPart(measured: readonly Measured[]): Part {
  const rows = measured.map(({ name, lives }) => ({ name, sums: sumsOf(lives) }));
  const all = sumsOf(measured.flatMap(({ lives }) => lives));
  return {
    name: "retention",
    title: `context: facts planted in conversations of ${TURNS} turns, compacted ten times and more; percent`,
    columns: ["talk", "facts", "shown", "recalled", "either", "compactions", "summaries", "cached: turns", "loops"],
    rows: [...rows, { name: "all", sums: all }].map(({ name, sums }) => [
      name,
      String(sums.planted),
      ...[sums.shown, sums.recalled, sums.either].map((count) => percent(count / sums.planted)),
      `>= ${sums.compactionsMin}`,
      ...[sums.summaries, sums.acrossTurns, sums.inLoops].map(percent),
    ]),
    notes: [
      "shown: in the context at the end; recalled: in the tool's first six excerpts for a plain question, without keywords",
      "open: wordings that were at hand while the carriers were written; held-out: wordings no rule was written for",
      "summaries: of all tokens of all requests; cached: tokens of a request that begin as the request before did",
      ...measured.flatMap(({ name, lives }) =>
        lives.flatMap(({ missed }) => missed.map((one) => `missed, ${name}: ${one}`)),
      ),
    ],
    aims: retentionAims(
      rows.map(({ sums }) => sums),
      all,
    ),
    figures: measured,
    violations: rows.flatMap(({ name, sums }) => [
      ...(sums.stale > 0 ? [`${sums.stale} replaced facts shown only in their old form: ${name}`] : []),
      ...(sums.escaped > 0
        ? [`a planted instruction outside of the history in ${sums.escaped} requests: ${name}`]
        : []),
    ]),
  };
}

function retentionAims(rows: readonly Sums[], all: Sums): readonly Aim[] {
  const least = (of: (sums: Sums) => number): number => Math.min(...rows.map(of));
  const most = (of: (sums: Sums) => number): number => Math.max(...rows.map(of));
  const above = (what: string, aim: number, of: (sums: Sums) => number): Aim => ({
    what,
    wanted: `>= ${aim * 100} %`,
    measured: `${percent(of(all))} %, worst talk ${percent(least(of))} %`,
    isMet: least(of) >= aim,
  });
  const none = (what: string, count: number): Aim => ({
    what,
    wanted: "0",
    measured: String(count),
    isMet: count === 0,
  });
  return [
    above("facts in the context", AIMS.shown, ({ shown: count, planted }) => count / planted),
    above("facts in the context or recalled", AIMS.found, ({ either, planted }) => either / planted),
    none("replaced facts shown only in their old form", all.stale),
    none("requests with a planted instruction outside of the history", all.escaped),
    {
      what: "tokens for summaries",
      wanted: `< ${AIMS.summaries * 100} %`,
      measured: `${percent(all.summaries)} %, worst talk ${percent(most(({ summaries }) => summaries))} %`,
      isMet: most(({ summaries }) => summaries) < AIMS.summaries,
    },
    above("cached share, from turn to turn", AIMS.acrossTurns, ({ acrossTurns }) => acrossTurns),
    above("cached share, in tool loops", AIMS.inLoops, ({ inLoops }) => inLoops),
    {
      what: "compactions of a talk",
      wanted: `>= ${AIMS.compactions}`,
      measured: String(all.compactionsMin),
      isMet: all.compactionsMin >= AIMS.compactions,
    },
  ];
}

function timePart(time: ContextTime): Part {
  const { messages, compactions, tokens, looks, ms, cpuMs } = time;
  return {
    name: "context time",
    title: "context: how long it takes to build, over the ledger; milliseconds",
    columns: ["messages", "compactions", "tokens shown", "p50", "p95", "p99", "CPU p50", "CPU p95"],
    rows: [
      [...[messages, compactions, tokens].map(String), ...[ms.p50, ms.p95, ms.p99, cpuMs.p50, cpuMs.p95].map(shown)],
    ],
    notes: [`${looks} looks after the first third of the session; those that had to compact first are left out`],
    aims: [
      {
        what: `building the context at ${messages} messages, p95`,
        wanted: `< ${AIMS.ms} ms`,
        measured: `${shown(ms.p95)} ms`,
        isMet: ms.p95 < AIMS.ms,
      },
    ],
    figures: time,
  };
}
