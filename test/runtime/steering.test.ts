// Agents at work can be told more by who asked, before their next model call; nobody else's words reach them; those that are stopped
// stay so, with all they spawned; and one that waits for others never holds what those need.

import { describe, expect, test } from "vitest";
import { AppError } from "../../src/core/errors.ts";
import type { ModelRequest } from "../../src/core/model.ts";
import type { Tool } from "../../src/core/tool.ts";
import { FakeModel, type Script } from "../support/fake-model.ts";
import { startTestApp, type TestApp } from "../support/start-test-app.ts";

const agents = [{ name: "researcher", aliases: ["研究员"] }, { name: "coder" }];
const ALL = 'roles: { member: { users: ["*"], grants: ["*"] } }\n';
const FREE = `${ALL}approvals: { capabilities: [] }\n`;
const BOB = { id: "slack:bob", name: "Bob" };

type Line = Script | ((request: ModelRequest) => Script);

const cast = (lines: Readonly<Record<string, Line>>): FakeModel =>
  new FakeModel([], {
    fallback: (request) => {
      const who = /You are (\w+)\./.exec(request.system)?.[1] ?? "main";
      const line = lines[who] ?? `I am ${who}.`;
      return typeof line === "function" ? line(request) : line;
    },
  });
const posted = (bot: TestApp, text: string): readonly string[] => bot.answers.filter((answer) => answer.includes(text));
const said = ({ items }: ModelRequest): string => items.map((item) => ("text" in item ? item.text : "")).join("\n");
const requestsOf = (model: FakeModel, who: string): readonly ModelRequest[] =>
  model.requests.filter(({ system }) => system.includes(`You are ${who}.`));
const spawned = async (bot: TestApp) =>
  (await bot.store.tasks({ limit: 50 })).filter(({ kind }) => kind === "sub-agent");
const states = async (bot: TestApp) => (await spawned(bot)).map(({ agent, state }) => `${agent} ${state}`).sort();

/** A tool that ends when the test lets it. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<string>();
  let isBegun = false;
  const tool: Tool = {
    name: "dig",
    description: "",
    capabilities: [],
    parameters: { type: "object" },
    run: async () => {
      isBegun = true;
      return promise;
    },
  };
  return { tool, isBegun: () => isBegun, open: () => resolve("dug") };
}

/** Digs first, then tells all it was told. */
const digs: Line = (request) =>
  request.items.length > 1 ? `I heard: ${said(request)}` : { text: "I dig. ", calls: [{ name: "dig" }] };

