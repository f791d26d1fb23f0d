// Dates in texts and questions, absolute and relative, in both languages.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createDateTokens } from "../../src/memory/date-tokens.ts";

/** A Saturday. */
const NOW = Date.UTC(2026, 10, 21, 9);
const { forText, forQuestion } = createDateTokens("UTC");
const asked = (question: string): readonly string[] => forQuestion(question, NOW).tokens;

describe("a question", () => {
  test.each([
    ["2026-05-02", "dymd20260502"],
    ["2026/5/2 的会议", "dymd20260502"],
    ["２０２６年５月２日", "dymd20260502"],
    ["二〇二六年五月二日", "dymd20260502"],
    ["5月2号吃了什么", "dmd0502"],
    ["五月二十三日的计划", "dmd0523"],
    ["去年3月", "dym202503"],
    ["2026年5月", "dym202605"],
    ["十二月", "dm12"],
    ["昨天说的端口", "dymd20261120"],
    ["前天", "dymd20261119"],
    ["大前天", "dymd20261118"],
    ["明天早上", "dymd20261122"],
    ["三天前", "dymd20261118"],
    ["上周三的会议", "dymd20261111"],
    ["上个月的预算", "dym202610"],
    ["三个月前", "dym202608"],
    ["一年前", "dy2025"],
    ["May 2", "dmd0502"],
    ["what happened on 2nd of May, 2026?", "dymd20260502"],
    ["in March", "dm03"],
    ["March 2026", "dym202603"],
    ["since March 2026", "dym202603"],
    ["by May 2", "dmd0502"],
    ["last May", "dym202605"],
    ["yesterday", "dymd20261120"],
    ["the day before yesterday", "dymd20261119"],
    ["last Friday", "dymd20261120"],
    ["last Saturday", "dymd20261114"],
    ["next Monday", "dymd20261123"],
    ["3 days ago", "dymd20261118"],
    ["a couple of days ago", "dymd20261119"],
    ["last month", "dym202610"],
    ["next year", "dy2027"],
    ["what did we decide in 2025", "dy2025"],
  ])("%s asks for %s", (question, token) => {
    expect(asked(question)).toEqual([token]);
  });

  test.each([
    ["上周", 7],
    ["两周前", 7],
    ["last week", 7],
    ["上周末", 2],
    ["周五", 2],
    ["on Monday", 2],
  ])("%s asks for %i days", (question, days) => {
    expect(asked(question)).toHaveLength(days);
  });

  test.each([
    "you may 2 things",
    "option 2 may fail",
    "may I ask",
    "march on",
    "1.2.3",
    "2026-13-40",
    "3个月",
    "一周日程",
    "二月三十日的 99月",
    "Jan said so",
  ])("%s names no date", (question) => {
    expect(asked(question).filter((token) => token.startsWith("dymd"))).toEqual([]);
  });

  test("goes on without its date words", () => {
    expect(forQuestion("昨天说的端口", NOW).rest.trim()).toBe("说的端口");
    expect(forQuestion("what happened on May 2 in Berlin?", NOW).rest).toMatch(/^what happened on\s+in Berlin\?$/);
  });

  test("has its own day in the asker's zone", () => {
    const late = Date.UTC(2026, 4, 1, 23);
    expect(createDateTokens("Asia/Shanghai").forQuestion("今天", late).tokens).toEqual(["dymd20260502"]);
    expect(forQuestion("今天", late).tokens).toEqual(["dymd20260501"]);
  });
});

describe("a text", () => {
  test("is found by its own day in every precision", () => {
    expect(forText("hello", Date.UTC(2026, 4, 2))).toBe("dy2026 dym202605 dm05 dmd0502 dymd20260502");
  });

  test("is found by the days it names, also by those that depend on when it was said", () => {
    const named = forText("验收推迟到5月18日, launch is tomorrow, report due 2026-12-24", NOW).split(" ");
    for (const token of ["dmd0518", "dymd20260518", "dymd20261122", "dymd20261224"]) expect(named).toContain(token);
  });

  test("a day without a year is of the nearest year", () => {
    expect(forText("Kick-off on January 7", Date.UTC(2026, 11, 20))).toContain("dymd20270107");
    expect(forText("since December 28", Date.UTC(2027, 0, 5))).toContain("dymd20261228");
  });

  test("a week or a month it names is no day of it", () => {
    expect(forText("last month, 上周", NOW)).toBe("dy2026 dym202611 dm11 dmd1121 dymd20261121");
  });
});

test("any text is read without a throw, and in linear time", () => {
  const bits = fc.constantFrom(
    "5月",
    "2号",
    "may ",
    "last ",
    "friday",
    "上周",
    "二十",
    "2026",
    "-",
    "年",
    "ago",
    " ",
    "10",
    "日前",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: "binary" }),
        fc.array(bits).map((all) => all.join("")),
      ),
      (any) => {
        for (const token of [...forText(any, NOW).split(" "), ...asked(any)])
          expect(token).toMatch(/^d(y|ym|m|md|ymd)\d+$/);
      },
    ),
    { numRuns: 2_000 },
  );
  for (const unit of ["1", "一", "二十", "may ", "last ", " ", "in    ", "5月", "2026-", "99天"]) {
    const startedAt = performance.now();
    forText(unit.repeat(50_000), NOW);
    expect(performance.now() - startedAt, unit).toBeLessThan(5_000);
  }
});
