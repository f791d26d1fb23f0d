import { describe, expect, test } from "vitest";
import { createDemoProvider } from "../../src/providers/demo/demo-provider.ts";
import { wordsOf } from "../../src/providers/demo/demo-text.ts";
import { call, describeProviderContract, model, outcomeOf, person, replyOf, requestOf } from "./provider-contract.ts";

const nothingToClose = { [Symbol.asyncDispose]: async (): Promise<void> => {} };

/** Lets a few words through, then waits for the end of the request. */
function stoppingPace(words: number): (signal: AbortSignal) => Promise<void> {
  let count = 0;
  return (signal) =>
    new Promise((resolve, reject) => {
      if (++count <= words) resolve();
      else if (signal.aborted) reject(signal.reason);
      else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
}

describeProviderContract({
  name: "demo",
  answering: async () => ({ provider: createDemoProvider(), ...nothingToClose }),
  hanging: async () => ({ provider: createDemoProvider({ pace: stoppingPace(1) }), ...nothingToClose }),
});

const clock = { name: "current_time", description: "The time.", parameters: { type: "object" } };

describe("the demo", () => {
  test("says in every answer that it is a demo, what was asked, and how to connect a model", async () => {
    const { text } = await replyOf(createDemoProvider(), requestOf([person("Why is the sky blue?")]));
    expect(text).toContain("demo");
    expect(text).toContain("“Why is the sky blue?”");
    for (const word of [".env", "OPENAI_API_KEY=...", "ANTHROPIC_API_KEY=...", "restart"]) expect(text).toContain(word);
  });

  test("answers Chinese in Chinese", async () => {
    const { text } = await replyOf(
      createDemoProvider(),
      requestOf([person("hello"), model("hi"), person("天空为什么是蓝色的？")]),
    );
    for (const word of ["演示", "“天空为什么是蓝色的？”", ".env", "OPENAI_API_KEY=...", "重新启动"])
      expect(text).toContain(word);
  });

  test("quotes no more than a line of a long question, and nothing of an empty one", async () => {
    const long = await replyOf(createDemoProvider(), requestOf([person(`Tell me\n\n${"more and ".repeat(500)}`)]));
    expect(long.text.length).toBeLessThan(400);
    expect(long.text).toContain("“Tell me more and");
    const empty = await replyOf(createDemoProvider(), requestOf([person("  ")]));
    expect(empty.text).not.toContain("“");
  });

  test.each([
    "What time is it?",
    "what's the date today",
    "time",
    "Tell me the current time please",
    "现在几点了？",
    "今天几号",
    "现在的时间是多少",
  ])("asks the clock when asked for the time: %s", async (question) => {
    const reply = await replyOf(createDemoProvider(), requestOf([person(question)], { tools: [clock] }));
    expect(reply).toMatchObject({ text: "", stop: "calls", calls: [{ name: "current_time", argumentsText: "{}" }] });
  });

  test.each(["Why is the sky blue?", "I sometimes update my resume", "时光飞逝，写一首诗"])(
    "does not ask the clock otherwise: %s",
    async (question) => {
      expect((await replyOf(createDemoProvider(), requestOf([person(question)], { tools: [clock] }))).stop).toBe("end");
    },
  );

  test("does not ask a clock that is not offered", async () => {
    expect((await replyOf(createDemoProvider(), requestOf([person("What time is it?")]))).stop).toBe("end");
  });

  test("then tells what the clock said, and does not ask it twice", async () => {
    const asked = [
      person("What time is it?"),
      model("", call("c", { name: "current_time", result: "2026-11-21 15:04" })),
    ];
    const { text, calls } = await replyOf(createDemoProvider(), requestOf(asked, { tools: [clock] }));
    expect(calls).toEqual([]);
    expect(text).toContain("demo");
    expect(text).toContain("2026-11-21 15:04");
  });

  test("says so when the clock failed", async () => {
    const failed = call("c", { name: "current_time", result: "no such time zone", isError: true });
    const { text } = await replyOf(
      createDemoProvider(),
      requestOf([person("几点了？"), model("", failed)], { tools: [clock] }),
    );
    expect(text).toContain("失败");
    expect(text).toContain("no such time zone");
  });

  test("asks the clock anew in the next turn", async () => {
    const items = [
      person("What time is it?"),
      model("", call("c", { name: "current_time" })),
      model("Noon."),
      person("And what time is it now?"),
    ];
    expect((await replyOf(createDemoProvider(), requestOf(items, { tools: [clock] }))).stop).toBe("calls");
  });

  test("comes word by word, at the pace it is given", async () => {
    let waits = 0;
    const provider = createDemoProvider({ pace: async () => void waits++ });
    const { texts } = await outcomeOf(provider);
    expect(texts.length).toBeGreaterThan(20);
    expect(waits).toBe(texts.length);
  });

  test.each(["Plain words, two lines.\n\n```\nA=...\n```", "你好，world！这是 `.env` 文件。", "", "  leading"])(
    "cuts text into words without losing any of it: %j",
    (text) => {
      expect(wordsOf(text).join("")).toBe(text);
    },
  );
});
