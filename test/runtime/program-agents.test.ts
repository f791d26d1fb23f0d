// Agents that are programs: real ones, in a real sandbox, through the whole app. What they say arrives once, whatever they do ends.

import { afterAll, describe, expect, test, vi } from "vitest";
import {
  builder,
  buildersForTests,
  draftOf,
  ownEvents,
  resultsOf,
  shownOf,
  soon,
  TIMEOUT_MS,
  taskOf,
} from "../support/agent-programs.ts";
import { FakeModel } from "../support/fake-model.ts";

vi.setConfig({ testTimeout: TIMEOUT_MS });

const KEY = "key-0123456789-of-a-vendor";
const { start, ask, fileOf, isConfined, remove } = await buildersForTests({ API_KEY: KEY });
afterAll(remove);

const SESSION = "slack:general";

describe("a program that does its work", () => {
  test("answers once in the chat, is known to the main agent, and works beside the conversation", async () => {
    const model = new FakeModel(["It is fixed."]);
    await using bot = await start({ model });
    await bot.say("@builder plain the build", { replyTo: { thread: "7" } });
    await bot.idle();
    expect(resultsOf(bot)).toEqual(["Looking.\nFixed: the build"]);
    expect(await bot.eventsOf("agent_done")).toMatchObject([{ agent: "builder", state: "done" }]);
    await bot.say("and?");
    await bot.idle();
    expect(JSON.stringify(model.requests.at(-1)?.items)).toContain("Fixed: the build");
    expect(await taskOf(bot)).toMatchObject({ kind: "cli", state: "done" });
  });

  test("its goal is one argument, whatever is in it", async () => {
    expect(await ask('echo $(id); "a" `b` {{prompt}} \\n')).toContain('echo $(id); "a" `b` {{prompt}} \\n');
  });

  test("spawned by the model, it is waited for like any other", async () => {
    const model = new FakeModel([
      { calls: [{ name: "spawn_agent", arguments: { agent: "builder", goal: "plain it" } }] },
      ({ items }) => {
        const task = /task_[a-z0-9]+/.exec(JSON.stringify(items.at(-1)))?.[0] ?? "";
        return { calls: [{ name: "wait_agents", arguments: { tasks: [task] } }] };
      },
      "I know.",
    ]);
    await using bot = await start({ model });
    await bot.say("have it built");
    await soon(async () => (await bot.store.tasks({ parentSession: SESSION, limit: 1 }))[0]?.state).toBe("done");
    await bot.until(() => bot.answers.includes("I know."));
    expect(JSON.stringify(model.requests.at(-1)?.items)).toContain("Fixed: it");
  });

  test("asked for by name from the command line, it is the task itself", async () => {
    await using bot = await start();
    await bot.say("plain that", { agent: "builder", kind: "cli" });
    await bot.idle();
    expect(bot.answers).toEqual(["Looking.\nFixed: that"]);
  });

  test("its files are in the workspace of the conversation; without fs.write they stay as they are", async () => {
    expect(await ask("writes hello")).toContain("written");
    expect(await fileOf(SESSION, "made.txt")).toBe("hello\n");
    const may = (grants: string) =>
      `roles: { member: { users: ["*"], grants: [${grants}] } }\napprovals: { capabilities: [] }`;
    if (!isConfined) return;
    expect(await ask("writes other", { config: may("agent.spawn, task.cli") })).toContain("not written");
    const bounded = [{ ...builder, capabilities: ["task.cli"] }];
    expect(await ask("writes other", { agents: bounded })).toContain("not written");
    expect(await fileOf(SESSION, "made.txt")).toBe("hello\n");
  });
});

