// The index behind the search: it follows its log through batches, crashes, restarts, new tokens and old ledgers.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { LogTokens, SearchHit } from "../../src/core/log-search.ts";
import type { Store } from "../../src/core/store.ts";
import { createLogTokens } from "../../src/memory/log-pieces.ts";
import { queryTokens } from "../../src/memory/search-tokens.ts";
import type { CommitHook, Row } from "../../src/storage/database.ts";
import { openLedger } from "../../src/storage/ledger.ts";
import { migrate } from "../../src/storage/migrate.ts";
import { firstLedger } from "../../src/storage/migrations/0001-first-ledger.ts";
import { openSqlite, openSqliteReadOnly } from "../../src/storage/sqlite-database.ts";
import { begin, SESSION, tell } from "../memory/tell.ts";

let folder: string;
let store: Store;
const logTokens = createLogTokens("UTC");

async function reopen(options: { readonly logTokens?: LogTokens; readonly onCommit?: CommitHook } = {}): Promise<void> {
  store = await openLedger({ folder, lockWaitMs: 0, logTokens, ...options });
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

async function rows(sql: string): Promise<readonly Row[]> {
  const database = openSqliteReadOnly(join(folder, "signalbox.db"));
  try {
    return await database.read.all(sql);
  } finally {
    await database.close();
  }
}

describe("an index that follows its log", () => {
  const pieces = async (): Promise<readonly Row[]> =>
    rows(
      "select session, seq, n, kind, start, id - (select min(id) from log_pieces) as place from log_pieces order by id",
    );

  test("nothing is indexed before somebody asks or a batch pays; then everything is, once", async () => {
    for (let n = 0; n < 5; n += 1) await tell(store, `message ${n}`, { answer: `answer ${n}` });
    expect(await pieces()).toEqual([]);
    await Promise.all([search("message"), search("answer"), search("message")]);
    expect((await pieces()).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    for (let n = 5; n < 30; n += 1) await tell(store, `message ${n}`, { answer: `answer ${n}` });
    await expect.poll(async () => (await pieces()).length).toBeGreaterThan(40);
    await search("message");
    expect((await pieces()).map(({ seq }) => seq)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
  });

  test("what is indexed in many small steps is what is indexed at once", async () => {
    const whole = "a line that makes the result long enough for several pieces\n".repeat(120);
    const say = async (session: string, n: number): Promise<void> => {
      const call = { name: "dump", result: { status: "ok", text: "cut", whole: `${n} ${whole}` } } as const;
      await tell(store, `question ${n} 端口`, { session, answer: `answer ${n}`, ...(n % 3 === 0 ? { call } : {}) });
    };
    for (let n = 0; n < 12; n += 1) {
      await say("chat:often", n);
      await search("question", "chat:often");
      await say("chat:once", n);
    }
    await search("x", "chat:once");
    const asked = ["question", "answer 7", "端口", "line result"];
    for (const words of asked) {
      const shape = (hits: readonly SearchHit[]) =>
        hits.map(({ kind, n, start, score }) => [kind, n, start, score.toFixed(6)]).sort();
      expect(shape(await search(words, "chat:often", 100))).toEqual(shape(await search(words, "chat:once", 100)));
    }
  });

  test("a call that waits for its result holds the index back, and is found once it is there", async () => {
    const { fence } = await begin(store, "run the tool");
    const { numbers } = await store.appendReply(
      fence,
      {
        reply: {
          kind: "reply",
          text: "",
          model: "m",
          usage: { inputTokens: 0, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens: 0 },
        },
        calls: [{ kind: "call", id: "c", name: "dump", arguments: {} }],
        usage: {
          model: "m",
          role: "main",
          usage: { inputTokens: 0, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens: 0 },
          usd: 0,
          durationMs: 0,
        },
      },
      1,
    );
    expect(await tasksFound("tool")).toHaveLength(1);
    expect(await search("needle")).toEqual([]);
    await store.finishCalls(fence, [{ n: numbers[1] ?? 0, result: { status: "ok", text: "the needle" } }], [], 2);
    expect(await search("needle")).toMatchObject([{ kind: "call", n: 3 }, { kind: "said" }]);
  });

  test("a crash around any commit of the indexing loses no piece and doubles none", async () => {
    for (let n = 0; n < 60; n += 1) await tell(store, `message ${n} ${"words ".repeat(30)}`);
    for (const moment of ["before", "after"] as const) {
      for (const nth of [1, 2, 3]) {
        await store.close();
        let commits = 0;
        await reopen({
          onCommit: (when, labels) => {
            if (when !== moment || labels[0] !== "index") return;
            commits += 1;
            if (commits === nth) throw new Error("crash");
          },
        });
        await search("message").catch(() => {});
      }
    }
    await store.close();
    await reopen();
    expect(await search("message", SESSION, 100)).toHaveLength(60);
    expect((await pieces()).map(({ seq }) => seq)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
  });

  test("other tokens: everything is indexed anew, and nothing of the old is left", async () => {
    for (let n = 0; n < 250; n += 1) await tell(store, `message ${n}`);
    expect(await search("message")).toHaveLength(10);
    await store.close();
    const shouting: LogTokens = {
      version: "2",
      piecesOf: (step) =>
        logTokens.piecesOf(step).map((piece) => ({
          ...piece,
          tokens: () => ({ ...piece.tokens(), body: "loud" }),
          head: () => "",
        })),
    };
    await reopen({ logTokens: shouting });
    expect(await search("loud", SESSION, 100)).toHaveLength(100);
    expect(await search("message")).toEqual([]);
    expect(await pieces()).toHaveLength(250);
  });

  test("a ledger of the first version is brought up, and what was said in it is found", async () => {
    const old = mkdtempSync(join(tmpdir(), "signalbox-old-"));
    const database = openSqlite({ file: join(old, "signalbox.db") });
    await migrate(database, [firstLedger]);
    await database.transaction("old", async (transaction) => {
      await transaction.run("insert into sessions (id, last_step, created_at) values ('chat:old', 2, 0)");
      const bodies = [
        { kind: "said", message: "m", sender: { id: "chat:ann", name: "Ann" }, text: "the port is 5433" },
        { kind: "reply", text: "noted", model: "m", usage: {} },
      ];
      for (const [index, body] of bodies.entries()) {
        await transaction.run(
          "insert into steps (session, seq, task, n, at, body) values ('chat:old', ?, 't', ?, 0, ?)",
          index + 1,
          index + 1,
          JSON.stringify(body),
        );
      }
    });
    await database.close();
    const brought = await openLedger({ folder: old, lockWaitMs: 0, logTokens });
    try {
      expect(await brought.searchLog("chat:old", { words: ["5433"], characters: [], dates: [] }, 5)).toMatchObject([
        { task: "t", n: 1, kind: "said", speaker: "Ann", at: 0 },
        { task: "t", n: 2, kind: "reply" },
      ]);
    } finally {
      await brought.close();
      rmSync(old, { recursive: true });
    }
  });

  describe("of a long log", () => {
    const LONG = 4_000;
    /** Put in directly: the road would take a minute. */
    async function fill(texts: (n: number) => string): Promise<void> {
      await store.close();
      const database = openSqlite({ file: join(folder, "signalbox.db") });
      await database.transaction("fill", async (transaction) => {
        await transaction.run("insert into sessions (id, last_step, created_at) values ('chat:long', ?, 0)", LONG);
        for (let n = 1; n <= LONG; n += 1) {
          const body = { kind: "said", message: "", sender: { id: "chat:ann", name: "Ann" }, text: texts(n) };
          await transaction.run(
            "insert into steps (session, seq, task, n, at, body) values ('chat:long', ?, 'long', ?, ?, ?)",
            n,
            n,
            n,
            JSON.stringify(body),
          );
        }
      });
      await database.close();
      await reopen();
    }

    test("the rare word decides, a word of every piece is asked of the newest, and a short log beside it keeps its words", async () => {
      await fill((n) => (n === 7 ? "status of the zebra" : `status ${n} 状态`));
      const short = await tell(store, "the status is green");
      const found = async (text: string, session: string) =>
        (await search(text, session)).map(({ task, n }) => `${task}.${n}`);
      expect(await found("status zebra", "chat:long")).toContain("long.7");
      const common = await search("status 状态", "chat:long");
      expect(common).toHaveLength(10);
      expect((await found("status", SESSION))[0]).toBe(`${short}.1`);
    });
  });

  test("closing in the middle of catching up neither hangs nor harms", async () => {
    for (let n = 0; n < 100; n += 1) await tell(store, `message ${n}`);
    const looking = search("message").catch(() => []);
    await store.close();
    await looking;
    await reopen();
    expect(await search("message", SESSION, 100)).toHaveLength(100);
  });
});
