import fc from "fast-check";
import { countTokens as countCl100k } from "gpt-tokenizer/encoding/cl100k_base";
import { countTokens as countO200k } from "gpt-tokenizer/encoding/o200k_base";
import { describe, expect, test } from "vitest";
import { estimateTokens } from "../../src/context/token-estimate.ts";
import { familyOf, type TokenFamily } from "../../src/context/token-family.ts";
import { countFeatures, FEATURES } from "../../src/context/token-features.ts";
import { type CorpusKind, claudeCounts, corpus } from "./token-corpus.ts";

const FAMILIES: readonly TokenFamily[] = ["o200k", "cl100k", "claude-3", "claude-4.7"];
const KINDS = Object.keys(corpus).filter((kind): kind is CorpusKind => kind in corpus);

/** Measured: 2.7, 2.4, 2.6 and 3.8 percent on average, 6.2 at worst. */
const MEAN_ERROR_MAX = 0.05;
const ERROR_MAX = 0.08;

function trueCount(kind: CorpusKind, family: TokenFamily): number {
  switch (family) {
    case "o200k":
      return countO200k(corpus[kind]);
    case "cl100k":
      return countCl100k(corpus[kind]);
    case "claude-3":
      return claudeCounts[kind][0];
    case "claude-4.7":
      return claudeCounts[kind][1];
  }
}

const errorOf = (kind: CorpusKind, family: TokenFamily): number =>
  estimateTokens(corpus[kind], family) / trueCount(kind, family) - 1;

describe("against the real tokenizers", () => {
  test.each(FAMILIES)("%s is estimated within a few percent for every kind of text", (family) => {
    const errors = KINDS.map((kind) => Math.abs(errorOf(kind, family)));
    expect(errors.reduce((sum, error) => sum + error, 0) / errors.length).toBeLessThan(MEAN_ERROR_MAX);
    for (const [index, kind] of KINDS.entries()) expect(errors[index], kind).toBeLessThan(ERROR_MAX);
  });

  test("short messages are not far off either", () => {
    const pieces = KINDS.flatMap((kind) => corpus[kind].match(/[\s\S]{1,300}/g) ?? []);
    const errors = pieces.map((piece) => Math.abs(estimateTokens(piece, "o200k") / countO200k(piece) - 1));
    expect(errors.reduce((sum, error) => sum + error, 0) / errors.length).toBeLessThan(0.1);
  });

  test("families stand to each other as they do in truth", () => {
    const ratio = (kind: CorpusKind, family: TokenFamily, other: TokenFamily): number =>
      estimateTokens(corpus[kind], family) / estimateTokens(corpus[kind], other);
    expect(ratio("english", "claude-4.7", "claude-3")).toBeGreaterThan(1.25);
    expect(ratio("code", "claude-4.7", "claude-3")).toBeGreaterThan(1.2);
    expect(ratio("english", "claude-3", "o200k")).toBeGreaterThan(1.03);
    expect(ratio("chinese", "claude-3", "o200k")).toBeGreaterThan(1.3);
    expect(ratio("chinese", "cl100k", "o200k")).toBeGreaterThan(1.4);
    expect(ratio("chinese", "claude-4.7", "claude-3")).toBeCloseTo(1, 1);
    expect(ratio("english", "cl100k", "o200k")).toBeCloseTo(1, 1);
  });

  test("long letters that are no words are not taken for one", () => {
    const genes = Array.from({ length: 600 }, (_, index) => "ACGT"[(index * index + 3 * (index % 7)) % 4]).join("");
    const sealed = Array.from({ length: 600 }, (_, index) => "kQzWvbXjRpTq"[(index * index * 7 + index) % 12]).join("");
    for (const text of [genes, sealed]) {
      expect(estimateTokens(text, "o200k") / countO200k(text)).toBeGreaterThan(0.8);
      expect(estimateTokens(text, "o200k") / countO200k(text)).toBeLessThan(2);
    }
  });

  test("Traditional Chinese costs more a character than Simplified", () => {
    const simplified = estimateTokens("这个问题应该从两个方面来讨论", "o200k");
    expect(estimateTokens("這個問題應該從兩個方面來討論", "o200k")).toBeGreaterThan(simplified);
  });
});

/** Held keys, endless lines, half characters, scripts that join, and what tools print without a space. */
const PATTERNS: readonly string[] = [
  ..."a哈=-{ \n\t0é。ก\u0000\u0301\u200b",
  "aB",
  "哈a",
  "哈，",
  "a1",
  "ACGT",
  "\r\n",
  "\ud800",
  "\udc00",
  "😀",
  "👨‍👩‍👧‍👦",
  "שלום ",
  "مرحبا ",
  "Zm9vYmFyQmF6",
  '{"a":[1,null,"x"]},',
  "\u{20000}",
];
const MEGABYTE = 1_000_000;
const UNITS = 50_000;
const READS_A_UNIT_MAX = 5;

/** A text that refuses to be read more than a few times a character. */
class PatientText {
  reads = 0;
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  get length(): number {
    return this.text.length;
  }
  charCodeAt(index: number): number {
    this.reads += 1;
    if (this.reads > READS_A_UNIT_MAX * this.length) throw new Error("read too often");
    return this.text.charCodeAt(index);
  }
}

