// From "is there a Chromium?" to one that answers: the system's, then the bundled one, each with its own walls first. Without them
// it is only started where it runs as somebody else than the server, or where the administrator asked for Chromium by name.

import type { Browser } from "playwright-core";
import { type ChromiumProcess, startChromium, userChanger } from "./chromium-process.ts";
import { bundledChromium, type FoundChromium, INSTALL_LINE, systemChromium } from "./find-chromium.ts";

export interface RunningChromium {
  readonly browser: Browser;
  readonly process: ChromiumProcess;
  /** Such as "Chromium 153.0.8010.0, in its own sandbox, as an ordinary user". */
  readonly what: string;
  /** What an operator should know. */
  readonly weakness: string | undefined;
}

export interface LaunchOptions {
  /** Where the bundled one is unpacked. */
  readonly folder: string;
  readonly proxy: string;
  /** Also where its own walls do not stand and it runs as the server's own user. */
  readonly mayBeOpen: boolean;
  readonly now: () => number;
  /** For tests. */
  readonly places?: readonly string[];
}

const CONNECT_MS = 20_000;

/** Whether there is something to try; nothing is started. */
export const hasChromium = ({ folder, places }: Pick<LaunchOptions, "folder" | "places">): boolean =>
  systemChromium(places) !== undefined || bundledChromium(folder) !== undefined;

/** Its message says why none works, and how to get one. */
export class NoChromium extends Error {
  override readonly name = "NoChromium";
}

/** Throws NoChromium. */
export async function launchChromium(options: LaunchOptions): Promise<RunningChromium> {
  const failures: string[] = [];
  const system = systemChromium(options.places);
  if (system) {
    const running = await launchOne(system, options, failures);
    if (running) return running;
  }
  const bundled = await bundledChromium(options.folder)
    ?.unpack()
    .catch((error: unknown) => void failures.push(`the bundled one could not be unpacked: ${String(error)}`));
  if (bundled) {
    const running = await launchOne(bundled, options, failures);
    if (running) return running;
  }
  const why = failures.length === 0 ? "none is installed" : failures.join("; ");
  throw new NoChromium(`no Chromium that works was found: ${why} (${INSTALL_LINE})`);
}

async function launchOne(chromium: FoundChromium, options: LaunchOptions, failures: string[]) {
  const isRoot = process.getuid?.() === 0;
  const isOther = userChanger() !== undefined;
  const mayBeOpen = isOther || options.mayBeOpen;
  // As root Chromium refuses to build its walls.
  const ways = [...(isRoot && !isOther ? [] : [true]), ...(mayBeOpen ? [false] : [])];
  if (ways.length === 0) failures.push(`${chromium.program} would run as root without a sandbox (setpriv is missing)`);
  for (const isSandboxed of ways) {
    const { running, failure } = await launchAs(chromium, isSandboxed, options);
    if (running) return { ...running, ...described(running.browser.version(), isSandboxed, isOther) };
    failures.push(`${chromium.program} ${isSandboxed ? "in its own sandbox" : "without a sandbox"}: ${failure}`);
  }
  return undefined;
}

function described(version: string, isSandboxed: boolean, isOther: boolean) {
  const who = isOther ? ", as an ordinary user of its own" : "";
  if (isSandboxed) return { what: `Chromium ${version}, in its own sandbox${who}`, weakness: undefined };
  const weakness =
    "Chromium's own sandbox does not work here (user namespaces are off), so a page that breaks out of it is " +
    (isOther ? "an ordinary user of this machine" : "this server's user");
  return { what: `Chromium ${version}, without its sandbox${who}`, weakness };
}

type Launched = Pick<RunningChromium, "browser" | "process">;

async function launchAs(
  chromium: FoundChromium,
  isSandboxed: boolean,
  { proxy, now }: LaunchOptions,
): Promise<{ readonly running?: Launched; readonly failure?: string }> {
  const { chromium: driver } = await import("playwright-core");
  const started = await startChromium({ chromium, proxy, isSandboxed, now });
  try {
    const browser = await driver.connectOverCDP(started.pipe, { artifactsDir: started.folder, timeout: CONNECT_MS });
    return { running: { browser, process: started } };
  } catch {
    started.kill();
    await started.ended;
    return { failure: started.lastWords().trim().split("\n").at(-1)?.slice(0, 300) || "it did not answer" };
  }
}
