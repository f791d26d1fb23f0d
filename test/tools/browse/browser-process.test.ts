// No Chromium outlives what it was started for, and nothing of the server is in it.

import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sleep } from "../../../src/lib/abort.ts";
import { systemClock } from "../../../src/lib/system-clock.ts";
import type { Loopback } from "../../lib/safe-fetch/loopback.ts";
import { heldClock } from "../../support/held-clock.ts";
import { type Browsing, browseWith, isBrowserHere, siteWith } from "./browser-for-tests.ts";

const SECRET = "sk-not-for-the-browser";
const LOOKS_MAX = 600;
const LONG_MS = 300_000;

interface Found {
  readonly pid: string;
  readonly words: string;
}

/** Processes that have this in their command line or environment. */
function processesWith(words: string): readonly Found[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((pid) => ({ pid, words: readOf(`/proc/${pid}/cmdline`) + readOf(`/proc/${pid}/environ`) }))
    .filter((found) => found.words.includes(words));
}

function readOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** What is left of a browser once its time is over: its processes and its folder. */
async function leftOf(folder: string, pass = (): void => {}): Promise<readonly string[]> {
  const left = (): readonly string[] => [
    ...processesWith(folder).map(({ words }) => words.slice(0, 200)),
    ...readdirSync(tmpdir()).filter((name) => name === folder),
  ];
  for (let looks = 0; looks < LOOKS_MAX && left().length > 0; looks += 1) {
    pass();
    await sleep(systemClock, 50);
  }
  return left();
}

const fieldsOf = (pid: string): readonly string[] => readOf(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ") ?? [];

/** The temporary folder of the browser that this process, or one it started, has now. */
function folderOf(server: number): string {
  for (const { pid, words } of processesWith("signalbox-browser-")) {
    const folder = /signalbox-browser-\w{6}/.exec(words)?.[0];
    if (fieldsOf(pid)[1] === String(server) && folder !== undefined) return folder;
  }
  throw new Error("no browser runs");
}

/** The group of processes that a browser is. */
function groupOf(folder: string): number {
  const group = Number(fieldsOf(processesWith(folder)[0]?.pid ?? "")[2]);
  if (!(group > 1)) throw new Error("no browser runs");
  return group;
}

describe.skipIf(!isBrowserHere)("the browser", () => {
  const clock = heldClock(LONG_MS);
  let site: Loopback;
  let browsing: Browsing;
  let hasAsked: () => void = () => {};
  let hasLeft: () => void = () => {};
  const open = (path: string, task?: string, signal?: AbortSignal): Promise<string> =>
    browsing.go({ action: "open", url: site.url + path }, task, signal);

  beforeAll(async () => {
    process.env.SIGNALBOX_TEST_KEY = SECRET;
    site = await siteWith({
      "/": "<p>Here.</p>",
      "/silent": (request) => {
        request.once("close", () => hasLeft());
        hasAsked();
      },
      "/spinning": "<p>Here.</p><script>fetch('/spins').then(() => { for (;;); })</script>",
      "/spins": (_, answer) => void answer.end("now").once("close", () => hasAsked()),
    });
    const stay = { restMs: 0, idleMs: LONG_MS };
    browsing = browseWith(site, { tabsMax: 5, stay, restMs: LONG_MS, clock, bounds: { lookMs: 10 } });
  });
  afterAll(async () => {
    delete process.env.SIGNALBOX_TEST_KEY;
    await browsing[Symbol.asyncDispose]();
    await site[Symbol.asyncDispose]();
  });

  test("50 pages in 50 tasks leave no process, no folder and no tab; it has nothing of the server's environment", async () => {
    // As many as may be open and wait at once, and then the others.
    for (const from of [0, 25]) {
      const tasks = Array.from({ length: 25 }, (_, n) => open("/", `task_${from + n}`));
      for (const text of await Promise.all(tasks)) expect(text).toContain("Here.");
    }
    const folder = folderOf(process.pid);
    const words = processesWith(folder).map((found) => found.words);
    expect(words.length).toBeGreaterThan(1);
    expect(words.join("\n")).not.toContain(SECRET);
    // Nobody uses it for a while.
    expect(await leftOf(folder, clock.pass)).toEqual([]);
    expect(await browsing.go({ action: "read" }, "task_49")).toMatch(/^ERROR No page is open/);
  }, 120_000);

  test("a stopped task's page is closed at once, in the middle of loading too", async () => {
    const isAsked = new Promise<void>((resolve) => {
      hasAsked = resolve;
    });
    const isLeft = new Promise<void>((resolve) => {
      hasLeft = resolve;
    });
    const stop = new AbortController();
    const opening = open("/silent", "stopped", stop.signal);
    await isAsked;
    stop.abort(new Error("stopped"));
    expect(await opening).toMatch(/^ERROR/);
    await isLeft;
    expect(await browsing.go({ action: "read" }, "stopped")).toMatch(/^ERROR No page is open/);
  }, 60_000);

  test("that is killed is said so, the next page has a new one, and that ends with the server", async () => {
    expect(await open("/")).toContain("Here.");
    const folder = folderOf(process.pid);
    // All at once, as the system does when memory is short: one by one, what is left would tell of the first.
    process.kill(-groupOf(folder), "SIGKILL");
    expect(await browsing.go({ action: "read" })).toMatch(/^ERROR The browser ended unexpectedly/);
    expect(await open("/")).toContain("Here.");
    expect(await leftOf(folder)).toEqual([]);
    const next = folderOf(process.pid);
    await browsing.browse.close();
    expect(await leftOf(next)).toEqual([]);
  }, 60_000);

  test("does not outlive a server that is killed, nor does its folder", async () => {
    const isSpinning = new Promise<void>((resolve) => {
      hasAsked = resolve;
    });
    const child = join(import.meta.dirname, "browsing-child.ts");
    const server = spawn(process.execPath, [child, `${site.url}/spinning`], { stdio: "inherit" });
    const hasEnded = new Promise<never>((_, reject) => {
      server.once("exit", (code) => reject(new Error(`it ended with ${code}`)));
    });
    await Promise.race([isSpinning, hasEnded]);
    const folder = folderOf(server.pid ?? 0);
    hasEnded.catch(() => {});
    server.kill("SIGKILL");
    expect(await leftOf(folder)).toEqual([]);
  }, 60_000);
});
