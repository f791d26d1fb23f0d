// Many more kills than `npm test` has time for: the crash harness with a seed, and how soon an interrupted task goes on.

import { runCrashes } from "../crash/harness.ts";
import type { Part } from "./report.ts";
import { percentilesOf, shown } from "./statistics.ts";

export interface CrashBenchOptions {
  readonly kills: number;
  readonly seed: number;
  /** Harnesses beside each other, with the seeds that follow. */
  readonly parallel: number;
  readonly say: (line: string) => void;
}

const RESUME_MS_AIM = 1_000;
const KILLS_TOLD = 50;

export async function measureCrashes({ kills, seed, parallel, say }: CrashBenchOptions): Promise<Part> {
  const startedAt = performance.now();
  const plans = Array.from({ length: parallel }, (_, n) => ({
    seed: seed + n,
    kills: Math.floor(kills / parallel) + (n < kills % parallel ? 1 : 0),
  }));
  let done = 0;
  const onKill = (): void => {
    done += 1;
    if (done % KILLS_TOLD === 0) say(`crash: ${done} of ${kills} kills`);
  };
  const reports = await Promise.all(
    plans.map(async (plan) => ({ ...plan, ...(await runCrashes({ ...plan, onKill })) })),
  );
  const resumeMs = percentilesOf(reports.flatMap((report) => report.resumeMs));
  const resumed = reports.reduce((sum, report) => sum + report.resumeMs.length, 0);
  const violations = reports.flatMap((report) =>
    report.violations.map((violation) => `seed ${report.seed}, ${report.kills} kills: ${violation}`),
  );
  return {
    name: "crash",
    title: "crash: the server killed with SIGKILL at seeded commits and started again; P1 to P4 checked at the end",
    columns: ["seed", "kills", "messages", "violations", "resumed", "resume ms p50", "p95", "max"],
    rows: reports.map((report) => {
      const { p50, p95, max } = percentilesOf(report.resumeMs);
      const counts = [report.kills, report.messages, report.violations.length, report.resumeMs.length].map(String);
      return [String(report.seed), ...counts, ...[p50, p95, max].map(shown)];
    }),
    notes: [
      `${kills} kills in ${shown((performance.now() - startedAt) / 1_000)} s; a row replays with: npm run bench crash -- --kills KILLS --seed SEED`,
      "resume: from ready to the first model request, in lives that began with an interrupted or waiting task (0: asked before ready was heard)",
    ],
    aims: [
      {
        what: `resume after a kill, longest of ${resumed}`,
        wanted: "< 1 s",
        measured: `${shown(resumeMs.max)} ms`,
        isMet: !(resumeMs.max >= RESUME_MS_AIM),
      },
      {
        what: `promises broken in ${kills} kills`,
        wanted: "0",
        measured: String(violations.length),
        isMet: violations.length === 0,
      },
    ],
    figures: { reports, resumeMs },
    violations,
  };
}
