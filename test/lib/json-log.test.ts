// The log: one JSON line an event, errors with stack and cause, nothing secret, and nothing that can make it throw.

import { describe, expect, test } from "vitest";
import { AppError } from "../../src/core/errors.ts";
import { createLineLog, type LineLogOptions } from "../../src/lib/json-log.ts";
import { createRedactor } from "../../src/lib/redact.ts";

function logTo(options: Partial<LineLogOptions> = {}) {
  const lines: string[] = [];
  const log = createLineLog({
    level: "debug",
    isPretty: false,
    isColoured: false,
    redact: createRedactor(["very-secret-value"]),
    write: (line) => lines.push(line),
    ...options,
  });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? "") as Record<string, unknown> };
}

describe("a line", () => {
  test("is one JSON object with time, level, event and fields, and ends with a line feed", () => {
    const { log, lines, last } = logTo();
    log.info("task started", { session: "web:s", ms: 5 });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\{[^\n]*\}\n$/);
    expect(last()).toMatchObject({ level: 30, msg: "task started", session: "web:s", ms: 5 });
    expect(new Date(String(last().time)).getTime()).toBeGreaterThan(0);
    expect(last()).not.toHaveProperty("pid");
  });

  test("stays one line whatever is in it", () => {
    const { log, lines } = logTo();
    log.warn("a\nb\r\u2028", { "key\n": "v\n", text: "x".repeat(100_000), percent: "%s %d %o" });
    expect(lines[0]?.split("\n")).toHaveLength(2);
    expect(() => JSON.parse(lines[0] ?? "")).not.toThrow();
  });

  test("carries what a child was given, and the child's own children", () => {
    const { log, last } = logTo();
    log.child({ session: "s" }).child({ task: "t" }).error("x", { n: 1 });
    expect(last()).toMatchObject({ session: "s", task: "t", n: 1, level: 50 });
  });

  test("is not written below the level", () => {
    const { log, lines } = logTo({ level: "warn" });
    log.debug("no");
    log.info("no");
    log.child({ a: 1 }).info("no");
    log.warn("yes");
    expect(lines).toHaveLength(1);
    expect(logTo({ level: "silent" }).lines).toEqual([]);
  });

  test.each([
    [
      "itself",
      () => Object.assign({}, ...[{}].map((circle: Record<string, unknown>) => Object.assign(circle, { circle }))),
    ],
    ["a big integer", () => ({ n: 10n })],
    ["a function, a symbol, nothing", () => ({ f: () => 1, s: Symbol("x"), u: undefined, n: null })],
    [
      "a value that throws when it is read",
      () => ({
        get x() {
          throw new Error("no");
        },
      }),
    ],
    [
      "a value that throws when it is written",
      () => ({
        x: {
          toJSON: () => {
            throw new Error("no");
          },
        },
      }),
    ],
    ["a date that is none", () => ({ d: new Date(Number.NaN) })],
    ["half a character", () => ({ t: "\ud83d" })],
  ])("with %s in its fields throws nothing and is JSON", (_name, fields) => {
    const { log, lines } = logTo();
    expect(() => log.info("odd", { inner: fields() })).not.toThrow();
    expect(() => JSON.parse(lines[0] ?? "")).not.toThrow();
  });
});

describe("errors", () => {
  test("come with type, message, stack, code and the whole chain of causes", () => {
    const { log, last } = logTo();
    const root = new TypeError("the socket broke");
    log.error("task failed", { error: new AppError("provider-unavailable", "openai: 529", { cause: root }) });
    expect(last().error).toMatchObject({
      message: "openai: 529",
      code: "provider-unavailable",
      stack: expect.stringContaining("json-log.test.ts"),
      cause: { type: "TypeError", message: "the socket broke", stack: expect.any(String) },
    });
  });

  test.each([["a word"], [undefined], [null], [42], [{ code: 1 }]])(
    "%j, thrown in an error's place, is logged",
    (thrown) => {
      const { log, lines } = logTo();
      expect(() => log.error("x", { error: thrown })).not.toThrow();
      expect(() => JSON.parse(lines[0] ?? "")).not.toThrow();
    },
  );

  test("that cause each other end", () => {
    const { log, lines } = logTo();
    const a = new Error("a");
    const b = new Error("b", { cause: a });
    a.cause = b;
    expect(() => log.error("x", { error: a })).not.toThrow();
    expect(() => JSON.parse(lines[0] ?? "")).not.toThrow();
  });
});

describe("secrets", () => {
  const fields = {
    plain: "very-secret-value",
    nested: { list: ["a very-secret-value b"] },
    "very-secret-value": 1,
    headers: { authorization: "Bearer abcdef0123456789" },
    error: new Error("401 for very-secret-value", { cause: new Error("key sk-ant-api03-abcdefgh12345678") }),
  };

  test("leave neither in a line of JSON nor in a readable one, also in messages, causes, keys and children", () => {
    for (const isPretty of [false, true]) {
      const { log, lines } = logTo({ isPretty });
      log.child(fields).info("for very-secret-value", fields);
      const all = lines.join("");
      expect(all).not.toMatch(/very-secret|abcdef0123|sk-ant/);
      expect(all).toContain("[redacted]");
    }
  });

  test("a redacted line is still JSON", () => {
    const { log, last } = logTo();
    log.info("x", fields);
    expect(last()).toMatchObject({ plain: "[redacted]", nested: { list: ["a [redacted] b"] } });
  });
});

describe("for people", () => {
  test("on a terminal a line is readable, in colour only where it may be", () => {
    const sequence = "\u001b[";
    const plain = logTo({ isPretty: true });
    plain.log.info("ready", { url: "http://127.0.0.1:8787" });
    expect(plain.lines[0]).toMatch(/INFO.*ready/);
    expect(plain.lines[0]).toContain("http://127.0.0.1:8787");
    expect(plain.lines[0]).not.toContain(sequence);
    const coloured = logTo({ isPretty: true, isColoured: true });
    coloured.log.info("ready");
    expect(coloured.lines[0]).toContain(sequence);
  });
});
