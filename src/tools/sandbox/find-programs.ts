// The programs that build the wall, looked for where the system keeps them and never along the server's own PATH.

import { findProgram } from "../../lib/find-program.ts";

const SEARCH_PATH = "/usr/bin:/bin:/usr/sbin:/sbin:/usr/local/bin";
const NEEDED = ["bwrap", "prlimit", "bash", "sh"] as const;
/** Only where the server is root, to stop being it. */
const NEEDED_AS_ROOT = ["setpriv", "unshare", "mount"] as const;

export type Program = (typeof NEEDED)[number] | (typeof NEEDED_AS_ROOT)[number];
export type Programs = Readonly<Partial<Record<Program, string>>>;

export const INSTALL_LINE = "apt-get install bubblewrap util-linux bash";

/** Their paths, or the sentence that says what is missing. */
export function findPrograms(isRoot: boolean): { readonly programs: Programs } | { readonly missing: string } {
  const found = new Map<Program, string>();
  const missing: string[] = [];
  for (const name of isRoot ? [...NEEDED, ...NEEDED_AS_ROOT] : NEEDED) {
    const path = findProgram(name, SEARCH_PATH);
    if (path === undefined) missing.push(name);
    else found.set(name, path);
  }
  if (missing.length > 0) return { missing: `not installed: ${missing.join(", ")} (${INSTALL_LINE})` };
  return { programs: Object.fromEntries(found) };
}

export function programPath(programs: Programs, name: Program): string {
  const path = programs[name];
  if (path === undefined) throw new Error(`${name} was not looked for`);
  return path;
}
