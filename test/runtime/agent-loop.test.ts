// The agent loop seen from outside: tools, limits, and every strange thing a model can answer.

import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/core/json.ts";
import type { CompletedCall } from "../../src/core/model.ts";
import type { Tool, ToolContext } from "../../src/core/tool.ts";
import type { Script } from "../support/fake-model.ts";
import { startTestApp, type TestApp } from "../support/start-test-app.ts";

const tool = (
  name: string,
  run: (args: JsonObject, context: ToolContext) => Promise<string>,
  more: Partial<Tool> = {},
): Tool => ({
  name,
  description: name,
  capabilities: [],
  parameters: { type: "object", properties: { q: { type: "string" } }, additionalProperties: false },
  run,
  ...more,
});

const callsOf = (bot: TestApp): readonly CompletedCall[] =>
  bot.model.requests.at(-1)?.items.flatMap((item) => (item.role === "model" ? item.calls : [])) ?? [];

const ask = async (bot: TestApp, text = "go"): Promise<void> => {
  await bot.say(text);
  await bot.idle();
};

describe("tools", () => {
  test("run beside each other where all allow it; results stay in the order asked", async () => {
    const order: string[] = [];
    let release = (): void => {};
    const second = new Promise<void>((resolve) => {
      release = resolve;
    });
    const named = async (name: string): Promise<string> => {
      if (name === "slow") await second;
      order.push(name);
      release();
      return `${name} result`;
    };
    const slow = tool("slow", () => named("slow"), { isParallel: true });
    const quick = tool("quick", () => named("quick"), { isParallel: true });
    await using bot = await startTestApp({
      tools: [slow, quick],
      model: [{ calls: [{ name: "slow" }, { name: "quick" }] }, "done"],
    });
    await ask(bot);
    expect(order).toEqual(["quick", "slow"]);
    expect(callsOf(bot).map((call) => call.result)).toEqual(["slow result", "quick result"]);
  });

  test("one that must run alone does", async () => {
    let running = 0;
    let most = 0;
    const alone = tool("alone", async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return "";
    });
    await using bot = await startTestApp({
      tools: [alone],
      model: [{ calls: [{ name: "alone" }, { name: "alone" }] }, "done"],
    });
    await ask(bot);
    expect(most).toBe(1);
  });

  test("a failing tool tells the model why; after three failures in a row it is switched off for the task", async () => {
    let runs = 0;
    const broken = tool("broken", async () => {
      runs += 1;
      throw new Error(`no luck ${runs}`);
    });
    const call = (q: string): Script => ({ calls: [{ name: "broken", arguments: { q } }] });
    await using bot = await startTestApp({
      tools: [broken],
      model: [call("1"), call("2"), call("3"), call("4"), "I gave up on it."],
    });
    await ask(bot);
    expect(runs).toBe(3);
    expect(callsOf(bot).map((one) => one.isError)).toEqual([true, true, true, true]);
    expect(callsOf(bot)[2]?.result).toContain("no luck 3");
    expect(callsOf(bot)[3]?.result).toContain("switched off");
    // The list of tools stays as it was: a changed one would void the provider's cache (P11).
    expect(new Set(bot.model.requests.map((request) => JSON.stringify(request.tools))).size).toBe(1);
    expect(bot.answers).toEqual(["I gave up on it."]);
  });

  test("the same call without progress is pointed out, then ends the task", async () => {
    const same: Script = { calls: [{ name: "look", arguments: { q: "x" } }] };
    const look = tool("look", async () => "nothing");
    await using bot = await startTestApp({ tools: [look], model: [], backups: [] });
    await using circling = await startTestApp({ tools: [look], model: Array.from({ length: 9 }, () => same) });
    await ask(circling);
    expect(circling.answers[0]).toContain("round in circles");
    expect(circling.model.requests).toHaveLength(4);
    expect(JSON.stringify(circling.model.requests.at(-1)?.items)).toContain("three times with the same result");
    await bot.idle();
  });

  test("a task has a bound on model calls", async () => {
    let n = 0;
    const look = tool("look", async () => {
      n += 1;
      return `result ${n}`;
    });
    await using bot = await startTestApp({
      tools: [look],
      model: Array.from({ length: 9 }, (): Script => ({ text: "Looking.", calls: [{ name: "look" }] })),
      config: "limits: { modelCallsPerTask: 3 }",
    });
    await ask(bot);
    expect(bot.model.requests).toHaveLength(3);
    expect(bot.answers[0]).toMatch(/^Looking\.\n\nLooking\.\n\nLooking\.\n\nThis needed more steps/);
  });

  test("a task has a bound on money", async () => {
    const look = tool("look", async () => String(Math.random()));
    const costly: Script = { calls: [{ name: "look" }], usage: { outputTokens: 60_000 } };
    await using bot = await startTestApp({
      tools: [look],
      model: [costly, costly, costly, costly],
      config: "limits: { taskUsd: 1 }",
    });
    await ask(bot);
    expect(bot.model.requests).toHaveLength(2);
    expect(bot.answers[0]).toContain("The budget of this task ($1.00) is used up");
  });

  test("a long result is shown in part, and the whole can be recalled by its reference - from this session only", async () => {
    const whole = Array.from({ length: 5_000 }, (_, index) => `line ${index}`).join("\n");
    const dump = tool("dump", async () => whole);
    let reference = "";
    await using bot = await startTestApp({
      tools: [dump],
      config: "limits: { toolResultChars: 1000 }",
      model: [
        { calls: [{ name: "dump" }] },
        ({ items }) => {
          reference = /"reference":"([^"]+)"/.exec(JSON.stringify(items).replaceAll("\\", ""))?.[1] ?? "";
          return { calls: [{ name: "recall", arguments: { reference, offset: 20_000 } }] };
        },
        "found it",
        () => ({ calls: [{ name: "recall", arguments: { reference } }] }),
        "nothing there",
      ],
    });
    await ask(bot);
    const [shown, recalled] = callsOf(bot);
    expect(shown?.result.length).toBeLessThan(1_300);
    expect(shown?.result).toContain("line 4999");
    // What recall gives back is bounded like every result, and starts where it was asked to.
    expect(recalled?.result.startsWith(whole.slice(20_000, 20_300))).toBe(true);
    await bot.say("and from elsewhere?", { session: "slack:other" });
    await bot.idle();
    expect(callsOf(bot)[0]).toMatchObject({ isError: true, result: expect.stringContaining("Nothing is stored") });
  });

  test("a tool nobody granted is neither offered nor run, and the refusal is on record (P5)", async () => {
    let runs = 0;
    const count = async (): Promise<string> => {
      runs += 1;
      return "ran";
    };
    const shell = tool("shell", count, { capabilities: ["shell.exec"] });
    await using bot = await startTestApp({ tools: [shell], model: [{ calls: [{ name: "shell" }] }, "I may not."] });
    await ask(bot);
    expect(runs).toBe(0);
    expect(bot.model.requests[0]?.tools.map(({ name }) => name)).not.toContain("shell");
    const [task] = await bot.store.tasks({ limit: 1 });
    expect((await bot.store.account(task?.id ?? "")).decisions).toMatchObject([
      { subject: "shell", decision: "denied" },
    ]);
  });

  test("the grant of a role is not enough where the channel does not grant it too", async () => {
    const shell = tool("shell", async () => "ran", { capabilities: ["shell.exec"] });
    const roles = 'roles: { everyone: { users: ["*"], grants: ["*"] } }\napprovals: { capabilities: [] }';
    await using open = await startTestApp({
      tools: [shell],
      config: roles,
      model: [{ calls: [{ name: "shell" }] }, "ok"],
    });
    await ask(open);
    expect(callsOf(open)[0]).toMatchObject({ isError: false, result: "ran" });
  });

  test("one that hangs is cut at its deadline, abandoned, and the task goes on (P6)", async () => {
    const hang = tool("hang", () => new Promise<string>(() => {}), { timeoutSeconds: 5 });
    await using bot = await startTestApp({ tools: [hang], model: [{ calls: [{ name: "hang" }] }, "It hung."] });
    await bot.say("go");
    await expect.poll(() => bot.eventsOf("tool_start")).toHaveLength(1);
    await bot.until(() => bot.answers.length === 1);
    await bot.idle();
    expect(callsOf(bot)[0]).toMatchObject({ isError: true, result: expect.stringContaining("5 seconds") });
  });
});