describe("telling an agent at work", () => {
  test.each([
    ["by its name with a colon", "@researcher: also look at Z"],
    ["by an alias, full-width", "＠研究员：also look at Z"],
    ["by command", "/tell researcher also look at Z"],
  ])("%s, it hears it before its next model call, once", async (_how, words) => {
    const { tool, isBegun, open } = gate();
    const model = cast({ researcher: digs });
    await using bot = await startTestApp({ model, agents, tools: [tool], config: FREE });
    await bot.say("@researcher compare X and Y");
    await expect.poll(isBegun).toBe(true);
    await bot.say(words, { key: "slack:words" });
    await bot.say(words, { key: "slack:words" });
    await expect.poll(() => bot.answers.filter((text) => /Told|已转告/.test(text))).toHaveLength(1);
    open();
    await bot.idle();
    expect(requestsOf(model, "researcher")).toHaveLength(2);
    expect(posted(bot, "also look at Z")).toHaveLength(1);
    expect(posted(bot, "I heard")[0]?.match(/also look at Z/g)).toHaveLength(1);
    expect(await states(bot)).toEqual(["researcher done", "researcher done"]);
  });

  test("without the colon it is a task of its own; of two nobody guesses which is meant", async () => {
    const { tool, isBegun, open } = gate();
    await using bot = await startTestApp({ model: cast({ researcher: digs }), agents, tools: [tool], config: FREE });
    await bot.say("@researcher compare X and Y");
    await expect.poll(isBegun).toBe(true);
    await bot.say("@researcher look at Z");
    await bot.say("@researcher: and at W");
    await expect.poll(() => posted(bot, "Which one?")).toHaveLength(1);
    const [id = ""] = /task_\w+/.exec(posted(bot, "Which one?")[0] ?? "") ?? [];
    await bot.say(`/tell ${id} and at W`);
    await expect.poll(() => posted(bot, "Told **@researcher**")).toHaveLength(1);
    open();
    await bot.idle();
    expect(posted(bot, "I heard").filter((text) => text.includes("and at W"))).toHaveLength(1);
    expect(posted(bot, "I heard")).toHaveLength(2);
  });

  test("one of several things said to an agent that has not begun is dropped alone, and neither the agent nor the rest with it", async () => {
    const { tool, isBegun, open } = gate();
    const model = cast({ researcher: digs, coder: (request) => `I heard: ${said(request)}` });
    await using bot = await startTestApp({ model, agents, tools: [tool], config: `${FREE}queue: { running: 1 }` });
    await bot.say("@researcher compare X and Y");
    await expect.poll(isBegun).toBe(true);
    await bot.say("@coder write it");
    await bot.say("@coder: in French");
    await bot.say("@coder: in verse");
    await expect.poll(() => posted(bot, "Told **@coder**")).toHaveLength(2);
    const words = await bot.store.messageOf("slack:3/tell");
    expect(await bot.app.runner.cancel(words?.task ?? "")).toBe("cancelled");
    open();
    await bot.idle();
    const [answer = ""] = posted(bot, "**@coder**\n\nI heard");
    expect(answer).toContain("write it");
    expect(answer).toContain("in verse");
    expect(answer).not.toContain("in French");
  });

  test("another person's words do not reach it, whatever that person may", async () => {
    const { tool, isBegun, open } = gate();
    await using bot = await startTestApp({ model: cast({ researcher: digs }), agents, tools: [tool], config: FREE });
    await bot.say("@researcher compare X and Y");
    await expect.poll(isBegun).toBe(true);
    await bot.say("@researcher: delete all", { sender: BOB });
    await bot.say("/tell researcher delete all", { sender: BOB });
    await expect.poll(() => posted(bot, "works on this for Ann")).toHaveLength(2);
    open();
    await bot.idle();
    expect(posted(bot, "delete all")).toEqual([]);
  });

  test("a change of the message that called it is told to it", async () => {
    const { tool, isBegun, open } = gate();
    await using bot = await startTestApp({ model: cast({ researcher: digs }), agents, tools: [tool], config: FREE });
    await bot.say("@researcher compare X and Y", { key: "slack:call" });
    await expect.poll(isBegun).toBe(true);
    await bot.chat.inbox.amend("slack:call", "@researcher compare X and W");
    open();
    await bot.idle();
    expect(posted(bot, "I heard")[0]).toMatch(/It now reads: @researcher compare X and W/);
  });

  test("one that is done, and one that never was, are named as such", async () => {
    await using bot = await startTestApp({ model: cast({}), agents, config: FREE });
    await bot.say("@researcher look");
    await bot.idle();
    const [task] = await spawned(bot);
    await bot.say(`/tell ${task?.id} more`);
    await bot.say("/tell painter more");
    await bot.idle();
    expect(posted(bot, "is done with")).toHaveLength(1);
    expect(posted(bot, "Nobody of that name works here")).toHaveLength(1);
  });

  test("what is said while it gives its last answer is worked with all it knows, and answered as well", async () => {
    const last = Promise.withResolvers<void>();
    let turn = 0;
    const model = cast({
      researcher: (request) => {
        turn += 1;
        return turn === 1 ? { text: "X is better.", until: last.promise } : `Then: ${said(request)}`;
      },
    });
    await using bot = await startTestApp({ model, agents, config: FREE });
    await bot.say("@researcher compare X and Y");
    await expect.poll(() => turn).toBe(1);
    await bot.say("@researcher: and Z?");
    last.resolve();
    await bot.idle();
    expect(posted(bot, "**@researcher**\n\nX is better.")).toHaveLength(1);
    expect(posted(bot, "**@researcher**\n\nThen: ")[0]).toContain("X is better.");
    expect(await bot.eventsOf("agent_started")).toHaveLength(1);
    expect(await bot.eventsOf("agent_done")).toHaveLength(2);
  });

  test("one that waits for consent hears it when it goes on, and not by itself before", async () => {
    const { tool, open } = gate();
    const careful: Tool = { ...tool, capabilities: ["shell.exec"] };
    const model = cast({ researcher: digs });
    const config = `${ALL}approvals: { capabilities: [shell.exec], approvers: [member] }\n`;
    await using bot = await startTestApp({ model, agents, tools: [careful], config });
    await bot.say("@researcher look");
    await expect.poll(() => posted(bot, "needs consent")).toHaveLength(1);
    await bot.say("@researcher: also Z");
    await bot.idle();
    expect(requestsOf(model, "researcher")).toHaveLength(1);
    open();
    const [approval = ""] = /approval_\w+/.exec(posted(bot, "needs consent")[0] ?? "") ?? [];
    await bot.say(`/approve ${approval}`);
    await bot.idle();
    expect(posted(bot, "also Z")).toHaveLength(1);
    expect(requestsOf(model, "researcher")).toHaveLength(2);
  });

  test("the main agent tells it more", async () => {
    const { tool, isBegun, open } = gate();
    const taskIn = (request: ModelRequest): string => /task_[a-z0-9]+/.exec(JSON.stringify(request.items))?.[0] ?? "";
    let turn = 0;
    const model = cast({
      researcher: digs,
      main: (request) => {
        turn += 1;
        if (turn === 1) return { calls: [{ name: "spawn_agent", arguments: { agent: "researcher", goal: "X" } }] };
        if (turn === 2)
          return { calls: [{ name: "send_to_agent", arguments: { task: taskIn(request), text: "also Z" } }] };
        return "It knows.";
      },
    });
    await using bot = await startTestApp({ model, agents, tools: [tool], config: FREE });
    await bot.say("which one?");
    await expect.poll(() => posted(bot, "It knows.")).toHaveLength(1);
    await expect.poll(isBegun).toBe(true);
    open();
    await bot.idle();
    expect(posted(bot, "I heard")[0]).toContain("also Z");
  });

  test("under what called it, its asker speaks to it and others to everybody; under its card nobody else", async () => {
    const { tool, isBegun, open } = gate();
    const model = cast({ researcher: digs, main: (request) => `Main heard: ${said(request).split("\n").at(-1)}` });
    await using bot = await startTestApp({ model, agents, tools: [tool], config: FREE });
    await bot.say("@researcher look", { key: "slack:call" });
    await expect.poll(isBegun).toBe(true);
    await bot.say("also Z", { repliesTo: "slack:call" });
    await expect.poll(() => posted(bot, "Told **@researcher**")).toHaveLength(1);
    await bot.say("hello all", { repliesTo: "slack:call", sender: BOB });
    await expect.poll(() => posted(bot, "Main heard: Bob: hello all")).toHaveLength(1);
    await bot.say("stop it", { repliesTo: "slack:call/agent/1", sender: BOB });
    await expect.poll(() => posted(bot, "works on this for Ann")).toHaveLength(1);
    open();
    await bot.idle();
    expect(posted(bot, "I heard")[0]).toContain("also Z");
    await bot.say("and now?", { repliesTo: "slack:call" });
    await bot.idle();
    expect(posted(bot, "Main heard: Ann: and now?")).toHaveLength(1);
  });
});

