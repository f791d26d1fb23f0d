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

/** A disk beside that is done when it is told to be, known to be quick. */
function heldSync() {
  const asked: string[] = [];
  const descriptors = new Map<string, number>();
  const ends: ((error: Error | null) => void)[] = [];
  const world = { isBroken: false };
  const fileSync: FileSync = {
    beside: (descriptor, done) => {
      asked.push("beside");
      descriptors.set("beside", descriptor);
      ends.push(done);
    },
    here: (descriptor) => {
      asked.push("here");
      descriptors.set("here", descriptor);
      if (world.isBroken) throw new Error("no disk");
    },
  };
  const sync = new LogSync(logFile(), fileSync, () => 0);
  const told: string[] = [];
  const ask = (who: string, place: SyncPlace = "beside"): void =>
    sync.afterSync((error) => told.push(error ? `${who} failed` : who), place);
  const end = (error: Error | null = null): void => ends.shift()?.(error);
  ask("known");
  end();
  return { sync, asked, descriptors, world, told, ask, end };
}

test("a sync on the event loop is for those who wait already as well, first of all", async () => {
  const { sync, asked, told, ask, end } = heldSync();
  ask("first");
  sync.inTurn(() => told.push("behind the first"));
  ask("second", "here");
  expect(told).toEqual(["known", "first", "behind the first", "second"]);
  expect(asked).toEqual(["beside", "beside", "here"]);
  // Who comes while the one beside is still under way is not taken for one of those it was for.
  ask("third");
  end();
  expect(told).toHaveLength(4);
  end();
  expect(told.at(-1)).toBe("third");
  expect(asked).toEqual(["beside", "beside", "here", "beside"]);
  await sync.close();
});

test("closing waits for a sync beside that nobody waits for any more", async () => {
  const { sync, ask, end } = heldSync();
  ask("first");
  ask("second", "here");
  let isClosed = false;
  const closing = sync.close().then(() => {
    isClosed = true;
  });
  await nextTurn();
  expect(isClosed).toBe(false);
  end();
  await closing;
});

test("what one sync could not write nobody takes for written: not who waits, not who came meanwhile", async () => {
  const { sync, world, told, ask, end } = heldSync();
  ask("first");
  ask("came meanwhile");
  end(new Error("no disk"));
  expect(told).toEqual(["known", "first failed", "came meanwhile failed"]);
  ask("third");
  world.isBroken = true;
  ask("here", "here");
  expect(told.slice(3)).toEqual(["third failed", "here failed"]);
  world.isBroken = false;
  end();
  ask("after");
  end();
  expect(told.at(-1)).toBe("after");
  await sync.close();
});

test("each place asks for a failure of its own: the system tells it once to each who opened the file", async () => {
  const { sync, descriptors, ask, end } = heldSync();
  ask("first", "here");
  expect(descriptors.size).toBe(2);
  expect(descriptors.get("here")).not.toBe(descriptors.get("beside"));
  end();
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
