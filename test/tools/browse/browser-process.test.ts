// No Chromium outlives what it was started for, and nothing of the server is in it.

import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sleep } from "../../../src/lib/abort.ts";
import { systemClock } from "../../../src/lib/system-clock.ts";
import { browseWith, isBrowserHere, LAUNCH, siteWith } from "./browser-for-tests.ts";

const SECRET = "sk-not-for-the-browser";
const LOOKS_MAX = 150;

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

const foldersOf = (owner: string): readonly string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith("signalbox-browser-") && owner.includes(name));

async function gone(words: string): Promise<readonly string[]> {
  for (let looks = 0; looks < LOOKS_MAX && processesWith(words).length > 0; looks += 1) await sleep(systemClock, 100);
  return processesWith(words).map((found) => found.words.slice(0, 200));
}

/** The temporary folder of the browser that this process, or one it started, has now. */
function folderOf(server: number): string {
  const parents = new Set([String(server)]);
  for (const { pid, words } of processesWith("signalbox-browser-")) {
    const parent = readOf(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ")[1] ?? "";
    const folder = /signalbox-browser-\w{6}/.exec(words)?.[0];
    if (parents.has(parent) && folder !== undefined) return folder;
  }
  throw new Error("no browser runs");
}

describe.skipIf(!isBrowserHere)("the browser", () => {
  test("50 pages in 50 tasks leave no process, no folder and no tab; it has nothing of the server's environment", async () => {
    process.env.SIGNALBOX_TEST_KEY = SECRET;
    await using site = await siteWith({ "/": "<p>Here.</p>" });
    const browsing = browseWith(site, { tabsMax: 4, stay: { restMs: 0, idleMs: 60_000 } });
    const opening = Array.from({ length: 50 }, (_, n) => browsing.go({ action: "open", url: site.url }, `task_${n}`));
    // Four are open at once, 32 more wait for them, and the others are told to come back.
    const texts = await Promise.all(opening);
    expect(texts.filter((text) => text.includes("Here."))).toHaveLength(36);
    expect(texts.filter((text) => text.includes("busy with others"))).toHaveLength(14);
    const folder = folderOf(process.pid);
    const words = processesWith(folder).map((found) => found.words);
    expect(words.length).toBeGreaterThan(1);
    expect(words.join("\n")).not.toContain(SECRET);
    await browsing.browse.close();
    expect(await gone(folder)).toEqual([]);
    expect(foldersOf(folder)).toEqual([]);
    await browsing[Symbol.asyncDispose]();
  }, 120_000);

  test("a stopped task's page is closed at once, in the middle of loading too", async () => {
    const { promise: isAsked, resolve: asked } = Promise.withResolvers<void>();
    const { promise: isCut, resolve: cut } = Promise.withResolvers<void>();
    await using site = await siteWith({
      "/silent": (request) => {
        asked();
        request.once("close", cut);
      },
    });
    await using browsing = browseWith(site);
    const stop = new AbortController();
    const opening = browsing.go({ action: "open", url: `${site.url}/silent` }, "task_1", stop.signal);
    await isAsked;
    stop.abort(new Error("stopped"));
    expect(await opening).toMatch(/^ERROR/);
    await isCut;
    expect(await browsing.go({ action: "read" })).toMatch(/^ERROR No page is open/);
  }, 60_000);

  test("that is killed is said so, and the next page has a new one", async () => {
    await using site = await siteWith({ "/": "<p>Here.</p>" });
    await using browsing = browseWith(site);
    expect(await browsing.go({ action: "open", url: site.url })).toContain("Here.");
    const folder = folderOf(process.pid);
    for (const { pid } of processesWith(folder)) {
      try {
        process.kill(Number(pid), "SIGKILL");
      } catch {
        // It died with another.
      }
    }
    expect(await browsing.go({ action: "read" })).toMatch(/^ERROR (The browser ended unexpectedly|No page is open)/);
    expect(await browsing.go({ action: "open", url: site.url })).toContain("Here.");
    expect(await gone(folder)).toEqual([]);
    expect(foldersOf(folder)).toEqual([]);
  }, 60_000);

  test("that nobody uses for a while ends by itself", async () => {
    await using site = await siteWith({ "/": "<p>Here.</p>" });
    await using browsing = browseWith(site, { restMs: 500, stay: { restMs: 0, idleMs: 2_000 } });
    expect(await browsing.go({ action: "open", url: site.url })).toContain("Here.");
    const folder = folderOf(process.pid);
    expect(await gone(folder)).toEqual([]);
    expect(await browsing.go({ action: "read" })).toMatch(/^ERROR No page is open/);
  }, 60_000);

  test("does not outlive a server that is killed, nor does its folder", async () => {
    await using site = await siteWith({ "/": "<p>Here.</p><script>setTimeout(() => { for (;;); }, 50)</script>" });
    const server = spawn(process.execPath, [join(import.meta.dirname, "browsing-child.ts"), LAUNCH.folder, site.url], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const said = await firstWords(server);
    expect(said).toContain("Here.");
    const folder = folderOf(server.pid ?? 0);
    server.kill("SIGKILL");
    expect(await gone(folder)).toEqual([]);
    expect(foldersOf(folder)).toEqual([]);
  }, 60_000);
});

const firstWords = (child: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    child.stdout?.once("data", (words: Buffer) => resolve(words.toString()));
    child.once("exit", (code) => reject(new Error(`it ended with ${code}`)));
  });
