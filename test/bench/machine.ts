// The machine the numbers were measured on: without it they mean nothing.

import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { percentilesOf, shown } from "./statistics.ts";

export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memoryMb: number;
  readonly node: string;
  readonly platform: string;
  readonly loadAtStart: number;
  /** The price of one durable write where the temp folders are: a commit cannot cost less. */
  readonly syncMsP50: number;
}

const SYNCS = 50;
const PAGE_BYTES = 4_096;

export function describeMachine(): Machine {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? "unknown",
    memoryMb: Math.round(totalmem() / 1024 ** 2),
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    loadAtStart: loadavg()[0] ?? 0,
    syncMsP50: measureSync(),
  };
}

export const machineLine = (machine: Machine): string =>
  `machine: ${machine.cores} cores (${machine.processor}), ${machine.memoryMb} MB, ${machine.platform}, Node ${machine.node}, ` +
  `load at start ${machine.loadAtStart.toFixed(2)}, one durable write ${shown(machine.syncMsP50)} ms`;

function measureSync(): number {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-bench-sync-"));
  const file = openSync(join(folder, "page"), "w");
  const page = Buffer.alloc(PAGE_BYTES, 1);
  const tookMs: number[] = [];
  try {
    for (let count = 0; count < SYNCS; count += 1) {
      const startedAt = performance.now();
      writeSync(file, page);
      fdatasyncSync(file);
      tookMs.push(performance.now() - startedAt);
    }
  } finally {
    closeSync(file);
    rmSync(folder, { recursive: true, force: true });
  }
  return percentilesOf(tookMs).p50;
}
