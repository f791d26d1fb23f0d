// The life of a task: stopping, deadlines, restarts, the outbox, and what is left behind afterwards.

import { describe, expect, test } from "vitest";
import { EventReader } from "../../src/channels/web/event-reader.ts";
import { AppError } from "../../src/core/errors.ts";
import { TASK_KINDS } from "../../src/core/task-kind.ts";
import type { Tool } from "../../src/core/tool.ts";
import { startTestApp, type TestApp } from "../support/start-test-app.ts";

const never = new Promise<void>(() => {});
const hanging = (name: string, more: Partial<Tool> = {}): Tool => ({
  name,
  description: "",
  capabilities: [],
  parameters: { type: "object" },
  run: (_args, { signal }) =>
    new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  ...more,
});

const running = (bot: TestApp): Promise<void> => expect.poll(() => bot.app.runner.running).toBe(1);
const firstTask = async (bot: TestApp): Promise<string> => (await bot.store.tasks({ limit: 1 }))[0]?.id ?? "";

describe("stopping (P7)", () => {
  test("a running model call ends, what was written stays, and it is no error", async () => {
    await using bot = await startTestApp({ model: [{ text: "I was about to", until: never }, "next"] });
    await bot.say("go");
    await expect.poll(() => bot.model.requests.length).toBe(1);
    await bot.say("after");
    expect(await bot.app.runner.cancel(await firstTaskRunning(bot))).toBe("asked");
    await bot.idle();
    expect(bot.answers).toEqual(["I was about to\n\nStopped.", "next"]);
    expect((await bot.eventsOf("execution_complete"))[0]).toMatchObject({ state: "cancelled", cancelled: true });
  });

  test("/stop stops the running task, not those behind it", async () => {
    await using bot = await startTestApp({
      tools: [hanging("hang")],
      model: [{ calls: [{ name: "hang" }] }, "second"],
    });
    await bot.say("go");
    await expect.poll(() => bot.eventsOf("tool_start")).toHaveLength(1);
    await bot.say("second");
    await bot.say("/stop");
    await bot.idle();
    expect(bot.chat.posts.map(({ kind }) => kind).sort()).toEqual(["answer", "cancelled", "notice"]);
    expect(bot.answers).toContain("second");
  });

  test("a waiting message is withdrawn without ever running", async () => {
    await using bot = await startTestApp({ model: [{ text: "one", until: never }] });
    await bot.say("one");
    await running(bot);
    const second = await bot.say("two");
    expect(await bot.app.runner.cancel(second.message.task)).toBe("cancelled");
    await bot.app.runner.cancel(
      (await bot.store.tasks({ limit: 9 })).find((task) => task.state === "running")?.id ?? "",
    );
    await bot.idle();
    expect(bot.model.requests).toHaveLength(1);
    expect(bot.chat.posts.map(({ kind }) => kind)).toEqual(["cancelled", "cancelled"]);
  });

  test("a tool that ignores its signal is abandoned after the grace period", async () => {
    const deaf: Tool = { ...hanging("deaf"), run: () => new Promise<string>(() => {}) };
    await using bot = await startTestApp({ tools: [deaf], model: [{ calls: [{ name: "deaf" }] }] });
    await bot.say("go");
    await expect.poll(() => bot.eventsOf("tool_start")).toHaveLength(1);
    await bot.app.runner.cancel(await firstTask(bot));
    const waitedMs = await bot.until(() => bot.answers.length === 1, 100);
    expect(waitedMs).toBeLessThanOrEqual(2_000);
    await bot.idle();
    // The transcript is whole all the same (P9).
    const results = (await bot.store.transcript("slack:general")).flatMap(({ body }) =>
      body.kind === "call" ? [body.result?.status] : [],
    );
    expect(results).toEqual(["cancelled"]);
  });

  test("a wish to stop that a crash interrupted is kept", async () => {
    await using first = await startTestApp({ model: [{ text: "one", until: never }] });
    await first.say("go");
    await running(first);
    await first.store.cancel(await firstTask(first), { now: 1, text: "", isPushed: true });
    await first.stop();
    await using second = await startTestApp({ folder: first.folder, model: ["never said"] });
    await second.idle();
    expect(second.answers).toEqual(["Stopped."]);
    expect(second.model.requests).toHaveLength(0);
  });
});

const firstTaskRunning = async (bot: TestApp): Promise<string> =>
  (await bot.store.tasks({ limit: 9 })).find((task) => task.state === "running")?.id ?? "";

