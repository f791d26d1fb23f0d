// Agents that are called by name or by another agent: they work beside the conversation, their result arrives once, and nobody gets
// more rights by them.

import { describe, expect, test } from "vitest";
import type { ModelRequest } from "../../src/core/model.ts";
import type { Tool } from "../../src/core/tool.ts";
import { FakeModel, type Script } from "../support/fake-model.ts";
import { startTestApp, type TestApp } from "../support/start-test-app.ts";

const never = new Promise<void>(() => {});
const agents = [{ name: "researcher" }, { name: "coder", capabilities: ["fs.read"] }];
const ALL = 'roles: { member: { users: ["*"], grants: ["*"] } }\napprovals: { capabilities: [] }';
const MEMBERS = 'roles: { member: { users: ["*"], grants: [agent.spawn] } }';
const SESSION = "slack:general";

/** Who answers what, whatever the order. */
const cast = (lines: Readonly<Record<string, Script | ((request: ModelRequest) => Script)>>): FakeModel =>
  new FakeModel([], {
    fallback: (request) => {
      const who = /You are (\w+)\./.exec(request.system)?.[1] ?? "main";
      const line = lines[who] ?? `I am ${who}.`;
      return typeof line === "function" ? line(request) : line;
    },
  });
const requestOf = (model: FakeModel, who: string): ModelRequest | undefined =>
  model.requests.findLast(({ system }) => system.includes(`You are ${who}.`));
const posted = (bot: TestApp, text: string): readonly string[] => bot.answers.filter((answer) => answer.includes(text));

describe("called by name", () => {
  test("each works in its own transcript, the chat goes on, results arrive once and are known to the main agent", async () => {
    const model = cast({ researcher: "X is better.", coder: "Here is the script." });
    await using bot = await startTestApp({ model, agents, config: MEMBERS });
    await bot.say("@researcher compare X and Y and @coder write the script", { replyTo: { thread: "7" } });
    await bot.idle();
    expect(posted(bot, "**@researcher** · compare X and Y")).toHaveLength(1);
    expect(posted(bot, "**@coder** · write the script")).toHaveLength(1);
    expect(posted(bot, "**@researcher**\n\nX is better.")).toHaveLength(1);
    expect(posted(bot, "**@coder**\n\nHere is the script.")).toHaveLength(1);
    expect(requestOf(model, "researcher")?.items).toEqual([{ role: "person", text: "Ann: compare X and Y" }]);
    await bot.say("what did they say?");
    await bot.idle();
    const main = JSON.stringify(model.requests.at(-1)?.items);
    expect(main).toContain("The agent researcher");
    expect(main).toContain("Here is the script.");
    expect((await bot.eventsOf("agent_done")).map(({ agent, state }) => `${agent} ${state}`).sort()).toEqual([
      "coder done",
      "researcher done",
    ]);
  });

  test("a busy agent holds nobody up, /tasks names it, /stop ends it", async () => {
    const model = cast({ researcher: { text: "I begin", until: never }, main: "Hello." });
    await using bot = await startTestApp({ model, agents, config: MEMBERS });
    await bot.say("@researcher dig deep");
    await expect.poll(() => requestOf(model, "researcher")).toBeDefined();
    await bot.say("hello");
    await expect.poll(() => posted(bot, "Hello.")).toHaveLength(1);
    await bot.say("/tasks");
    await expect.poll(() => posted(bot, "**@researcher** 🔄 running")).toHaveLength(1);
    await bot.say("@researcher dig deep");
    await expect.poll(() => posted(bot, "exactly this already")).toHaveLength(1);
    await bot.say("/stop");
    await bot.idle();
    expect(posted(bot, "I begin\n\nStopped.")).toHaveLength(1);
    expect(await bot.eventsOf("agent_done")).toMatchObject([{ state: "cancelled" }]);
  });

  test("redelivered it is spawned once; a name that is nearly one is asked back about; a person's name is a person", async () => {
    const model = cast({ researcher: "done", main: "Bob is away." });
    await using bot = await startTestApp({ model, agents, config: MEMBERS });
    await bot.say("@researcher look", { key: "slack:once" });
    await bot.say("@researcher look", { key: "slack:once" });
    await bot.say("@reseacher look");
    await bot.say("@Bob are you there?");
    await bot.idle();
    expect(posted(bot, "**@researcher**\n\ndone")).toHaveLength(1);
    expect(posted(bot, "Did you mean **@researcher**?")).toHaveLength(1);
    expect(posted(bot, "Bob is away.")).toHaveLength(1);
  });

  test("who may not have agents work is told so", async () => {
    await using bot = await startTestApp({ agents, config: 'roles: { member: { users: ["*"], grants: [] } }' });
    await bot.say("@researcher look");
    await bot.idle();
    expect(bot.answers).toEqual(["You may not call agents here."]);
    expect(bot.model.requests).toHaveLength(0);
  });

  test("as many as may work at once, and no more", async () => {
    const model = cast({ researcher: { text: "", until: never } });
    await using bot = await startTestApp({ model, agents, config: MEMBERS });
    for (let n = 0; n < 9; n += 1) await bot.say(`@researcher look at ${n}`);
    await expect.poll(() => posted(bot, "as many agents as may")).toHaveLength(1);
  });
});

