// The tools folder as it lies there: which files make which tool, with the hash of each. Nothing is run or imported here. A link
// that leads out, a huge file, or one that is being written is that tool's problem and nobody else's.

import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { open, readdir, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { ToolFault } from "./tool-fault.ts";

export interface FoundTool {
  readonly kind: "module" | "program";
  readonly name: string;
  /** Below the tools folder: `word_count.ts`, `count_words/tool.yaml`. */
  readonly place: string;
  /** Where its main file really lies. */
  readonly path: string;
  readonly folder: string;
  readonly text: string;
  readonly hash: string;
}

export type FoundOrFault = FoundTool | { readonly name: string; readonly place: string; readonly fault: ToolFault };

const TOOL_FILE = "tool.yaml";
const TOOLS_MAX = 500;
const FILES_MAX = 200;
const FILE_BYTES_MAX = 1024 * 1024;
const MODULE = /^([a-z][a-z0-9_]*)\.ts$/;
const SCRATCH = /^\.|~$|\.swp$|^node_modules$|^__pycache__$/;

/** A folder that does not exist has no tools. */
export async function readToolFolder(root: string): Promise<readonly FoundOrFault[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  });
  const found: FoundOrFault[] = [];
  for (const { name } of entries.sort((a, b) => (a.name < b.name ? -1 : 1)).slice(0, TOOLS_MAX)) {
    if (SCRATCH.test(name)) continue;
    const one = await readEntry(root, name);
    if (one) found.push(one);
  }
  return found;
}

async function readEntry(root: string, entry: string): Promise<FoundOrFault | undefined> {
  const module = MODULE.exec(entry)?.[1];
  let place = entry;
  try {
    const isFolder = (await stat(join(root, entry))).isDirectory();
    if (isFolder) place = `${entry}/${TOOL_FILE}`;
    else if (module === undefined) return strayFile(entry);
    return isFolder ? await readProgram(root, entry, place) : await readModule(root, module ?? "", place);
  } catch (error) {
    return {
      name: module ?? entry,
      place,
      fault: error instanceof ToolFault ? error : new ToolFault(withoutPath(error)),
    };
  }
}

/** A README may lie there; a module under a name that no tool can have is a mistake. */
function strayFile(entry: string): FoundOrFault | undefined {
  if (!entry.endsWith(".ts") || entry.endsWith(".test.ts") || entry.endsWith(".d.ts")) return undefined;
  return { name: entry, place: entry, fault: new ToolFault("a tool's file is named in small letters, digits and _") };
}

async function readModule(root: string, name: string, place: string): Promise<FoundTool> {
  const { path, content } = await readBounded(root, join(root, place));
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 16);
  return { kind: "module", name, place, path, folder: root, text: content.toString("utf8"), hash };
}

async function readProgram(root: string, name: string, place: string): Promise<FoundTool | undefined> {
  const folder = join(root, name);
  const files = (await readdir(folder, { withFileTypes: true })).filter((file) => !SCRATCH.test(file.name));
  if (!files.some((file) => file.name === TOOL_FILE)) {
    if (files.length === 0) return undefined;
    throw new ToolFault("the file is missing");
  }
  if (files.length > FILES_MAX) throw new ToolFault(`its folder has over ${FILES_MAX} entries`);
  const { path, content } = await readBounded(root, join(folder, TOOL_FILE));
  const hash = createHash("sha256").update(content);
  for (const file of files.map((one) => one.name).sort()) {
    const { size, mtimeMs } = await stat(join(folder, file));
    hash.update(`\0${file}\0${size}\0${mtimeMs}`);
  }
  const text = new TextDecoder("utf-8", { fatal: true }).decode(content);
  return {
    kind: "program",
    name,
    place,
    path,
    folder: await realpath(folder),
    text,
    hash: hash.digest("hex").slice(0, 16),
  };
}

/** Opens without waiting on pipes, and only what lies in the tools folder after all links. */
async function readBounded(root: string, path: string): Promise<{ path: string; content: Buffer }> {
  const real = await realpath(path);
  if (!real.startsWith((await realpath(root)) + sep)) throw new ToolFault("a link leads out of the tools folder");
  const file = await open(real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw new ToolFault("it is not a plain file");
    if (stats.size > FILE_BYTES_MAX) throw new ToolFault(`it has over ${FILE_BYTES_MAX / 1024 / 1024} MB`);
    const content = Buffer.alloc(stats.size);
    const { bytesRead } = await file.read(content, 0, stats.size, 0);
    return { path: real, content: content.subarray(0, bytesRead) };
  } finally {
    await file.close();
  }
}

/** What a system call says, without where. */
function withoutPath(error: unknown): string {
  if (error instanceof TypeError) return "it is not UTF-8 text";
  return error instanceof Error && "code" in error ? `it cannot be read (${String(error.code)})` : "it cannot be read";
}
