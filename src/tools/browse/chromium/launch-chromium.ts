// From "is there a Chromium?" to one that answers: the system's, then the bundled one.

import { bundledChromium, INSTALL_LINE, systemChromium } from "./find-chromium.ts";
import { type RunningChromium, type TryOptions, tryChromium } from "./try-chromium.ts";

export interface LaunchOptions extends TryOptions {
  /** Where the bundled one is unpacked. */
  readonly folder: string;
  /** For tests. */
  readonly places?: readonly string[];
}

/** Whether there is something to try; nothing is started. */
export const hasChromium = ({ folder, places }: Pick<LaunchOptions, "folder" | "places">): boolean =>
  systemChromium(places) !== undefined || bundledChromium(folder) !== undefined;

/** Its message says why none works, and how to get one. */
export class NoChromium extends Error {
  override readonly name = "NoChromium";
  /** One was only slow: it may be there the next time. */
  readonly isLate: boolean;

  constructor(message: string, isLate: boolean) {
    super(message);
    this.isLate = isLate;
  }
}

/** Throws NoChromium. */
export async function launchChromium(options: LaunchOptions): Promise<RunningChromium> {
  const failures: string[] = [];
  let isLate = false;
  const unpacked = async () =>
    await bundledChromium(options.folder)
      ?.unpack()
      .catch((error: unknown) => void failures.push(`the bundled one could not be unpacked: ${String(error)}`));
  for (const find of [async () => systemChromium(options.places), unpacked]) {
    const chromium = await find();
    if (!chromium) continue;
    const tried = await tryChromium(chromium, options);
    if (tried.running) return tried.running;
    failures.push(...tried.failures);
    isLate ||= tried.isLate;
  }
  const why = failures.length === 0 ? "none is installed" : failures.join("; ");
  throw new NoChromium(`no Chromium that works was found: ${why} (${INSTALL_LINE})`, isLate);
}
