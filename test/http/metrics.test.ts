// What /metrics tells after work was done, and that it goes on telling when the ledger does not.

import { expect, test } from "vitest";
import { AppError } from "../../src/core/errors.ts";
import type { Store } from "../../src/core/store.ts";
import { createMetrics } from "../../src/http/metrics.ts";
import { ask, say } from "../support/ask.ts";
import { startTestApp, type TestApp } from "../support/start-test-app.ts";

const metricsOf = async (bot: TestApp): Promise<string> => (await ask(bot.app.http, "/metrics")).text();

/** Each line that is not a comment, as `name{labels}` and its number. */
const numbersIn = (text: string): ReadonlyMap<string, number> =>
  new Map(
    text
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))] as const),
  );

test("work is counted: messages, tasks by outcome, waits, models, tokens, money, tools, deliveries", async () => {
  await using bot = await startTestApp({
    model: [
      { calls: [{ name: "current_time" }], usage: { cachedInputTokens: 7 } },
      "done",
      new AppError("provider-auth", "401"),
    ],
  });
  await say(bot.app.http, "s", "hi");
  await bot.idle();
  await bot.say("hi");
  await bot.idle();
  const numbers = numbersIn(await metricsOf(bot));
  expect(Object.fromEntries(numbers)).toMatchObject({
    'signalbox_messages_total{channel="web",status="accepted"}': 1,
    'signalbox_messages_total{channel="slack",status="accepted"}': 1,
    'signalbox_task_seconds_count{kind="chat-turn",outcome="done"}': 1,
    'signalbox_task_seconds_count{kind="chat-turn",outcome="failed"}': 1,
    'signalbox_queue_wait_seconds_count{kind="chat-turn"}': 2,
    'signalbox_model_seconds_count{model="fake/model",outcome="ok"}': 2,
    'signalbox_model_seconds_count{model="fake/model",outcome="provider-auth"}': 1,
    'signalbox_tokens_total{model="fake/model",direction="input"}': 200,
    'signalbox_tokens_total{model="fake/model",direction="cached"}': 7,
    'signalbox_tokens_total{model="fake/model",direction="output"}': 20,
    'signalbox_tool_seconds_count{tool="current_time",status="ok"}': 1,
    'signalbox_deliveries_total{channel="slack",outcome="sent"}': 1,
    signalbox_sessions_known: 2,
    signalbox_queue_depth: 0,
    signalbox_tasks_running: 0,
    signalbox_turns_running: 0,
    signalbox_deliveries_pending: 0,
  });
  expect(numbers.get('signalbox_usd_total{model="fake/model"}')).toBeGreaterThan(0);
  // Of the first request 7 of 107 tokens, of the second none.
  expect(numbers.get('signalbox_cached_input_share_count{model="fake/model"}')).toBe(2);
  expect(numbers.get('signalbox_cached_input_share_sum{model="fake/model"}')).toBeCloseTo(7 / 107);
});

test("what is under way shows: depth of the line, running tasks, memory, the event loop's delay", async () => {
  await using bot = await startTestApp({ model: [{ text: "x", until: new Promise(() => {}) }] });
  for (const text of ["1", "2", "3"]) await say(bot.app.http, "s", text);
  await bot.until(() => bot.model.requests.length === 1, 0);
  const numbers = numbersIn(await metricsOf(bot));
  expect(numbers.get("signalbox_queue_depth")).toBe(2);
  expect(numbers.get("signalbox_tasks_running")).toBe(1);
  expect(numbers.get("signalbox_turns_running")).toBe(1);
  expect(numbers.get("signalbox_memory_rss_bytes")).toBeGreaterThan(1_000_000);
  expect(numbers.get("signalbox_heap_used_bytes")).toBeGreaterThan(1_000_000);
  expect(numbers.get("signalbox_event_loop_delay_p99_seconds")).toBeGreaterThanOrEqual(0);
});

test("it is Prometheus text, every number with its help and type", async () => {
  await using bot = await startTestApp();
  const response = await ask(bot.app.http, "/metrics");
  expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
  const text = await response.text();
  for (const name of numbersIn(text).keys()) {
    const family = name.replace(/\{.*$/, "").replace(/_(bucket|sum|count)$/, "");
    expect(text).toContain(`# HELP ${family} `);
    expect(text).toContain(`# TYPE ${family} `);
  }
});

test("a ledger that cannot be read leaves the other numbers readable", async () => {
  await using bot = await startTestApp({
    wrapStore: (store: Store): Store => ({
      ...store,
      counts: async () => {
        throw new AppError("storage-failed", "disk I/O error");
      },
    }),
  });
  const response = await ask(bot.app.http, "/metrics");
  expect(response.status).toBe(200);
  const text = await response.text();
  expect(numbersIn(text).get("signalbox_memory_rss_bytes")).toBeGreaterThan(0);
  expect(text).toContain("signalbox_queue_depth Nan");
});

test("two apps in one process count apart", async () => {
  await using one = await startTestApp({ model: ["x"] });
  await using two = await startTestApp();
  await say(one.app.http, "s", "hi");
  await one.idle();
  expect(await metricsOf(one)).toContain('messages_total{channel="web",status="accepted"} 1');
  expect(await metricsOf(two)).not.toContain('messages_total{channel="web"');
});

test("names made up by a model do not become numbers without end", async () => {
  const calls = Array.from({ length: 30 }, (_, index) => ({ name: `made_up_${index}` }));
  await using bot = await startTestApp({ model: [{ calls }, "done"] });
  await say(bot.app.http, "s", "hi");
  await bot.idle();
  const tools = [...numbersIn(await metricsOf(bot)).keys()].filter((name) =>
    name.startsWith("signalbox_tool_seconds_count"),
  );
  expect(tools.length).toBeLessThan(5);
});

test("a meter that was stopped holds nothing any more", async () => {
  const metrics = createMetrics();
  metrics.meter.messageIn("web", "accepted");
  expect(await metrics.text()).toContain("messages_total");
  metrics.stop();
  expect((await metrics.text()).trim()).toBe("");
  metrics.meter.messageIn("web", "accepted");
});
