// The parts of the search index are joined in small units, and everything is found before, between and after.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Database, number } from "../../src/storage/database.ts";
import { migrate } from "../../src/storage/migrate.ts";
import { createSearchUpkeep } from "../../src/storage/search-upkeep.ts";
import { openSqlite } from "../../src/storage/sqlite-database.ts";

const WORDS = 400;

let folder: string;
let database: Database;
let commits: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-upkeep-"));
  commits = [];
  const onCommit = (moment: string, labels: readonly string[]): void => {
    if (moment === "after") commits.push(...labels);
  };
  database = openSqlite({ file: join(folder, "signalbox.db"), onCommit });
  await migrate(database);
});
afterEach(async () => {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

const ask = async (sql: string): Promise<number> => number((await database.read.get(sql)) ?? {}, "n");
const parts = (): Promise<number> => ask("select count(distinct segid) as n from log_index_idx");
const found = (word: string): Promise<number> =>
  ask(`select count(*) as n from log_index where log_index match '"${word}"'`);
const tidied = (): number => commits.filter((label) => label === "tidy").length;

/** So many transactions, each with a piece of many words of its own. */
async function grow(from: number, to: number): Promise<void> {
  for (let n = from; n < to; n += 1) {
    const body = `everywhere ${Array.from({ length: WORDS }, (_, word) => `w${n}x${word}`).join(" ")}`;
    await database.transaction("index", async (unit) => {
      await unit.run("insert into log_index (rowid, body) values (?, ?)", n + 1, body);
      await unit.run(
        `insert into log_indexed (number, session, version, piece) values (0, 's', '1', ?)
         on conflict (number) do update set piece = excluded.piece`,
        n + 1,
      );
    });
  }
}

test("many parts become one, in more than one unit; nothing is lost", async () => {
  await grow(0, 63);
  expect(await parts()).toBeGreaterThanOrEqual(8);
  await createSearchUpkeep(database, 8).tidy(() => false);
  expect([await parts(), await found("everywhere"), await found("w17x3")]).toEqual([1, 63, 1]);
  expect(tidied()).toBeGreaterThan(2);
});

test("what is written meanwhile is found, and so is everything when it is stopped half way", async () => {
  await grow(0, 63);
  const stops = [false, false].values();
  const begun = createSearchUpkeep(database, 8).tidy(() => stops.next().value ?? true);
  await grow(63, 70);
  await begun;
  expect(tidied()).toBe(3);
  expect([await found("everywhere"), await found("w5x5"), await found("w65x5")]).toEqual([70, 1, 1]);
  await createSearchUpkeep(database, 8).tidy(() => false);
  expect(await parts()).toBeLessThan(8);
  expect(await found("everywhere")).toBe(70);
});

test("few parts are left alone, and an index that has hardly grown since is not written anew", async () => {
  const upkeep = createSearchUpkeep(database, 8);
  await grow(0, 5);
  await upkeep.tidy(() => false);
  expect(tidied()).toBe(0);
  await grow(5, 255);
  await upkeep.tidy(() => false);
  const before = tidied();
  expect(before).toBeGreaterThan(0);
  await grow(255, 318);
  expect(await parts()).toBeGreaterThanOrEqual(8);
  await upkeep.tidy(() => false);
  expect(tidied()).toBe(before);
  let last = 319;
  await grow(318, last);
  for (; (await parts()) < 8; last += 1) await grow(last, last + 1);
  await upkeep.tidy(() => false);
  expect(tidied()).toBeGreaterThan(before);
});
