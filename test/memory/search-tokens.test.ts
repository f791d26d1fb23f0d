// What becomes of a text on its way into the index, and of a question.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { indexTokens, neighbourTokens, queryTokens } from "../../src/memory/search-tokens.ts";

const tokens = (text: string): readonly string[] => indexTokens(text).split(" ");

describe("tokens of a text", () => {
  test("Chinese becomes single characters and pairs, so a word of two is found wherever it stands", () => {
    expect(tokens("端口号")).toEqual(["端", "口", "端口", "号", "口号"]);
  });

  test("kana and Hangul too, also in a run with Han", () => {
    expect(tokens("食べる")).toContain("食べ");
    expect(tokens("한국어")).toContain("국어");
  });

  test("full-width, half-width and composed forms become one", () => {
    expect(indexTokens("ＭｙＳＱＬ ２秒")).toBe(indexTokens("MySQL 2秒"));
    expect(indexTokens("ﾃﾞｰﾀ")).toBe(indexTokens("データ"));
    expect(indexTokens("cafe\u0301")).toBe(indexTokens("café"));
  });

  test.each([
    ["ORD-20391", ["ord", "20391", "ord20391"]],
    ["E_QUOTA_EXCEEDED", ["quota", "equotaexceeded", "quotaexceeded"]],
    ["src/storage/search.ts", ["search", "searchts", "srcstoragesearchts"]],
    ["maxRetries", ["maxretries", "max", "retries"]],
    ["v2.14.3", ["v2", "v2143"]],
    ["ann@example.net", ["ann", "example", "annexample"]],
    ["don’t", ["dont"]],
    ["订单ORD-7已付", ["ord7", "订单", "已付"]],
  ])("%s is found whole and by its parts", (text, wanted) => {
    for (const token of wanted) expect(tokens(text)).toContain(token);
  });

  test("however an identifier is written in the question, it meets the one in the text", () => {
    const stored = tokens("ticket INC-3391 is open");
    for (const asked of ["INC-3391", "inc3391", "INC_3391", "ＩＮＣ－３３９１", "inc 3391"]) {
      expect(queryTokens(asked).words.some((word) => word.includes("3391") && stored.includes(word))).toBe(true);
    }
  });

  test("neighbours are found by words and pairs, not by single characters", () => {
    expect(neighbourTokens("端口 port")).toBe("端口 port");
  });
});

describe("tokens of a question", () => {
  test("what every text holds is left out, in both languages", () => {
    expect(queryTokens("what is the port of the database?").words).toEqual(["port", "database"]);
    expect(queryTokens("数据库是什么？")).toMatchObject({ characters: ["数", "据", "库"] });
  });

  test("each token once, words and single characters apart", () => {
    expect(queryTokens("端口 端口 port port")).toEqual({ words: ["端口", "port"], characters: ["端", "口"] });
  });

  test("a question of common words only asks for them rather than for nothing", () => {
    expect(queryTokens("who are you").words).not.toEqual([]);
  });
});

describe("any text at all", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 300 }),
    fc.string({ unit: "grapheme", maxLength: 300 }),
    fc
      .array(
        fc.constantFrom('"', "'", "*", "(", ")", ":", "^", "-", "\0", "NEAR", "OR", "端", "\ud800", "\udc00", "ﷺ", "İ"),
      )
      .map((all) => all.join("")),
  );

  test("becomes letters, digits and marks parted by single blanks: nothing an index could read as syntax", () => {
    fc.assert(
      fc.property(text, (any) => {
        expect(indexTokens(any)).toMatch(/^(?:[\p{L}\p{N}\p{M}]+(?: [\p{L}\p{N}\p{M}]+)*)?$/u);
        const { words, characters } = queryTokens(any);
        for (const token of [...words, ...characters]) expect(token).toMatch(/^[\p{L}\p{N}\p{M}]{1,64}$/u);
      }),
      { numRuns: 2_000 },
    );
  });

  test("what is asked in the words of a text is among the text's tokens", () => {
    fc.assert(
      fc.property(text, (any) => {
        const stored = new Set(tokens(any));
        const { words, characters } = queryTokens(any);
        for (const token of [...words, ...characters]) expect(stored).toContain(token);
      }),
      { numRuns: 1_000 },
    );
  });

  test.each([
    ["one character", "中"],
    ["one letter", "x"],
    ["a compound without end", "a."],
    ["humps without end", "aB"],
    ["blanks", " "],
    ["joints", "-"],
    ["what NFKC makes long", "ﷺ"],
  ])("of 200,000 times %s is worked in linear time", (_what, unit) => {
    const time = (count: number): number => {
      const startedAt = performance.now();
      indexTokens(unit.repeat(count));
      return performance.now() - startedAt;
    };
    time(1_000);
    // Quadratic work would take minutes here.
    expect(time(200_000)).toBeLessThan(5_000);
  });
});