describe("on hostile input", () => {
  test.each(PATTERNS)("the work for much of %j grows with its length alone", (pattern) => {
    const text = new PatientText(pattern.repeat(UNITS / pattern.length));
    countFeatures(text);
    expect(text.reads).toBeGreaterThanOrEqual(text.length);
  });

  test("a megabyte of one character is no more work than any other", () => {
    for (const character of "a哈={ 😀") {
      const text = new PatientText(character.repeat(MEGABYTE / character.length));
      expect(() => countFeatures(text)).not.toThrow();
    }
  });

  test.each(PATTERNS)("twice as much of %j is twice as many tokens, neither none nor very many", (pattern) => {
    for (const family of FAMILIES) {
      const once = estimateTokens(pattern.repeat(UNITS / 2 / pattern.length), family);
      const twice = estimateTokens(pattern.repeat(UNITS / pattern.length), family);
      expect(twice / once).toBeGreaterThan(1.9);
      expect(twice / once).toBeLessThan(2.1);
      expect(twice).toBeGreaterThan(UNITS / 100);
      expect(twice).toBeLessThan(UNITS * 4);
    }
  });
});

const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.string({ unit: "grapheme", maxLength: 300 }),
  fc.string({ unit: fc.constantFrom(..."aZé09_=({ \n,。中繁あ가яไ😀"), maxLength: 300 }),
  fc
    .constantFrom(...Object.values(corpus))
    .chain((text) => fc.nat(text.length).map((start) => text.slice(start, start + 300))),
);
const anyFamily = fc.constantFrom(...FAMILIES);

describe("for every text", () => {
  test("no text is no tokens, and no text has less than none or more than four a character", () => {
    for (const family of FAMILIES) expect(estimateTokens("", family)).toBe(0);
    fc.assert(
      fc.property(anyText, anyFamily, (text, family) => {
        const tokens = estimateTokens(text, family);
        expect(Number.isSafeInteger(tokens)).toBe(true);
        expect(tokens).toBeGreaterThanOrEqual(0);
        expect(tokens).toBeLessThanOrEqual(4 * text.length);
      }),
    );
  });

  test("two texts joined have the tokens of both, but for what the seam makes of the word it cuts", () => {
    fc.assert(
      fc.property(anyText, anyText, anyFamily, (first, second, family) => {
        const word = /[\p{L}\p{N}]*$/u.exec(first)?.[0] + (/^[\p{L}\p{N}]*/u.exec(second)?.[0] ?? "");
        const apart = estimateTokens(first, family) + estimateTokens(second, family);
        expect(Math.abs(estimateTokens(first + second, family) - apart)).toBeLessThanOrEqual(5 + 2 * word.length);
      }),
    );
  });

  test("another line never makes a text cheaper", () => {
    fc.assert(
      fc.property(anyText, anyText, anyFamily, (first, second, family) => {
        const both = estimateTokens(`${first}\n${second}`, family);
        expect(both).toBeGreaterThanOrEqual(estimateTokens(first, family));
        expect(both).toBeGreaterThanOrEqual(estimateTokens(second, family));
      }),
    );
  });

  test("the same text always counts the same, and without a family as the dearest", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(estimateTokens(text)).toBe(estimateTokens(text, "claude-4.7"));
        expect(countFeatures(text)).toEqual(countFeatures(text));
      }),
    );
  });

  test("every feature is one that a text can have", () => {
    const text = `${Object.values(corpus).join("\n")} ===  !!\n\n\n😀 Привет здравствуйте γειά カナ 한국어 ሰላም aVeryCamelWord HTTP 繁體`;
    const counts = countFeatures(text);
    expect(FEATURES.filter((feature) => counts[feature] === 0)).toEqual([]);
  });
});

describe("the family of a model", () => {
  test.each<[string, TokenFamily]>([
    ["anthropic/claude-sonnet-5-5", "claude-4.7"],
    ["anthropic/claude-haiku-5-5", "claude-4.7"],
    ["anthropic/claude-fable-5", "claude-4.7"],
    ["anthropic/claude-opus-4-8", "claude-4.7"],
    ["anthropic/claude-opus-4-7", "claude-4.7"],
    ["anthropic/claude-opus-4-6", "claude-3"],
    ["anthropic/claude-haiku-4-5-20251001", "claude-3"],
    ["anthropic/claude-opus-4-20250514", "claude-3"],
    ["anthropic/claude-3-5-sonnet-20241022", "claude-3"],
    ["gateway/anthropic/claude-sonnet-4.5", "claude-3"],
    ["openai/gpt-6.1-terra", "o200k"],
    ["openai/gpt-5.6-terra", "o200k"],
    ["openai/gpt-5", "o200k"],
    ["openai/gpt-4.1-mini", "o200k"],
    ["openai/gpt-4o", "o200k"],
    ["openai/o3-mini", "o200k"],
    ["openai/gpt-4", "cl100k"],
    ["openai/gpt-4-turbo", "cl100k"],
    ["openai/gpt-3.5-turbo", "cl100k"],
    ["openai/deepseek-v4-pro", "o200k"],
    ["openai/qwen3-max", "o200k"],
    ["openai/kimi-k3", "claude-4.7"],
    ["demo/demo", "claude-4.7"],
    ["", "claude-4.7"],
  ])("%s counts as %s", (name, family) => {
    expect(familyOf(name)).toBe(family);
  });
});
