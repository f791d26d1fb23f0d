// The port to programs that work as agents: what is run, and what came of it. Who runs them knows walls and workspaces; who asks
// for it knows neither.

import type { SessionKey } from "./message.ts";

export interface ProgramRequest {
  /** The program and its arguments; no shell reads them. */
  readonly argv: readonly string[];
  /** Whose workspace it works in. */
  readonly session: SessionKey;
  /** Whether it may change that workspace. */
  readonly isWritable: boolean;
  /** Names of the server's variables that it is given. */
  readonly env: readonly string[];
  /** Whom it may reach. */
  readonly hosts: readonly string[];
  readonly timeoutMs: number;
  /** What it writes to stdout, as it comes: text of strangers. */
  readonly onOutput: (piece: string) => void;
}

export interface ProgramEnd {
  /** Absent when a signal ended it. */
  readonly exitCode?: number;
  readonly signal?: string;
  /** It was ended: it took too long, wrote without end, filled its workspace. */
  readonly endedFor?: "time" | "flood" | "quota";
  /** The end of what it wrote to stderr. */
  readonly complaint: string;
}

export interface Programs {
  /** Why none can be run here, for an operator; undefined where they can. */
  readonly off: string | undefined;
  isThere(program: string): boolean;
  /** Takes the values of these variables out of any text. */
  redactor(env: readonly string[]): (text: string) => string;
  /** Rejects with the signal's reason once the program and all it started is dead. */
  run(request: ProgramRequest, signal: AbortSignal): Promise<ProgramEnd>;
}

/** Where nobody handed any in. */
export const noPrograms: Programs = {
  off: "programs were not set up",
  isThere: () => false,
  redactor: () => (text) => text,
  run: () => Promise.reject(new Error("programs were not set up")),
};
