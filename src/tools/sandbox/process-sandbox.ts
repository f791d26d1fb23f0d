// Level 1: namespaces of this machine, by bubblewrap. The network namespace is closed, always: a rule that lists hosts leads through
// our proxy.

import { randomBytes } from "node:crypto";
import { lstatSync, readlinkSync } from "node:fs";
import { lstat } from "node:fs/promises";
import { homedir } from "node:os";
import { confinedArgs, GROUP, type Host, PASSWD, type RootFolder } from "./confinement.ts";
import { type ControlGroup, findControlGroups, type MakeControlGroup } from "./control-groups.ts";
import type { Programs } from "./find-programs.ts";
import { keepProcess } from "./keep-process.ts";
import type { Way } from "./network.ts";
import { runProcess } from "./run-process.ts";
import { SANDBOX_LIMITS, type Sandbox, type SandboxParts, type SandboxProgram, SYSTEM_PATH } from "./sandbox.ts";
import { SYSTEM_FOLDERS, shownPlaces } from "./shown-places.ts";
import { showProgram } from "./shown-program.ts";
import type { ProcessToStart } from "./start-process.ts";
import { systemCallFilter } from "./system-call-filter.ts";
import { wayInside } from "./way-inside.ts";

export interface ProcessSandboxParts extends SandboxParts {
  readonly programs: Programs;
  readonly isRoot: boolean;
}

/** Who runs what is only read and is root's: nobody's number. */
const STRANGER = 0x6fff_fffd;
/** Empty folders that every system has; the workspace is shown there, in a mount namespace nobody else is in. */
const STAGES = ["/mnt", "/srv", "/media", "/opt"];

export function createProcessSandbox(parts: ProcessSandboxParts): Sandbox {
  const { programs, isRoot, timers, limits = SANDBOX_LIMITS, searchPath = SYSTEM_PATH, network } = parts;
  const rootFolders = SYSTEM_FOLDERS.filter((path) => path !== "/usr").flatMap(rootFolder);
  const filter = systemCallFilter(process.arch);
  const handed = [PASSWD, GROUP].map((text) => Buffer.from(text));
  const makeGroup = isRoot ? findControlGroups(limits, timers) : undefined;
  const stage = isRoot ? STAGES.find(isFolder) : undefined;
  const closed = { secret: parts.secret ?? [], wide: ["/home", "/root", ...ownHome()] };
  const base = { programs, limits, rootFolders, hasFilter: filter !== undefined };

  async function prepare(program: SandboxProgram, timeoutMs?: number): Promise<Prepared> {
    const owner = await ownerOf(program);
    if (isRoot && stage === undefined)
      throw new Error(`None of ${STAGES.join(", ")} is there to show the workspace in`);
    const { run, places, searched } = shown(program);
    const way = await openWay(program.hosts);
    const group = await tryMakeGroup(makeGroup);
    const inside = way && wayInside(way);
    const host: Host = {
      ...base,
      groups: group?.memberFiles ?? [],
      ...(stage === undefined ? {} : { root: { ...owner, stage } }),
      places: [...places, ...(inside?.places ?? [])],
      searched,
      ...(inside ? { way: inside } : {}),
    };
    const [file, ...args] = confinedArgs({ ...program, run }, host, timeoutMs);
    return {
      toStart: {
        program: file,
        args,
        folder: "/",
        // bubblewrap's own environment can be read inside, in /proc/1/environ.
        env: {},
        handed: filter ? [...handed, filter] : handed,
        tellsHolder: true,
      },
      release: async () => {
        way?.close();
        await group?.remove();
      },
    };
  }

  async function openWay(hosts: readonly string[] = []): Promise<Way | undefined> {
    if (hosts.length === 0) return undefined;
    if (!network) throw new Error("Its rule lists hosts, and there is no way out of this sandbox");
    return network.open(hosts);
  }

  async function ownerOf({ folder, isWritable }: SandboxProgram): Promise<{ uid: number; gid: number }> {
    const status = await lstat(folder);
    const { uid, gid, mode } = status;
    if (!status.isDirectory()) throw new Error("The workspace is not a folder");
    if (!isRoot || (uid !== 0 && gid !== 0)) return { uid, gid };
    if (isWritable) throw new Error("A command never runs as root");
    if ((mode & 0o005) !== 0o005) throw new Error("Its folder must be readable by everybody (chmod -R a+rX)");
    return { uid: STRANGER, gid: STRANGER };
  }

  function shown({ run, folder, isTrusted = false, bins = [], readable = [] }: SandboxProgram) {
    const find = (name: string) => showProgram(name, { searchPath, folder, isTrusted });
    const first = typeof run === "string" ? undefined : find(run[0]);
    const found = [...(first ? [first] : []), ...bins.map(find)];
    const places = shownPlaces([...found.flatMap((one) => one.places), ...readable], closed);
    return {
      run: typeof run === "string" || !first ? run : ([first.program, ...run.slice(1)] as const),
      places: places.map((place) => ({ source: place, target: place })),
      searched: [...new Set(found.flatMap((one) => one.searched))],
    };
  }

  return {
    level: "process",
    run: async (command, signal) => {
      const { toStart, release } = await prepare(command, command.timeoutMs);
      try {
        return await runProcess(toStart, { ...command, floodBytes: limits.floodBytes }, timers, signal);
      } finally {
        await release();
      }
    },
    start: async (program, signal) => {
      const { toStart, release } = await prepare(program);
      try {
        const started = keepProcess(toStart, limits.floodBytes, timers, signal);
        return { ...started, ended: started.ended.finally(release) };
      } catch (error) {
        await release();
        throw error;
      }
    },
  };
}

interface Prepared {
  readonly toStart: ProcessToStart;
  release(): Promise<void>;
}

/** A user without a name, as in many containers, may have none. */
function ownHome(): string[] {
  try {
    return [homedir()];
  } catch {
    return [];
  }
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
