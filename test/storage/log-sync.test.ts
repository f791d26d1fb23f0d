// Who waits for the disk is told in order, and of a disk that fails.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type FileSync, LogSync } from "../../src/storage/log-sync.ts";

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
  const after = (mayHold: boolean): Promise<Error | null> => new Promise((then) => sync.afterSync(then, mayHold));
  return { sync, asked, world, after };
}

test("the event loop is held up only where it may be, and the disk was quick", async () => {
  const { sync, asked, world, after } = timedSync();
  const asks = async (mayHold: boolean): Promise<string | undefined> => {
    expect(await after(mayHold)).toBeNull();
    return asked.at(-1);
  };
  // Nobody knows the disk yet.
  expect(await asks(true)).toBe("beside");
  expect(await asks(true)).toBe("here");
  expect(await asks(false)).toBe("beside");
  world.tookMs = 50;
  expect(await asks(true)).toBe("here");
  // Once is enough.
  expect(await asks(true)).toBe("beside");
  world.tookMs = 1;
  expect(await asks(true)).toBe("beside");
  expect(await asks(true)).toBe("here");
  expect(asked).toHaveLength(7);
  await sync.close();
});

test("a disk that fails on the event loop is told like any other", async () => {
  const { sync, world, after } = timedSync();
  expect(await after(true)).toBeNull();
  world.isBroken = true;
  expect(await after(true)).toMatchObject({ message: "no disk" });
  world.isBroken = false;
  expect(await after(true)).toBeNull();
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
  sync.afterSync(() => told.push("second"), true);
  expect([told, asked]).toEqual([["known"], ["beside", "beside"]]);
  end();
  end();
  expect([told, asked]).toEqual([
    ["known", "first", "second"],
    ["beside", "beside", "beside"],
  ]);
  await sync.close();
});
