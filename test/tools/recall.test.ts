// The tool that looks back: its two ways, its words for the model, and sessions that never find each other's.

import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/core/json.ts";
import type { MemoryQuestion, Remembered } from "../../src/core/memory.ts";
import type { CompletedCall } from "../../src/core/model.ts";
import type { Step } from "../../src/core/step.ts";
import { createRecall } from "../../src/tools/recall.ts";
import { FakeClock } from "../support/fake-clock.ts";
import type { Script } from "../support/fake-model.ts";
import { silentChat } from "../support/silent-chat.ts";
import { startTestApp, type TestApp } from "../support/start-test-app.ts";

const remembered = (more: Partial<Remembered> = {}): Remembered => ({
  reference: "task_a.4",
  offset: 0,
  date: "2026-05-02 14:30 UTC",
  kind: "said",
  speaker: "Ann",
  excerpt: "the port is 5433",
  ...more,
});

function recallOver(found: readonly Remembered[], step?: Step) {
  const asked: MemoryQuestion[] = [];
  const tool = createRecall({
    findStep: async () => step,
    search: async (question) => {
      asked.push(question);
      return found;
    },
  });
  const context = {
    task: "task_now",
    session: "slack:general",
    channel: "slack",
    asker: "slack:ann",
    clock: new FakeClock(5),
    chat: silentChat,
    skills: [],
    bounds: [],
    call: "call_1",
    signal: new AbortController().signal,
  };
  return { asked, run: async (args: JsonObject) => String(await tool.run(args, context)), tool };
}

describe("searching", () => {
  test("hands on who asks, what, when, and how much is wanted", async () => {
    const { run, asked } = recallOver([]);
    await run({ query: " port ", keywords: ["端口", " "], limit: 3 });
    expect(asked).toEqual([
      { session: "slack:general", task: "task_now", query: "port", keywords: ["端口"], now: 5, limit: 3 },
    ]);
  });

  test("shows each find with reference, date and speaker", async () => {
    const { run } = recallOver([
      remembered(),
      remembered({ kind: "call", speaker: "read_file", offset: 12_000, excerpt: "port = 5433" }),
      remembered({ kind: "reply", speaker: "assistant" }),
    ]);
    const [, ...lines] = (await run({ query: "port" })).split("\n");
    expect(lines).toEqual([
      "1. [task_a.4] 2026-05-02 14:30 UTC, Ann: the port is 5433",
      "2. [task_a.4 offset 12000] 2026-05-02 14:30 UTC, result of read_file: port = 5433",
      "3. [task_a.4] 2026-05-02 14:30 UTC, you: the port is 5433",
    ]);
  });

  test("that finds nothing says what else to try", async () => {
    expect(await recallOver([]).run({ keywords: ["nothing"] })).toContain("both Chinese and English");
  });

  test("the description asks for keywords in both languages", () => {
    expect(recallOver([]).tool.description).toMatch(/keywords.*both Chinese and English/s);
  });

  test("neither query nor reference is a clear error, also where the model fills in blanks", async () => {
    for (const args of [{}, { query: "", reference: "" }, { query: "  ", keywords: [] }]) {
      await expect(recallOver([]).run(args)).rejects.toThrow("Give a query");
    }
  });
});

describe("reading", () => {
  const said: Step = {
    session: "slack:general",
    seq: 1,
    task: "task_a",
    n: 4,
    at: 0,
    body: { kind: "said", message: "m", sender: { id: "slack:ann", name: "Ann" }, text: "x".repeat(15_000) },
  };

  test("gives a piece and where the next one begins", async () => {
    const { run } = recallOver([], said);
    const first = await run({ reference: "task_a.4" });
    expect(first).toMatch(/^Ann: x+\n\[3000 more characters; next offset 12000\]$/);
    expect(await run({ reference: "task_a.4", offset: 12_000 })).toBe("x".repeat(3_000));
  });

  test.each(["task_a", "task_a.", "../etc/passwd", "task_a.4.5", `${"x".repeat(200)}.1`])(
    "%s is no reference",
    async (reference) => {
      await expect(recallOver([], said).run({ reference })).rejects.toThrow("Nothing is stored under");
    },
  );
});

describe("in the whole app", () => {
  const recall = (args: JsonObject): Script => ({ calls: [{ name: "recall", arguments: args }] });
  const lastCall = (bot: TestApp): CompletedCall | undefined =>
    bot.model.requests
      .at(-1)
      ?.items.flatMap((item) => (item.role === "model" ? item.calls : []))
      .at(-1);
  const ask = async (bot: TestApp, text: string, session?: string): Promise<string> => {
    await bot.say(text, session === undefined ? {} : { session });
    await bot.idle();
    return lastCall(bot)?.result ?? "";
  };

  test("what was said is found in its own session, and nowhere else", async () => {
    const query = "canary-4711 port 端口";
    await using bot = await startTestApp({
      model: ["noted", recall({ query }), "5433", recall({ query }), "I do not know."],
    });
    await ask(bot, "the port of canary-4711 is 5433, 端口不要外传");
    expect(await ask(bot, "what was it again?")).toContain("canary-4711 is 5433");
    const elsewhere = await ask(bot, "and here?", "slack:other");
    expect(elsewhere).toContain("Nothing in this conversation");
    expect(elsewhere).not.toContain("5433");
  });

  test("the question itself is not its answer; what /new left behind is found; a reference opens it", async () => {
    let reference = "";
    await using bot = await startTestApp({
      model: [
        "noted",
        recall({ query: "端口是多少", keywords: ["port"] }),
        ({ items }) => {
          reference = /\[(task_[^\]]+)\]/.exec(JSON.stringify(items))?.[1] ?? "";
          return recall({ reference });
        },
        "5433",
      ],
    });
    await ask(bot, "测试库的端口改成 5433 了");
    await bot.say("/new");
    await bot.say("端口是多少？ port?");
    await bot.idle();
    const calls = bot.model.requests.at(-1)?.items.flatMap((item) => (item.role === "model" ? item.calls : [])) ?? [];
    expect(calls[0]?.result).toContain("端口改成 5433");
    expect(calls[0]?.result).not.toContain("端口是多少");
    expect(calls[1]?.result).toContain("测试库的端口改成 5433 了");
  });

  test("bad arguments are explained to the model", async () => {
    await using bot = await startTestApp({ model: [recall({ query: "x", limit: 99 }), "ok"] });
    expect(await ask(bot, "go")).toContain("must be <= 10");
  });
});
