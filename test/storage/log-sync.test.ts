// Who waits for the disk is told in order, and of a disk that fails.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LogSync } from "../../src/storage/log-sync.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-sync-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function logFile(): string {
  const file = join(folder, "log");
  writeFileSync(file, "written");
  return file;
}

test("everybody is told in the order of the calls, also who asks for no sync and who asks meanwhile", async () => {
  const sync = new LogSync(logFile());
  const told: string[] = [];
  sync.inTurn(() => told.push("nothing to wait for"));
  expect(told).toEqual(["nothing to wait for"]);
  sync.afterSync(() => {
    told.push("first");
    sync.afterSync(() => told.push("asked meanwhile"));
  });
  sync.inTurn(() => told.push("behind the first"));
  sync.afterSync(() => told.push("second"));
  expect(told).toHaveLength(1);
  expect(sync.isIdle).toBe(false);
  await sync.close();
  expect(told.slice(1)).toEqual(["first", "behind the first", "second", "asked meanwhile"]);
  expect(sync.isIdle).toBe(true);
});

test("a disk that fails is told to who waits for it, and asked again by the next", async () => {
  const file = join(folder, "log");
  const sync = new LogSync(file);
  const failed = await new Promise<Error | null>((resolve) => sync.afterSync(resolve));
  expect(failed).toMatchObject({ code: "ENOENT" });
  writeFileSync(file, "written");
  expect(await new Promise<Error | null>((resolve) => sync.afterSync(resolve))).toBeNull();
  await sync.close();
});