describe("deadlines (P6)", () => {
  test("a task that takes too long is ended with a sentence, and the line goes on", async () => {
    await using bot = await startTestApp({
      tools: [hanging("hang", { timeoutSeconds: 3_600 })],
      model: [{ calls: [{ name: "hang" }] }, "next"],
      config: "limits: { taskSeconds: 30, toolSeconds: 3600 }",
    });
    await bot.say("go");
    await expect.poll(() => bot.eventsOf("tool_start")).toHaveLength(1);
    await bot.say("next");
    await bot.until(() => bot.answers.length === 2);
    expect(bot.answers[0]).toContain("longer than it may");
    expect(bot.answers[1]).toBe("next");
  });

  test("when all is quiet no timers are left but those of upkeep (lines, schedules, idle sessions), and no watchers", async () => {
    await using bot = await startTestApp({
      model: [{ calls: [{ name: "current_time" }] }, "one", new AppError("provider-auth", "no")],
    });
    await bot.say("1");
    await bot.say("2");
    await bot.idle();
    expect(bot.clock.pending).toBe(3);
  });
});

describe("leaving and coming back", () => {
  test("what runs at shutdown is put back and answered by the next process, once", async () => {
    await using first = await startTestApp({ model: [{ text: "half", until: never }] });
    await first.say("go");
    await first.say("more");
    await running(first);
    await first.stop();
    expect(first.answers).toEqual([]);
    await using second = await startTestApp({ folder: first.folder, model: ["whole", "more"] });
    await second.idle();
    expect(second.answers).toEqual(["whole", "more"]);
  });

  test("draining lets running work end and takes nothing new", async () => {
    const gate = Promise.withResolvers<void>();
    await using bot = await startTestApp({ model: [{ text: "done in time", until: gate.promise }, "never"] });
    await bot.say("one");
    await bot.say("two");
    await running(bot);
    const stopped = bot.stop(60_000);
    gate.resolve();
    await stopped;
    expect(bot.answers).toEqual(["done in time"]);
  });

  test("a task goes on from its last step; a call that may not run twice is reported as unknown (P4)", async () => {
    const runs: string[] = [];
    const tool = (name: string, isRepeatable: boolean): Tool => ({
      ...hanging(name, { isRepeatable }),
      run: async () => {
        runs.push(name);
        return name === "look" && runs.length < 3 ? new Promise<string>(() => {}) : "seen";
      },
    });
    const tools = [tool("send", false), tool("look", true), tool("post", false)];
    await using first = await startTestApp({
      tools,
      model: [{ text: "First.", calls: [{ name: "send" }] }, { calls: [{ name: "look" }, { name: "post" }] }],
    });
    await first.say("go");
    await expect.poll(() => runs).toEqual(["send", "look"]);
    await first.stop();
    await using second = await startTestApp({ folder: first.folder, tools, model: ["Second."] });
    await second.idle();
    // look ran again, send did not; post had only its intent written, so nobody can know.
    expect(runs).toEqual(["send", "look", "look"]);
    const calls = second.model.requests[0]?.items.flatMap((item) => (item.role === "model" ? item.calls : []));
    expect(calls?.map((call) => [call.name, call.isError])).toEqual([
      ["send", false],
      ["look", false],
      ["post", true],
    ]);
    expect(calls?.[2]?.result).toContain("may or may not");
    expect(second.answers).toEqual(["First.\n\nSecond."]);
  });

  test("a message that takes the process down again and again is given up with a sentence", async () => {
    await using first = await startTestApp({ model: [{ text: "x", until: never }] });
    await first.say("poison");
    await running(first);
    const claim = { now: 1, leaseMs: 1, whileBusy: "queue", collectMax: 1 } as const;
    for (let life = 0; life < 10; life += 1) {
      await first.store.releaseAbandoned(`life-${life}`);
      await first.store.claim("slack:general", { ...claim, owner: `life-${life}` });
    }
    await first.stop();
    await using second = await startTestApp({ folder: first.folder, model: ["never said"] });
    await second.idle();
    expect(second.answers[0]).toContain("not tried again");
  });
});

describe("one runner for every kind of task", () => {
  test.each(TASK_KINDS)("%s: worked, resumed and ended alike", async (kind) => {
    await using first = await startTestApp({
      model: [{ calls: [{ name: "current_time" }] }, { text: "half", until: never }],
    });
    await first.say("go", { kind, session: `slack:${kind}` });
    await expect.poll(() => first.model.requests.length).toBe(2);
    await first.stop();
    await using second = await startTestApp({ folder: first.folder, model: ["answer"] });
    await second.idle();
    expect(second.answers).toEqual(["answer"]);
    expect(second.model.requests[0]?.items).toHaveLength(2);
    expect(await second.store.tasks({ limit: 9 })).toMatchObject([{ kind, state: "done" }]);
  });

  test("each kind has slots of its own: waiting turns cannot block a sub-agent", async () => {
    await using bot = await startTestApp({
      model: [{ text: "parent", until: never }, "child"],
      config: "queue: { running: 1 }",
    });
    await bot.say("parent");
    await running(bot);
    await bot.say("child", { kind: "sub-agent", session: "slack:child" });
    await expect.poll(() => bot.answers).toEqual(["child"]);
    await bot.app.runner.cancel(await firstTaskRunning(bot));
  });
});

