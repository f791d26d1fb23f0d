// What is promised of agents that work beside conversations, whatever is killed when: each that was called works once, its result
// arrives once and its parent knows it once, what it committed is never asked for again, and a program runs again only if it may.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import type { InboundMessage } from "../../src/core/message.ts";
import type { Platform } from "./platform.ts";

/** `#`: the number of the message. */
export const MIXED_SHAPES = [
  "plain",
  "two-tools",
  "spawns",
  "waits",
  "@helper a# tools",
  "@helper a# tools and @once p#",
  "@once p#",
  "@again p#",
];
export const RUNS_FILE = "runs";
/** Of one program, and then it is given up: see the dispatch of programs. */
const RUNS_MAX = 3;

/** An agent at work when its server died: what it had committed, and how much the model had been asked by then. */
export interface InterruptedAgent {
  readonly task: string;
  readonly about: string;
  readonly replies: number;
  readonly steps: readonly StepRow[];
  readonly asked: number;
}

export interface AgentCounts {
  readonly spawned: number;
  /** Called, and told that enough are at work. */
  readonly refused: number;
  /** With something committed to go on from; counted once a kill. */
  readonly interrupted: number;
  /** Of these, the model was asked again for a reply that was committed. */
  readonly restarted: number;
  readonly programs: number;
  /** Reported as such, not run again. */
  readonly programsInterrupted: number;
  /** Of these, with what they had said. */
  readonly programsWithWords: number;
  readonly programsRepeated: number;
}

const NONE: AgentCounts = {
  spawned: 0,
  refused: 0,
  interrupted: 0,
  restarted: 0,
  programs: 0,
  programsInterrupted: 0,
  programsWithWords: 0,
  programsRepeated: 0,
};

export const sumsOf = (all: readonly AgentCounts[]): AgentCounts =>
  all.reduce(
    (sum, one) => ({
      spawned: sum.spawned + one.spawned,
      refused: sum.refused + one.refused,
      interrupted: sum.interrupted + one.interrupted,
      restarted: sum.restarted + one.restarted,
      programs: sum.programs + one.programs,
      programsInterrupted: sum.programsInterrupted + one.programsInterrupted,
      programsWithWords: sum.programsWithWords + one.programsWithWords,
      programsRepeated: sum.programsRepeated + one.programsRepeated,
    }),
    NONE,
  );

interface StepRow {
  readonly n: number;
  readonly body: string;
  readonly result: string | null;
}

interface TaskRow {
  readonly id: string;
  readonly kind: string;
  readonly session: string;
  readonly parent_session: string;
  readonly agent: string;
  readonly state: string;
  readonly reason: string | null;
  readonly goal: string;
  readonly key: string;
}

const SPAWNED = `select t.*, m.text as goal, m.key as key from tasks t join messages m on m.task = t.id
  where t.parent_session is not null`;
const nameOf = (goal: string): string => goal.split(" ")[0] ?? "";
const open = (folder: string): Sqlite.Database => new Sqlite(join(folder, "signalbox.db"), { readonly: true });
const stepsOf = (database: Sqlite.Database, task: string): readonly StepRow[] =>
  database.prepare("select n, body, result from steps where task = ? order by n").all(task) as StepRow[];

/** Looked at between two lives. */
export function interruptedAgents(folder: string, { requests }: Platform): readonly InterruptedAgent[] {
  if (!existsSync(join(folder, "signalbox.db"))) return [];
  const database = open(folder);
  try {
    const tasks = database.prepare(`${SPAWNED} and t.kind = 'sub-agent' and t.state = 'running'`).all() as TaskRow[];
    return tasks.map(({ id, goal }) => {
      const steps = stepsOf(database, id);
      const replies = steps.filter(({ body }) => JSON.parse(body).kind === "reply").length;
      return { task: id, about: nameOf(goal), replies, steps, asked: requests.length };
    });
  } catch (error) {
    // Killed before its first ledger was made.
    if (error instanceof Sqlite.SqliteError && /no such table/.test(error.message)) return [];
    throw error;
  } finally {
    database.close();
  }
}

export interface MixedRun {
  readonly folder: string;
  readonly messages: readonly InboundMessage[];
  readonly platform: Platform;
  readonly interrupted: readonly InterruptedAgent[];
}

export function checkMixed({ folder, messages, platform, interrupted }: MixedRun): {
  readonly agents: AgentCounts;
  readonly broken: readonly string[];
} {
  const database = open(folder);
  try {
    const tasks = database.prepare(SPAWNED).all() as TaskRow[];
    const refused = database
      .prepare("select count(*) as n from events where body like '%message_closed%as many agents as may%'")
      .get() as { n: number };
    const refusedCalls = database
      .prepare("select count(*) as n from steps where result like '%as many agents as may%'")
      .get() as { n: number };
    const known = interrupted.filter(({ replies }) => replies > 0);
    const restarted = known.filter(({ about, replies, asked }) =>
      platform.requests.slice(asked).some((one) => one.about === about && one.replied < replies),
    );
    const programs = tasks.filter(({ kind }) => kind === "cli");
    const runs = existsSync(join(folder, RUNS_FILE)) ? readFileSync(join(folder, RUNS_FILE), "utf8").split("\n") : [];
    const runsOf = ({ goal }: TaskRow): number => runs.filter((run) => run === goal).length;
    const ended = programs.filter(({ reason }) => reason === "program-interrupted");
    const resultOf = ({ id }: TaskRow): string => platform.posts.find(({ key }) => key === id)?.text ?? "";
    return {
      agents: {
        spawned: tasks.length,
        refused: refused.n + refusedCalls.n,
        interrupted: known.length,
        restarted: restarted.length,
        programs: programs.length,
        programsInterrupted: ended.length,
        programsWithWords: ended.filter((task) => resultOf(task).includes("begun ")).length,
        programsRepeated: programs.filter((task) => runsOf(task) > 1).length,
      },
      broken: [
        ...notSpawnedOnce(messages, tasks, refused.n + refusedCalls.n),
        ...tasks.flatMap((task) => notDeliveredOnce(database, platform, task)),
        ...programs.flatMap((task) => wronglyRun(database, task, runsOf(task), resultOf(task))),
        ...interrupted.flatMap((agent) => lostSteps(database, agent)),
      ],
    };
  } finally {
    database.close();
  }
}

