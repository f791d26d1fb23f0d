// A process that stays until it is ended: by its signal, by whoever started it, or since it writes without end.

import { Transform } from "node:stream";
import type { Timers } from "../../lib/abort.ts";
import type { ProgramEnd, StartedProgram } from "./sandbox.ts";
import { type ProcessToStart, startProcess } from "./start-process.ts";

const COMPLAINT_BYTES_MAX = 4_000;
const WHILE_MS = 10_000;

export function keepProcess(
  toStart: ProcessToStart,
  /** In ten seconds. */
  floodBytes: number,
  timers: Timers,
  signal: AbortSignal,
): StartedProgram {
  signal.throwIfAborted();
  const running = startProcess(toStart, true, timers);
  const { stdin } = running;
  if (!stdin) throw new Error("a program that stays has a stdin");
  let complaint = Buffer.alloc(0);
  let failure: string | undefined;
  let bytes = 0;
  let cancelWhile: (() => void) | undefined;

  const count = (piece: Buffer): void => {
    bytes += piece.length;
    cancelWhile ??= timers.after(WHILE_MS, () => {
      bytes = 0;
      cancelWhile = undefined;
    });
    if (bytes <= floodBytes || failure !== undefined) return;
    failure = "it writes without end";
    running.kill();
  };
  const stdout = new Transform({
    transform: (piece: Buffer, _encoding, done) => {
      count(piece);
      done(undefined, piece);
    },
  });
  running.stdout.on("close", () => stdout.end()).pipe(stdout);
  running.stderr.on("data", (piece: Buffer) => {
    count(piece);
    complaint = Buffer.concat([complaint, piece.subarray(-COMPLAINT_BYTES_MAX)]).subarray(-COMPLAINT_BYTES_MAX);
  });
  signal.addEventListener("abort", running.kill, { once: true });

  const end = async (): Promise<ProgramEnd> => {
    const { exitCode, signal: killedBy, code } = await running.ended;
    cancelWhile?.();
    signal.removeEventListener("abort", running.kill);
    if (running.pid === undefined) failure = `${toStart.program} could not be started (${code ?? "unknown"})`;
    return {
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(killedBy === undefined ? {} : { signal: killedBy }),
      ...(failure === undefined ? {} : { failure }),
    };
  };
  return { stdin, stdout, complaint: () => complaint.toString("utf8").trim(), ended: end(), kill: running.kill };
}
