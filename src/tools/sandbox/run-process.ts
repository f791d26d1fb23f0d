// A process that ends by itself, or is ended: by its signal, its time, or what it writes. Its output is kept within bounds.

import type { Timers } from "../../lib/abort.ts";
import { OutputCapture } from "./captured-output.ts";
import type { SandboxCommand, SandboxResult } from "./sandbox.ts";
import { type ProcessToStart, startProcess } from "./start-process.ts";

export type RunLimits = Pick<SandboxCommand, "input" | "timeoutMs" | "outputBytesMax" | "onOutput"> & {
  readonly floodBytes: number;
};

export async function runProcess(
  toStart: ProcessToStart,
  { input, timeoutMs, outputBytesMax, onOutput, floodBytes }: RunLimits,
  timers: Timers,
  signal: AbortSignal,
): Promise<SandboxResult> {
  signal.throwIfAborted();
  const running = startProcess(toStart, input !== undefined, timers);
  const captures = { stdout: new OutputCapture(outputBytesMax), stderr: new OutputCapture(outputBytesMax) };
  let isTimedOut = false;
  let isFlooded = false;
  let bytes = 0;

  const cancelTimeout = timers.after(timeoutMs, () => {
    isTimedOut = true;
    running.kill();
  });
  signal.addEventListener("abort", running.kill, { once: true });
  for (const name of ["stdout", "stderr"] as const) {
    const decoder = new TextDecoder();
    running[name].on("data", (piece: Buffer) => {
      bytes += piece.length;
      captures[name].add(piece);
      if (onOutput && !isFlooded) onOutput(decoder.decode(piece, { stream: true }), name);
      if (bytes <= floodBytes || isFlooded) return;
      isFlooded = true;
      running.kill();
    });
  }
  running.stdin?.end(input);

  try {
    const { exitCode, signal: killedBy, code } = await running.ended;
    if (signal.aborted) throw signal.reason;
    // The program is missing, or the machine is out of processes.
    if (running.pid === undefined) throw new Error(`${toStart.program} could not be started (${code ?? "unknown"})`);
    return {
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(killedBy === undefined ? {} : { signal: killedBy }),
      stdout: captures.stdout.captured,
      stderr: captures.stderr.captured,
      isTimedOut,
      isFlooded,
    };
  } finally {
    cancelTimeout();
    signal.removeEventListener("abort", running.kill);
  }
}