describe("what it tells while it works", () => {
  test("words and tools are shown, the result is the answer, what it spent is accounted for", async () => {
    await using bot = await start();
    await bot.say("@builder json");
    await bot.idle();
    expect(resultsOf(bot).at(-1)).toBe("All is well.");
    expect(await shownOf(bot)).toBe("I look around.\n\n\n\nAll is well.");
    const tools = await ownEvents(bot, "tool_end");
    expect(tools.map(({ name, status, summary }) => [name, status, summary])).toEqual([
      ["Bash", "ok", "2 passed"],
      ["run_program", "ok", "It ended with exit code 0."],
    ]);
    const [account] = (await bot.store.account((await taskOf(bot)).id)).models.filter(({ usd }) => usd > 0);
    expect(account).toMatchObject({ usd: 0.25, usage: { inputTokens: 10, cachedInputTokens: 90, outputTokens: 5 } });
  });

  test("where there is no result, its last message is the answer", async () => {
    await using bot = await start();
    await bot.say("@builder codex");
    await bot.idle();
    expect(resultsOf(bot).at(-1)).toBe("Nothing there.");
    expect((await ownEvents(bot, "tool_end")).map(({ name, status }) => [name, status])).toContainEqual([
      "command_execution",
      "error",
    ]);
  });

  test("asked in the conversation itself, its run is history that any vendor takes", async () => {
    const model = new FakeModel(["Yes."]);
    await using bot = await start({ model });
    await bot.say("strange", { agent: "builder" });
    await bot.say("was that good?");
    await bot.idle();
    const calls = model.requests[0]?.items.flatMap((item) => (item.role === "model" ? item.calls : [])) ?? [];
    expect(calls.map(({ name, isError }) => [name, isError])).toEqual([
      ["run_program", false],
      ["__files_now_", false],
    ]);
    expect(JSON.stringify(model.requests[0]?.items)).toContain("written");
  });

  test("half an object at the end is none; colours, bells and broken characters are no words", async () => {
    expect(await ask("half")).toBe("half way");
    expect(await ask("colours")).toBe("red \ufffd\ufffd end");
  });

  test("what it wrote can be seen before it ends", async () => {
    await using bot = await start();
    await bot.say("@builder hangs here");
    const { session } = await taskOf(bot);
    await soon(() => bot.app.live.draft(session)?.text).toBe("begun here\n");
    bot.clock.advance(1_000);
    await soon(() => shownOf(bot)).toBe("begun here\n");
    await bot.say("/stop");
    await bot.idle();
  });
});

describe("a program that does not behave", () => {
  test("one that fails says what it found and why in a sentence; its complaint is for the model alone", async () => {
    const model = new FakeModel(["I see."]);
    await using bot = await start({ model, agents: [{ ...builder, env: ["API_KEY"] }] });
    await bot.say("@builder fails");
    await bot.idle();
    expect(resultsOf(bot).at(-1)).toBe("I found the bug.\n\n`bash` failed: it ended with exit code 3.");
    await bot.say("why?");
    await bot.idle();
    const told = JSON.stringify(model.requests.at(-1)?.items);
    expect(told).toContain("place: [redacted] is wrong");
    expect(JSON.stringify(await bot.events())).not.toContain("is wrong");
    expect(told + JSON.stringify(await bot.events())).not.toContain(KEY);
  });

  test.each([
    ["silent", "`bash` ended without an answer.", "failed"],
    ["interrupted", "So far.\n\nStopped.", "cancelled"],
  ])("%s: %j", async (goal, words, state) => {
    await using bot = await start();
    await bot.say(`@builder ${goal}`);
    await bot.idle();
    expect(resultsOf(bot)).toEqual([words]);
    expect(await taskOf(bot)).toMatchObject({ state });
  });

  test("one that is not installed is named, and where it was looked for is not", async () => {
    const agents = [{ name: "builder", command: ["/opt/vendor/nonsense-4711", "{{goal}}"] }];
    expect(await ask("anything", { agents })).toBe("`nonsense-4711` is not installed here.");
  });

  test("one that stays after its result is ended, and its result counts", async () => {
    await using bot = await start();
    await bot.say("@builder stays");
    await bot.until(() => resultsOf(bot).length === 1);
    expect(resultsOf(bot)[0]).toBe("Done, but I stay.");
  });

  test("one that takes too long is ended, with what it said", async () => {
    await using bot = await start({ agents: [{ ...builder, timeoutSeconds: 20 }] });
    await bot.say("@builder hangs on");
    await soon(() => draftOf(bot)).toBe("begun on\n");
    await bot.until(() => resultsOf(bot).length === 1);
    expect(resultsOf(bot)[0]).toMatch(/begun on\n\nThis took longer than it may/);
    expect(await taskOf(bot)).toMatchObject({ reason: "task-timeout" });
  });

  test.each(["floods", "chatters", "objects"])(
    "one that %s without end is ended; neither ledger nor memory grow with it",
    async (how) => {
      await using bot = await start();
      const before = process.memoryUsage().heapUsed;
      await bot.say(`@builder ${how}`);
      await bot.idle();
      expect(resultsOf(bot).at(-1)).toContain("wrote far too much");
      expect(resultsOf(bot).at(-1)?.length).toBeLessThan(11_000);
      const steps = JSON.stringify(await bot.store.taskSteps((await taskOf(bot)).id));
      expect(steps.length).toBeLessThan(600_000);
      expect((await bot.events((await taskOf(bot)).session)).length).toBeLessThan(800);
      expect(process.memoryUsage().heapUsed - before).toBeLessThan(200 * 1024 ** 2);
    },
  );

  test("a long answer keeps its beginning and its end", async () => {
    const answer = (await ask("long")) ?? "";
    expect(answer).toContain("line 1 of many");
    expect(answer).toMatch(/\[\.\.\. \d+ characters left out \.\.\.\]/);
    expect(answer).toMatch(/line 40000 of many$/);
  });
});
