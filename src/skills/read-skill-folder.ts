// Skills from a folder: each sub-folder with a SKILL.md, read whole and bounded. A link that leads out of the folder, a huge file or
// one that is being written is that skill's problem and nobody else's.

import { createHash } from "node:crypto";
import { constants, type Dirent } from "node:fs";
import { open, readdir, realpath, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import PQueue from "p-queue";
import type { Skill, SkillProblem } from "../core/skill.ts";
import { parseSkill, SkillFault } from "./parse-skill.ts";

export type SkillRead = { readonly skill: Skill } | { readonly problem: SkillProblem };

const SKILL_FILE = "SKILL.md";
const SKILLS_MAX = 2_000;
const FILES_MAX = 200;
const DEPTH_MAX = 5;
const FILE_BYTES_MAX = 1024 * 1024;
const SKILL_BYTES_MAX = 8 * 1024 * 1024;
/** More is not quicker: so many the system reads at once. */
const READ_AT_ONCE = 4;

/** By folder name. A folder that does not exist has no skills. What did not change since `before` is not parsed again. */
export async function readSkillFolder(
  root: string,
  before: ReadonlyMap<string, Skill>,
): Promise<ReadonlyMap<string, SkillRead>> {
  const entries = await readdir(root, { withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (!entries) return new Map();
  const real = await realpath(root);
  const read = new Map<string, SkillRead>();
  const folders = entries.filter(
    (entry) => !entry.name.startsWith(".") && (entry.isDirectory() || entry.isSymbolicLink()),
  );
  const names = folders
    .map(({ name }) => name)
    .sort()
    .slice(0, SKILLS_MAX);
  const reads = await new PQueue({ concurrency: READ_AT_ONCE }).addAll(
    names.map((name) => async () => ({ name, one: await readSkill(real, name, before.get(name)) })),
  );
  for (const { name, one } of reads) if (one) read.set(name, one);
  return read;
}

/** One file of a skill, as text; throws a sentence for whoever asked. */
export async function readSkillFile(root: string, skill: Skill, path: string): Promise<string> {
  if (!skill.files.includes(path)) throw new Error(`The skill ${skill.name} has no file ${path}.`);
  const real = await realpath(root);
  return (await readBounded(real, join(real, skill.name, path))).toString("utf8");
}

async function readSkill(root: string, name: string, before: Skill | undefined): Promise<SkillRead | undefined> {
  const place = `${name}/${SKILL_FILE}`;
  const problem = (message: string, line?: number): SkillRead => ({
    problem: { skill: name, place: line === undefined ? place : `${place}:${line}`, message },
  });
  try {
    const folder = join(root, name);
    if (!(await stat(folder)).isDirectory()) return undefined;
    const files = await filesOf(folder);
    if (!files.includes(SKILL_FILE)) return files.length === 0 ? undefined : problem("the file is missing");
    const hash = createHash("sha256");
    let text = "";
    let total = 0;
    for (const path of files) {
      const content = await readBounded(root, join(folder, path));
      total += content.length;
      if (total > SKILL_BYTES_MAX) return problem(`its files have over ${SKILL_BYTES_MAX / 1024 / 1024} MB together`);
      hash.update(`${path}\0${content.length}\0`).update(content);
      if (path === SKILL_FILE) text = new TextDecoder("utf-8", { fatal: true }).decode(content);
    }
    const read = hash.digest("hex").slice(0, 16);
    if (before?.hash === read) return { skill: before };
    const others = files.filter((path) => path !== SKILL_FILE);
    return { skill: { ...parseSkill(text, name), files: others, hash: read } };
  } catch (error) {
    if (error instanceof SkillFault) return problem(error.message, error.line);
    return problem(error instanceof TypeError ? "it is not UTF-8 text" : withoutPath(error));
  }
}

async function filesOf(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  async function look(at: string, depth: number): Promise<void> {
    if (depth > DEPTH_MAX) throw new Error(`its folders are more than ${DEPTH_MAX} deep`);
    for (const entry of await readdir(at, { withFileTypes: true })) {
      if (isScratch(entry)) continue;
      const path = join(at, entry.name);
      if (entry.isDirectory()) await look(path, depth + 1);
      else found.push(relative(folder, path).split(sep).join("/"));
      if (found.length > FILES_MAX) throw new Error(`it has over ${FILES_MAX} files`);
    }
  }
  await look(folder, 0);
  return found.sort();
}

/** What editors and version control leave beside the files. */
const isScratch = ({ name }: Dirent): boolean =>
  name.startsWith(".") ||
  name.endsWith("~") ||
  name.endsWith(".swp") ||
  name === "node_modules" ||
  name === "__pycache__";

/** Opens without waiting on pipes, and only what lies in the skills folder (its real path) after all links. */
async function readBounded(root: string, path: string): Promise<Buffer> {
  const real = await realpath(path);
  if (!real.startsWith(root + sep)) throw new Error("a link leads out of the skills folder");
  const file = await open(real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  try {
    const { size } = await file.stat().then((stats) => {
      if (!stats.isFile()) throw new Error("it is not a plain file");
      return stats;
    });
    if (size > FILE_BYTES_MAX) throw new Error(`a file has over ${FILE_BYTES_MAX / 1024 / 1024} MB`);
    const content = Buffer.alloc(size);
    const { bytesRead } = await file.read(content, 0, size, 0);
    return content.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";

/** What a system call says, without where. */
function withoutPath(error: unknown): string {
  if (!(error instanceof Error)) return "it cannot be read";
  return "code" in error ? `it cannot be read (${String(error.code)})` : error.message;
}
