// From a question to excerpts: what is asked of the store, and what is made of its hits.

import { describe, expect, test } from "vitest";
import type { SearchHit, SearchQuery } from "../../src/core/log-search.ts";
import type { MemoryQuestion } from "../../src/core/memory.ts";
import type { Step } from "../../src/core/step.ts";
import { excerptOf } from "../../src/memory/excerpt.ts";
import { createLogSearch } from "../../src/memory/log-search.ts";
import { rankHits } from "../../src/memory/rank.ts";

const hit = (task: string, more: Partial<SearchHit> = {}): SearchHit => ({
  task,
  n: 1,
  kind: "said",
  at: 0,
  start: 0,
  speaker: "Ann",
  isQuestion: false,
  score: 1,
  ...more,
});
const tasks = (hits: readonly SearchHit[]): readonly string[] => hits.map(({ task }) => task);
const question = (more: Partial<MemoryQuestion>): MemoryQuestion => ({
  session: "s",
  task: "now",
  query: "port",
  keywords: [],
  now: Date.UTC(2026, 4, 3),
  limit: 10,
  ...more,
});

function searchOver(hits: readonly SearchHit[], textOf: (task: string) => string = (task) => `text of ${task}`) {
  const asked: SearchQuery[] = [];
  const search = createLogSearch(
    {
      searchLog: async (_session, query) => {
        asked.push(query);
        return hits;
      },
      step: async (session, task, n): Promise<Step> => ({
        session,
        seq: n,
        task,
        n,
        at: 0,
        body: { kind: "said", message: "", sender: { id: "", name: "Ann" }, text: textOf(task) },
      }),
    },
    "Asia/Shanghai",
  );
  return { search, asked };
}

describe("the question", () => {
  test("becomes words, single characters and dates; keywords count like words", async () => {
    const { search, asked } = searchOver([]);
    await search(question({ query: "昨天的端口？", keywords: ["port", "INC-7"] }));
    expect(asked[0]).toMatchObject({ dates: ["dymd20260502"] });
    expect(asked[0]?.words).toEqual(expect.arrayContaining(["端口", "port", "inc7"]));
    expect(asked[0]?.characters).toEqual(expect.arrayContaining(["端", "口"]));
  });

  test("is bounded, however long the model makes it", async () => {
    const { search, asked } = searchOver([]);
    const keywords = Array.from(
      { length: 5_000 },
      (_, index) => `word${index} 词${String.fromCodePoint(0x4e00 + index)}`,
    );
    await search(question({ keywords }));
    expect(asked[0]?.words.length).toBeLessThanOrEqual(48);
    expect(asked[0]?.characters.length).toBeLessThanOrEqual(24);
  });
});

describe("the answer", () => {
  test("leaves out what the asking task was told, since that is the question", async () => {
    const { search } = searchOver([hit("now"), hit("now", { n: 5, kind: "call" }), hit("before")]);
    expect((await search(question({}))).map(({ reference }) => reference).sort()).toEqual(["before.1", "now.5"]);
  });

  test("carries date in the searcher's zone, speaker, and the place in the whole text", async () => {
    const long = `${"filler ".repeat(200)}the port is 5433`;
    const { search } = searchOver([hit("t", { at: Date.UTC(2026, 4, 1, 20, 30), start: 1_000 })], () => long);
    const [found] = await search(question({}));
    expect(found).toMatchObject({ date: "2026-05-02 04:30 Asia/Shanghai", speaker: "Ann", kind: "said" });
    expect(found?.excerpt).toContain("the port is 5433");
    expect(long.slice(found?.offset)).toContain("the port is 5433");
  });
});

describe("the rank", () => {
  test("prefers a named speaker and what tells over what only asks", () => {
    const hits = [hit("bob", { speaker: "Bob" }), hit("ann"), hit("asks", { isQuestion: true })];
    expect(tasks(rankHits(hits, "what did Ann say", 5))).toEqual(["ann", "bob", "asks"]);
  });

  test("newness decides between equals, never against what fits much better", () => {
    const hits = [
      hit("old", { at: 1, score: 1 }),
      hit("new", { at: 9, score: 0.98 }),
      hit("newest", { at: 10, score: 0.5 }),
    ];
    expect(tasks(rankHits(hits, "x", 5))).toEqual(["new", "old", "newest"]);
  });

  test("one long text is not the whole answer", () => {
    const hits = [0, 1, 2, 3].map((start) => hit("long", { start })).concat(hit("short", { score: 0.1 }));
    expect(tasks(rankHits(hits, "x", 5))).toEqual(["long", "long", "short"]);
  });

  test("of nothing is nothing", () => {
    expect(rankHits([], "x", 5)).toEqual([]);
  });
});

describe("an excerpt", () => {
  test("is the window that holds most of what was asked, on one line", () => {
    const text = `port ${"a b ".repeat(300)}the staging\n\nport is 5433 ${"c d ".repeat(300)}`;
    const { at, text: shown } = excerptOf(text, ["port", "staging", "5433"]);
    expect(shown).toContain("the staging port is 5433");
    expect(shown.startsWith("…") && shown.endsWith("…")).toBe(true);
    expect(shown.length).toBeLessThan(300);
    expect(text.slice(at)).toContain("staging");
  });

  test("of a short text is the text", () => {
    expect(excerptOf("short\ntext", ["x"])).toEqual({ at: 0, text: "short text" });
  });

  test("cuts no character in half", () => {
    expect(excerptOf("😀".repeat(400), ["x"]).text.isWellFormed()).toBe(true);
    expect(excerptOf(`a${"😀".repeat(400)}`, ["x"]).text.isWellFormed()).toBe(true);
  });
});
