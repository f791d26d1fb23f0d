// How a step is cut into what is found as one.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NO_USAGE } from "../../src/core/model.ts";
import type { Step, StepBody } from "../../src/core/step.ts";
import { createLogTokens, partsOf } from "../../src/memory/log-pieces.ts";

const tokens = createLogTokens("UTC");
const step = (body: StepBody): Step => ({ session: "s", seq: 1, task: "t", n: 1, at: Date.UTC(2026, 4, 2), body });
const said = (text: string): Step => step({ kind: "said", message: "m", sender: { id: "c:ann", name: "Ann" }, text });
const call = (name: string, status: "ok" | "error" | "denied", text: string): Step =>
  step({ kind: "call", id: "c", name, arguments: { path: "/etc/hosts", deep: { n: 7 } }, result: { status, text } });

describe("which steps are found", () => {
  test("what people said, by their names and day too", () => {
    const [piece] = tokens.piecesOf(said("Port 5433"));
    expect(piece).toMatchObject({ start: 0, speaker: "Ann", isQuestion: false });
    expect(piece?.tokens()).toMatchObject({
      body: "port 5433",
      meta: "ann",
      dates: expect.stringContaining("dymd20260502"),
    });
  });

  test("tool results by the tool's name and the values of its arguments", () => {
    const [piece] = tokens.piecesOf(call("read_file", "ok", "127.0.0.1 localhost"));
    expect(piece?.tokens().meta.split(" ")).toEqual(expect.arrayContaining(["read", "file", "etc", "hosts", "7"]));
    expect(piece?.tokens().body).toContain("localhost");
  });

  test("a failure is found, a refusal and an intent are not", () => {
    expect(tokens.piecesOf(call("shell", "error", "exit 1"))).toHaveLength(1);
    expect(tokens.piecesOf(call("shell", "denied", "Not allowed"))).toEqual([]);
    expect(tokens.piecesOf(step({ kind: "call", id: "c", name: "shell", arguments: {} }))).toEqual([]);
  });

  test("what the search itself gave back is not found again", () => {
    expect(tokens.piecesOf(call("recall", "ok", "1. [t.4] Ann: port 5433"))).toEqual([]);
  });

  test("an empty reply, notes and ends are not", () => {
    expect(tokens.piecesOf(step({ kind: "reply", text: "", model: "m", usage: NO_USAGE }))).toEqual([]);
    expect(tokens.piecesOf(step({ kind: "note", text: "hm" }))).toEqual([]);
    expect(tokens.piecesOf(step({ kind: "end", state: "failed", text: "no" }))).toEqual([]);
  });

  test("the whole of a long result, not only the part the model was shown", () => {
    const result = { status: "ok", text: "head [...] tail", whole: `${"filler ".repeat(400)}needle-4711` } as const;
    const pieces = tokens.piecesOf(step({ kind: "call", id: "c", name: "dump", arguments: {}, result }));
    expect(pieces.some((piece) => piece.tokens().body.includes("needle4711"))).toBe(true);
  });

  test.each([
    ["what port was it?", true],
    ["端口是多少吗", true],
    ["I changed it. Did you see?", false],
    ["改好了。看到了吗？", false],
    ["It is 5433", false],
  ])("%s: only a question %s", (text, isQuestion) => {
    expect(tokens.piecesOf(said(text))[0]?.isQuestion).toBe(isQuestion);
  });
});

describe("how a text is cut", () => {
  test("after a sentence where there is one, Chinese into shorter pieces than English", () => {
    const english = partsOf("This is a sentence about ports. ".repeat(100));
    expect(english.slice(0, -1).every(({ text }) => text.trimEnd().endsWith("."))).toBe(false);
    expect(english.slice(0, -1).every(({ text }) => text.length > 500 && text.length <= 1_000)).toBe(true);
    const chinese = partsOf("数据库迁移到新的集群。".repeat(200));
    expect(chinese.slice(0, -1).every(({ text }) => text.endsWith("。") && text.length <= 500)).toBe(true);
  });

  test("an identifier at the border stays whole", () => {
    const text = `${"word ".repeat(199)}ORD-20391-XYZ ${"word ".repeat(100)}`;
    expect(partsOf(text).some((part) => part.text.includes("ORD-20391-XYZ"))).toBe(true);
  });

  test("the parts are the text, in order; of a giant one head and tail", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("a", "端", " ", "\n", "。", "x".repeat(700), "😀")), (bits) => {
        const text = bits.join("");
        const parts = partsOf(text);
        for (const part of parts) expect(text.slice(part.start, part.start + part.text.length)).toBe(part.text);
        expect(
          parts
            .map((part) => part.text)
            .join("")
            .replace(/\s/g, ""),
        ).toBe(text.replace(/\s/g, ""));
      }),
    );
    const giant = partsOf(`start ${"line of a log\n".repeat(200_000)} finish`);
    expect(giant.length).toBeLessThan(400);
    expect(giant[0]?.text.startsWith("start")).toBe(true);
    expect(giant.at(-1)?.text.endsWith("finish")).toBe(true);
  });
});
