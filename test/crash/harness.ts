// Starts the child, delivers messages to it as a platform does (again and again until acknowledged, some of them twice), lets it
// be killed at seeded commits, starts it again, and in the end checks ledger and platform against the promises P1 to P4 and P15.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import type { InboundMessage } from "../../src/core/message.ts";
import { startChild } from "./child-process.ts";
import { unexplained } from "./explained.ts";
import { type AgentCounts, checkMixed, type InterruptedAgent, interruptedAgents, MIXED_SHAPES } from "./mixed-check.ts";
import { type Aim, type ChildPlan, type Fault, seededRandom } from "./plan.ts";
import { Platform } from "./platform.ts";
import { checkTight, type TightCounts } from "./tight-check.ts";

export interface CrashOptions {
  readonly seed: number;
  readonly kills: number;
  readonly fault?: Fault;
  /** Agents and programs work beside the conversations. */
  readonly isMixed?: boolean;
  /** Messages are long and the room for them is small. */
  readonly isTight?: boolean;
  /** Where all kills fall, for a fault that shows only there. */
  readonly aim?: Aim;
  readonly onKill?: (kills: number) => void;
}

export interface CrashReport {
  readonly kills: number;
  readonly messages: number;
  /** Empty when every promise held. */
  readonly violations: readonly string[];
  /** From ready to the first model request of an interrupted task, in lives that had one. */
  readonly resumeMs: readonly number[];
  readonly agents?: AgentCounts;
  readonly tight?: TightCounts;
}

const PROGRAM = join(import.meta.dirname, "child.ts");
const SESSIONS = 4;
const COMMITS_PER_LIFE_MAX = { alone: 20, mixed: 30 };
const MESSAGES_PER_LIFE = 3;
const TIGHT_MESSAGES_PER_LIFE = 6;
const LONG = ` ${"and what else there is to say of the trains between here and there, ".repeat(30)}`;
const LIFE_MS_MAX = 15_000;
const QUIET_LIVES_MAX = 20;
const SHAPES = ["plain", "one-tool", "two-tools"];