/** Each call spawned one task, but for as many as were refused. */
function notSpawnedOnce(
  messages: readonly InboundMessage[],
  tasks: readonly TaskRow[],
  refused: number,
): readonly string[] {
  const wanted = messages.flatMap(({ text }) => {
    if (text.startsWith("@")) return [...text.matchAll(/\b[ap]\d+/g)].map(([name]) => name);
    const [name, shape] = text.split(" ");
    return shape === "spawns" || shape === "waits" ? [`a${name}`] : [];
  });
  const times = wanted.map((name) => ({ name, n: tasks.filter(({ goal }) => nameOf(goal) === name).length }));
  const missing = times.filter(({ n }) => n === 0);
  return [
    ...times.flatMap(({ name, n }) => (n > 1 ? [`P3 ${name} was spawned ${n} times`] : [])),
    ...(missing.length > refused ? [`P1 never spawned: ${missing.map(({ name }) => name).join()}`] : []),
  ];
}

function notDeliveredOnce(database: Sqlite.Database, platform: Platform, task: TaskRow): readonly string[] {
  const { id, agent, session, parent_session: parent, goal, state, kind } = task;
  const what = `${agent} (${goal})`;
  const results = platform.posts.filter(
    (post) => post.session === session && post.text.startsWith(`**@${agent}**\n\n`),
  );
  const cards = platform.posts.filter(({ key }) => key === `card_${id}`);
  const count = (sql: string, like: string): number => (database.prepare(sql).get(parent, like) as { n: number }).n;
  const known = count("select count(*) as n from steps where session = ? and body like ?", `%(${id}) ended as %`);
  const told = count(
    "select count(*) as n from events where session = ? and body like ?",
    `{"type":"agent_done","taskId":"${id}"%`,
  );
  const found = results[0]?.text ?? "";
  return [
    ...(results.length === 1 ? [] : [`P3 the result of ${what} was posted ${results.length} times`]),
    ...(cards.length === 1 ? [] : [`P3 the card of ${what} was posted ${cards.length} times`]),
    ...(known === 1 ? [] : [`P1 the result of ${what} is ${known} times in its parent's transcript`]),
    ...(told === 1 ? [] : [`P3 the result of ${what} was told ${told} times in its parent's session`]),
    ...(kind === "cli" || state === "done" ? [] : [`P1 ${what} ended as ${state}`]),
    ...(state !== "done" || found.includes(`answer to ${nameOf(goal)}`) ? [] : [`P8 ${what} found only: ${found}`]),
  ];
}

function wronglyRun(database: Sqlite.Database, task: TaskRow, runs: number, result: string): readonly string[] {
  const { agent, goal, state, reason, id } = task;
  const steps = stepsOf(database, id).map(({ body }) => JSON.parse(body) as { kind: string; text?: string });
  const begun = steps.filter(({ kind }) => kind === "call").length;
  const isInterrupted = state === "failed" && reason === "program-interrupted";
  // Of the last run: one that is begun again says all anew.
  const said = steps
    .slice(steps.findLastIndex(({ kind }) => kind === "call") + 1)
    .flatMap(({ kind, text = "" }) => (kind === "reply" && text.includes("begun ") ? [text.trim()] : []));
  const lost = said.filter((text) => !result.includes(text));
  return [
    ...(state === "done" || isInterrupted ? [] : [`P1 ${agent} (${goal}) ended as ${state}: ${reason}`]),
    ...(agent === "once" && (runs > 1 || begun > 1)
      ? [`P4 ${agent} (${goal}) ran ${Math.max(runs, begun)} times`]
      : []),
    ...(agent === "again" && isInterrupted && begun < RUNS_MAX ? [`P4 ${agent} (${goal}) was not run again`] : []),
    ...(state === "done" && runs === 0 ? [`P8 ${agent} (${goal}) is done and never ran`] : []),
    ...(isInterrupted && !result.includes("was interrupted") ? [`P1 ${agent} (${goal}): nobody was told`] : []),
    ...(lost.length > 0 ? [`P1 ${agent} (${goal}): it ended as ${state} and had said ${lost}: ${result}`] : []),
  ];
}

function lostSteps(database: Sqlite.Database, { task, about, steps }: InterruptedAgent): readonly string[] {
  const now = stepsOf(database, task);
  const isKept = steps.every(({ n, body, result }) =>
    now.some((step) => step.n === n && step.body === body && (result === null || step.result === result)),
  );
  return isKept ? [] : [`P4 ${about}: what it had committed is not there any more`];
}
