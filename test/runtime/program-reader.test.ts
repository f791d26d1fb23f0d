// What a program's output tells, however it is cut into pieces.

import { describe, expect, test } from "vitest";
import type { Told } from "../../src/runtime/program-progress-line.ts";
import { createProgramReader } from "../../src/runtime/program-reader.ts";

const redact = (text: string): string => text.replaceAll("sesame", "[redacted]");
function read(output: string, pieceChars = output.length || 1): readonly Told[] {
  const reader = createProgramReader(redact, (chars) => `[${chars} left out]`);
  const told: Told[] = [];
  for (let at = 0; at < output.length; at += pieceChars) told.push(...reader.read(output.slice(at, at + pieceChars)));
  return [...told, ...reader.end()];
}
const plain = (told: readonly Told[]): string => told.map((one) => (one.kind === "output" ? one.text : "")).join("");
const lines = (...values: readonly unknown[]): string => values.map((value) => `${JSON.stringify(value)}\n`).join("");
const message = (text: string): Told => ({ kind: "message", text });

test.each([1, 2, 7, 1_000])("pieces of %i characters tell the same", (chars) => {
  const output = `one\n${lines({ text: "half" })}two\n${lines({ type: "result", result: "三 sesame" })}`;
  const told = read(output, chars);
  expect(plain(told)).toBe("one\ntwo\n");
  expect(told.filter(({ kind }) => kind !== "output")).toEqual([
    message("half"),
    { kind: "result", text: "三 [redacted]" },
  ]);
});

describe("objects", () => {
  const claude = {
    type: "assistant",
    message: {
      content: [
        { type: "text", text: "Hm." },
        { type: "thinking", thinking: "…" },
      ],
    },
  };
  test.each<[string, unknown, readonly Told[]]>([
    ["a text", { type: "progress", text: "half" }, [message("half")]],
    ["a message", { message: "half" }, [message("half")]],
    ["words between other blocks", claude, [message("Hm.")]],
    ["what it was told itself", { type: "user", message: { content: [{ type: "text", text: "do it" }] } }, []],
    ["a failed turn", { type: "turn.failed", error: { message: "no credit" } }, [message("no credit")]],
    ["a result without words", { type: "result", subtype: "error_max_turns" }, []],
    ["a result that is no text", { type: "result", result: { a: 1 } }, []],
    ["something unknown", { type: "system", model: "x", tools: [] }, []],
    ["controls", { text: "\u001b[2Jred\u0007" }, [message("red")]],
  ])("%s", (_name, value, told) => {
    expect(read(lines(value))).toEqual(told);
  });

  test("a tool with huge arguments is shown shortened; a named tool is over with the word", () => {
    const use = { type: "tool_use", id: "t", name: "Write", input: { content: "x".repeat(50_000) } };
    const [told] = read(lines({ type: "assistant", message: { content: [use] } }));
    expect(JSON.stringify(told).length).toBeLessThan(3_000);
    expect(read(lines({ tool: "grep" })).map(({ kind }) => kind)).toEqual(["tool-start", "tool-end"]);
  });

  test("what only looks like an object is text", () => {
    expect(plain(read("{ not json }\n[1]\n"))).toBe("{ not json }\n[1]\n");
    expect(plain(read('{"cut": '))).toBe('{"cut": ');
    expect(plain(read(`${lines({ text: "a" })}{"cut": `))).toBe("");
  });

  test("one that nests without end, and one that is longer than any may be, harm nothing", () => {
    expect(read(`${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}\nend\n`).length).toBeLessThan(4);
    const told = read(`{"type":"x","pad":"${"y".repeat(3_000_000)}"}\nafter\n`, 64_000);
    expect(plain(told)).toBe("after\n");
  });

  test("tokens that were read from a cache are counted once, whoever counts how", () => {
    const usage = { input_tokens: 100, cached_input_tokens: 60, output_tokens: 7 };
    expect(read(lines({ type: "turn.completed", usage }))).toMatchObject([
      { kind: "spent", usage: { inputTokens: 40, cachedInputTokens: 60, outputTokens: 7 } },
    ]);
  });
});

test("of endless text the beginning and the end are kept, without secrets", () => {
  const told = plain(read(`begin\n${"all work and no play\n".repeat(100_000)}sesame end\n`, 64_000));
  expect(told.length).toBeLessThan(170_000);
  expect(told).toMatch(/^begin\n/);
  expect(told).toMatch(/\[\d+ left out\]/);
  expect(told).toMatch(/\[redacted\] end\n$/);
});
