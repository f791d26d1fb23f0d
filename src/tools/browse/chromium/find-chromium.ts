// Which Chromium there is: the system's first, then the one that came with the packages, unpacked once into the data folder.

import { execFile } from "node:child_process";
import { accessSync, constants, readFileSync } from "node:fs";
import { access, chmod, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export interface FoundChromium {
  readonly program: string;
  /** Of the unpacked one: the folder that holds it, with the libraries and fonts a bare system lacks. */
  readonly bundle?: string;
}

export interface BundledChromium {
  readonly version: string;
  unpack(): Promise<FoundChromium>;
}

export const INSTALL_LINE = "apt-get install chromium-headless-shell, or npm install @sparticuz/chromium";

/**
 * The one without windows before the whole browser, which takes four times as long to start; the program itself before a script that
 * starts it and adds flags of its own.
 */
const SYSTEM_PLACES = [
  "/usr/lib/chromium/chromium-headless-shell",
  "/usr/lib/chromium/chromium",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome-stable",
  "/usr/bin/google-chrome",
  "/opt/google/chrome/chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];
const PACKAGE = "@sparticuz/chromium";
const UNPACK_MS = 120_000;
/** The package unpacks below the temporary folder of its process, and its libraries only where it takes itself to be in the cloud. */
const UNPACK = "const { default: chromium } = await import(process.argv[1]); await chromium.executablePath();";
const TAKEN_TO_BE = { AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x" };

export function systemChromium(places: readonly string[] = SYSTEM_PLACES): FoundChromium | undefined {
  const program = places.find((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  return program === undefined ? undefined : { program };
}

/** Undefined where the package is not installed or not made for this machine. */
export function bundledChromium(folder: string): BundledChromium | undefined {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  const entry = entryOf(PACKAGE);
  const version = entry && versionAbove(fileURLToPath(entry));
  if (entry === undefined || version === undefined) return undefined;
  const bundle = join(folder, `chromium-${version}`);
  const found = { program: join(bundle, "chromium"), bundle };
  return {
    version,
    unpack: async () => {
      const isThere = await access(found.program).then(
        () => true,
        () => false,
      );
      if (!isThere) await unpack(entry, folder, bundle);
      return found;
    },
  };
}

/** Whole or not at all, also where two programs do it at once; those of older versions go. */
async function unpack(entry: string, folder: string, bundle: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const half = await mkdtemp(join(folder, "half-"));
  const env = { ...TAKEN_TO_BE, TMPDIR: half, HOME: half };
  const argv = ["--input-type=module", "--eval", UNPACK, entry];
  await promisify(execFile)(process.execPath, argv, { env, timeout: UNPACK_MS });
  for (const name of await readdir(half, { recursive: true })) await chmod(join(half, name), 0o755);
  await chmod(half, 0o755);
  await rename(half, bundle).catch(async (error: unknown) => {
    await rm(half, { recursive: true, force: true });
    await access(bundle).catch(() => Promise.reject(error));
  });
  const older = (await readdir(folder)).filter((name) => name.startsWith("chromium-") && name !== basename(bundle));
  for (const name of older) await rm(join(folder, name), { recursive: true, force: true });
}

function entryOf(name: string): string | undefined {
  try {
    return import.meta.resolve(name);
  } catch {
    return undefined;
  }
}

function versionAbove(file: string): string | undefined {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    try {
      const found: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      const hasBoth = typeof found === "object" && found !== null && "name" in found && "version" in found;
      if (hasBoth && found.name === PACKAGE && typeof found.version === "string") return found.version;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}