describe("stopping", () => {
  const never = new Promise<void>(() => {});
  const nest = (): FakeModel =>
    cast({
      researcher: (request) =>
        request.items.length > 1
          ? { text: "half found", until: never }
          : { text: "I ask a coder. ", calls: [{ name: "spawn_agent", arguments: { agent: "coder", goal: "write" } }] },
      coder: { text: "half written", until: never },
      main: { calls: [{ name: "spawn_agent", arguments: { agent: "researcher", goal: "look" } }] },
    });
  const all = async (bot: TestApp): Promise<boolean> => (await states(bot)).length === 2;

  test("of an agent stops those it spawned, and says what was found until then", async () => {
    await using bot = await startTestApp({ model: nest(), agents, config: FREE });
    await bot.say("@researcher look");
    await expect.poll(() => all(bot)).toBe(true);
    await bot.say("/tasks");
    await expect.poll(() => posted(bot, "**@coder** ")).toHaveLength(1);
    await bot.say("/stop @researcher");
    await bot.idle();
    expect(await states(bot)).toEqual(["coder cancelled", "researcher cancelled"]);
    expect(posted(bot, "half written\n\nStopped.")).toHaveLength(1);
    expect(posted(bot, "half found\n\nStopped.")).toHaveLength(1);
  });

  test("of the message that called them stops them, and nothing is said about it", async () => {
    await using bot = await startTestApp({ model: nest(), agents, config: FREE });
    await bot.say("@researcher look", { key: "slack:call" });
    await expect.poll(() => all(bot)).toBe(true);
    expect(await bot.chat.inbox.withdraw("slack:call")).toBe("stopping");
    await bot.idle();
    expect(await states(bot)).toEqual(["coder cancelled", "researcher cancelled"]);
    expect(posted(bot, "half found")).toEqual([]);
    expect(await bot.chat.inbox.withdraw("slack:call")).toBe("over");
  });

  test("of a turn stops the agents it spawned, also when it stops in the moment of a crash", async () => {
    const first = await startTestApp({ model: nest(), agents, config: FREE });
    await first.say("look into it");
    await expect.poll(() => all(first)).toBe(true);
    const turn = (await first.store.tasks({ session: "slack:general", limit: 1 }))[0]?.id ?? "";
    await first.store.cancel(turn, { now: 1, text: "Stopped.", isPushed: true });
    await first.stop();
    await using second = await startTestApp({ folder: first.folder, model: cast({}), agents, config: FREE });
    await second.idle();
    expect(await states(second)).toEqual(["coder cancelled", "researcher cancelled"]);
    expect(second.model.requests).toEqual([]);
  });

  test("what was told to it before does not set it to work again", async () => {
    const model = cast({ researcher: { text: "half", until: never } });
    await using bot = await startTestApp({ model, agents, config: FREE });
    await bot.say("@researcher look");
    await expect.poll(() => requestsOf(model, "researcher")).toHaveLength(1);
    await bot.say("@researcher: also Z");
    await bot.say("/stop");
    await bot.idle();
    expect(requestsOf(model, "researcher")).toHaveLength(1);
    expect(posted(bot, "Stopped.")).toHaveLength(1);
  });
});

