// The choice of a sandbox at start and on reload: the level the configuration names, used only after it passed its self-test. There
// is no way from a failed test to a run without a wall.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { findPrograms, INSTALL_LINE, type Programs, programPath } from "./find-programs.ts";
import { createProcessSandbox } from "./process-sandbox.ts";
import { SANDBOX_LIMITS, type SandboxChoice, type SandboxLevel, type SandboxParts } from "./sandbox.ts";
import { networkTest, selfTest } from "./self-test.ts";
import { createUnconfined } from "./unconfined.ts";

export interface OpenSandboxParts extends SandboxParts {
  /** `process` if absent. `none` comes from an admin's configuration only; the caller logs it. */
  readonly level?: SandboxLevel;
  /** Whether the server is root; looked up if absent. */
  readonly isRoot?: boolean;
  /** Handed in by tests. */
  readonly find?: typeof findPrograms;
}

export async function openSandbox(parts: OpenSandboxParts): Promise<SandboxChoice> {
  const { level = "process", isRoot = process.getuid?.() === 0, find = findPrograms, limits = SANDBOX_LIMITS } = parts;
  switch (level) {
    case "none":
      return {
        isOn: true,
        sandbox: createUnconfined(parts),
        notes: ["commands run without any sandbox (sandbox: none)"],
      };
    case "container":
    case "vm":
      return off(`the level ${level} is not available yet; use process`);
    case "process": {
      const found = find(isRoot);
      if ("missing" in found) return off(found.missing);
      const { programs } = found;
      const sandbox = createProcessSandbox({ ...parts, programs, isRoot });
      const [wrong, noWay] = await Promise.all([
        selfTest({ sandbox, limits, isRoot }).catch(sentence),
        parts.network && networkTest({ sandbox, isRoot }).catch(sentence),
      ]);
      if (wrong !== undefined) return off(`the self-test failed: ${wrong}. ${HINT}`);
      const notes = await notesOn(programs, isRoot);
      if (noWay === undefined) return { isOn: true, sandbox, notes };
      const { network: _broken, ...rest } = parts;
      return {
        isOn: true,
        sandbox: createProcessSandbox({ ...rest, programs, isRoot }),
        notes: [...notes, `rules that list hosts cannot be honoured, so there is no network at all: ${noWay}`],
      };
    }
  }
}

const HINT =
  `Needed are ${INSTALL_LINE} and user namespaces: Ubuntu 24.04 wants sysctl kernel.apparmor_restrict_unprivileged_userns=0 or a ` +
  "profile for bwrap, a container wants a seccomp profile that allows them";

const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const off = (reason: string): SandboxChoice => ({ isOn: false, reason });

/** What an operator should know of a wall that stands. */
async function notesOn(programs: Programs, isRoot: boolean): Promise<string[]> {
  const notes: string[] = [];
  const { stdout } = await promisify(execFile)(programPath(programs, "bwrap"), ["--version"], { env: {} });
  const [, major = "0", minor = "0"] = /(\d+)\.(\d+)/.exec(stdout) ?? [];
  if (Number(major) === 0 && Number(minor) < 12) {
    notes.push(
      `${stdout.trim()} may follow links planted in a workspace (CVE-2026-87766); nothing is ever mounted below one here`,
    );
  }
  if (isRoot) notes.push("the server is root; commands run as an ordinary user of their session");
  if (process.pid === 1)
    notes.push("the server is process 1 and buries nobody: start it under an init (docker run --init)");
  return notes;
}
