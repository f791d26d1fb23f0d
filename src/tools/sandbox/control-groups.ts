// Control groups, one for each command: memory and processes of all it starts, counted together. Only a server that is root on
// its own machine may make them; elsewhere the limits of single processes have to do.

import { existsSync, readFileSync } from "node:fs";
import { mkdir, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Timers } from "../../lib/abort.ts";
import type { SandboxLimits } from "./sandbox.ts";

const ROOT = "/sys/fs/cgroup";
/** A group stays busy until its last process is buried. */
const REMOVE_AGAIN_MS = [50, 500, 5_000];

export interface ControlGroup {
  /** Whoever writes 0 into these is a member. */
  readonly memberFiles: readonly string[];
  remove(): Promise<void>;
}

export type MakeControlGroup = (name: string) => Promise<ControlGroup>;

interface Setting {
  readonly folder: string;
  readonly file: string;
  readonly value: string;
}

/** How a group is made here; undefined where it cannot be. */
export function findControlGroups(limits: SandboxLimits, timers: Timers): MakeControlGroup | undefined {
  const isOne = existsSync(join(ROOT, "memory/tasks")) && existsSync(join(ROOT, "pids/tasks"));
  const enabled = enabledIn(join(ROOT, "cgroup.subtree_control"));
  const isTwo = enabled.has("memory") && enabled.has("pids");
  if (!isOne && !isTwo) return undefined;
  const [memory, pids] = isOne ? [join(ROOT, "memory"), join(ROOT, "pids")] : [ROOT, ROOT];
  const settings: readonly Setting[] = [
    { folder: memory, file: isOne ? "memory.limit_in_bytes" : "memory.max", value: String(limits.memoryBytesTogether) },
    // bubblewrap itself is two of them.
    { folder: pids, file: "pids.max", value: String(limits.processes + 8) },
  ];
  return async (name) => {
    const folders = [...new Set(settings.map(({ folder }) => join(folder, name)))];
    for (const folder of folders) await mkdir(folder);
    const remove = async (): Promise<void> => {
      for (const folder of folders) removeSoon(folder, timers, REMOVE_AGAIN_MS);
    };
    try {
      for (const { folder, file, value } of settings) await writeFile(join(folder, name, file), value);
    } catch (error) {
      await remove();
      throw error;
    }
    // A thread that moves itself (version 1 knows that) does not wait until every processor has come by, as a process that is moved does.
    return { memberFiles: folders.map((folder) => join(folder, isOne ? "tasks" : "cgroup.procs")), remove };
  };
}

function removeSoon(folder: string, timers: Timers, [delayMs, ...later]: readonly number[]): void {
  rmdir(folder).catch(() => {
    if (delayMs !== undefined) timers.after(delayMs, () => removeSoon(folder, timers, later));
  });
}

function enabledIn(file: string): Set<string> {
  try {
    return new Set(readFileSync(file, "utf8").trim().split(" "));
  } catch {
    return new Set();
  }
}
