// What the sandbox costs: a command that does nothing, inside of it and plainly spawned, turn by turn in the same run.

import { execFile } from "node:child_process";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { systemClock } from "../../src/lib/system-clock.ts";
import { openSandbox } from "../../src/tools/sandbox/open-sandbox.ts";
import type { Part } from "./report.ts";
import { type Percentiles, percentilesOf, shown } from "./statistics.ts";

export type SandboxMeasured =
  | {
      readonly isOn: true;
      readonly plainMs: Percentiles;
      readonly sandboxedMs: Percentiles;
      /** Of the medians. */
      readonly overheadMs: number;
      readonly selfTestMs: number;
    }
  | { readonly isOn: false; readonly reason: string };

const WARM_UP = 5;
/** Nobody's. */
const OWNER = 0x7fff_fffe;

export async function measureSandbox(rounds = 50): Promise<SandboxMeasured> {
  const openedAt = performance.now();
  const choice = await openSandbox({ timers: systemClock });
  if (!choice.isOn) return choice;
  const selfTestMs = performance.now() - openedAt;
  const folder = mkdtempSync(join(tmpdir(), "signalbox-bench-sandbox-"));
  if (process.getuid?.() === 0) chownSync(folder, OWNER, OWNER);
  const { signal } = new AbortController();
  const command = { run: "true", folder, isWritable: true, timeoutMs: 10_000, outputBytesMax: 1_000 };
  const plain = promisify(execFile);
  const plainMs: number[] = [];
  const sandboxedMs: number[] = [];
  try {
    for (let round = -WARM_UP; round < rounds; round += 1) {
      const plainTook = await timed(() => plain("/bin/bash", ["-c", "true"], { env: {} }));
      const sandboxedTook = await timed(() => choice.sandbox.run(command, signal));
      if (round < 0) continue;
      plainMs.push(plainTook);
      sandboxedMs.push(sandboxedTook);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const [plainOnes, sandboxed] = [percentilesOf(plainMs), percentilesOf(sandboxedMs)];
  return {
    isOn: true,
    plainMs: plainOnes,
    sandboxedMs: sandboxed,
    overheadMs: sandboxed.p50 - plainOnes.p50,
    selfTestMs,
  };
}

const OVERHEAD_MS_AIM = 30;

export async function measureSandboxCost(): Promise<Part> {
  const figures = await measureSandbox();
  if (!figures.isOn) {
    const notes = [`there is no sandbox here: ${figures.reason}`];
    return { name: "sandbox", title: "sandbox: off", columns: [""], rows: [], notes, aims: [], figures };
  }
  const { plainMs, sandboxedMs, overheadMs, selfTestMs } = figures;
  const row = (name: string, { p50, p95 }: Percentiles): string[] => [name, shown(p50), shown(p95)];
  return {
    name: "sandbox",
    title: "sandbox: a command that does nothing, in turn; milliseconds",
    columns: ["", "p50", "p95"],
    rows: [row("plain", plainMs), row("sandboxed", sandboxedMs)],
    notes: [`the self-test at start: ${shown(selfTestMs)} ms`],
    aims: [
      {
        what: "overhead of a sandboxed command, of the medians",
        wanted: `< ${OVERHEAD_MS_AIM} ms`,
        measured: `${shown(overheadMs)} ms`,
        isMet: overheadMs < OVERHEAD_MS_AIM,
      },
    ],
    figures,
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
