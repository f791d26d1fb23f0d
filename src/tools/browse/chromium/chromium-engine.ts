// Browsing with Chromium: one browser for all tabs, started when the first one is wanted, ended when nobody has used it for a while,
// when it takes too much memory and when the server stops. Each tab has a pass of its own for the one way into the network.

import type { Log } from "../../../core/log.ts";
import type { Timers } from "../../../lib/abort.ts";
import { type GuardedProxy, openGuardedProxy } from "../../../lib/guarded-proxy/guarded-proxy.ts";
import type { ResolveName } from "../../../lib/safe-fetch/checked-dial.ts";
import { createUrlRules } from "../../../lib/safe-fetch/url-rules.ts";
import type { BrowseEngine } from "../tab.ts";
import type { ChromiumProcess } from "./chromium-process.ts";
import { createChromiumTab, type TabBounds } from "./chromium-tab.ts";
import { groupMemory } from "./group-memory.ts";
import { type LaunchOptions, launchChromium } from "./launch-chromium.ts";
import type { RunningChromium } from "./try-chromium.ts";

export interface ChromiumEngineParts {
  readonly launch: Omit<LaunchOptions, "proxy" | "now">;
  readonly network: { readonly allowCidrs: readonly string[]; readonly ports: readonly number[] };
  readonly clock: Timers & { now(): number };
  readonly log: Log;
  readonly resolve?: ResolveName;
  readonly bounds?: Partial<TabBounds>;
  readonly bytesMax?: number;
  readonly memoryBytesMax?: number;
  readonly restMs?: number;
}

const REST_MS = 2 * 60_000;
const MEMORY_LOOK_MS = 2_000;
const MEMORY_BYTES_MAX = 3 * 1024 ** 3;
const LAST_WORDS_MAX = 500;
const VIEWPORT = { width: 1_280, height: 800 };

export function createChromiumEngine(parts: ChromiumEngineParts): BrowseEngine {
  const { clock, log, network, restMs = REST_MS, memoryBytesMax = MEMORY_BYTES_MAX } = parts;
  const checkUrl = createUrlRules(network.ports);
  let proxy: Promise<GuardedProxy> | undefined;
  let running: Promise<RunningChromium> | undefined;
  let tabs = 0;
  let isClosed = false;
  let cancelRest = (): void => {};

  async function openProxy(): Promise<GuardedProxy> {
    proxy ??= openGuardedProxy({ timers: clock, ...network, ...(parts.resolve ? { resolve: parts.resolve } : {}) });
    return await proxy;
  }

  async function start(): Promise<RunningChromium> {
    const { address } = await openProxy();
    const started = await launchChromium({ ...parts.launch, proxy: address, now: () => clock.now() });
    log.info("the browser is running", { what: started.what });
    if (started.weakness !== undefined) log.warn("the browser is weaker than it could be", { why: started.weakness });
    const stopWatching = watchMemory(started);
    started.browser.once("disconnected", () => {
      log.info("the browser ended", { words: started.process.lastWords().slice(-LAST_WORDS_MAX) });
      stopWatching();
      started.process.kill();
      running = undefined;
    });
    return started;
  }

  function watchMemory({ process }: RunningChromium): () => void {
    let isOver = false;
    let cancel = (): void => {};
    const look = async (): Promise<void> => {
      const bytes = (await groupMemory(process.pid)) ?? 0;
      if (isOver) return;
      if (bytes > memoryBytesMax) {
        log.warn("the browser was ended: its pages took too much memory", { bytes });
        process.kill();
      } else cancel = clock.after(MEMORY_LOOK_MS, () => void look());
    };
    cancel = clock.after(MEMORY_LOOK_MS, () => void look());
    return () => {
      isOver = true;
      cancel();
    };
  }

  async function end(): Promise<void> {
    const ending = running;
    running = undefined;
    const started = await ending?.catch(() => undefined);
    if (!started) return;
    await started.browser.close().catch(() => {});
    started.process.kill();
    await started.process.ended;
  }

  function left(): void {
    tabs -= 1;
    if (tabs === 0 && !isClosed) cancelRest = clock.after(restMs, () => void end());
  }

  return {
    name: "chromium",
    newTab: async () => {
      if (isClosed) throw new Error("The browser is being closed.");
      cancelRest();
      tabs += 1;
      try {
        running ??= start().catch((error: unknown) => {
          running = undefined;
          throw error;
        });
        const { browser, process } = await running;
        const { address: server, admit } = await openProxy();
        const pass = admit(parts.bytesMax === undefined ? {} : { bytesMax: parts.bytesMax });
        const context = await browser.newContext({
          proxy: { server, username: pass.username, password: pass.password },
          acceptDownloads: false,
          serviceWorkers: "block",
          viewport: VIEWPORT,
        });
        // None asked for, so all are denied.
        await context.grantPermissions([]);
        const tab = await createChromiumTab({ context, pass, checkUrl, timers: clock, bounds: parts.bounds ?? {} });
        let isOpen = true;
        const close = async (): Promise<void> => {
          if (!isOpen) return;
          isOpen = false;
          await tab.close().finally(left);
        };
        return {
          act: (action, signal) => tab.act(action, signal).catch(told(process)),
          picture: (signal) => tab.picture(signal).catch(told(process)),
          isLost: () => tab.isLost() || process.isOver(),
          close,
        };
      } catch (error) {
        left();
        throw error;
      }
    },
    close: async () => {
      isClosed = true;
      cancelRest();
      await end();
      await (await proxy)?.close();
    },
  };
}

/** A browser that ended fails every call with words of its own. */
const told = (process: ChromiumProcess) => (error: unknown) => {
  if (!process.isOver()) throw error;
  throw new Error("The browser ended unexpectedly; open the page again, or another one.", { cause: error });
};
