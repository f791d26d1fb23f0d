// A site on loopback, allowed in so many words, and the tool `browse` over it, with the Chromium of this machine where there is one.

import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Log, silentLog } from "../../../src/core/log.ts";
import { systemClock } from "../../../src/lib/system-clock.ts";
import { type Browse, type BrowseParts, createBrowse } from "../../../src/tools/browse/browse.ts";
import { type ChromiumEngineParts, createChromiumEngine } from "../../../src/tools/browse/chromium/chromium-engine.ts";
import { hasChromium } from "../../../src/tools/browse/chromium/launch-chromium.ts";
import { createHttpEngine } from "../../../src/tools/browse/http/http-engine.ts";
import type { BrowseEngine } from "../../../src/tools/browse/tab.ts";
import { createWorkspaces } from "../../../src/tools/workspace/workspaces.ts";
import { type Loopback, openFetch, serve } from "../../lib/safe-fetch/loopback.ts";
import { toolContext } from "../tool-context.ts";

/** The bundled one, since it starts quicker, unpacked once for all tests of a checkout; the system's where it is not installed. */
const folder = resolve("node_modules/.cache/signalbox-browser");
// Where the tests are root's, the browser's own user runs it from here: a copy for each start would cost 200 MB of disk.
mkdirSync(folder, { recursive: true });
chmodSync(folder, 0o755);
const isBundled = hasChromium({ folder, places: [] });
export const LAUNCH = { folder, mayBeOpen: true, ...(isBundled ? { places: [] } : {}) };
export const isBrowserHere = hasChromium(LAUNCH);
if (!isBrowserHere) {
  console.log(
    "browse is not tried with Chromium: none is installed (apt-get install chromium-headless-shell, or npm install)",
  );
}

export type Pages = Readonly<Record<string, string | ((asked: IncomingMessage, answer: ServerResponse) => void)>>;

export const siteWith = (pages: Pages): Promise<Loopback> =>
  serve((asked, answer) => {
    const page = pages[new URL(asked.url ?? "/", "http://site").pathname];
    if (typeof page === "function") return page(asked, answer);
    answer.writeHead(page === undefined ? 404 : 200, { "content-type": "text/html; charset=utf-8" });
    answer.end(page ?? "no such page");
  });

export interface Browsing extends AsyncDisposable {
  readonly browse: Browse;
  /** One action of a task; a failure comes as "ERROR ..." with its message. */
  go(args: Readonly<Record<string, string | number | boolean>>, task?: string, signal?: AbortSignal): Promise<string>;
  readonly workspaces: string;
}

export interface BrowsingOptions extends Partial<ChromiumEngineParts> {
  readonly tabsMax?: number;
  readonly stay?: BrowseParts["stay"];
}

export const browseWith = (
  site: Loopback,
  { tabsMax = 4, stay, log = silentLog, clock = systemClock, ...more }: BrowsingOptions = {},
): Browsing => {
  const engine = createChromiumEngine({ ...partsFor(site, log), clock, ...more });
  return browsingOf(engine, { tabsMax, clock, ...(stay ? { stay } : {}) });
};

export const partsFor = (site: Loopback, log: Log = silentLog): ChromiumEngineParts => ({
  launch: LAUNCH,
  network: { allowCidrs: ["127.0.0.1/32"], ports: [80, 443, site.port] },
  clock: systemClock,
  log,
});

export const browseByHttp = (site: Loopback): Browsing =>
  browsingOf(createHttpEngine(openFetch(site).fetch), { tabsMax: 4, clock: systemClock });

function browsingOf(engine: BrowseEngine, parts: Pick<BrowseParts, "tabsMax" | "stay" | "clock">): Browsing {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-browse-test-"));
  const workspaces = createWorkspaces({ folder, clock: systemClock });
  const browse = createBrowse({ engine, workspaces, ...parts });
  return {
    browse,
    workspaces: folder,
    go: async (args, task = "task_1", signal) => {
      try {
        const outcome = await browse.tool.run({ ...args }, { ...toolContext(signal), task });
        return typeof outcome === "string" ? outcome : outcome.text;
      } catch (error) {
        return `ERROR ${error instanceof Error ? error.message : String(error)}`;
      }
    },
    [Symbol.asyncDispose]: async () => {
      await browse.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The number that the text shows for what is named so. */
export function numberOf(text: string, name: string): number {
  const at = text.indexOf(name);
  const number = /#(\d+)[^#]*$/.exec(text.slice(0, at))?.[1];
  if (at === -1 || number === undefined) throw new Error(`nothing is numbered that is named ${name}: ${text}`);
  return Number(number);
}
