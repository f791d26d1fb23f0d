// The machine's own sandbox for the tests that need one, and the reason why they are skipped where there is none.

import { chownSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../../src/lib/system-clock.ts";
import { openSandbox } from "../../../src/tools/sandbox/open-sandbox.ts";
import type { Sandbox, SandboxCommand, SandboxParts, SandboxResult } from "../../../src/tools/sandbox/sandbox.ts";

const UNABLE = /not installed|namespace failed|No permissions to creat|setting up uid map|unshare failed/i;

export async function sandboxForTests(parts: Partial<SandboxParts> = {}): Promise<Sandbox | undefined> {
  const choice = await openSandbox({ timers: systemClock, ...parts });
  if (choice.isOn) return choice.sandbox;
  // Broken on a machine that could have one is a failure, not a reason to skip.
  if (!UNABLE.test(choice.reason)) throw new Error(choice.reason);
  console.warn(`Skipped, since these tests need a sandbox: ${choice.reason}`);
  return undefined;
}

const OWNER = 0x7fff_0000;

/** Folders for commands, below one that is closed to everybody else. */
export function makeFolders(): { readonly next: () => string; readonly remove: () => void } {
  const place = mkdtempSync(join(tmpdir(), "signalbox-workspaces-"));
  let count = 0;
  return {
    next: () => {
      count += 1;
      const folder = join(place, String(count));
      mkdirSync(folder, { mode: 0o700 });
      if (process.getuid?.() === 0) chownSync(folder, OWNER + count, OWNER + count);
      return folder;
    },
    remove: () => rmSync(place, { recursive: true, force: true }),
  };
}

export const quick = (
  run: SandboxCommand["run"],
  folder: string,
  more: Partial<SandboxCommand> = {},
): SandboxCommand => ({
  run,
  folder,
  isWritable: true,
  timeoutMs: 15_000,
  outputBytesMax: 200_000,
  ...more,
});

export const outputOf = (result: SandboxResult): string => `${result.stdout.text}\n${result.stderr.text}`;
export const never = new AbortController().signal;
