// What a sandbox is: one command, one folder it may see, nothing else of the machine. Levels differ in how strong the wall is,
// never in this interface.

import type { Readable, Writable } from "node:stream";
import type { Timers } from "../../lib/abort.ts";
import type { SandboxNetwork } from "./network.ts";

/** `process`: namespaces on this machine. `container` and `vm` are named, not built. `none` is no wall: an admin's explicit word. */
export const SANDBOX_LEVELS = ["process", "container", "vm", "none"] as const;
export type SandboxLevel = (typeof SANDBOX_LEVELS)[number];

/** Where the folder lies, seen from inside. */
export const INSIDE_FOLDER = "/workspace";

/** What is run, and all that it may see. */
export interface SandboxProgram {
  /** A line for `bash -c`; or a program with its arguments, looked for along the server's PATH and shown where it lies. Never a model's choice. */
  readonly run: string | readonly [string, ...string[]];
  /** The one folder of the host that is shown; its owner is who the command runs as. No agent may write beside or above it. */
  readonly folder: string;
  readonly isWritable: boolean;
  /** An administrator's, and no agent ever wrote in it: what a program there says of its interpreter, or links to, is shown as well. */
  readonly isTrusted?: boolean;
  /** The folder is HOME as well. Otherwise that is /tmp, which is empty each time. */
  readonly isHome?: boolean;
  /** All that the command sees besides PATH, HOME and the like. Nothing of the server's environment is ever added. */
  readonly env?: Readonly<Record<string, string>>;
  /** Further programs it starts itself, found and shown like the first. */
  readonly bins?: readonly string[];
  /** Further folders of the host, read-only, each at its own place. */
  readonly readable?: readonly string[];
  /** Whom it may reach over HTTP and HTTPS: `api.example.com`, `*.example.com`, `*`. Absent or empty: there is no network at all. */
  readonly hosts?: readonly string[];
}

/** One that ends by itself. */
export interface SandboxCommand extends SandboxProgram {
  /** Written to its stdin, which is then closed. */
  readonly input?: string;
  readonly timeoutMs: number;
  /** Of stdout and of stderr each: beyond it the middle is left out. */
  readonly outputBytesMax: number;
  readonly onOutput?: (piece: string, stream: "stdout" | "stderr") => void;
}

/** One that stays. Whoever started it reads its stdout, or it waits. */
export interface StartedProgram {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** What it said last on stderr. */
  readonly complaint: () => string;
  /** Never rejects. By then everything it started is dead. */
  readonly ended: Promise<ProgramEnd>;
  kill(): void;
}

export interface ProgramEnd {
  /** Absent when a signal ended it. */
  readonly exitCode?: number;
  readonly signal?: string;
  /** It never began, or had to be ended: why. */
  readonly failure?: string;
}

export interface CapturedOutput {
  readonly text: string;
  readonly bytesLeftOut: number;
}

export interface SandboxResult {
  /** Absent when a signal ended it. */
  readonly exitCode?: number;
  readonly signal?: string;
  readonly stdout: CapturedOutput;
  readonly stderr: CapturedOutput;
  readonly isTimedOut: boolean;
  /** Killed since it wrote without end. */
  readonly isFlooded: boolean;
}

export interface Sandbox {
  readonly level: SandboxLevel;
  /** Rejects with the signal's reason once the command and everything it started is dead. */
  run(command: SandboxCommand, signal: AbortSignal): Promise<SandboxResult>;
  /** The signal ends it at any time, also after this resolved. */
  start(program: SandboxProgram, signal: AbortSignal): Promise<StartedProgram>;
}

/** What came of opening a sandbox: a proven one, or the reason why everything that needs one stays off. */
export type SandboxChoice =
  | { readonly isOn: true; readonly sandbox: Sandbox; readonly notes: readonly string[] }
  | { readonly isOn: false; readonly reason: string };

/** What a command may use. A new one is measured before it is raised: see docs/decisions. */
export interface SandboxLimits {
  /** Address space of each process. */
  readonly memoryBytes: number;
  /** Of all processes of a command together, where the server may make control groups. */
  readonly memoryBytesTogether: number;
  readonly processes: number;
  readonly openFiles: number;
  readonly fileBytes: number;
  readonly temporaryBytes: number;
  /** Output of one command in all; a command that writes more is killed. */
  readonly floodBytes: number;
}

const MIB = 1024 ** 2;

export const SANDBOX_LIMITS: SandboxLimits = {
  // Node reserves 2 GiB of address space before it does anything.
  memoryBytes: 4_096 * MIB,
  memoryBytesTogether: 2_048 * MIB,
  processes: 64,
  openFiles: 256,
  fileBytes: 64 * MIB,
  temporaryBytes: 64 * MIB,
  floodBytes: 32 * MIB,
};

export interface SandboxParts {
  readonly timers: Timers;
  readonly limits?: SandboxLimits;
  /** Where programs are looked for: the server's PATH. Absent: where the system keeps them. */
  readonly searchPath?: string;
  /** For programs whose rule lists hosts; absent: such a program is refused. */
  readonly network?: SandboxNetwork;
  /** Of the server alone, never shown, nor anything in it: the data folder, .env. */
  readonly secret?: readonly string[];
}

export const SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin";
