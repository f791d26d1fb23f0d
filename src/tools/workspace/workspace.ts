// A session's workspace: the only way from a tool to a file. Paths are read in one place, links are never followed, writes appear
// whole or not at all and are kept as versions, and all of it stays within a quota.

import { randomBytes } from "node:crypto";
import { type FileHandle, lstat, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, PinnedFolder, unlessCode } from "./pinned-folder.ts";
import type { SessionFolder } from "./session-folder.ts";
import { contentHash, type Version, type Versions } from "./versions.ts";
import { type Entry, walk } from "./walk.ts";
import { workspaceNames } from "./workspace-path.ts";

export interface WorkspaceLimits {
  /** All files of a session together. */
  readonly bytes: number;
  readonly entries: number;
  /** One file that is read or written by a tool. */
  readonly fileBytes: number;
  readonly versionBytes: number;
}

export interface Usage {
  readonly bytes: number;
  readonly entries: number;
}

export interface WalkOptions {
  readonly depthMax?: number;
  readonly entriesMax?: number;
  readonly signal?: AbortSignal;
  readonly isSkipped?: (entry: Entry) => boolean;
}

/** Gets what is there, undefined if there is nothing, and gives what shall be there. */
export type Change = (before: Buffer | undefined) => Buffer;

export interface Workspace {
  /** For the sandbox alone. A tool that reaches below it by path goes round every check. */
  readonly folder: string;
  read(path: string): Promise<Buffer>;
  change(path: string, change: Change): Promise<{ readonly isNew: boolean; readonly version: Version }>;
  versions(path: string): Promise<readonly Version[]>;
  /** The given version, or the newest that is not what is there now. */
  restore(path: string, n?: number): Promise<Version>;
  entries(path: string, options?: WalkOptions): AsyncGenerator<Entry, boolean>;
  readEntry(entry: Entry): Promise<Buffer | undefined>;
  usage(): Promise<Usage>;
  /** The sentence that refuses to go on, when the session has used up its room. */
  overQuota(): Promise<string | undefined>;
}

export interface WorkspaceParts {
  readonly place: SessionFolder;
  readonly limits: WorkspaceLimits;
  readonly versions: Versions;
  /** Runs one change of this session at a time. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
}

const DEPTH_MAX = 64;
const MIB = 1024 ** 2;

export function createWorkspace({ place, limits, versions, inTurn }: WorkspaceParts): Workspace {
  const pathOf = (names: readonly string[]): string => names.join("/");

  /** The folder that holds the last name, pinned all the way down. */
  async function parentOf(names: readonly string[], isMade: boolean): Promise<PinnedFolder | undefined> {
    let held: PinnedFolder | undefined = await PinnedFolder.open(place.files);
    for (const name of names.slice(0, -1)) {
      await using above: PinnedFolder = held;
      held = await above.folder(name, isMade ? (place.owner ?? "anyone") : undefined);
      if (!held) return undefined;
    }
    return held;
  }

  function fileNames(path: string): { readonly names: readonly string[]; readonly last: string } {
    const names = workspaceNames(path);
    const last = names.at(-1);
    if (last === undefined) throw new Error("Name a file: this is the workspace itself.");
    return { names, last };
  }

  async function contentIn(parent: PinnedFolder, name: string): Promise<Buffer | undefined> {
    await using file = await parent.file(name);
    return file && (await readBounded(file, name, limits.fileBytes));
  }

  async function change(path: string, change: Change, origin: Version["origin"] = "written") {
    const { names, last } = fileNames(path);
    await using parent = await parentOf(names, true);
    if (!parent) throw new Error(`The folder of ${pathOf(names)} went away.`);
    const before = await contentIn(parent, last);
    const after = change(before);
    if (after.length > limits.fileBytes) throw new Error(`A file may have at most ${limits.fileBytes / MIB} MiB.`);
    const { bytes, entries } = await usage();
    if (bytes + after.length - (before?.length ?? 0) > limits.bytes || entries >= limits.entries) throw new Error(full);
    if (before) await versions.keep(pathOf(names), before, "found");
    const version = await versions.keep(pathOf(names), after, origin);
    await put(parent, last, after);
    return { isNew: before === undefined, version };
  }

