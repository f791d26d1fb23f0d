// Many more kills than `npm test` has time for: the crash harness with a seed, over the road itself or over a chat platform, and how
// soon an interrupted task goes on.

import { runChatCrashes } from "../crash/chat-harness.ts";
import { openFeishuWorld } from "../crash/feishu-world.ts";
import { type CrashReport, runCrashes } from "../crash/harness.ts";
import { sumsOf } from "../crash/mixed-check.ts";
import { openSlackWorld } from "../crash/slack-world.ts";
import type { Part } from "./report.ts";
import { percentilesOf, shown } from "./statistics.ts";

interface Plan {
  readonly seed: number;
  readonly kills: number;
  readonly onKill: () => void;
}

/** Over a platform odd seeds take events by socket, even ones by HTTP. */
const transportOf = (seed: number): "socket" | "http" => (seed % 2 === 0 ? "http" : "socket");

const RUNS = {
  crash: runCrashes,
  "crash-mixed": (plan: Plan) => runCrashes({ ...plan, isMixed: true }),
  "crash-slack": (plan: Plan) =>
    runChatCrashes({ ...plan, openWorld: (seed) => openSlackWorld(transportOf(seed), seed) }),
  "crash-feishu": (plan: Plan) => runChatCrashes({ ...plan, openWorld: (seed) => openFeishuWorld(transportOf(seed)) }),
} as const satisfies Readonly<Record<string, (plan: Plan) => Promise<CrashReport>>>;

export interface CrashBenchOptions {
  readonly name: keyof typeof RUNS;
  readonly kills: number;
  readonly seed: number;
  /** Harnesses beside each other, with the seeds that follow. */
  readonly parallel: number;
  readonly say: (line: string) => void;
}

const RESUME_MS_AIM = 1_000;
const GOING_ON_AIM = 0.95;
const KILLS_TOLD = 50;

export async function measureCrashes({ name, kills, seed, parallel, say }: CrashBenchOptions): Promise<Part> {
  const startedAt = performance.now();
  const plans = Array.from({ length: parallel }, (_, n) => ({
    seed: seed + n,
    kills: Math.floor(kills / parallel) + (n < kills % parallel ? 1 : 0),
  }));
  let done = 0;
  const onKill = (): void => {
    done += 1;
    if (done % KILLS_TOLD === 0) say(`${name}: ${done} of ${kills} kills`);
  };
  const reports = await Promise.all(
    plans.map(async (plan) => ({ ...plan, ...(await RUNS[name]({ ...plan, onKill })) })),
  );
  const resumeMs = percentilesOf(reports.flatMap((report) => report.resumeMs));
  const resumed = reports.reduce((sum, report) => sum + report.resumeMs.length, 0);
  const agents = sumsOf(reports.flatMap((report) => report.agents ?? []));
  const goingOn = 1 - agents.restarted / agents.interrupted;
  const violations = reports.flatMap((report) =>
    report.violations.map((violation) => `seed ${report.seed}, ${report.kills} kills: ${violation}`),
  );
  return {
    name,
    title: `${name}: the server killed with SIGKILL at seeded commits and started again; the promises checked at the end`,
    columns: ["seed", "kills", "messages", "violations", "resumed", "resume ms p50", "p95", "max"],
    rows: reports.map((report) => {
      const { p50, p95, max } = percentilesOf(report.resumeMs);
      const counts = [report.kills, report.messages, report.violations.length, report.resumeMs.length].map(String);
      return [String(report.seed), ...counts, ...[p50, p95, max].map(shown)];
    }),
    notes: [
      `${kills} kills in ${shown((performance.now() - startedAt) / 1_000)} s; a row replays with: npm run bench -- ${name} --kills KILLS --seed SEED`,
      "resume: from ready to the first model request, in lives that began with an interrupted or waiting task (0: asked before ready was heard)",
      ...(agents.spawned === 0 ? [] : [`of agents: ${JSON.stringify(agents)}`]),
    ],
    aims: [
      ...(agents.interrupted === 0
        ? []
        : [
            {
              what: `interrupted agents that go on, of ${agents.interrupted}`,
              wanted: ">= 95 %",
              measured: `${shown(goingOn * 100)} %`,
              isMet: goingOn >= GOING_ON_AIM,
            },
          ]),
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
    figures: { reports, resumeMs, agents },
    violations,
  };
}
