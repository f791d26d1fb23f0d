// The process that is measured: the app put together as src/main.ts does it, from the folder it is started in and its
// environment. Only the ledger is opened here, to count commits, and on request the model is a function in this process.

import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { createApp } from "../../src/app.ts";
import type { ModelEvent, ModelProvider } from "../../src/core/model.ts";
import { randomIds, systemClock } from "../../src/lib/system-clock.ts";
import { createLogTokens } from "../../src/memory/log-pieces.ts";
import type { ModelTarget } from "../../src/runtime/model-chain.ts";
import { openLedger } from "../../src/storage/ledger.ts";
import { createModels } from "../../src/wiring/models.ts";
import { setUp } from "../../src/wiring/set-up.ts";
import {
  type Asked,
  latestMessage,
  type MemoryReport,
  nowMs,
  REPLY_PIECES,
  type ServerAnswer,
  type ServerPlan,
  type Wish,
} from "./protocol.ts";

process.on("disconnect", () => process.exit(1));
const plan = JSON.parse(process.argv[2] ?? "{}") as ServerPlan;

let commits = 0;
let units = 0;
let asked: Asked[number][] = [];

const inProcessModel: ModelProvider = {
  name: "in-process",
  async *stream(request): AsyncGenerator<ModelEvent> {
    const at = nowMs();
    const last = request.items.at(-1);
    for (const text of REPLY_PIECES) yield { type: "text", text };
    asked.push([latestMessage(last?.role === "person" ? last.text : ""), at, nowMs()]);
    const usage = { inputTokens: 320, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens: REPLY_PIECES.length };
    yield { type: "reply", reply: { text: REPLY_PIECES.join(""), calls: [], stop: "end", usage } };
  },
};

const setup = setUp(process.cwd(), process.stdout);
const { config, environment, log } = setup;
const inProcess = (target: ModelTarget): ModelTarget => ({ ...target, provider: inProcessModel });
const configured = createModels(setup);
const models =
  plan.model === "over-http"
    ? configured
    : Object.fromEntries(Object.entries(configured).map(([role, chain]) => [role, chain.map(inProcess)]));
const store = await openLedger({
  folder: config.paths.data,
  logTokens: createLogTokens(),
  onCommit: (moment, labels) => {
    if (moment !== "after") return;
    commits += 1;
    units += labels.length;
  },
});
const app = createApp({
  config: () => config,
  store,
  models: () => models,
  clock: systemClock,
  ids: randomIds,
  random: Math.random,
  log,
  guard: { adminToken: environment.SIGNALBOX_ADMIN_TOKEN, host: environment.HOST },
  port: environment.PORT,
});

// A sample is the time between two ticks, so the tick itself is taken off.
const TICK_MS = 5;
const delay = monitorEventLoopDelay({ resolution: TICK_MS });
const sinceTick = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - TICK_MS);
let cpuAtMark = process.cpuUsage();
let loopAtMark = performance.eventLoopUtilization();

/** V8 keeps a pool of free pages, which can be most of the RSS; only a collection of last resort gives it back. */
function collectGarbage(): void {
  if (!globalThis.gc) throw new Error("memory is measured in a process started with --expose-gc");
  globalThis.gc({ type: "major", execution: "sync", flavor: "last-resort" });
}

function memory(): MemoryReport {
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rssBytes: rss, heapBytes: heapUsed + external };
}

async function answer(wish: Wish): Promise<ServerAnswer> {
  switch (wish) {
    case "mark":
      [commits, units, asked] = [0, 0, []];
      delay.enable();
      delay.reset();
      cpuAtMark = process.cpuUsage();
      loopAtMark = performance.eventLoopUtilization();
      return {};
    case "report": {
      const cpu = process.cpuUsage(cpuAtMark);
      delay.disable();
      const report = {
        commits,
        units,
        loopDelayMsP99: sinceTick(delay.percentile(99)),
        loopDelayMsMax: sinceTick(delay.max),
        cpuMs: (cpu.user + cpu.system) / 1_000,
        busyShare: performance.eventLoopUtilization(loopAtMark).utilization,
        asked,
      };
      return { report };
    }
    case "idle":
      await app.idle();
      return {};
    case "memory":
      return { memory: memory() };
    case "held":
      collectGarbage();
      return { memory: memory() };
    case "stop":
      await app.stop(0);
      await store.close();
      return {};
  }
}

await app.start();
const url = await app.http.listen();
process.send?.({ url } satisfies ServerAnswer);
process.on("message", (wish: Wish) => {
  void answer(wish).then((result) => {
    process.send?.(result, () => {
      if (wish === "stop") process.exit(0);
    });
  });
});