test("with one slot, agents that wait for agents they spawned, down to the deepest, all come to their end", async () => {
  const taskIn = (request: ModelRequest): string => /task_[a-z0-9]+/.exec(JSON.stringify(request.items))?.[0] ?? "";
  const asks =
    (agent: string): Line =>
    (request) => {
      const turn = request.items.length - 1;
      if (turn === 0) return { calls: [{ name: "spawn_agent", arguments: { agent, goal: "go on" } }] };
      if (turn === 1) return { calls: [{ name: "wait_agents", arguments: { tasks: [taskIn(request)] } }] };
      return "I know it now.";
    };
  const model = cast({ main: asks("researcher"), researcher: asks("coder"), coder: "Deep inside." });
  await using bot = await startTestApp({ model, agents, config: `${FREE}queue: { running: 1 }\n` });
  await bot.say("go");
  // Without a tick of the clock: nobody waits for a deadline.
  await bot.idle();
  expect(await states(bot)).toEqual(["coder done", "researcher done"]);
  expect(posted(bot, "Deep inside.")).toHaveLength(1);
  expect(bot.answers.at(-1)).toBe("I know it now.");
});

test("an agent whose model fails for a while is put back with growing pauses and ends well; what cannot help is not repeated", async () => {
  let failures = 0;
  const model = cast({
    researcher: () => {
      failures += 1;
      return failures <= 12 ? new AppError("provider-overloaded", "529") : "At last.";
    },
    coder: new AppError("provider-auth", "401"),
  });
  await using bot = await startTestApp({ model, agents, config: FREE });
  await bot.say("@researcher look and @coder write");
  const waitedMs = await bot.until(() => posted(bot, "**@researcher**\n\n").length === 1);
  await bot.idle();
  expect(waitedMs).toBeGreaterThan(2_000);
  expect(requestsOf(model, "coder")).toHaveLength(1);
  expect(posted(bot, "The model refused our access.")).toHaveLength(1);
  expect((await bot.eventsOf("agent_done")).length).toBe(2);
});

test("a card that the platform does not take for a minute is done without, and the result arrives", async () => {
  await using bot = await startTestApp({ model: cast({ researcher: "X is better." }), agents, config: FREE });
  bot.chat.plan.push(...Array.from({ length: 8 }, () => ({ status: "retry" as const, reason: "no blocks today" })));
  await bot.say("@researcher compare X and Y");
  const waitedMs = await bot.until(() => bot.answers.length > 0);
  await bot.idle();
  expect(bot.answers).toEqual(["**@researcher**\n\nX is better."]);
  expect(waitedMs).toBeLessThan(180_000);
});
