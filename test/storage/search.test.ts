// The search over the log in a real ledger: what is found, isolation, quoting, and the traps of an index that fail in silence.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SearchHit } from "../../src/core/log-search.ts";
import type { Store } from "../../src/core/store.ts";
import { createLogTokens } from "../../src/memory/log-pieces.ts";
import { queryTokens } from "../../src/memory/search-tokens.ts";
import { openLedger } from "../../src/storage/ledger.ts";
import { openSqlite } from "../../src/storage/sqlite-database.ts";
import { SESSION, tell } from "../memory/tell.ts";

let folder: string;
let store: Store;
const logTokens = createLogTokens("UTC");

async function reopen(): Promise<void> {
  store = await openLedger({ folder, lockWaitMs: 0, logTokens });
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-search-"));
  await reopen();
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const search = (text: string, session = SESSION, limit = 10): Promise<readonly SearchHit[]> =>
  store.searchLog(session, { ...queryTokens(text), dates: [] }, limit);
const tasksFound = async (text: string, session?: string): Promise<readonly string[]> =>
  (await search(text, session)).map(({ task }) => task);

describe("finding", () => {
  test("a question in plain Chinese finds what shares a word of two characters", async () => {
    const wanted = await tell(store, "测试环境的数据库端口改成了 5433");
    await tell(store, "中午吃拉面吗");
    expect((await tasksFound("端口是多少？"))[0]).toBe(wanted);
  });

  test("a question in plain English need not hold every word, and meets other forms of a word", async () => {
    const wanted = await tell(store, "We are running the migrations on Friday");
    await tell(store, "Lunch?");
    expect((await tasksFound("when does the migration run, and where?"))[0]).toBe(wanted);
  });

  test("full-width letters and accents make no difference", async () => {
    const wanted = await tell(store, "ＭｙＳＱＬ at the café");
    expect(await tasksFound("mysql")).toEqual([wanted]);
    expect(await tasksFound("CAFE")).toEqual([wanted]);
  });

  test("the rank tells apart: more of the words, rarer words, the text itself before its neighbours", async () => {
    await tell(store, "something about the weather and lunch");
    const both = await tell(store, "the staging database listens on port 5433");
    const one = await tell(store, "the database is slow");
    await tell(store, "see you tomorrow");
    for (let n = 0; n < 20; n += 1) await tell(store, `filler number ${n}`);
    const hits = await search("staging database port");
    expect(hits.slice(0, 2).map(({ task }) => task)).toEqual([both, one]);
    // With less detail in the index every score is the same, silently.
    expect(new Set(hits.map(({ score }) => score)).size).toBeGreaterThan(2);
  });

  test("an answer is found by the words of its question, over the tools used in between", async () => {
    const call = { name: "look", result: { status: "ok", text: "nothing to see" } } as const;
    const task = await tell(store, "Which gateway do we use?", { call, answer: "v2.14.3" });
    const kinds = (await search("gateway")).map(({ kind }) => kind);
    expect(kinds[0]).toBe("said");
    expect(kinds).toContain("reply");
    expect(await tasksFound("v2.14.3")).toContain(task);
  });

  test("a date is a boost: the day first, the rest after", async () => {
    const first = await tell(store, "deploy done", { at: Date.UTC(2026, 4, 1) });
    await tell(store, "unrelated", { at: Date.UTC(2026, 4, 1, 5) });
    const second = await tell(store, "deploy done", { at: Date.UTC(2026, 4, 2) });
    for (let n = 0; n < 10; n += 1) await tell(store, `filler ${n}`, { at: Date.UTC(2026, 5, n + 1) });
    const hits = await store.searchLog(SESSION, { words: ["deploy"], characters: [], dates: ["dymd20260502"] }, 10);
    expect(hits[0]?.task).toBe(second);
    expect(hits.map(({ task }) => task)).toContain(first);
  });

  test("a long result is found by what stands deep inside, with the place", async () => {
    const whole = `${"boring line of a log\n".repeat(3_000)}error E4711 happened\n${"more lines\n".repeat(3_000)}`;
    await tell(store, "run it", {
      call: { name: "dump", result: { status: "ok", text: "cut", whole } },
      answer: "done",
    });
    const [best] = await search("E4711");
    expect(best).toMatchObject({ kind: "call", speaker: "dump" });
    const at = whole.indexOf("E4711");
    expect(at >= (best?.start ?? 0) && at < (best?.start ?? 0) + 1_000).toBe(true);
  });

  test("a word that is in every piece is looked for as well", async () => {
    for (let n = 0; n < 30; n += 1) await tell(store, `report ${n}`);
    expect(await search("report")).toHaveLength(10);
  });

  test("nothing asked, nothing there: nothing found", async () => {
    expect(await search("port")).toEqual([]);
    await tell(store, "hello");
    expect(await store.searchLog(SESSION, { words: [], characters: [], dates: [] }, 5)).toEqual([]);
    expect(await search("port", "chat:never-seen")).toEqual([]);
  });

  test("a ledger opened without a tokenizer finds nothing and breaks nothing", async () => {
    await tell(store, "port 5433");
    await store.close();
    store = await openLedger({ folder, lockWaitMs: 0 });
    expect(await search("port")).toEqual([]);
  });
});

describe("isolation", () => {
  /** Names that a stemmer or a tokenizer would make one. */
  const names = [
    "ou_abccs",
    "ou_abcc",
    "ou-abcc",
    "walk",
    "walks",
    "walked",
    "walking",
    "Walk",
    "x",
    "x0",
    "用户",
    "用户们",
  ];

  test("a session finds its own words only, however alike the sessions' names are", async () => {
    const sessions = names.map((name) => `chat:${name}`);
    for (const session of sessions) await tell(store, `canary of ${session}`, { session, answer: "canary noted" });
    for (const session of sessions) {
      const hits = await search("canary noted", session, 100);
      expect(hits).toHaveLength(2);
      for (const { task, n } of hits) expect(await store.step(session, task, n)).toBeDefined();
    }
  });

  test("what fits better elsewhere takes no place from what is here", async () => {
    const mine = await tell(store, "one canary among many other words of a longer message");
    for (let n = 0; n < 60; n += 1) await tell(store, "canary canary canary", { session: "chat:other" });
    await search("canary", "chat:other");
    expect((await search("canary", SESSION, 5)).map(({ task }) => task)).toEqual([mine]);
  });

  test("whatever is asked, as a word or in place of one: no throw, and no other session's row", async () => {
    await tell(store, 'secret canary "quoted" dymd20260101', { session: "chat:other" });
    const mine = await tell(store, "my own canary");
    const hostile = fc.oneof(
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.constantFrom(
        '"',
        '""',
        '" OR "canary',
        'canary" OR session : "',
        "canary*",
        "{body meta} : canary",
        "- body : canary",
        "NEAR(canary secret, 10)",
        "^canary",
        'canary\0" OR "secret',
        "(((((",
        "*",
        "rowid:1",
        "'; drop table steps; --",
        "\ud800",
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(hostile, { maxLength: 6 }),
        fc.array(hostile, { maxLength: 3 }),
        async (words, more) => {
          const hits = await store.searchLog(SESSION, { words, characters: more, dates: more }, 20);
          for (const { task } of hits) expect(task).toBe(mine);
        },
      ),
      { numRuns: 500 },
    );
    expect(await tasksFound("canary")).toEqual([mine]);
  });

  test("even with the index confused about whose a piece is, the row is checked", async () => {
    await tell(store, "secret canary", { session: "chat:other" });
    await tell(store, "hello");
    await search("x");
    await search("x", "chat:other");
    await store.close();
    const database = openSqlite({ file: join(folder, "signalbox.db") });
    await database.transaction("confuse", async (transaction) => {
      // The other session's pieces, moved into the range of this one.
      const [own] = await transaction.all("select max(id) as id from log_pieces where session = ?", SESSION);
      await transaction.run(
        "insert into log_index (rowid, body, meta, dates, previous, next) values (?, 'secret canary', '', '', '', '')",
        Number(own?.id) + 1,
      );
      await transaction.run("update log_pieces set id = ? where session = 'chat:other'", Number(own?.id) + 1);
    });
    await database.close();
    await reopen();
    expect(await search("canary")).toEqual([]);
  });
});