describe("what a model can answer", () => {
  test.each([
    ["no JSON", { name: "look", raw: '{"q": "unfinished' }, "not a JSON object"],
    ["JSON that is no object", { name: "look", raw: "[1]" }, "not a JSON object"],
    ["arguments of the wrong type", { name: "look", arguments: { q: 5 } }, "q must be string"],
    ["arguments nobody knows", { name: "look", arguments: { z: 1 } }, "additional properties"],
    ["a tool that does not exist", { name: "loook", arguments: {} }, "nearest is look"],
  ])("%s: the model reads what was wrong and the task goes on", async (_what, call, complaint) => {
    await using bot = await startTestApp({
      tools: [tool("look", async () => "")],
      model: [{ calls: [call] }, "recovered"],
    });
    await ask(bot);
    expect(callsOf(bot)[0]).toMatchObject({ isError: true, result: expect.stringContaining(complaint) });
    expect(bot.answers).toEqual(["recovered"]);
  });

  test("an empty reply is asked for once more; twice is one plain sentence", async () => {
    await using bot = await startTestApp({ model: ["", "second try"] });
    await ask(bot);
    expect(bot.answers).toEqual(["second try"]);
    await using mute = await startTestApp({ model: ["", ""] });
    await ask(mute);
    expect(mute.answers[0]).toContain("unusable");
  });

  test("an answer that hits the output limit is continued, without a seam (P8)", async () => {
    await using bot = await startTestApp({ model: [{ text: "The first half, ", stop: "length" }, "and the second."] });
    await ask(bot);
    expect(bot.answers).toEqual(["The first half, and the second."]);
  });

  test("an endless answer ends with a word about it", async () => {
    await using bot = await startTestApp({
      model: Array.from({ length: 20 }, (): Script => ({ text: "on and ", stop: "length" })),
    });
    await ask(bot);
    expect(bot.model.requests).toHaveLength(5);
    expect(bot.answers[0]).toMatch(/^(on and ){5}\n\n_\(The answer ends here/);
  });

  test("a reply without end is cut off by its size", async () => {
    await using bot = await startTestApp({
      config: "limits: { replyChars: 1000 }",
      model: ["x".repeat(5_000), "x".repeat(5_000)],
    });
    await bot.say("go");
    await bot.until(() => bot.answers.length === 1);
    expect(bot.answers[0]).toContain("unusable");
  });

  test("what the vendor's safety system ended is said, with what was written", async () => {
    await using bot = await startTestApp({ model: [{ text: "Well,", stop: "refused" }] });
    await ask(bot);
    expect(bot.answers[0]).toMatch(/^Well,\n\nThe model did not accept/);
  });

  test("more calls in a reply than allowed are not all run", async () => {
    let runs = 0;
    const count = async (): Promise<string> => {
      runs += 1;
      return `run ${runs}`;
    };
    const look = tool("look", count, { isParallel: true });
    await using bot = await startTestApp({
      tools: [look],
      model: [{ calls: Array.from({ length: 100 }, () => ({ name: "look" })) }, "ok"],
    });
    await ask(bot);
    expect(runs).toBe(32);
  });
});

test("between two requests of a session everything but the tail is byte-identical (P11)", async () => {
  const look = tool("look", async () => "seen");
  await using bot = await startTestApp({
    tools: [look],
    model: [
      { calls: [{ name: "look" }] },
      "one",
      "two",
      { text: "Hm.", calls: [{ name: "look" }, { name: "look" }] },
      "three",
    ],
  });
  for (const text of ["a", "b", "c"]) {
    await ask(bot, text);
    bot.clock.advance(3_600_000);
  }
  const bytes = bot.model.requests.map(({ system, tools, items }) => ({
    head: JSON.stringify([system, tools]),
    items: items.map((item) => JSON.stringify(item)),
  }));
  expect(bytes).toHaveLength(5);
  for (const [index, later] of bytes.entries()) {
    const earlier = bytes[index - 1];
    if (!earlier) continue;
    expect(later.head).toBe(earlier.head);
    expect(later.items.slice(0, earlier.items.length)).toEqual(earlier.items);
  }
});
