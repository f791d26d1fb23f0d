// Runs one process with nothing of our environment, keeps its output within bounds, and leaves nothing of it alive: killed is
// the process, its group, and (by the sandbox's own process namespace) all that it started.

import { readFile } from "node:fs/promises";
import { execa } from "execa";
import { sleep, type Timers } from "../../lib/abort.ts";
import { OutputCapture } from "./captured-output.ts";
import type { SandboxCommand, SandboxResult } from "./sandbox.ts";

export interface ProcessToRun {
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Given to the process on its descriptors 3, 4, ... */
  readonly handed: readonly Uint8Array[];
  /** The process says on the next descriptor which process holds everything it starts: the first of a process namespace. */
  readonly tellsHolder: boolean;
  readonly limits: Pick<SandboxCommand, "timeoutMs" | "outputBytesMax" | "onOutput"> & { readonly floodBytes: number };
}

/** The output of a killed process may be held open by a child outside of any sandbox. */
const CLOSE_MS = 1_000;

export async function runProcess(
  { program, args, folder, env, handed, tellsHolder, limits }: ProcessToRun,
  timers: Timers,
  signal: AbortSignal,
): Promise<SandboxResult> {
  signal.throwIfAborted();
  const child = execa(program, args, {
    env,
    extendEnv: false,
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe", ...handed, ...(tellsHolder ? (["pipe"] as const) : [])],
    buffer: false,
    reject: false,
    detached: true,
  });
  const captures = {
    stdout: new OutputCapture(limits.outputBytesMax),
    stderr: new OutputCapture(limits.outputBytesMax),
  };
  let holder = "";
  if (tellsHolder)
    child.stdio.at(-1)?.on("data", (piece: Buffer) => {
      holder += piece.toString();
    });
  let isTimedOut = false;
  let isFlooded = false;
  let bytes = 0;
  let cancelClose = (): void => {};

  const end = (): void => {
    killGroup(child.pid);
    cancelClose = timers.after(CLOSE_MS, () => {
      for (const stream of child.stdio) stream?.destroy();
    });
  };
  const cancelTimeout = timers.after(limits.timeoutMs, () => {
    isTimedOut = true;
    end();
  });
  signal.addEventListener("abort", end, { once: true });

  for (const name of ["stdout", "stderr"] as const) {
    const decoder = new TextDecoder();
    child[name]?.on("data", (piece: Buffer) => {
      bytes += piece.length;
      captures[name].add(piece);
      if (limits.onOutput && !isFlooded) limits.onOutput(decoder.decode(piece, { stream: true }), name);
      if (bytes <= limits.floodBytes || isFlooded) return;
      isFlooded = true;
      end();
    });
  }

  try {
    const result = await child;
    killGroup(child.pid);
    await gone(holder, timers);
    if (signal.aborted) throw signal.reason;
    // It never began: the program is missing, or the machine is out of processes.
    if (child.pid === undefined) throw new Error(`${program} could not be started`, { cause: result });
    return {
      ...(result.exitCode === undefined ? {} : { exitCode: result.exitCode }),
      ...(result.signal === undefined ? {} : { signal: result.signal }),
      stdout: captures.stdout.captured,
      stderr: captures.stderr.captured,
      isTimedOut,
      isFlooded,
    };
  } finally {
    cancelTimeout();
    signal.removeEventListener("abort", end);
    cancelClose();
  }
}

const GONE_LOOK_MS = 3;
const GONE_LOOKS_MAX = 600;

/**
 * The command's own process ends a moment before the rest of its namespace. The first process of a namespace is the last to go:
 * it is a zombie, or no more, only when all others are gone.
 */
async function gone(holder: string, timers: Timers): Promise<void> {
  const pid = /"child-pid": (\d+)/.exec(holder)?.[1];
  if (pid === undefined) return;
  for (let look = 0; look < GONE_LOOKS_MAX && (await isAlive(pid)); look += 1) await sleep(timers, GONE_LOOK_MS);
}

async function isAlive(pid: string): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The name in brackets may hold anything; the state follows the last of them.
  return status !== "" && !/^\) [ZX]/.test(status.slice(status.lastIndexOf(")")));
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nobody is left in it.
  }
}
