// Who waits for the disk is told in order, and of a disk that fails.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type FileSync, LogSync, type SyncPlace } from "../../src/storage/log-sync.ts";

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

/** A disk that says how it was asked, and takes its time by a clock of its own. */
function timedSync() {
  const asked: string[] = [];
  const world = { tookMs: 1, nowMs: 0, isBroken: false };
  const take = (how: string): Error | null => {
    asked.push(how);
    world.nowMs += world.tookMs;
    return world.isBroken ? new Error("no disk") : null;
  };
  const fileSync: FileSync = {
    beside: (_descriptor, done) => done(take("beside")),
    here: () => {
      const error = take("here");
      if (error) throw error;
    },
  };
  const sync = new LogSync(logFile(), fileSync, () => world.nowMs);
  const after = (place: SyncPlace): Promise<Error | null> => new Promise((then) => sync.afterSync(then, place));
  return { sync, asked, world, after };
}

test("the event loop is held up only where it may be, and the disk was quick", async () => {
  const { sync, asked, world, after } = timedSync();
  const asks = async (place: SyncPlace): Promise<string | undefined> => {
    expect(await after(place)).toBeNull();
    return asked.at(-1);
  };
  // Nobody knows the disk yet.
  expect(await asks("here")).toBe("beside");
  expect(await asks("here")).toBe("here");
  expect(await asks("beside")).toBe("beside");
  world.tookMs = 50;
  expect(await asks("here")).toBe("here");
  // Once is enough.
  expect(await asks("here")).toBe("beside");
  world.tookMs = 1;
  expect(await asks("here")).toBe("beside");
  expect(await asks("here")).toBe("here");
  expect(asked).toHaveLength(7);
  await sync.close();
});

test("a disk that fails on the event loop is told like any other", async () => {
  const { sync, world, after } = timedSync();
  expect(await after("here")).toBeNull();
  world.isBroken = true;
  expect(await after("here")).toMatchObject({ message: "no disk" });
  world.isBroken = false;
  expect(await after("here")).toBeNull();
  await sync.close();
});

test("nobody is made durable on the event loop before those who wait already", async () => {
  const asked: string[] = [];
  let end = (): void => {};
  const fileSync: FileSync = {
    beside: (_descriptor, done) => {
      asked.push("beside");
      end = () => done(null);
    },
    here: () => asked.push("here"),
  };
  const sync = new LogSync(logFile(), fileSync, () => 0);
  const told: string[] = [];
  sync.afterSync(() => told.push("known"));
  end();
  sync.afterSync(() => told.push("first"));
  sync.afterSync(() => told.push("second"), "here");
  expect([told, asked]).toEqual([["known"], ["beside", "beside"]]);
  end();
  end();
  expect([told, asked]).toEqual([
    ["known", "first", "second"],
    ["beside", "beside", "beside"],
  ]);
  await sync.close();
});

test("what goes ahead is sent before the disk is asked; who asks meanwhile waits for the same sync, in order", async () => {
  const { sync, asked } = timedSync();
  const told: string[] = [];
  sync.afterSync(() => told.push("ahead"), "soon");
  expect(asked).toEqual([]);
  await nextTurn();
  expect(asked).toEqual([]);
  sync.afterSync(() => told.push("at once"));
  sync.inTurn(() => told.push("behind it"));
  expect(told).toEqual([]);
  await nextTurn();
  await nextTurn();
  expect(asked).toEqual(["beside"]);
  expect(told).toEqual(["ahead", "at once", "behind it"]);
  await sync.close();
});

test("closing waits for a sync that is still to begin", async () => {
  const { sync, asked } = timedSync();
  const told: string[] = [];
  sync.afterSync(() => told.push("ahead"), "soon");
  await sync.close();
  expect([asked, told]).toEqual([["beside"], ["ahead"]]);
});
