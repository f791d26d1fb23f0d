// The process in which agents are measured: the real app over the real ledger, a chat that takes all at once, a model that answers
// never, and a program that listens to no signal. It measures, tells its figures and leaves.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApp } from "../../src/app.ts";
import { parseConfig } from "../../src/config/load-config.ts";
import type { Agent } from "../../src/core/agent.ts";
import { silentLog } from "../../src/core/log.ts";
import type { ModelEvent, ModelProvider } from "../../src/core/model.ts";
import { randomIds, systemClock } from "../../src/lib/system-clock.ts";
import { createLogTokens } from "../../src/memory/log-pieces.ts";
import { openLedger } from "../../src/storage/ledger.ts";
import { buildersForTests } from "../support/agent-programs.ts";
import { FakeChannel } from "../support/fake-channel.ts";
import { agentsFrom, testFacts } from "../support/start-test-app.ts";
import type { AgentFigures, AgentPlan } from "./agents.ts";

const plan = JSON.parse(process.argv[2] ?? "{}") as AgentPlan;
/** Of one conversation, and no more may be. */
const OPEN_MAX = 8;
const CONFIG = `
channels: { slack: { grants: ["*"] } }
roles: { member: { users: ["*"], grants: ["*"] } }
approvals: { capabilities: [] }
queue: { running: 5000 }
limits: { firstTokenSeconds: 600, idleTokenSeconds: 600 }
`;
/** Its goal stands in its command line and in that of what it leaves behind. */
const STUBBORN = `trap "" TERM INT HUP
setsid bash -c 'trap "" TERM INT HUP; while :; do sleep 0.1; done' "$1" &
echo begun; while :; do sleep 0.1; done`;
const AGENTS: readonly Partial<Agent>[] = [
  { name: "researcher" },
  { name: "builder", command: ["bash", "-c", STUBBORN, "agent", "{{goal}}"] },
];

const asked = new Map<string, PromiseWithResolvers<number>>();
const isAsked = (goal: string): PromiseWithResolvers<number> => {
  const known = asked.get(goal) ?? Promise.withResolvers<number>();
  asked.set(goal, known);
  return known;
};
const hanging: ModelProvider = {
  name: "hanging",
  async *stream({ items }, signal): AsyncGenerator<ModelEvent> {
    const last = items.at(-1);
    isAsked(last?.role === "person" ? last.text.replace(/^Ann: /, "") : "").resolve(performance.now());
    yield { type: "text", text: "I look. " };
    await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
  },
};

const folder = mkdtempSync(join(tmpdir(), "signalbox-bench-agents-"));
const builders = await buildersForTests();
const store = await openLedger({ folder, logTokens: createLogTokens() });
const target = { name: "hanging/model", model: "model", provider: hanging, facts: testFacts };
const config = parseConfig(CONFIG, "bench.yaml");
const chats: FakeChannel[] = [];
const app = createApp({
  config: () => config,
  store,
  models: () => ({ main: [target] }),
  clock: systemClock,
  ids: randomIds,
  random: Math.random,
  log: silentLog,
  guard: { adminToken: undefined, host: "127.0.0.1" },
  port: 0,
  agents: { current: () => agentsFrom(AGENTS) },
  programs: builders.programs,
  channels: [
    (parts) => {
      const chat = new FakeChannel(parts, "slack");
      chats.push(chat);
      return chat;
    },
  ],
});
await app.start();
const say = (text: string, room: string) => chats[0]?.say(text, { session: `slack:${room}` });
const pause = (ms: number) => new Promise((resolve) => void setTimeout(resolve, ms));

/** From a person's word to the request, one after the other; and from `/stop` until nothing of it is left. */
async function measureAgents(): Promise<Pick<AgentFigures, "toModelMs" | "toQuietMs">> {
  const toModelMs: number[] = [];
  const toQuietMs: number[] = [];
  for (let n = 0; n < plan.spawns; n += 1) {
    const startedAt = performance.now();
    await say(`@researcher look at ${n}`, `spawn-${n}`);
    toModelMs.push((await isAsked(`look at ${n}`).promise) - startedAt);
    const stoppedAt = performance.now();
    await say("/stop", `spawn-${n}`);
    await app.idle();
    toQuietMs.push(performance.now() - stoppedAt);
  }
  return { toModelMs, toQuietMs };
}

async function measurePrograms(): Promise<number[]> {
  const toQuietMs: number[] = [];
  for (let n = 0; n < plan.programs; n += 1) {
    const mark = `mark-${process.pid}-${n}-end`;
    await say(`@builder ${mark}`, `program-${n}`);
    const [task] = await store.tasks({ parentSession: `slack:program-${n}`, limit: 1 });
    // It and what it left behind.
    while (!app.live.draft(task?.session ?? "")?.text.includes("begun") || processesWith(mark) < 2) await pause(5);
    const stoppedAt = performance.now();
    await say("/stop", `program-${n}`);
    await app.idle();
    while (processesWith(mark) > 0) await pause(5);
    toQuietMs.push(performance.now() - stoppedAt);
  }
  return toQuietMs;
}

function processesWith(mark: string): number {
  return readdirSync("/proc").filter((id) => /^\d+$/.test(id) && commandOf(id).includes(mark)).length;
}

function commandOf(id: string): string {
  try {
    return readFileSync(`/proc/${id}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

function rssAfterCollection(): number {
  for (let n = 0; n < 3; n += 1) globalThis.gc?.();
  return process.memoryUsage.rss();
}

/** What tasks hold whose model writes and writes. */
async function measureLive(): Promise<Pick<AgentFigures, "rssBefore" | "rssLive" | "heapPerTask" | "allStoppedMs">> {
  const rssBefore = rssAfterCollection();
  const heapBefore = process.memoryUsage().heapUsed;
  const numbers = Array.from({ length: plan.live }, (_, n) => n);
  const roomOf = (n: number): string => `live-${Math.floor(n / OPEN_MAX)}`;
  for (const n of numbers) await say(`@researcher stay with ${n}`, roomOf(n));
  await Promise.all(numbers.map((n) => isAsked(`stay with ${n}`).promise));
  const rssLive = rssAfterCollection();
  const heapPerTask = (process.memoryUsage().heapUsed - heapBefore) / plan.live;
  const stoppedAt = performance.now();
  await Promise.all(numbers.filter((n) => n % OPEN_MAX === 0).map((n) => say("/stop", roomOf(n))));
  await app.idle();
  return { rssBefore, rssLive, heapPerTask, allStoppedMs: performance.now() - stoppedAt };
}

const agents = await measureAgents();
const programsToQuietMs = await measurePrograms();
const figures = { ...agents, programsToQuietMs, isConfined: builders.isConfined, ...(await measureLive()) };
await app.stop(0);
await store.close();
builders.remove();
rmSync(folder, { recursive: true, force: true });
process.send?.(figures satisfies AgentFigures, () => process.exit(0));
