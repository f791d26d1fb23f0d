// The search over the log: how long it takes to build and to ask, what it costs a message, and how much it finds.

import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LogTokens } from "../../src/core/log-search.ts";
import type { Store } from "../../src/core/store.ts";
import { createLogTokens } from "../../src/memory/log-pieces.ts";
import { createLogSearch } from "../../src/memory/log-search.ts";
import { openLedger } from "../../src/storage/ledger.ts";
import { migrate } from "../../src/storage/migrate.ts";
import { openSqlite, openSqliteReadOnly } from "../../src/storage/sqlite-database.ts";
import { measureRetrieval } from "../memory/retrieval.ts";
import { tell } from "../memory/tell.ts";
import { cpuMs } from "./cpu-time.ts";
import type { Part } from "./report.ts";
import { type Corpus, createCorpus } from "./search-corpus.ts";
import { type Percentiles, percentilesOf, shown } from "./statistics.ts";

export interface SearchBenchOptions {
  readonly quick: boolean;
  readonly say: (line: string) => void;
}

interface Shape {
  readonly rows: number;
  readonly sessions: number;
}

interface Asked {
  readonly what: string;
  readonly wall: Percentiles;
  readonly cpu: Percentiles;
}

interface Look extends Shape {
  readonly buildMsPerRow: number;
  readonly ledgerBytes: number;
  readonly asked: readonly Asked[];
}

interface Cost {
  readonly turns: number;
  readonly withoutMs: number;
  readonly withMs: number;
}

type MakeQuestion = () => { readonly session: string; readonly query: string };

const SHAPES: readonly Shape[] = [
  { rows: 10_000, sessions: 10 },
  { rows: 10_000, sessions: 1 },
  { rows: 100_000, sessions: 100 },
  { rows: 100_000, sessions: 1 },
];
const QUICK_ROWS_MAX = 10_000;
const QUERIES = 300;
const FILL_BATCH = 2_000;
const TIDY_LOOK_MS = 250;
const TIDY_LOOKS_MAX = 80;
const MINUTE_MS = 60_000;
const STARTED_AT = Date.UTC(2026, 0, 1);
const P95_MS_AIM = 10;
const AIM_ROWS = 100_000;
const MESSAGES = 1_000;
const MB = 1024 ** 2;

const sessionName = (n: number): string => `bench:${n}`;

export async function runSearchBench(options: SearchBenchOptions): Promise<readonly Part[]> {
  return [await measureSpeed(options), await measureFinding(options)];
}

async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-bench-search-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Put in directly: the road would take minutes, and is measured elsewhere. */
async function fill(folder: string, { rows, sessions }: Shape, corpus: Corpus): Promise<readonly string[]> {
  const lines = Array.from({ length: rows }, (_, n) => corpus.line(n));
  const database = openSqlite({ file: join(folder, "signalbox.db") });
  await migrate(database);
  await database.transaction("sessions", async (transaction) => {
    const sql = "insert into sessions (id, last_step, created_at) values (?, ?, 0)";
    for (let n = 0; n < sessions; n += 1) await transaction.run(sql, sessionName(n), Math.floor(rows / sessions));
  });
  for (let start = 0; start < rows; start += FILL_BATCH) {
    await database.transaction("steps", async (transaction) => {
      for (let n = start; n < Math.min(rows, start + FILL_BATCH); n += 1) {
        const text = lines[n];
        const place = Math.floor(n / sessions) + 1;
        const said = { kind: "said", message: "", sender: { id: "bench:ann", name: "Ann" }, text };
        await transaction.run(
          "insert into steps (session, seq, task, n, at, body) values (?, ?, ?, ?, ?, ?)",
          sessionName(n % sessions),
          place,
          `task${n % sessions}`,
          place,
          STARTED_AT + n * MINUTE_MS,
          JSON.stringify(n % 2 === 0 ? said : { kind: "reply", text, model: "m", usage: {} }),
        );
      }
    });
  }
  await database.close();
  return lines;
}

async function lookAt(shape: Shape): Promise<Look> {
  return withFolder(async (folder) => {
    const corpus = createCorpus(1);
    const lines = await fill(folder, shape, corpus);
    const store = await openLedger({ folder, logTokens: createLogTokens("UTC") });
    const startedAt = performance.now();
    const nothing = { words: [], characters: [], dates: [] };
    for (let n = 0; n < shape.sessions; n += 1) await store.searchLog(sessionName(n), nothing, 1);
    const buildMsPerRow = (performance.now() - startedAt) / shape.rows;
    await untilTidy(folder);

    const anyLine = (): number => Math.floor(corpus.random() * shape.rows);
    const ofLine = (n: number, query: string) => ({ session: sessionName(n % shape.sessions), query });
    const words: MakeQuestion = () => {
      const n = anyLine();
      return ofLine(n, corpus.question(lines[n] ?? ""));
    };
    const identifier: MakeQuestion = () => ofLine(anyLine(), `what about ${corpus.identifier()}?`);
    const dated: MakeQuestion = () => {
      const { session, query } = words();
      return { session, query: `${query} last week` };
    };
    const asked = [
      await askMany(store, "words, cold", words),
      await askMany(store, "words", words),
      await askMany(store, "identifier", identifier),
      await askMany(store, "words and a date", dated),
    ];
    await store.close();
    return { ...shape, buildMsPerRow, ledgerBytes: statSync(join(folder, "signalbox.db")).size, asked };
  });
}

