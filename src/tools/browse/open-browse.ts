// Which engine browses here, by the configuration and by what this machine has, and the look the doctor takes at it.

import { join } from "node:path";
import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { SafeFetch } from "../../lib/safe-fetch/safe-fetch.ts";
import type { Workspaces } from "../workspace/workspaces.ts";
import { type Browse, createBrowse } from "./browse.ts";
import { createChromiumEngine } from "./chromium/chromium-engine.ts";
import { INSTALL_LINE } from "./chromium/find-chromium.ts";
import { hasChromium, launchChromium } from "./chromium/launch-chromium.ts";
import { createHttpEngine } from "./http/http-engine.ts";
import { withFallback } from "./with-fallback.ts";

export interface BrowseSettings {
  readonly engine: "auto" | "http" | "chromium";
  /** With a page open at once. */
  readonly tasks: number;
}

export interface OpenBrowseParts {
  readonly settings: BrowseSettings;
  readonly network: { readonly allowCidrs: readonly string[]; readonly ports: readonly number[] };
  readonly fetch: SafeFetch["fetch"];
  readonly dataFolder: string;
  readonly workspaces: Workspaces;
  readonly clock: Clock;
  readonly log: Log;
  /** Where the system keeps its Chromium; for tests. */
  readonly places?: readonly string[];
}

const folderIn = (data: string): string => join(data, "browser");
/** Nobody listens there, so what is started for a look reaches nothing. */
const NOWHERE = "http://127.0.0.1:9";

/** Undefined: it is off, and the log says why. */
export function openBrowse(parts: OpenBrowseParts): Browse | undefined {
  const { settings, log, workspaces, clock } = parts;
  const engine = chooseEngine(parts);
  if (!engine) {
    log.warn("browse is off: no Chromium is installed", { install: INSTALL_LINE });
    return undefined;
  }
  return createBrowse({ engine, workspaces, clock, tabsMax: settings.tasks });
}

function chooseEngine({ settings, network, fetch, dataFolder, clock, log, places }: OpenBrowseParts) {
  const http = createHttpEngine(fetch);
  if (settings.engine === "http") return http;
  const mayBeOpen = settings.engine === "chromium";
  const launch = { folder: folderIn(dataFolder), mayBeOpen, ...(places ? { places } : {}) };
  if (hasChromium(launch)) {
    const chromium = createChromiumEngine({ launch, network, clock, log });
    return settings.engine === "chromium" ? chromium : withFallback(chromium, http, log);
  }
  if (settings.engine === "chromium") return undefined;
  log.warn("browse works without scripts and forms: no Chromium is installed", { install: INSTALL_LINE });
  return http;
}

/** Starts and ends a browser. Throws what is wrong with it. */
export async function lookAtBrowser(
  engine: "auto" | "chromium",
  dataFolder: string,
  now: () => number,
): Promise<string> {
  const folder = folderIn(dataFolder);
  const running = await launchChromium({ folder, proxy: NOWHERE, mayBeOpen: engine === "chromium", now });
  await running.browser.close().catch(() => {});
  running.process.kill();
  await running.process.ended;
  return [running.what, ...(running.weakness === undefined ? [] : [running.weakness])].join("; ");
}
