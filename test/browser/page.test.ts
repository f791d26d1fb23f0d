// The chat page in a real browser against the real program: what a person sees. Runs where Chromium is installed.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Browser, chromium, type Locator, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const CHROMIUM = [
  "/usr/lib/chromium/chromium-headless-shell",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].find((path) => existsSync(path));
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const root = resolve(import.meta.dirname, "../..");

if (CHROMIUM === undefined)
  console.log(
    "the page is not looked at in a browser: no Chromium is installed (apt-get install chromium-headless-shell)",
  );

interface Server {
  readonly process: ChildProcess;
  readonly url: string;
}

function startServer(folder: string, port = 0): Promise<Server> {
  const child = spawn(process.execPath, [join(root, "src/cli.ts"), "start"], {
    cwd: folder,
    env: { ...process.env, PORT: String(port), OPENAI_API_KEY: "", ANTHROPIC_API_KEY: "", OPENAI_BASE_URL: "" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  return new Promise((resolveServer, reject) => {
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      const url = /"url":"([^"]+)"/.exec(output)?.[1];
      if (url !== undefined) resolveServer({ process: child, url });
    });
    child.once("exit", () => reject(new Error(`the server ended: ${output}`)));
  });
}

const kill = async ({ process: child }: Server): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolveGone) => child.once("exit", resolveGone));
  child.kill("SIGKILL");
  await gone;
};

describe.skipIf(CHROMIUM === undefined)("the page", () => {
  let folder: string;
  let server: Server;
  let browser: Browser;
  const complaints: string[] = [];

  async function open(): Promise<Page> {
    const page = await (await browser.newContext()).newPage();
    page.on("console", (message) => {
      if (message.type() === "error" && !message.text().includes("ERR_CONNECTION")) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(server.url);
    return page;
  }

  const say = async (page: Page, text: string): Promise<void> => {
    await page.locator("textarea").fill(text);
    await page.locator("textarea").press("Enter");
  };

  /** The end of the demo's answer. */
  const whole = (page: Page): Locator => page.locator("#line").getByText("put one of these lines into the file");

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "signalbox-page-"));
    server = await startServer(folder);
    browser = await chromium.launch({
      ...(CHROMIUM === undefined ? {} : { executablePath: CHROMIUM }),
      args: ARGUMENTS,
    });
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await kill(server);
    rmSync(folder, { recursive: true, force: true });
  }, 30_000);

  test("shows the answer as it comes, the tool at work, and complains about nothing", async () => {
    const page = await open();
    await say(page, "what time is it?");
    await page.getByText("current_time").first().waitFor();
    await whole(page).waitFor();
    expect(complaints).toEqual([]);
  }, 30_000);

  test("what a person writes is text, never markup", async () => {
    const page = await open();
    await say(page, '<img src=x onerror="document.title=1"> **bold** [x](javascript:document.title=2)');
    await whole(page).waitFor();
    expect(await page.locator("img[src='x']").count()).toBe(0);
    expect(await page.locator("a[href^='javascript']").count()).toBe(0);
    expect(await page.title()).not.toMatch(/^[12]$/);
  }, 30_000);

  test("a server killed in mid-answer and started again: the page goes on by itself and the answer is there once", async () => {
    const page = await open();
    await say(page, "tell me about crashes");
    await page.locator("#line").getByText("This is a").waitFor();
    await kill(server);
    server = await startServer(folder, Number(new URL(server.url).port));
    await whole(page).waitFor({ timeout: 20_000 });
    const text = (await page.locator("#line").textContent()) ?? "";
    expect(text.split("no model is connected yet").length - 1).toBe(1);
    expect(text).toContain("ANTHROPIC_API_KEY");
  }, 60_000);
});
