// Starts one process with nothing of our environment, and leaves nothing of it alive: killed is the process, its group, and (by the
// sandbox's own process namespace) all that it started.

import { readFileSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { execa } from "execa";
import { sleep, type Timers } from "../../lib/abort.ts";

export interface ProcessToStart {
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Given to the process on its descriptors 3, 4, ... */
  readonly handed: readonly Uint8Array[];
  /** The process says on the next descriptor which process holds everything it starts: the first of a process namespace. */
  readonly tellsHolder: boolean;
}

export interface RunningProcess {
  /** Undefined: it never began. */
  readonly pid: number | undefined;
  /** Null: closed from the beginning. */
  readonly stdin: Writable | null;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Never rejects. By then everything it started is dead. */
  readonly ended: Promise<{ readonly exitCode?: number; readonly signal?: string; readonly code?: string }>;
  kill(): void;
}

/** The output of a killed process may be held open by a child outside of any sandbox. */
const CLOSE_MS = 1_000;

export function startProcess(process: ProcessToStart, hasInput: boolean, timers: Timers): RunningProcess {
  const { program, args, folder, env, handed, tellsHolder } = process;
  const child = execa(program, args, {
    env,
    extendEnv: false,
    cwd: folder,
    stdio: [hasInput ? "pipe" : "ignore", "pipe", "pipe", ...handed, ...(tellsHolder ? (["pipe"] as const) : [])],
    buffer: false,
    reject: false,
    detached: true,
  });
  let holder = "";
  if (tellsHolder)
    child.stdio.at(-1)?.on("data", (piece: Buffer) => {
      holder += piece.toString();
    });
  let cancelClose = (): void => {};
  const closeSoon = (): void => {
    cancelClose();
    cancelClose = timers.after(CLOSE_MS, () => {
      for (const stream of child.stdio) stream?.destroy();
    });
  };
  // Who ends without reading what it is given breaks the pipe; its exit code tells more.
  child.stdin?.on("error", () => {});
  child.nodeChildProcess.once("exit", () => {
    killGroup(child.pid);
    closeSoon();
  });
  const ended = (async () => {
    const result = await child;
    cancelClose();
    killGroup(child.pid);
    await gone(holder, timers);
    return {
      ...(result.exitCode === undefined ? {} : { exitCode: result.exitCode }),
      ...(result.signal === undefined ? {} : { signal: result.signal }),
      ...(result.code === undefined ? {} : { code: result.code }),
    };
  })();
  return {
    pid: child.pid,
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    ended,
    kill: () => {
      killGroup(child.pid);
      closeSoon();
    },
  };
}

const GONE_LOOK_MS = 1;
const GONE_LOOKS_MAX = 1_800;

/**
 * The command's own process ends a moment before the rest of its namespace. The first process of a namespace is the last to go:
 * it is a zombie, or no more, only when all others are gone.
 */
async function gone(holder: string, timers: Timers): Promise<void> {
  const pid = /"child-pid": (\d+)/.exec(holder)?.[1];
  if (pid === undefined || isAlone(pid)) return;
  for (let look = 0; look < GONE_LOOKS_MAX && isAlive(pid); look += 1) await sleep(timers, GONE_LOOK_MS);
}

/**
 * Whoever has lost its parent is a child of the first process, so without a child it has nobody; what is left of it then is its own
 * end, which takes longer than all before. Not every kernel tells.
 */
function isAlone(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8") === "";
  } catch {
    return false;
  }
}

/** At once: to ask for it in turn costs more than the answer. */
function isAlive(pid: string): boolean {
  const status = textOf(`/proc/${pid}/stat`);
  // The name in brackets may hold anything; the state follows the last of them.
  return status !== "" && !/^\) [ZX]/.test(status.slice(status.lastIndexOf(")")));
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nobody is left in it.
  }
}
