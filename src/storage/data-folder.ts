// The data folder: private, and one process's at a time.

import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Sqlite from "better-sqlite3";
import { AppError } from "../core/errors.ts";
import { storageError } from "./storage-error.ts";

/** What people say is nobody else's to read; the engine gives its side files the rights of this one. */
export function createPrivately(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  closeSync(openSync(file, "a", 0o600));
}

/** Holds the data folder for this process until released or killed; waits a little for a predecessor that is leaving. */
export async function lockDataFolder(folder: string, waitMs: number): Promise<() => void> {
  const file = join(folder, "signalbox.lock");
  const lock = connectLock(file);
  const giveUpAt = Date.now() + waitMs;
  for (;;) {
    try {
      lock.exec("BEGIN EXCLUSIVE");
      return () => lock.close();
    } catch (error) {
      if (Date.now() >= giveUpAt) {
        lock.close();
        throw new AppError(
          "storage-locked",
          `another signalbox process is using the data folder ${folder}; stop it first, or set SIGNALBOX_DATA to another folder`,
          { cause: error },
        );
      }
      await sleep(50);
    }
  }
}

function connectLock(file: string): Sqlite.Database {
  try {
    createPrivately(file);
    return new Sqlite(file, { timeout: 0 });
  } catch (error) {
    throw storageError(error, `the data folder ${dirname(file)} cannot be used`);
  }
}