export async function runCrashes(options: CrashOptions): Promise<CrashReport> {
  const random = seededRandom(options.seed);
  const folder = mkdtempSync(join(tmpdir(), "signalbox-crash-"));
  await using platform = await new Platform().open();
  const { isMixed = false, isTight = false, fault = "none" } = options;
  const { aim = { kind: "commit", max: COMMITS_PER_LIFE_MAX[isMixed ? "mixed" : "alone"] } } = options;
  const world: World = {
    messages: [],
    acknowledged: new Set(),
    random,
    shapes: isMixed ? MIXED_SHAPES : SHAPES,
    isTight,
  };
  const base = { folder, platform: platform.url, fault, isMixed, isTight } as const;
  const interrupted: InterruptedAgent[] = [];
  const resumeMs: number[] = [];
  let kills = 0;
  try {
    while (kills < options.kills) {
      for (let count = 0; count < (isTight ? TIGHT_MESSAGES_PER_LIFE : MESSAGES_PER_LIFE); count += 1)
        addMessage(world);
      const killAtCommit = aim.kind === "commit" ? 1 + Math.floor(random() * aim.max) : 0;
      const killMoment = random() < 0.5 ? "before" : "after";
      const taken = aim.kind === "taken" ? aim.what : undefined;
      const killOf = aim.kind === "commit" && aim.of !== undefined ? { killOf: aim.of } : {};
      const life = await live({ ...base, ...killOf, killAtCommit, killMoment }, world, platform, taken);
      if (life.resumeMs !== undefined) resumeMs.push(life.resumeMs);
      if (life.wasKilled) {
        kills += 1;
        interrupted.push(...interruptedAgents(folder, platform));
        options.onKill?.(kills);
      }
    }
    await settle({ ...base, killAtCommit: 0, killMoment: "after" }, world);
    const report = { kills, messages: world.messages.length, resumeMs };
    const violations = await check(folder, world, platform);
    if (isTight) {
      const { counts, broken } = checkTight(folder, platform);
      return { ...report, violations: [...violations, ...broken], tight: counts };
    }
    if (!isMixed) return { ...report, violations };
    const { agents, broken } = checkMixed({ folder, messages: world.messages, platform, interrupted });
    return { ...report, violations: [...violations, ...broken], agents };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface World {
  readonly messages: InboundMessage[];
  readonly acknowledged: Set<string>;
  readonly random: () => number;
  readonly shapes: readonly string[];
  readonly isTight: boolean;
}

function addMessage({ messages, random, shapes, isTight }: World): void {
  const number = messages.length + 1;
  const session = Math.floor(random() * (isTight ? 1 : SESSIONS));
  const shape = shapes[Math.floor(random() * shapes.length)] ?? "";
  messages.push({
    key: `chat:${number}`,
    channel: "slack",
    session: `chat:room-${session}`,
    sender: { id: "chat:ann", name: "Ann" },
    text: shape.startsWith("@") ? shape.replaceAll("#", String(number)) : `m${number} ${shape}${isTight ? LONG : ""}`,
  });
}

interface Life {
  readonly wasKilled: boolean;
  readonly resumeMs?: number;
}

/** One life of the child: until it dies, or is quiet with everything delivered, and then it is killed as it stands. */
async function live(plan: ChildPlan, world: World, platform: Platform, taken?: string): Promise<Life> {
  const child = startChild(PROGRAM, plan, LIFE_MS_MAX);
  platform.whenTaken(taken, () => void child.process.kill("SIGKILL"));
  const unfinished = unfinishedIn(plan.folder);
  const url = await child.ready;
  const readyAt = performance.now();
  const askedBefore = platform.modelAskedAt.length;
  if (url !== undefined) await deliverAll(url, world);
  const isQuiet = url !== undefined && (await child.quiet());
  if (isQuiet) child.process.kill("SIGKILL");
  await child.exited;
  const firstAsked = platform.modelAskedAt[askedBefore];
  const resumeMs = unfinished > 0 && firstAsked !== undefined ? firstAsked - readyAt : undefined;
  return { wasKilled: true, ...(resumeMs === undefined ? {} : { resumeMs: Math.max(0, resumeMs) }) };
}

/** Lives without a planned death until nothing is left to do. */
async function settle(plan: ChildPlan, world: World): Promise<void> {
  for (let lives = 0; lives < QUIET_LIVES_MAX; lives += 1) {
    const child = startChild(PROGRAM, plan, LIFE_MS_MAX);
    const url = await child.ready;
    if (url !== undefined) await deliverAll(url, world);
    const isQuiet = url !== undefined && (await child.quiet());
    child.process.kill("SIGKILL");
    await child.exited;
    if (isQuiet && world.messages.every((message) => world.acknowledged.has(message.key))) return;
  }
  throw new Error("the child did not come to rest");
}

async function deliverAll(url: string, world: World): Promise<void> {
  const open = world.messages.filter((message) => !world.acknowledged.has(message.key));
  await Promise.all(
    open.flatMap((message) => {
      const isDoubled = world.random() < 0.2;
      return [deliver(url, message, world), ...(isDoubled ? [deliver(url, message, world)] : [])];
    }),
  );
}

async function deliver(url: string, message: InboundMessage, world: World): Promise<void> {
  try {
    const response = await fetch(`${url}/chat`, {
      method: "POST",
      body: JSON.stringify(message),
      signal: AbortSignal.timeout(LIFE_MS_MAX),
    });
    if (response.ok) world.acknowledged.add(message.key);
  } catch {
    // It died: delivered again in its next life, as every platform does.
  }
}

function unfinishedIn(folder: string): number {
  const database = openForChecking(folder);
  try {
    const row = database?.prepare("select count(*) as n from tasks where state in ('queued', 'running')").get();
    return Number((row as { n: number } | undefined)?.n ?? 0);
  } catch {
    return 0;
  } finally {
    database?.close();
  }
}

function openForChecking(folder: string): Sqlite.Database | undefined {
  try {
    return new Sqlite(join(folder, "signalbox.db"), { readonly: true });
  } catch {
    return undefined;
  }
}

/** The promises, read off the ledger and the platform. */
async function check(folder: string, world: World, platform: Platform): Promise<readonly string[]> {
  const database = new Sqlite(join(folder, "signalbox.db"), { readonly: true });
  const violations: string[] = [];
  type Stored = {
    id: string;
    key: string;
    session: string;
    seq: number;
    task: string;
    disposition: string | null;
    text: string;
  };
  const stored = database.prepare("select * from messages order by session, seq").all() as Stored[];
  const byKey = new Map(stored.map((message) => [message.key, message]));

  const turns = world.messages.filter(({ text }) => !text.startsWith("@"));
  for (const message of world.messages) {
    const row = byKey.get(message.key);
    if (!row) violations.push(`P1 ${message.key} was acknowledged and is lost`);
    else if (row.disposition === null) violations.push(`P1 ${message.key} has no disposition`);
    if (!turns.includes(message)) continue;
    const name = message.text.split(" ")[0];
    const answers = platform.posts.filter((post) => post.text.replace(/[!?]+$/, "") === `answer to ${name}`);
    if (answers.length === 0) violations.push(`P1 ${message.key} was never answered`);
    if (answers.length > 1) violations.push(`P3 ${message.key} was answered ${answers.length} times`);
  }
  const inTurn = stored.filter(({ key }) => turns.some((turn) => turn.key === key));
  for (const session of new Set(inTurn.map((message) => message.session))) {
    const order = inTurn.filter((message) => message.session === session).map((message) => message.text.split(" ")[0]);
    const told = platform.posts
      .filter((post) => post.session === session && post.text.startsWith("answer to "))
      .map((post) => post.text.replace(/^answer to |[!?]+$/g, ""));
    if (told.join() !== order.join())
      violations.push(`P2 ${session} was answered in the order ${told.join()} instead of ${order.join()}`);
  }
  const acts = new Map<string, number>();
  for (const action of platform.actions.filter((one) => one.startsWith("act ")))
    acts.set(action, (acts.get(action) ?? 0) + 1);
  for (const [action, times] of acts) if (times > 1) violations.push(`P4 ${action} happened ${times} times`);
  const open = database
    .prepare("select count(*) as n from tasks where state not in ('done', 'failed', 'cancelled')")
    .get() as { n: number };
  if (open.n > 0) violations.push(`P1 ${open.n} tasks never ended`);
  database.close();
  // What was never answered is told of above.
  return violations.length > 0 ? violations : unexplained(folder, inTurn);
}