describe("the outbox", () => {
  test("a send nobody knows the end of is looked up before it is repeated (P3)", async () => {
    await using bot = await startTestApp({ model: ["one", "two"] });
    bot.chat.plan.push("posted-but-uncertain");
    // What is as old as the start may have been sent before it.
    bot.clock.advance(1);
    await bot.say("1");
    await bot.say("2");
    await bot.until(() => bot.answers.length === 2);
    await bot.idle();
    expect(bot.answers).toEqual(["one", "two"]);
    expect(bot.chat.lookups).toBe(1);
  });

  test("a failed send is tried again without a look, a throwing adapter is uncertain, and the order stays (P2)", async () => {
    await using bot = await startTestApp({ model: ["one", "two"] });
    bot.chat.plan.push({ status: "retry", reason: "503" }, "throws");
    // What is as old as the start may have been sent before it.
    bot.clock.advance(1);
    await bot.say("1");
    await bot.say("2");
    await bot.until(() => bot.answers.length === 2);
    await bot.idle();
    expect(bot.answers).toEqual(["one", "two"]);
    expect(bot.chat.lookups).toBe(1);
  });

  test("what the platform refuses for good is given up, and the next goes out", async () => {
    await using bot = await startTestApp({ model: ["one", "two"] });
    bot.chat.plan.push({ status: "refused", reason: "the bot was removed" });
    await bot.say("1");
    await bot.say("2");
    await bot.idle();
    expect(bot.answers).toEqual(["two"]);
    expect((await bot.store.counts()).undelivered).toBe(0);
  });

  test("what a process left unsent is looked up and sent by the next", async () => {
    await using first = await startTestApp({ model: ["one"] });
    first.chat.plan.push(...Array.from({ length: 50 }, () => ({ status: "retry", reason: "down" }) as const));
    await first.say("1");
    await first.idle();
    await first.stop();
    await using second = await startTestApp({ folder: first.folder });
    await second.idle();
    expect(second.answers).toEqual(["one"]);
    expect(second.chat.lookups).toBe(1);
  });
});

describe("a ledger that cannot be written", () => {
  const full = (): AppError => new AppError("storage-full", "the disk is full");

  test("the end of a task waits for room and is then told once", async () => {
    let failures = 3;
    await using bot = await startTestApp({
      model: ["saved in the end", "next"],
      wrapStore: (store) => ({
        ...store,
        finish: (fence, options) => {
          failures -= 1;
          return failures >= 0 ? Promise.reject(full()) : store.finish(fence, options);
        },
      }),
    });
    await bot.say("one");
    await bot.say("two");
    await bot.until(() => bot.answers.length === 2);
    await bot.idle();
    expect(bot.answers).toEqual(["saved in the end", "next"]);
    expect(bot.model.requests).toHaveLength(2);
  });

  test("a message that could not be stored is not acknowledged, and taken when it comes again", async () => {
    let isFull = true;
    await using bot = await startTestApp({
      model: ["hello"],
      wrapStore: (store) => ({
        ...store,
        accept: (...args) => (isFull ? Promise.reject(full()) : store.accept(...args)),
      }),
    });
    await expect(bot.say("hi", { key: "slack:again" })).rejects.toMatchObject({ code: "storage-full" });
    isFull = false;
    await bot.say("hi", { key: "slack:again" });
    await bot.idle();
    expect(bot.answers).toEqual(["hello"]);
  });
});

test("an onlooker who looks just when the end is committed never sees the half text again", async () => {
  const seen: string[] = [];
  let read = async (): Promise<void> => {};
  await using bot = await startTestApp({
    model: [{ text: "half of it", until: never }],
    wrapStore: (store) => ({
      ...store,
      finish: async (fence, options) => {
        const finished = await store.finish(fence, options);
        await read();
        return finished;
      },
    }),
  });
  await bot.say("go");
  const reader = new EventReader("slack:general", { event: 0, chars: 0 }, bot.store, bot.app.live);
  read = async () => {
    for (const { type, fields } of await reader.read()) {
      if (type === "text_delta") seen.push(String(fields.text));
      if (type === "execution_complete") seen.push("END");
    }
  };
  await bot.until(() => bot.app.live.draft("slack:general")?.text === "half of it", 0);
  await read();
  await bot.app.runner.cancel(await firstTaskRunning(bot));
  await bot.idle();
  expect(seen.join("")).toBe("half of itEND");
});
