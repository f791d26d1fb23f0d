// How the executable of a custom tool is run: arguments in, output out, within bounds. This one runs it plainly, with an environment
// from a short list; where there is a sandbox, a run of the same shape takes its place.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Timers } from "../../lib/abort.ts";
import { startProcessGroup } from "../../lib/process-group.ts";

export interface ProgramCall {
  readonly argv: readonly string[];
  /** The tool's own folder. */
  readonly folder: string;
  /** Written to its stdin, which is then closed. */
  readonly input: string;
  readonly signal: AbortSignal;
}

export interface ProgramEnd {
  /** Absent: a signal ended it. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  /** The end of what it wrote to stderr. */
  readonly complaint: string;
}

/** Rejects with the signal's reason once the program and what it started is dead. */
export type RunProgram = (call: ProgramCall) => Promise<ProgramEnd>;

export interface PlainRunParts {
  readonly timers: Timers;
  /** PATH for the programs. */
  readonly searchPath: string;
}

const OUTPUT_BYTES_MAX = 4 * 1024 * 1024;
const COMPLAINT_BYTES_MAX = 4_000;

export const createPlainRun =
  ({ timers, searchPath }: PlainRunParts): RunProgram =>
  async ({ argv, folder, input, signal }) => {
    signal.throwIfAborted();
    const home = await mkdtemp(join(tmpdir(), "signalbox-tool-"));
    const group = startProcessGroup({
      argv,
      folder,
      env: { PATH: searchPath, LANG: "C.UTF-8", HOME: home },
      timers,
    });
    signal.addEventListener("abort", group.kill, { once: true });
    const pieces: Buffer[] = [];
    let bytes = 0;
    let complaint = Buffer.alloc(0);
    group.stdout.on("data", (piece: Buffer) => {
      bytes += piece.length;
      if (bytes <= OUTPUT_BYTES_MAX) pieces.push(piece);
      else group.kill();
    });
    group.stderr.on("data", (piece: Buffer) => {
      complaint = Buffer.concat([complaint, piece.subarray(-COMPLAINT_BYTES_MAX)]).subarray(-COMPLAINT_BYTES_MAX);
    });
    group.stdin.end(input);
    try {
      const { exitCode, failure } = await group.ended;
      signal.throwIfAborted();
      if (failure !== undefined) throw new Error(`${argv[0]} could not be started (${failure}).`);
      if (bytes > OUTPUT_BYTES_MAX)
        throw new Error(`It wrote over ${OUTPUT_BYTES_MAX / 1024 / 1024} MB and was ended.`);
      return { exitCode, stdout: Buffer.concat(pieces).toString("utf8"), complaint: complaint.toString("utf8").trim() };
    } finally {
      signal.removeEventListener("abort", group.kill);
      await rm(home, { recursive: true, force: true });
    }
  };
