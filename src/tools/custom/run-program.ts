// How the executable of a custom tool is run: in the sandbox, its own folder read-only before it, arguments in, output out.

import type { Sandbox } from "../sandbox/sandbox.ts";

export interface ProgramCall {
  readonly argv: readonly [string, ...string[]];
  /** The tool's own folder. */
  readonly folder: string;
  /** Written to its stdin, which is then closed. */
  readonly input: string;
  readonly bins: readonly string[];
  readonly hosts: readonly string[];
  readonly timeoutSeconds?: number;
  readonly signal: AbortSignal;
}

export interface ProgramEnd {
  /** Absent: a signal ended it. */
  readonly exitCode?: number;
  readonly stdout: string;
  /** The end of what it wrote to stderr. */
  readonly complaint: string;
}

/** Rejects with the signal's reason once the program and all it started is dead. */
export type RunProgram = (call: ProgramCall) => Promise<ProgramEnd>;

export interface RunProgramParts {
  readonly sandbox: Pick<Sandbox, "run">;
  /** limits.toolSeconds */
  readonly secondsMax: number;
}

const OUTPUT_BYTES_MAX = 4 * 1024 * 1024;
const COMPLAINT_CHARS_MAX = 4_000;
/** So that the tool's own deadline comes first, and says so. */
const MARGIN_MS = 1_000;

export const createRunProgram =
  ({ sandbox, secondsMax }: RunProgramParts): RunProgram =>
  async ({ argv, folder, input, bins, hosts, timeoutSeconds = secondsMax, signal }) => {
    const timeoutMs = Math.min(timeoutSeconds, secondsMax) * 1_000 + MARGIN_MS;
    const { exitCode, stdout, stderr, isFlooded } = await sandbox.run(
      {
        run: argv,
        folder,
        isWritable: false,
        isTrusted: true,
        input,
        bins,
        hosts,
        timeoutMs,
        outputBytesMax: OUTPUT_BYTES_MAX,
      },
      signal,
    );
    if (isFlooded || stdout.bytesLeftOut > 0)
      throw new Error(`It wrote over ${OUTPUT_BYTES_MAX / 1024 / 1024} MB and was ended.`);
    const complaint = stderr.text.trim().slice(-COMPLAINT_CHARS_MAX);
    return { ...(exitCode === undefined ? {} : { exitCode }), stdout: stdout.text, complaint };
  };