  /** Written beside the workspace, where nobody can swap it, then moved into the pinned folder in one step. */
  async function put(parent: PinnedFolder, name: string, content: Buffer): Promise<void> {
    const half = join(place.staging, randomBytes(12).toString("hex"));
    const old = await lstat(parent.at(name)).catch(unlessCode("ENOENT"));
    const handle = await open(half, "wx", 0o600);
    try {
      await handle.writeFile(content);
      if (place.owner) await handle.chown(place.owner.uid, place.owner.gid);
      await handle.chmod(old?.isFile() ? old.mode & 0o777 : 0o644);
      await handle.sync();
      await handle.close();
      await rename(half, parent.at(name));
    } catch (error) {
      await handle.close().catch(() => {});
      await rm(half, { force: true });
      throw error;
    }
  }

  async function read(path: string): Promise<Buffer> {
    const { names, last } = fileNames(path);
    await using parent = await parentOf(names, false);
    const content = parent && (await contentIn(parent, last));
    if (!content) throw new Error(`There is no file ${pathOf(names)}.`);
    return content;
  }

  async function restore(path: string, n: number | undefined): Promise<Version> {
    const { names, last } = fileNames(path);
    const kept = await versions.of(pathOf(names));
    await using parent = await parentOf(names, false);
    const now = parent && (await contentIn(parent, last));
    const hash = now && contentHash(now);
    const version = kept.findLast((one) => (n === undefined ? one.hash !== hash : one.n === n));
    if (!version)
      throw new Error(n === undefined ? `No other version of ${path} is kept.` : `${path} has no version ${n}.`);
    const content = await versions.content(version);
    await change(path, () => content);
    return version;
  }

  const full =
    `The workspace is full: at most ${limits.bytes / MIB} MiB in ${limits.entries} files and folders. Delete what is not needed any ` +
    "more.";

  async function* entries(path: string, options: WalkOptions = {}): AsyncGenerator<Entry, boolean> {
    const names = workspaceNames(path);
    await using parent = await parentOf(names, false);
    const last = names.at(-1);
    await using folder = last === undefined ? await PinnedFolder.open(place.files) : await parent?.folder(last);
    if (!folder) throw new Error(`There is no folder ${pathOf(names)}.`);
    const { depthMax = DEPTH_MAX, entriesMax = limits.entries, signal, isSkipped } = options;
    const bounds = { depthMax, entriesMax, ...(signal ? { signal } : {}), ...(isSkipped ? { isSkipped } : {}) };
    return yield* walk(folder, pathOf(names), bounds);
  }

  async function usage(): Promise<Usage> {
    let bytes = 0;
    let count = 0;
    const walked = entries("", { entriesMax: limits.entries + 1 });
    for await (const entry of walked) {
      bytes += entry.bytes;
      count += 1;
    }
    return { bytes, entries: count };
  }

  return {
    folder: place.files,
    entries,
    usage,
    change: (path, how) => inTurn(() => withoutHostPaths(path, () => change(path, how))),
    readEntry: (entry) => contentIn(entry.parent, entry.name),
    versions: (path) => versions.of(pathOf(workspaceNames(path))),
    read: (path) => withoutHostPaths(path, () => read(path)),
    restore: (path, n) => inTurn(() => withoutHostPaths(path, () => restore(path, n))),

    overQuota: async () => {
      const { bytes, entries: count } = await usage();
      return bytes > limits.bytes || count > limits.entries ? full : undefined;
    },
  };
}

async function readBounded(file: FileHandle, name: string, bytesMax: number): Promise<Buffer> {
  const { size } = await file.stat();
  if (size > bytesMax)
    throw new Error(`${name} is larger than ${bytesMax / MIB} MiB; look at a part of it with a command.`);
  const pieces: Buffer[] = [];
  let bytes = 0;
  // It may grow while it is read.
  while (bytes <= bytesMax) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(64 * 1024), 0, 64 * 1024, bytes);
    if (bytesRead === 0) return Buffer.concat(pieces);
    pieces.push(buffer.subarray(0, bytesRead));
    bytes += bytesRead;
  }
  throw new Error(`${name} is larger than ${bytesMax / MIB} MiB; look at a part of it with a command.`);
}

/** What the system says of a failure names the server's own folders. */
async function withoutHostPaths<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (typeof codeOf(error) !== "string" || !(error instanceof Error)) throw error;
    throw new Error(`${path}: ${SYSTEM_WORDS[String(codeOf(error))] ?? `failed with ${String(codeOf(error))}`}.`, {
      cause: error,
    });
  }
}

const SYSTEM_WORDS: Readonly<Record<string, string>> = {
  EACCES: "its permissions do not allow that",
  EISDIR: "it is a folder",
  ENOSPC: "the machine's disk is full",
  ENAMETOOLONG: "the name is too long",
};