test("asked for by name where there is none, it is refused, and no other answers in its place", async () => {
  const model = cast({ researcher: "X." });
  await using bot = await startTestApp({ model, agents, config: MEMBERS });
  await expect(bot.say("go", { agent: "painter" })).rejects.toThrow(
    "there is no agent painter; there are main, researcher",
  );
  await bot.say("go", { agent: "researcher", kind: "cli", key: "slack:cli" });
  await bot.idle();
  expect(posted(bot, "X.")).toHaveLength(1);
});

describe("rights", () => {
  const toolOf = (name: string, capability: string): Tool => ({
    name,
    description: "",
    capabilities: [capability],
    parameters: { type: "object" },
    run: async () => "ran",
  });
  const tools = [toolOf("read_file", "fs.read"), toolOf("run_command", "shell.exec")];
  const named = (request: ModelRequest | undefined): readonly string[] =>
    (request?.tools ?? []).map(({ name }) => name).filter((name) => tools.some((tool) => tool.name === name));

  test("an agent has at most what its file and its asker have", async () => {
    const model = cast({});
    await using bot = await startTestApp({ model, agents, tools, config: ALL });
    await bot.say("@researcher one");
    await bot.say("@coder two");
    await bot.idle();
    expect(named(requestOf(model, "researcher"))).toEqual(["read_file", "run_command"]);
    expect(named(requestOf(model, "coder"))).toEqual(["read_file"]);
    const poor = cast({});
    await using other = await startTestApp({ model: poor, agents, tools, config: MEMBERS });
    await other.say("@coder two");
    await other.idle();
    expect(named(requestOf(poor, "coder"))).toEqual([]);
  });
});

describe("spawned by an agent", () => {
  const spawn = (agent: string, goal: string) => ({ name: "spawn_agent", arguments: { agent, goal } });
  const taskIn = (request: ModelRequest): string =>
    /task_[a-z0-9]+/.exec(JSON.stringify(request.items.at(-1)))?.[0] ?? "";

  test("it is waited for, its result is known and posted once", async () => {
    let turn = 0;
    const model = cast({
      researcher: "X is better.",
      main: (request) => {
        turn += 1;
        if (turn === 1) return { calls: [spawn("researcher", "compare X and Y")] };
        if (turn === 2) return { calls: [{ name: "wait_agents", arguments: { tasks: [taskIn(request)] } }] };
        return "So take X.";
      },
    });
    await using bot = await startTestApp({ model, agents, config: MEMBERS });
    await bot.say("which one?");
    await bot.until(() => posted(bot, "So take X.").length === 1, 100);
    await bot.idle();
    const last = JSON.stringify(
      model.requests.findLast(({ system }) => !system.includes("You are researcher."))?.items,
    );
    expect(last).toContain("X is better.");
    expect(posted(bot, "**@researcher**\n\nX is better.")).toHaveLength(1);
  });

  test("not deeper than may be, and not in another's conversation", async () => {
    const model = cast({
      researcher: (request) => (request.items.length > 1 ? "I could not." : { calls: [spawn("coder", "write it")] }),
      coder: (request) => (request.items.length > 1 ? "Neither could I." : { calls: [spawn("researcher", "again")] }),
    });
    await using bot = await startTestApp({ model, agents, config: ALL });
    await bot.say("@researcher start");
    await bot.idle();
    const tasks = await bot.store.tasks({ limit: 20 });
    expect(tasks.filter(({ kind }) => kind === "sub-agent").length).toBeLessThanOrEqual(3);
    await bot.stop();
    const other = tasks.find(({ parentSession }) => parentSession === SESSION)?.id ?? "";
    const spy = cast({
      main: (request) =>
        request.items.length > 1 ? "no" : { calls: [{ name: "stop_agent", arguments: { task: other } }] },
    });
    await using second = await startTestApp({ folder: bot.folder, model: spy, agents, config: ALL });
    await second.say("stop it", { session: "slack:other", key: "slack:other" });
    await second.idle();
    expect(JSON.stringify(spy.requests.at(-1)?.items)).toContain("There is no agent's task");
  });
});

describe("never lost", () => {
  test("after a crash an agent goes on from its last step, and its result arrives once (P4)", async () => {
    const steps: string[] = [];
    const look: Tool = {
      name: "look",
      description: "",
      capabilities: [],
      parameters: { type: "object" },
      run: async () => {
        steps.push("look");
        return "seen";
      },
    };
    const first = await startTestApp({
      agents,
      tools: [look],
      config: MEMBERS,
      model: cast({
        researcher: (request) =>
          request.items.length > 1 ? { text: "half", until: never } : { calls: [{ name: "look" }] },
      }),
    });
    await first.say("@researcher look around");
    await expect.poll(() => first.app.live.draft((first.chat.posts[0] && `${SESSION}~`) ?? "")).toBeUndefined();
    await expect.poll(() => steps.length).toBe(1);
    await first.stop();
    await using second = await startTestApp({
      folder: first.folder,
      agents,
      tools: [look],
      config: MEMBERS,
      model: cast({ researcher: "All seen." }),
    });
    await second.idle();
    expect(steps).toEqual(["look"]);
    expect(posted(second, "All seen.")).toHaveLength(1);
  });
});
