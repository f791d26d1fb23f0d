// The crash test over a chat platform: people write all the while, the program is killed at seeded commits and at seeded moments
// between the platform's taking something and our knowing of it, and is started again; in the end, after a quiet life, everybody must
// have been answered once, whole and in order. The platform is simulated in this process, so what it has taken survives every crash.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkChat, shownBesides } from "./chat-check.ts";
import { ChatPeople } from "./chat-people.ts";
import type { ChatFault, ChatPlan } from "./chat-plan.ts";
import type { Shape } from "./chat-words.ts";
import type { ChatWorld } from "./chat-world.ts";
import { type Child, startChild } from "./child-process.ts";
import type { CrashOptions, CrashReport } from "./harness.ts";
import { type Aim, seededRandom } from "./plan.ts";
import { Platform } from "./platform.ts";

export interface ChatCrashOptions extends Omit<CrashOptions, "fault"> {
  readonly openWorld: (seed: number) => Promise<ChatWorld>;
  readonly fault?: ChatFault;
  /** What people ask, other than the first of a room; all of them when left out. */
  readonly shapes?: readonly Shape[];
}

interface Run {
  readonly world: ChatWorld;
  readonly platform: Platform;
  readonly people: ChatPeople;
  readonly folder: string;
  readonly fault: ChatFault;
  readonly random: () => number;
}

const COMMITS_PER_LIFE_MAX = 45;
const TAKEN_PER_LIFE_MAX = 4;
const ACTIONS_PER_LIFE = 3;
const CHANGES_BETWEEN_MAX = 12;
const LIFE_MS_MAX = 20_000;
const QUIET_LIVES_MAX = 10;
/** What stands there is taken away with pauses between the tries; where a fault is planted nobody waits for that. */
const TIDY_MS_MAX = 15_000;
const TIDY_MS_MAX_OF_FAULT = 3_000;

export async function runChatCrashes(options: ChatCrashOptions): Promise<CrashReport> {
  const { seed, kills: wanted, fault = "none", aim, shapes } = options;
  const folder = mkdtempSync(join(tmpdir(), "signalbox-crash-"));
  await using world = await options.openWorld(seed);
  await using platform = await new Platform().open();
  const random = seededRandom(seed);
  const run: Run = { world, platform, people: new ChatPeople(world, random, shapes), folder, fault, random };
  const resumeMs: number[] = [];
  try {
    // Every room is known to the bot before the first crash: what the platform fails to tell is found there.
    run.people.openRooms();
    await quietLife(run, 0);
    let kills = 0;
    for (; kills < wanted; kills += 1, options.onKill?.(kills)) {
      const tookMs = await killedLife(run, aim ?? aimAt(run));
      if (tookMs !== undefined) resumeMs.push(tookMs);
    }
    const left = await settle(run);
    const violations = [...checkChat({ folder, world, people: run.people, platform }), ...left];
    return { kills, messages: run.people.all.length, violations, resumeMs };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function aimAt({ world: { takenKinds }, random }: Run): Aim {
  if (random() < 0.5) return { kind: "commit", max: COMMITS_PER_LIFE_MAX };
  return { kind: "taken", what: takenKinds[Math.floor(random() * takenKinds.length)] ?? "" };
}

const planOf = (
  { folder, platform, fault, world }: Run,
  kill: Pick<ChatPlan, "killAtCommit" | "killMoment" | "killOf">,
): ChatPlan => ({
  ...{ folder, fault, platform: platform.url, settings: world.settings },
  ...kill,
});

/** A life that ends by force: where it was planned, or, when that never came, as it stands once all is quiet. */
async function killedLife(run: Run, aim: Aim): Promise<number | undefined> {
  const { world, platform, people, random } = run;
  const killMoment = random() < 0.5 ? "before" : "after";
  const killAtCommit = aim.kind === "commit" ? 1 + Math.floor(random() * aim.max) : 0;
  const killOf = aim.kind === "commit" && aim.of !== undefined ? { killOf: aim.of } : {};
  people.act();
  const wasWaiting = people.all.length;
  const child = startChild(world.child, planOf(run, { killAtCommit, killMoment, ...killOf }), LIFE_MS_MAX);
  const nth = 1 + Math.floor(random() * ((aim.kind === "taken" ? aim.max : undefined) ?? TAKEN_PER_LIFE_MAX));
  if (aim.kind === "taken") world.whenTaken(aim.what, nth, () => void child.process.kill("SIGKILL"));
  const askedBefore = platform.modelAskedAt.length;
  const readyAt = await begun(child, world);
  await Promise.race([child.exited, actAndRest(run, child, ACTIONS_PER_LIFE - 1)]);
  await end(child);
  world.disarm();
  const askedAt = platform.modelAskedAt[askedBefore];
  if (readyAt === undefined || askedAt === undefined || wasWaiting === 0) return undefined;
  return Math.max(0, askedAt - readyAt);
}

async function end(child: Child): Promise<void> {
  child.process.kill("SIGKILL");
  await child.exited;
  if (!child.wasHealthy()) throw new Error("the program ended by itself");
}

async function begun(child: Child, world: ChatWorld): Promise<number | undefined> {
  const url = await child.ready;
  if (url === undefined) return undefined;
  // It may die while it is asked whether it is the one.
  await world.listensAt(url).catch(() => {});
  world.tellWaiting();
  return performance.now();
}

/** People go on while the program works, each after a seeded number of changes in the world; then it comes to rest. */
async function actAndRest({ world, people, random }: Run, child: Child, actions: number): Promise<void> {
  for (let left = actions; left > 0; left -= 1) {
    people.act();
    let changes = Math.floor(random() * CHANGES_BETWEEN_MAX);
    await happens(world, child, () => {
      changes -= 1;
      return changes < 0 || world.isTold();
    });
  }
  await happens(world, child, () => world.isTold());
  await child.quiet();
}

/** Or the child is dead. */
async function happens(world: ChatWorld, child: Child, isSo: () => boolean): Promise<void> {
  let leave = (): void => {};
  const happened = new Promise<void>((resolve) => {
    const look = (): void => {
      if (isSo()) resolve();
    };
    leave = world.watch(look);
    look();
  });
  await Promise.race([happened, child.exited]);
  leave();
}

/** Lives that nobody ends before nothing is left to do. Returns what is left all the same. */
async function settle(run: Run): Promise<readonly string[]> {
  for (let lives = 0; lives < QUIET_LIVES_MAX; lives += 1) {
    if (await quietLife(run, run.fault === "none" ? TIDY_MS_MAX : TIDY_MS_MAX_OF_FAULT))
      return run.world.leftOpen().map((what) => `P8 left open: ${what}`);
  }
  throw new Error("the program did not come to rest");
}

/** False: it was not quiet in time. */
async function quietLife(run: Run, tidyMsMax: number): Promise<boolean> {
  const { world, people } = run;
  // A stream that nobody needs is stopped first, and then deleted.
  const isTidy = (): boolean => world.leftOpen().length === 0 && shownBesides(world, people).length === 0;
  const child = startChild(world.child, planOf(run, { killAtCommit: 0, killMoment: "after" }), LIFE_MS_MAX * 2);
  await begun(child, world);
  await happens(world, child, () => world.isTold());
  const isQuiet = await child.quiet();
  if (isQuiet) await Promise.race([happens(world, child, isTidy), after(tidyMsMax)]);
  await end(child);
  return isQuiet;
}

const after = (delayMs: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, delayMs).unref();
  });