/** Behind the road the parts of the index are being joined; that is over in a few seconds. */
async function untilTidy(folder: string): Promise<void> {
  const database = openSqliteReadOnly(join(folder, "signalbox.db"));
  const parts = async (): Promise<number> =>
    Number((await database.read.get("select count(distinct segid) as n from log_index_idx"))?.n);
  for (let looks = 0; looks < TIDY_LOOKS_MAX && (await parts()) > 1; looks += 1)
    await new Promise((resolve) => setTimeout(resolve, TIDY_LOOK_MS));
  await database.close();
}

async function askMany(store: Store, what: string, make: MakeQuestion): Promise<Asked> {
  const search = createLogSearch(store, "UTC");
  const now = STARTED_AT + AIM_ROWS * MINUTE_MS;
  const wall: number[] = [];
  const cpu: number[] = [];
  for (let n = 0; n < QUERIES; n += 1) {
    const question = { ...make(), task: "", keywords: [], now, limit: 10 };
    const [wallBefore, cpuBefore] = [performance.now(), cpuMs()];
    await search(question);
    wall.push(performance.now() - wallBefore);
    cpu.push(cpuMs() - cpuBefore);
  }
  return { what, wall: percentilesOf(wall), cpu: percentilesOf(cpu) };
}

/** CPU a message with its answer, with the index and without, in sessions of so many turns. */
async function measureCost(turns: number): Promise<Cost> {
  const corpus = createCorpus(2);
  const lines = Array.from({ length: MESSAGES * 2 }, (_, n) => corpus.line(n));
  const run = (logTokens?: LogTokens): Promise<number> =>
    withFolder(async (folder) => {
      const store = await openLedger({ folder, ...(logTokens ? { logTokens } : {}) });
      const before = cpuMs();
      for (let n = 0; n < MESSAGES; n += 1) {
        const session = sessionName(Math.floor(n / turns));
        await tell(store, lines[n] ?? "", { session, answer: lines[MESSAGES + n] ?? "" });
      }
      await store.close();
      return (cpuMs() - before) / MESSAGES;
    });
  await run();
  return { turns, withoutMs: await run(), withMs: await run(createLogTokens("UTC")) };
}

async function measureSpeed({ quick, say }: SearchBenchOptions): Promise<Part> {
  const looks: Look[] = [];
  for (const shape of SHAPES.filter(({ rows }) => !quick || rows <= QUICK_ROWS_MAX)) {
    say(`search: ${shape.rows} rows in ${shape.sessions} sessions`);
    looks.push(await lookAt(shape));
  }
  say("search: cost of indexing a message");
  const costs = [await measureCost(5), await measureCost(200)];
  return {
    name: "search",
    title: "search over the log: rows of about 75 characters, 70 % Chinese; milliseconds",
    columns: ["rows / sessions: asked", "p50", "p95", "CPU p50", "CPU p95", "build a row", "ledger MB"],
    rows: looks.flatMap((look) =>
      look.asked.map(({ what, wall, cpu }) => [
        `${look.rows} / ${look.sessions}: ${what}`,
        ...[wall.p50, wall.p95, cpu.p50, cpu.p95, look.buildMsPerRow, look.ledgerBytes / MB].map(shown),
      ]),
    ),
    notes: [
      `${QUERIES} questions each, one after another; cold: no token has been counted before`,
      ...costs.map(
        ({ turns, withoutMs, withMs }) =>
          `indexing, sessions of ${turns} turns: CPU a message with its answer ${shown(withoutMs)} ms without, ${shown(withMs)} ms with`,
      ),
    ],
    aims: looks.filter(({ rows }) => rows === AIM_ROWS).map(speedAim),
    figures: { looks, costs },
  };
}

function speedAim({ rows, sessions, asked }: Look): Part["aims"][number] {
  const p95 = Math.max(...asked.map(({ wall }) => wall.p95));
  return {
    what: `search at ${rows} rows in ${sessions} session${sessions > 1 ? "s" : ""}, p95`,
    wanted: `< ${P95_MS_AIM} ms`,
    measured: `${shown(p95)} ms`,
    isMet: p95 < P95_MS_AIM,
  };
}

async function measureFinding({ say }: SearchBenchOptions): Promise<Part> {
  say("search: retrieval");
  const measured = await measureRetrieval();
  const percent = (share: number): string => (share * 100).toFixed(1);
  return {
    name: "retrieval",
    title: "retrieval: questions about a bilingual conversation of our own making; percent",
    columns: ["kind", "questions", "recall@5", "recall@10", "reciprocal rank"],
    rows: measured.map(({ kind, questions, recallAt5, recallAt10, meanReciprocalRank }) => [
      kind,
      String(questions),
      ...[recallAt5, recallAt10, meanReciprocalRank].map(percent),
    ]),
    notes: ["cross-language questions come with keywords in both languages, the others without any"],
    aims: [],
    figures: measured,
  };
}
