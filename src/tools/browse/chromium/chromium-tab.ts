// A tab of Chromium: one task's own context (cookies, storage, proxy pass) and the page that is shown in it. Every action ends with
// the page read anew, within its own bounds of time; a page that hangs loses the tab.

import type { BrowserContext, Frame, JSHandle } from "playwright-core";
import { sleep, type Timers } from "../../../lib/abort.ts";
import type { ProxyPass } from "../../../lib/guarded-proxy/proxy-pass.ts";
import { htmlToMarkdown } from "../../../lib/html-to-markdown/html-to-markdown.ts";
import type { CheckUrl } from "../../../lib/safe-fetch/url-rules.ts";
import type { PageView, Tab, TabAction } from "../tab.ts";
import { causeOf, controlFailure, navigationFailure } from "./failure-text.ts";
import { stayInOneWindow } from "./one-window.ts";
import { pageToHtml, type SimplePage } from "./page-to-html.ts";
import { watchPage } from "./page-watch.ts";

export interface ChromiumTabParts {
  readonly context: BrowserContext;
  readonly pass: ProxyPass;
  readonly checkUrl: CheckUrl;
  readonly timers: Timers;
  readonly bounds?: Partial<TabBounds>;
}

export interface TabBounds {
  /** Until a page begins to come. */
  readonly answerMs: number;
  /** Until its text is whole. */
  readonly loadMs: number;
  /** Until nothing more is loaded; many pages never come to that. */
  readonly quietMs: number;
  /** Between two looks whether something is loaded. */
  readonly lookMs: number;
  readonly controlMs: number;
  /** For what the page itself must answer. */
  readonly readMs: number;
}

const boundsByDefault: TabBounds = {
  answerMs: 20_000,
  loadMs: 8_000,
  quietMs: 3_000,
  lookMs: 100,
  controlMs: 5_000,
  readMs: 12_000,
};
const FRAMES_MAX = 6;
const FRAME_READ_MS = 1_500;
const READS_MAX = 3;
const CONTROLS_MAX = 2_000;
const PICTURE_HEIGHT_MAX = 5_000;
const QUIET_LOOKS = 4;
const PAGE_KINDS = /^(?:https?|data|blob):|^about:blank|^about:srcdoc/;

class PageChanged extends Error {}

