// What of the host must be shown so that a program runs: itself, the installation it belongs to, its interpreter. The system's own
// programs need nothing; a Node or Python of somebody's own lies anywhere.

import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, realpathSync, statSync } from "node:fs";
import { basename, delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import { findProgram } from "../../lib/find-program.ts";
import { isWithin, isWithinAny, SYSTEM_FOLDERS } from "./shown-places.ts";

export interface ShownProgram {
  /** As it is to be called. */
  readonly program: string;
  /** Folders and files of the host. */
  readonly places: readonly string[];
  /** Folders that belong before the system's in PATH. */
  readonly searched: readonly string[];
}

export interface ProgramPlaces {
  /** The server's PATH. */
  readonly searchPath: string;
  /** The folder the program is run in: what lies there is shown anyway. */
  readonly folder: string;
  /** No agent wrote in that folder, so what lies there may say what else is to be shown. */
  readonly isTrusted: boolean;
}

const INTERPRETERS_MAX = 3;
const FIRST_LINE_BYTES = 256;
/** An installation has one of these beside its `bin`. */
const INSTALLED = ["lib", "lib64", "libexec", "share", "pyvenv.cfg"];

/** Throws a sentence that says what is missing. */
export function showProgram(name: string, { searchPath, folder, isTrusted }: ProgramPlaces): ShownProgram {
  // Not even looked at: a link there could lead anywhere.
  if (!isTrusted && isInFolder(name)) return { program: name, places: [], searched: [] };
  const places = new Set<string>();
  const searched = new Set<string>();
  const program = find(name);
  let next: string | undefined = program;
  for (let depth = 0; next !== undefined && depth < INTERPRETERS_MAX; depth += 1) {
    for (const path of new Set([next, realPath(next)])) {
      if (isWithinAny(path, SYSTEM_FOLDERS) || isWithin(path, folder)) continue;
      places.add(placeOf(path));
      if (path === next) searched.add(dirname(path));
    }
    const interpreter = interpreterOf(next);
    next = interpreter && find(interpreter);
  }
  return {
    program: isInFolder(name) ? name : program,
    places: [...places],
    searched: [...searched],
  };

  function find(wanted: string): string {
    isInFolder(wanted);
    const path = wanted.includes("/") ? resolve(folder, wanted) : findProgram(wanted, withoutShims(wanted, searchPath));
    if (path === undefined) throw new Error(`${wanted} is not installed`);
    if (!statSync(path, { throwIfNoEntry: false })?.isFile())
      throw new Error(`${wanted} could not be started (ENOENT)`);
    return path;
  }

  /** Throws where it leads out of it. */
  function isInFolder(wanted: string): boolean {
    if (isAbsolute(wanted) || !wanted.includes("/")) return false;
    if (isWithin(resolve(folder, wanted), folder)) return true;
    throw new Error(`${wanted} could not be started: it leads out of its folder`);
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** The installation round a program, if it looks like one; otherwise the program alone. */
function placeOf(path: string): string {
  const folder = dirname(path);
  const prefix = dirname(folder);
  // What a person keeps in ~/.local/share is no part of a program.
  const isInstallation =
    basename(folder) === "bin" &&
    basename(prefix) !== ".local" &&
    INSTALLED.some((one) => existsSync(join(prefix, one)));
  return isInstallation ? prefix : path;
}

/** `#!/usr/bin/env node` -> node; `#!/opt/python/bin/python3 -u` -> that path. */
function interpreterOf(path: string): string | undefined {
  const [, words = ""] = /^#!\s*(.+)/.exec(firstBytes(path)) ?? [];
  const [program = "", ...rest] = words.trim().split(/\s+/);
  if (basename(program) !== "env") return program === "" ? undefined : program;
  return rest.find((word) => !word.startsWith("-") && !word.includes("="));
}

function firstBytes(path: string): string {
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(FIRST_LINE_BYTES);
    return bytes.subarray(0, readSync(file, bytes)).toString("latin1");
  } finally {
    closeSync(file);
  }
}

/**
 * pyenv and its kin put scripts into a folder `shims` that choose a version each time they run, with much of the host in view. The
 * version chosen for the whole machine is taken in their place.
 */
function withoutShims(name: string, searchPath: string): string {
  return searchPath
    .split(delimiter)
    .flatMap((folder) => {
      if (basename(folder) !== "shims") return [folder];
      const versions = join(dirname(folder), "versions");
      const wanted = textOf(join(dirname(folder), "version")).split(/\s+/);
      return wanted.flatMap((version) => chosen(versions, version)).filter((bin) => existsSync(join(bin, name)));
    })
    .join(delimiter);
}

/** `3.12` means the newest of its kind. */
function chosen(versions: string, version: string): string[] {
  if (version === "" || version === "system" || !existsSync(versions)) return [];
  const fitting = readdirSync(versions).filter((one) => one === version || one.startsWith(`${version}.`));
  return fitting
    .sort((a, b) => b.localeCompare(a, "en", { numeric: true }))
    .slice(0, 1)
    .map((one) => join(versions, one, "bin"));
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
