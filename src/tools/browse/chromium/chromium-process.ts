// One Chromium and all its processes: an environment of its own, a temporary folder that goes with it, an ordinary user where the
// server is root. It is killed as a group; where the server is killed, its pipes close and it ends by itself.

import { spawn } from "node:child_process";
import { constants } from "node:fs";
import { cp, lchown, mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { Readable, Writable } from "node:stream";
import { findProgram } from "../../../lib/find-program.ts";
import { chromiumFlags } from "./chromium-flags.ts";
import { createDebuggingPipe, type DebuggingPipe } from "./debugging-pipe.ts";
import type { FoundChromium } from "./find-chromium.ts";

export interface ChromiumProcess {
  readonly pipe: DebuggingPipe;
  /** Of the group. */
  readonly pid: number;
  /** Its own, gone with it. */
  readonly folder: string;
  /** Never rejects. By then the group is dead and the folder gone. */
  readonly ended: Promise<void>;
  /** Nothing of it is heard any more; it may still be dying. */
  isOver(): boolean;
  /** The end of what it wrote to stderr. */
  lastWords(): string;
  kill(): void;
}

export interface StartOptions {
  readonly chromium: FoundChromium;
  readonly proxy: string;
  readonly isSandboxed: boolean;
  readonly now: () => number;
}

/** Nobody on any system, and apart from the users that sessions' commands run as. */
const BROWSER_USER = 0x6fff_fff0;
const SYSTEM_PATH = "/usr/bin:/bin:/usr/sbin:/sbin";
const WORDS_CHARS = 2_000;
const READ_AND_RUN = constants.S_IROTH | constants.S_IXOTH;
/** Stays beside Chromium, to take its folder away also when the server is not there any more to do it; the last of its processes may
 * still write into it the first time. */
const KEEPER =
  'folder=$1; shift; "$@"; code=$?; cd /; rm -rf -- "$folder" || { sleep 2; rm -rf -- "$folder"; }; exit $code';

/** Present where the server is root and can stop being it for the browser. */
export const userChanger = (): string | undefined =>
  process.getuid?.() === 0 ? findProgram("setpriv", SYSTEM_PATH) : undefined;

export async function startChromium({ chromium, proxy, isSandboxed, now }: StartOptions): Promise<ChromiumProcess> {
  const folder = await mkdtemp(join(tmpdir(), "signalbox-browser-"));
  const removeFolder = () => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  try {
    const changer = userChanger();
    const { program, bundle } = changer === undefined ? chromium : await reachable(chromium, folder);
    const [profile, home] = [join(folder, "profile"), join(folder, "home")];
    for (const path of [profile, home]) await mkdir(path, { mode: 0o700 });
    if (bundle !== undefined) await writeFile(join(home, FONTS), fontsOf(bundle, home));
    if (changer !== undefined) await giveAway(folder);
    const [first = "", ...rest] = [
      ...(changer === undefined
        ? []
        : [changer, `--reuid=${BROWSER_USER}`, `--regid=${BROWSER_USER}`, "--clear-groups"]),
      ...["/bin/sh", "-c", KEEPER, "sh", folder],
      ...[program, ...chromiumFlags({ proxy, profile, isSandboxed })],
    ];
    const libraries = bundle === undefined ? {} : variablesOf(bundle, home);
    const env = { PATH: SYSTEM_PATH, HOME: home, TMPDIR: home, LANG: "C.UTF-8", ...libraries };
    const child = spawn(first, rest, {
      cwd: home,
      env,
      detached: true,
      stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"],
    });
    const [, , complaints, toBrowser, fromBrowser] = child.stdio;
    if (!(toBrowser instanceof Writable) || !(fromBrowser instanceof Readable)) throw new Error("it has no pipes");
    const { pid } = child;
    const kill = (): void => killGroup(pid);
    let words = "";
    complaints?.on("data", (piece: Buffer) => {
      words = (words + piece.toString()).slice(-WORDS_CHARS);
    });
    const gone = new Promise<void>((resolve) => child.once("error", () => resolve()).once("exit", () => resolve()));
    const ended = gone
      .then(kill)
      .then(removeFolder, removeFolder)
      .catch(() => {});
    const pipe = createDebuggingPipe({ toBrowser, fromBrowser, now, onFault: kill, onClose: kill });
    return { pipe, pid: pid ?? 0, folder, ended, isOver: pipe.isClosed, lastWords: () => words, kill };
  } catch (error) {
    await removeFolder();
    throw error;
  }
}

/** Where another user can get at it: as it is, or as a copy in the browser's own folder. */
async function reachable(chromium: FoundChromium, folder: string): Promise<FoundChromium> {
  const { program, bundle } = chromium;
  if (bundle === undefined || (await isOpenToAll(program))) return chromium;
  const copy = join(folder, "program");
  await cp(bundle, copy, { recursive: true, mode: constants.COPYFILE_FICLONE });
  return { program: join(copy, basename(program)), bundle: copy };
}

async function giveAway(folder: string): Promise<void> {
  const below = await readdir(folder, { recursive: true });
  for (const name of ["", ...below]) await lchown(join(folder, name), BROWSER_USER, BROWSER_USER);
}

async function isOpenToAll(path: string): Promise<boolean> {
  if (((await stat(path)).mode & READ_AND_RUN) !== READ_AND_RUN) return false;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (((await stat(folder)).mode & constants.S_IXOTH) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

const FONTS = "fonts.conf";

const variablesOf = (bundle: string, home: string) => ({
  LD_LIBRARY_PATH: join(bundle, "al2023", "lib"),
  FONTCONFIG_FILE: join(home, FONTS),
});

/** The system's fonts and the bundled ones: without any, Chromium crashes on the first field of a page. */
const fontsOf = (bundle: string, home: string): string =>
  `<?xml version="1.0"?>
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir>/usr/local/share/fonts</dir>
  <dir>${join(bundle, "fonts")}</dir>
  <cachedir>${join(home, "font-cache")}</cachedir>
</fontconfig>
`;

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nobody is left in it.
  }
}
