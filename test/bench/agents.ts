// Agents: how soon one that is called asks its model, how soon one that is stopped is quiet, also a program that listens to no
// signal, and what a thousand live ones hold.

import { fork } from "node:child_process";
import { join } from "node:path";
import type { Part } from "./report.ts";
import { percentilesOf, shown } from "./statistics.ts";

export interface AgentPlan {
  readonly spawns: number;
  readonly programs: number;
  readonly live: number;
}

export interface AgentFigures {
  readonly toModelMs: readonly number[];
  readonly toQuietMs: readonly number[];
  readonly programsToQuietMs: readonly number[];
  /** Whether programs ran in the sandbox. */
  readonly isConfined: boolean;
  readonly rssBefore: number;
  readonly rssLive: number;
  readonly heapPerTask: number;
  /** All live ones, stopped at once. */
  readonly allStoppedMs: number;
}

const FULL: AgentPlan = { spawns: 200, programs: 30, live: 1_000 };
const QUICK: AgentPlan = { spawns: 30, programs: 5, live: 200 };
const QUIET_MS_AIM = 2_000;
const KB = 1_024;

export async function measureAgents({ quick }: { readonly quick: boolean }): Promise<Part> {
  const plan = quick ? QUICK : FULL;
  const figures = await figuresOf(plan);
  const { toModelMs, toQuietMs, programsToQuietMs, isConfined, rssBefore, rssLive, heapPerTask, allStoppedMs } =
    figures;
  const row = (name: string, values: readonly number[]): string[] => {
    const { p50, p95, p99, max } = percentilesOf(values);
    return [name, String(values.length), ...[p50, p95, p99, max].map(shown)];
  };
  const wall = isConfined ? "in the sandbox" : "without a sandbox";
  const quietest = (what: string, values: readonly number[]) => ({
    what: `stop to quiet, p99, ${what}`,
    wanted: "< 2 s",
    measured: `${shown(percentilesOf(values).p99)} ms`,
    isMet: percentilesOf(values).p99 < QUIET_MS_AIM,
  });
  return {
    name: "agents",
    title: "agents: called by name and stopped by /stop, one after the other; milliseconds",
    columns: ["", "times", "p50", "p95", "p99", "max"],
    rows: [
      row("called, to its first model request", toModelMs),
      row("/stop to quiet, a model that writes", toQuietMs),
      row(`/stop to quiet, a deaf program and its deaf child, ${wall}`, programsToQuietMs),
    ],
    notes: [
      "quiet: the end is stored, told in the chat, nothing runs, and no process of the program is left",
      `${plan.live} live tasks: ${shown((rssLive - rssBefore) / plan.live / KB)} kB of RSS and ${shown(heapPerTask / KB)} kB of heap each, ${shown(rssBefore / KB ** 2)} MB before and ${shown(rssLive / KB ** 2)} MB with them, after a collection; all stopped at once they are quiet in ${shown(allStoppedMs)} ms`,
    ],
    aims: [quietest("a model", toQuietMs), quietest(`a program ${wall}`, programsToQuietMs)],
    figures,
  };
}

function figuresOf(plan: AgentPlan): Promise<AgentFigures> {
  const child = fork(join(import.meta.dirname, "agents-child.ts"), [JSON.stringify(plan)], {
    execArgv: ["--expose-gc"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  return new Promise((resolve, reject) => {
    child.once("message", (figures: AgentFigures) => resolve(figures));
    child.once("exit", (code) => reject(new Error(`the measured process ended with ${code} before its figures`)));
  });
}
