// One Chromium, with its own walls first. Without them it is only started after it said itself that they cannot stand here, and then
// only where it runs as somebody else than the server, or where the administrator asked for Chromium by name. To be slow says nothing.

import type { Browser } from "playwright-core";
import { type ChromiumProcess, startChromium, userChanger } from "./chromium-process.ts";
import type { FoundChromium } from "./find-chromium.ts";

export interface RunningChromium {
  readonly browser: Browser;
  readonly process: ChromiumProcess;
  /** Such as "Chromium 153.0.8010.0, in its own sandbox, as an ordinary user". */
  readonly what: string;
  /** What an operator should know. */
  readonly weakness: string | undefined;
}

export interface TryOptions {
  readonly proxy: string;
  /** Also where its own walls cannot stand and it runs as the server's own user. */
  readonly mayBeOpen: boolean;
  readonly now: () => number;
  /** For tests. */
  readonly connectMs?: number;
}

export type Tried =
  | { readonly running: RunningChromium }
  | { readonly running?: never; readonly failures: readonly string[]; readonly isLate: boolean };

/** A cold disk takes its time, and a call of the tool has a minute. */
const CONNECT_MS = 50_000;
const WORDS_SHOWN_MAX = 300;
/** What Chromium writes before it ends where it may make no user namespaces, and where its helper program is set up badly. */
const NO_WALLS = /No usable sandbox|SUID sandbox helper binary was found, but|Failed to move to new namespace/;

type Launched =
  | { readonly browser: Browser; readonly process: ChromiumProcess }
  | { readonly browser?: never; readonly failure: string; readonly isLate: boolean; readonly isWithoutWalls: boolean };

export async function tryChromium(chromium: FoundChromium, options: TryOptions): Promise<Tried> {
  const { program } = chromium;
  const isRoot = process.getuid?.() === 0;
  const isOther = userChanger() !== undefined;
  const mayBeOpen = isOther || options.mayBeOpen;
  const failures: string[] = [];
  // As root Chromium refuses to build its walls.
  if (!isRoot || isOther) {
    const walled = await launch(chromium, true, options);
    if (walled.browser) return { running: { ...walled, ...described(walled.browser.version(), true, isOther) } };
    failures.push(`${program} in its own sandbox: ${walled.failure}`);
    if (!walled.isWithoutWalls || !mayBeOpen) return { failures, isLate: walled.isLate };
  } else if (!mayBeOpen) {
    return { failures: [`${program} would run as root without a sandbox (setpriv is missing)`], isLate: false };
  }
  const open = await launch(chromium, false, options);
  if (open.browser) return { running: { ...open, ...described(open.browser.version(), false, isOther) } };
  return { failures: [...failures, `${program} without a sandbox: ${open.failure}`], isLate: open.isLate };
}

function described(version: string, isSandboxed: boolean, isOther: boolean) {
  const who = isOther ? ", as an ordinary user of its own" : "";
  if (isSandboxed) return { what: `Chromium ${version}, in its own sandbox${who}`, weakness: undefined };
  const weakness =
    "Chromium's own sandbox cannot stand here (it finds no user namespaces), so a page that breaks out of it is " +
    (isOther ? "an ordinary user of this machine" : "this server's user");
  return { what: `Chromium ${version}, without its sandbox${who}`, weakness };
}

async function launch(
  chromium: FoundChromium,
  isSandboxed: boolean,
  { proxy, now, connectMs = CONNECT_MS }: TryOptions,
): Promise<Launched> {
  const { chromium: driver, errors } = await import("playwright-core");
  const started = await startChromium({ chromium, proxy, isSandboxed, now });
  try {
    const browser = await driver.connectOverCDP(started.pipe, { artifactsDir: started.folder, timeout: connectMs });
    return { browser, process: started };
  } catch (error) {
    const isLate = error instanceof errors.TimeoutError;
    started.kill();
    await started.ended;
    const words = started.lastWords();
    const isWithoutWalls = !isLate && NO_WALLS.test(words);
    return { failure: failureOf(words, isLate, connectMs), isLate, isWithoutWalls };
  }
}

function failureOf(words: string, isLate: boolean, connectMs: number): string {
  if (isLate) return `it did not answer within ${connectMs / 1_000} s`;
  const refusal = NO_WALLS.exec(words)?.[0];
  return refusal ?? (words.trim().split("\n").at(-1)?.slice(0, WORDS_SHOWN_MAX) || "it ended at once");
}
