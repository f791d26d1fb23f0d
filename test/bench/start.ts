// Cold start: from spawning `signalbox start` to its "ready" line, with an empty and with a filled compile cache.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Aim, Part } from "./report.ts";
import { type Spread, shown, spreadOf } from "./statistics.ts";

export interface StartOptions {
  readonly runs: number;
  readonly say: (line: string) => void;
}

const COMMAND_LINE = join(import.meta.dirname, "../../src/cli.ts");
const READY_MS_MAX = 30_000;
const LEAVE_MS_MAX = 10_000;
const START_MS_AIM = 1_000;

export async function measureStart({ runs, say }: StartOptions): Promise<Part> {
  const first: number[] = [];
  const later: number[] = [];
  const node: number[] = [];
  for (let count = 0; count < runs; count += 1) {
    say(`start: run ${count + 1} of ${runs}`);
    const folder = mkdtempSync(join(tmpdir(), "signalbox-bench-start-"));
    const cache = mkdtempSync(join(tmpdir(), "signalbox-bench-cache-"));
    try {
      node.push(await emptyProcessMs());
      first.push(await readyMs(folder, cache));
      later.push(await readyMs(folder, cache));
      later.push(await readyMs(folder, cache));
    } finally {
      for (const used of [folder, cache]) rmSync(used, { recursive: true, force: true });
    }
  }
  const rows = [
    { name: "first start: no compile cache, no ledger", spread: spreadOf(first) },
    { name: "later start: compile cache and ledger there", spread: spreadOf(later) },
    { name: "node alone, running nothing", spread: spreadOf(node) },
  ];
  return {
    name: "start",
    title:
      "start: ms from spawning `signalbox start` to its log line `ready` (it listens, what was interrupted is taken up)",
    columns: ["", "min", "median", "max", "runs"],
    rows: rows.map(({ name, spread }) => [
      name,
      ...[spread.min, spread.median, spread.max].map(shown),
      String(name.startsWith("later") ? later.length : runs),
    ]),
    notes: ["the files are in the system's cache in every run; the compile cache is the one src/cli.ts switches on"],
    aims: rows.slice(0, 2).map(({ name, spread }) => toAim(name.split(":")[0] ?? name, spread)),
    figures: { first, later, node },
  };
}

const toAim = (what: string, { median }: Spread): Aim => ({
  what: `${what}, to ready`,
  wanted: "< 1 s",
  measured: `${shown(median)} ms`,
  isMet: median < START_MS_AIM,
});

async function emptyProcessMs(): Promise<number> {
  const startedAt = performance.now();
  await exitOf(spawn(process.execPath, ["-e", "0"], { stdio: "ignore" }));
  return performance.now() - startedAt;
}

async function readyMs(folder: string, cache: string): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [COMMAND_LINE, "start"], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? "", HOME: folder, PORT: "0", LOG_LEVEL: "info", NODE_COMPILE_CACHE: cache },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = exitOf(child);
  const tooLate = setTimeout(() => child.kill("SIGKILL"), READY_MS_MAX);
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      if (isReady(line)) return performance.now() - startedAt;
    }
    throw new Error("the server left before it was ready");
  } finally {
    clearTimeout(tooLate);
    await leave(child, exited);
  }
}

function isReady(line: string): boolean {
  try {
    return (JSON.parse(line) as { msg?: unknown }).msg === "ready";
  } catch {
    // Not one of our log lines.
    return false;
  }
}

/** In peace: what was compiled is written down at the exit. */
async function leave(child: ChildProcess, exited: Promise<void>): Promise<void> {
  const overtime = setTimeout(() => child.kill("SIGKILL"), LEAVE_MS_MAX);
  child.stdout?.resume();
  child.kill("SIGTERM");
  await exited;
  clearTimeout(overtime);
}

const exitOf = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
