// A ledger for a test: in a new folder it is made from one that was brought to this version before, and it waits for no disk. Power cuts
// are the affair of test/storage and test/crash.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Store } from "../../src/core/store.ts";
import { createLogTokens } from "../../src/memory/log-pieces.ts";
import { openLedger } from "../../src/storage/ledger.ts";
import type { FileSync } from "../../src/storage/log-sync.ts";

const FILE = "signalbox.db";

const NO_DISK: FileSync = { beside: (_descriptor, done) => done(null), here: () => {} };

let empty: Promise<Buffer> | undefined;

export async function openTestLedger(folder: string, lockWaitMs = 0, fileSync = NO_DISK): Promise<Store> {
  empty ??= emptyLedger();
  const bytes = await empty;
  if (!existsSync(join(folder, FILE))) writeFileSync(join(folder, FILE), bytes, { mode: 0o600 });
  return openLedger({ folder, lockWaitMs, fileSync, logTokens: createLogTokens() });
}

async function emptyLedger(): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-empty-"));
  const store = await openLedger({ folder });
  await store.close();
  const bytes = readFileSync(join(folder, FILE));
  rmSync(folder, { recursive: true, force: true });
  return bytes;
}
