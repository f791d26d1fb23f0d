// A program and all that it starts, as one group: it gets exactly the environment it is given, and it is killed as a whole. What
// puts itself into another session escapes the group; only a sandbox ends that.

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import type { Timers } from "./abort.ts";

export interface GroupOptions {
  readonly argv: readonly string[];
  readonly folder: string;
  /** All of it: nothing is added. */
  readonly env: Readonly<Record<string, string>>;
  readonly timers: Timers;
}

export interface ProcessEnd {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  /** It never began. */
  readonly failure: string | undefined;
}

export interface ProcessGroup {
  readonly pid: number | undefined;
  readonly stdin: ChildProcessWithoutNullStreams["stdin"];
  readonly stdout: ChildProcessWithoutNullStreams["stdout"];
  readonly stderr: ChildProcessWithoutNullStreams["stderr"];
  /** Never rejects. By then the whole group is dead. */
  readonly ended: Promise<ProcessEnd>;
  kill(): void;
}

export type StartGroup = (options: GroupOptions) => ProcessGroup;

/** A child in another session may hold the output open after the program's end. */
const OUTPUT_GRACE_MS = 200;

export const startProcessGroup: StartGroup = ({ argv: [program = "", ...args], folder, env, timers }) => {
  const child = spawn(program, args, { cwd: folder, env: { ...env }, detached: true, stdio: "pipe" });
  const kill = (): void => killGroup(child.pid);
  // Who ends without reading what it is given breaks the pipe; its exit code tells more.
  child.stdin.on("error", () => {});
  const ended = new Promise<ProcessEnd>((resolve) => {
    child.once("error", (error) => resolve({ exitCode: undefined, signal: undefined, failure: codeOf(error) }));
    child.once("exit", (exitCode, signal) => {
      kill();
      const cancel = timers.after(OUTPUT_GRACE_MS, () => {
        child.stdout.destroy();
        child.stderr.destroy();
      });
      child.once("close", () => {
        cancel();
        resolve({ exitCode: exitCode ?? undefined, signal: signal ?? undefined, failure: undefined });
      });
    });
  });
  return { pid: child.pid, stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, ended, kill };
};

const codeOf = (error: Error): string => ("code" in error ? String(error.code) : error.message);

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nobody is left in it.
  }
}
