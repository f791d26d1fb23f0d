// The numbers of /metrics: the meter the runtime reports to, and gauges read when somebody asks.

import { monitorEventLoopDelay } from "node:perf_hooks";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Meter } from "../core/meter.ts";
import type { StoreCounts } from "../core/store.ts";

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900];
const SHARES = [0, 0.25, 0.5, 0.7, 0.8, 0.9, 0.95, 1];

export interface Metrics {
  readonly meter: Meter;
  /** The Prometheus text. */
  text(): Promise<string>;
  stop(): void;
}

export interface GaugeSources {
  readonly counts: () => Promise<StoreCounts>;
  /** Sessions that have a turn now, and those that wait for one. */
  readonly line: () => { readonly running: number; readonly waiting: number };
}

export function createMetrics(): Metrics & { watch(sources: GaugeSources): void } {
  const registry = new Registry();
  const registers = [registry];
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();

  const counter = <T extends string>(name: string, help: string, ...labelNames: T[]): Counter<T> =>
    new Counter({ name: `signalbox_${name}`, help, labelNames, registers });
  const histogram = <T extends string>(name: string, help: string, ...labelNames: T[]): Histogram<T> =>
    new Histogram({ name: `signalbox_${name}`, help, labelNames, buckets: SECONDS, registers });
  const gauge = (name: string, help: string, read: () => number | Promise<number>): void => {
    new Gauge({
      name: `signalbox_${name}`,
      help,
      registers,
      async collect() {
        // A ledger that cannot be read is told by /readyz; the other numbers are wanted all the more then.
        this.set(await Promise.resolve(read()).catch(() => Number.NaN));
      },
    });
  };

  const messages = counter(
    "messages_total",
    "Messages that came in, by what became of them at once",
    "channel",
    "status",
  );
  const waited = histogram("queue_wait_seconds", "From a message's storing to the start of its task", "kind");
  const tasks = histogram("task_seconds", "How long tasks took, by outcome", "kind", "outcome");
  const models = histogram("model_seconds", "How long model calls took, by outcome", "model", "outcome");
  const tokens = counter("tokens_total", "Tokens by model and direction", "model", "direction");
  const cachedShare = new Histogram({
    name: "signalbox_cached_input_share",
    help: "The share of a request's input that the provider had cached",
    labelNames: ["model"],
    buckets: SHARES,
    registers,
  });
  const usd = counter("usd_total", "US dollars by model, from the catalog's prices", "model");
  const tools = histogram("tool_seconds", "How long tool calls took, by status", "tool", "status");
  const deliveries = counter("deliveries_total", "Tries to send, by outcome", "channel", "outcome");

  gauge("event_loop_delay_p99_seconds", "Delay of the event loop since the last look", () => {
    const seconds = delay.percentile(99) / 1e9;
    delay.reset();
    return Number.isFinite(seconds) ? seconds : 0;
  });
  gauge("memory_rss_bytes", "Resident memory", () => process.memoryUsage.rss());
  gauge("heap_used_bytes", "JavaScript heap in use", () => process.memoryUsage().heapUsed);
  gauge("uptime_seconds", "Since the process began", () => process.uptime());

  return {
    meter: {
      messageIn: (channel, status) => messages.inc({ channel, status }),
      taskStarted: (kind, waitedMs) => waited.observe({ kind }, waitedMs / 1_000),
      taskEnded: (kind, outcome, tookMs) => tasks.observe({ kind, outcome }, tookMs / 1_000),
      modelCalled: (model, outcome, tookMs, usage, cost) => {
        models.observe({ model, outcome }, tookMs / 1_000);
        if (!usage) return;
        tokens.inc({ model, direction: "input" }, usage.inputTokens);
        tokens.inc({ model, direction: "cached" }, usage.cachedInputTokens);
        tokens.inc({ model, direction: "cache_write" }, usage.cacheWriteTokens);
        tokens.inc({ model, direction: "output" }, usage.outputTokens);
        usd.inc({ model }, cost ?? 0);
        const input = usage.inputTokens + usage.cachedInputTokens + usage.cacheWriteTokens;
        if (input > 0) cachedShare.observe({ model }, usage.cachedInputTokens / input);
      },
      toolCalled: (tool, status, tookMs) => tools.observe({ tool, status }, tookMs / 1_000),
      delivered: (channel, outcome) => deliveries.inc({ channel, outcome }),
    },
    watch: ({ counts, line }) => {
      gauge("queue_depth", "Messages that wait for their task to start", async () => (await counts()).queued);
      gauge("tasks_running", "Tasks that are being worked", async () => (await counts()).running);
      gauge("sessions_known", "Sessions in the ledger", async () => (await counts()).sessions);
      gauge("deliveries_pending", "What was not sent yet", async () => (await counts()).undelivered);
      gauge("turns_running", "Sessions that have a turn now", () => line().running);
      gauge("turns_waiting", "Sessions that wait for a free slot", () => line().waiting);
    },
    text: () => registry.metrics(),
    stop: () => {
      delay.disable();
      registry.clear();
    },
  };
}
