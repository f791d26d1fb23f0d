// Sentences for people: for every failure, in the language they write, and never a word of the inside.

import { describe, expect, test } from "vitest";
import { failureText, languageOf, userText } from "../../src/core/user-text.ts";

const CODES = [
  "provider-rate-limited",
  "provider-overloaded",
  "provider-unavailable",
  "provider-timeout",
  "provider-stream-broken",
  "provider-auth",
  "provider-refused",
  "provider-bad-reply",
  "context-too-long",
  "task-timeout",
  "task-stuck",
  "task-budget",
  "crash-loop",
  "storage-full",
  "storage-corrupt",
  "fenced",
  "bad-config",
  "bad-input",
  "not-found",
  "internal",
] as const;

describe("failures", () => {
  test.each(CODES)("%s is a sentence in both languages, without the inside's words", (code) => {
    const en = failureText(code, "en");
    const zh = failureText(code, "zh");
    expect(en).toMatch(/^[A-Z_].*[.)]$/);
    expect(zh).toMatch(/\p{Script=Han}.*。$/u);
    expect(en).not.toMatch(/\p{Script=Han}/u);
    for (const text of [en, zh])
      expect(text).not.toMatch(/undefined|null|Error|exception|stack|SQLite|https?:|[a-z]+-[a-z]+-[a-z]+/);
  });

  test("what nobody wrote a sentence for has the general one", () => {
    expect(failureText("storage-corrupt", "en")).toBe(failureText("internal", "en"));
  });

  test("different failures read differently", () => {
    const sentences = CODES.slice(0, 13).map((code) => failureText(code, "en"));
    expect(new Set(sentences).size).toBe(sentences.length);
  });
});

describe("sentences with numbers", () => {
  test("name them, in the singular where it is one", () => {
    expect(userText("waiting", "en", 1)).toBe("One message is before yours.");
    expect(userText("waiting", "en", 7)).toContain("7 messages");
    expect(userText("waiting", "zh", 7)).toContain("7");
    expect(userText("lineFull", "en", 50)).toContain("50");
    expect(userText("lineFull", "zh", 50)).toContain("50");
  });
});

describe("the language of a text", () => {
  test.each([
    ["hello", "en"],
    ["", "en"],
    ["12345 !?", "en"],
    ["你好", "zh"],
    ["please 翻译 this", "zh"],
    ["/stop", "en"],
    ["こんにちは", "en"],
    ["😀", "en"],
    ["𠀀", "zh"],
  ] as const)("%j is %s", (text, language) => {
    expect(languageOf(text)).toBe(language);
  });
});