export async function createChromiumTab(parts: ChromiumTabParts): Promise<Tab> {
  const { context, pass, checkUrl, timers } = parts;
  const bounds = { ...boundsByDefault, ...parts.bounds };
  await context.addInitScript(stayInOneWindow);
  const page = await context.newPage();
  const watched = watchPage(context, page);
  let numbered: readonly { readonly from: number; readonly page: JSHandle<SimplePage> }[] = [];
  let isLost = false;
  let isOpened = false;

  /** What the page must answer in time, or the tab is lost: its script may run without end. */
  async function answered<T>(work: Promise<T>): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>();
    const cancel = timers.after(bounds.readMs, () => {
      isLost = true;
      reject(new Error("The page does not answer any more and was closed; open another one."));
    });
    try {
      return await Promise.race([work, promise]);
    } finally {
      cancel();
      work.catch(() => {});
    }
  }

  async function open(text: string): Promise<void> {
    const url = checkUrl(text);
    url.hash = URL.parse(text.trim())?.hash ?? "";
    isOpened = true;
    try {
      await page.goto(url.href, { waitUntil: "commit", timeout: bounds.answerMs });
    } catch (error) {
      throw new Error(navigationFailure(url.href, causeOf(error), pass.refusals()), { cause: error });
    }
  }

  async function controlOf(target: number) {
    const frame = numbered.findLast(({ from }) => from <= target);
    const found = await frame?.page.evaluateHandle((page, at) => page.controls[at], target - frame.from);
    const element = found?.asElement();
    if (!element) throw new Error(`There is no #${target} on this page; use a number that is shown.`);
    return element;
  }

  async function use(action: Extract<TabAction, { readonly target: number }>): Promise<void> {
    const limit = { timeout: bounds.controlMs };
    let isFound = false;
    try {
      const element = await answered(controlOf(action.target));
      isFound = true;
      if (action.action === "click") await element.click(limit);
      else if (action.action === "select") await element.selectOption({ label: action.option }, limit);
      else {
        await element.fill(action.text, limit);
        if (action.submit) await element.press("Enter", limit);
      }
    } catch (error) {
      if (isLost || (!isFound && !/context was destroyed|disposed/i.test(causeOf(error)))) throw error;
      throw new Error(controlFailure(action.target, causeOf(error)), { cause: error });
    }
  }

  async function back(): Promise<void> {
    const before = page.url();
    await page.goBack({ waitUntil: "commit", timeout: bounds.answerMs }).catch(() => {});
    // Before the first page there is the empty one that the tab began with.
    const isBeforeAll = page.url() === "about:blank";
    if (isBeforeAll) await page.goForward({ waitUntil: "commit", timeout: bounds.answerMs }).catch(() => {});
    if (isBeforeAll || page.url() === before) throw new Error("There is no page before this one.");
  }

  async function perform(action: TabAction, signal: AbortSignal): Promise<void> {
    if (action.action === "open") return await open(action.url);
    if (!isOpened) throw new Error("No page is open: begin with open and a url.");
    if ("target" in action) return await use(action);
    if (action.action === "press") await answered(page.keyboard.press(action.key));
    if (action.action === "scroll") {
      await answered(page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight)));
      await sleep(timers, bounds.lookMs, signal);
    }
    if (action.action === "back") await back();
  }

  /** Returns whether all of the page came. */
  async function settle(signal: AbortSignal): Promise<boolean> {
    await quiet(signal, bounds.lookMs * 2);
    const isWhole = await page.waitForLoadState("domcontentloaded", { timeout: bounds.loadMs }).then(
      () => true,
      () => false,
    );
    if (isWhole) await quiet(signal, bounds.quietMs);
    return isWhole;
  }

  async function quiet(signal: AbortSignal, longestMs: number): Promise<void> {
    let looks = 0;
    for (let waitedMs = 0; waitedMs < longestMs && looks < QUIET_LOOKS; waitedMs += bounds.lookMs) {
      await sleep(timers, bounds.lookMs, signal);
      looks = watched.loading() === 0 ? looks + 1 : 0;
    }
  }

  async function view(isWhole: boolean, signal: AbortSignal): Promise<PageView> {
    if (watched.isCrashed()) {
      isLost = true;
      throw new Error("The page crashed the browser's tab, which was closed; open another page.");
    }
    await checkArrival();
    await Promise.allSettled(numbered.map(({ page: old }) => old.dispose()));
    numbered = [];
    const { title, html, isCut } = await answered(read());
    const text = await htmlToMarkdown(html, page.url(), signal);
    const notes = [...watched.takeNotes(), ...(isWhole ? [] : ["The page was still loading."]), ...refusedNotes()];
    const status = watched.answer()?.status();
    return { url: page.url(), status, title, markdown: text.markdown, isCut: isCut || text.isCut, notes };
  }

  /** A page of an error is told as one, and none but pages of the web are read. */
  async function checkArrival(): Promise<void> {
    const { url = page.url(), cause = "" } = watched.failure() ?? {};
    if (page.url().startsWith("chrome-error:")) throw new Error(navigationFailure(url, cause, pass.refusals()));
    const answer = watched.answer();
    if (answer?.headers()["proxy-status"]?.startsWith("signalbox")) {
      throw new Error(navigationFailure(answer.url(), "", pass.refusals()));
    }
    if (PAGE_KINDS.test(page.url())) return;
    isLost = true;
    throw new Error("Only pages of the web are shown; open another page.");
  }

  async function read(): Promise<{ title: string; html: string; isCut: boolean }> {
    // Without an address: it never came, and would be waited for.
    const came = page.frames().filter((frame) => frame.url() !== "");
    const frames = came.slice(0, FRAMES_MAX);
    const parts: string[] = [];
    let title = "";
    let next = 1;
    let isCut = came.length > FRAMES_MAX;
    for (const frame of frames) {
      const isInner = frame !== page.mainFrame();
      const found = await (isInner ? readInner(frame, next) : readFrame(frame, next));
      if (!found) continue;
      numbered = [...numbered, { from: next, page: found.handle }];
      next += found.controls;
      isCut ||= found.isCut;
      if (isInner) parts.push(`<section><p>(A frame of the page:)</p>${found.html}</section>`);
      else {
        title = found.title;
        parts.push(found.html);
      }
    }
    return { title, html: parts.join(""), isCut };
  }

  /** One that cannot be read or seen is left out. */
  async function readInner(frame: Frame, from: number) {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const cancel = timers.after(FRAME_READ_MS, () => resolve(undefined));
    const isSeen = async (): Promise<boolean> => await (await frame.frameElement()).isVisible();
    const reading = isSeen()
      .then((seen) => (seen ? readFrame(frame, from) : undefined))
      .catch(() => undefined);
    return await Promise.race([reading, promise]).finally(cancel);
  }

  async function readFrame(frame: Frame, from: number) {
    try {
      const handle = await frame.evaluateHandle(pageToHtml, from);
      const told = await handle.evaluate((page) => ({
        title: String(page.title),
        html: String(page.html),
        isCut: page.isCut === true,
        controls: page.controls.length,
      }));
      // It is the page's own word, whatever it made of it.
      return { ...told, controls: Math.min(Number(told.controls) || 0, CONTROLS_MAX), handle };
    } catch (error) {
      throw new PageChanged("The page changed while it was read; read it again.", { cause: error });
    }
  }

  function refusedNotes(): readonly string[] {
    const own = URL.parse(page.url())?.hostname;
    const hosts = new Set(pass.refusals().map(({ host }) => host));
    if (own !== undefined) hosts.delete(own);
    const notes = pass.isUsedUp() ? ["The page loaded more than is allowed; the rest of it was cut off."] : [];
    if (hosts.size === 0) return notes;
    return [...notes, `Requests of the page were refused, to: ${[...hosts].slice(0, 5).join(", ")}.`];
  }

  return {
    act: async (action, signal) => {
      // What is only read again was refused before.
      if (action.action !== "read") pass.renew();
      await perform(action, signal);
      for (let tries = 1; ; tries += 1) {
        const isWhole = await settle(signal);
        try {
          return await view(isWhole, signal);
        } catch (error) {
          // A page that leads on by itself is read where it led to.
          if (!(error instanceof PageChanged) || tries === READS_MAX) throw error;
        }
      }
    },
    picture: async () => {
      if (!isOpened) throw new Error("No page is open: begin with open and a url.");
      await checkArrival();
      const height = await answered(page.evaluate(() => Number(document.documentElement.scrollHeight)));
      const { width = 1_280, height: least = 800 } = page.viewportSize() ?? {};
      const clip = { x: 0, y: 0, width, height: Math.max(least, Math.min(height || least, PICTURE_HEIGHT_MAX)) };
      return await answered(page.screenshot({ fullPage: true, clip, animations: "disabled", timeout: bounds.readMs }));
    },
    isLost: () => isLost || watched.isCrashed(),
    close: async () => {
      isLost = true;
      pass.close();
      await context.close();
    },
  };
}
