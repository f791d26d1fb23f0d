// Level 1: namespaces of this machine, by bubblewrap. Network is off, always: a rule that lists hosts is to come by a proxy, never
// by opening the network namespace.

import { randomBytes } from "node:crypto";
import { lstatSync, readlinkSync } from "node:fs";
import { lstat } from "node:fs/promises";
import { confinedArgs, GROUP, type Host, PASSWD, type RootFolder } from "./confinement.ts";
import { type ControlGroup, findControlGroups, type MakeControlGroup } from "./control-groups.ts";
import type { Programs } from "./find-programs.ts";
import { runProcess } from "./run-process.ts";
import { SANDBOX_LIMITS, type Sandbox, type SandboxParts } from "./sandbox.ts";
import { systemCallFilter } from "./system-call-filter.ts";

export interface ProcessSandboxParts extends SandboxParts {
  readonly programs: Programs;
  readonly isRoot: boolean;
}

const ROOT_FOLDERS = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];
/** Empty folders that every system has; the workspace is shown there, in a mount namespace nobody else is in. */
const STAGES = ["/mnt", "/srv", "/media", "/opt"];

export function createProcessSandbox(parts: ProcessSandboxParts): Sandbox {
  const { programs, isRoot, timers, limits = SANDBOX_LIMITS } = parts;
  const rootFolders = ROOT_FOLDERS.flatMap(rootFolder);
  const filter = systemCallFilter(process.arch);
  const handed = [PASSWD, GROUP].map((text) => Buffer.from(text));
  const makeGroup = isRoot ? findControlGroups(limits, timers) : undefined;
  const stage = isRoot ? STAGES.find(isFolder) : undefined;
  const base = { programs, limits, rootFolders, hasFilter: filter !== undefined };

  return {
    level: "process",
    run: async (command, signal) => {
      const owner = await lstat(command.folder);
      if (!owner.isDirectory()) throw new Error("The workspace is not a folder");
      if (isRoot && (owner.uid === 0 || owner.gid === 0)) throw new Error("A command never runs as root");
      if (isRoot && stage === undefined)
        throw new Error(`None of ${STAGES.join(", ")} is there to show the workspace in`);
      const group = await tryMakeGroup(makeGroup);
      try {
        const host: Host = {
          ...base,
          groups: group?.memberFiles ?? [],
          ...(stage === undefined ? {} : { root: { uid: owner.uid, gid: owner.gid, stage } }),
        };
        const [program, ...args] = confinedArgs(command, host);
        return await runProcess(
          {
            program,
            args,
            folder: "/",
            // bubblewrap's own environment can be read inside, in /proc/1/environ.
            env: {},
            handed: filter ? [...handed, filter] : handed,
            tellsHolder: true,
            limits: { ...command, floodBytes: limits.floodBytes },
          },
          timers,
          signal,
        );
      } finally {
        await group?.remove();
      }
    },
  };
}

/** Where groups cannot be made after all (a read-only mount), the limits of each process still hold. */
async function tryMakeGroup(make: MakeControlGroup | undefined): Promise<ControlGroup | undefined> {
  try {
    return await make?.(`signalbox-${randomBytes(8).toString("hex")}`);
  } catch {
    return undefined;
  }
}

function rootFolder(path: string): RootFolder[] {
  try {
    const status = lstatSync(path);
    if (status.isSymbolicLink()) return [{ path, linkTo: readlinkSync(path) }];
    return status.isDirectory() ? [{ path }] : [];
  } catch {
    return [];
  }
}

function isFolder(path: string): boolean {
  try {
    return lstatSync(path).isDirectory();
  } catch {
    return false;
  }
}
