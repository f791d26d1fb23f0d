// Runs the programs of agents: in the sandbox, in the workspace of the conversation, with nothing of the server's environment but what
// an agent file names.

import { accessSync, constants } from "node:fs";
import type { Clock } from "../core/clock.ts";
import type { ProgramEnd, Programs } from "../core/program.ts";
import { childController } from "../lib/abort.ts";
import { findProgram } from "../lib/find-program.ts";
import { createSpeechRedactor } from "../lib/redact-speech.ts";
import type { Sandbox, SandboxResult } from "./sandbox/sandbox.ts";
import { watchQuota } from "./workspace/watch-quota.ts";
import type { Workspaces } from "./workspace/workspaces.ts";

/** What is needed of a `SandboxChoice`. */
type Wall =
  | { readonly isOn: true; readonly sandbox: Pick<Sandbox, "run"> }
  | { readonly isOn: false; readonly reason: string };

export interface AgentProgramParts {
  /** As it is now. */
  readonly choice: () => Wall;
  readonly workspaces: Workspaces;
  /** Where a program without a path is looked for. */
  readonly searchPath: string;
  readonly variable: (name: string) => string | undefined;
  readonly clock: Clock;
}

/** Only the end of stderr is told of. */
const COMPLAINT_BYTES_MAX = 8_000;
const COMPLAINT_CHARS = 2_000;

export function createAgentPrograms({ choice, workspaces, searchPath, variable, clock }: AgentProgramParts): Programs {
  const valuesOf = (names: readonly string[]): Record<string, string> =>
    Object.fromEntries(
      names.flatMap((name) => {
        const value = variable(name) ?? "";
        return value === "" ? [] : [[name, value]];
      }),
    );

  return {
    get off() {
      const now = choice();
      return now.isOn ? undefined : now.reason;
    },
    isThere: (program) => isProgramThere(program, searchPath),
    redactor: (names) => createSpeechRedactor({ secrets: Object.values(valuesOf(names)), folders: [] }).clean,
    run: async ({ argv, session, isWritable, env, hosts, timeoutMs, onOutput }, signal) => {
      const wall = choice();
      if (!wall.isOn) throw new Error(wall.reason);
      const [program, ...args] = argv;
      if (program === undefined) throw new Error("a program without a name");
      const workspace = await workspaces.of(session);
      const { controller, release } = childController(signal);
      const full = new Error("the workspace is full");
      const isFull = (await workspace.overQuota()) !== undefined;
      // One that begins in a full workspace may be there to make room.
      const stopWatching = isFull ? () => {} : watchQuota(workspace, clock, () => controller.abort(full));
      try {
        const command = {
          run: [program, ...args] as const,
          folder: workspace.folder,
          isWritable,
          env: valuesOf(env),
          hosts,
          timeoutMs,
          outputBytesMax: COMPLAINT_BYTES_MAX,
          onOutput: (piece: string, stream: "stdout" | "stderr"): void => {
            if (stream === "stdout") onOutput(piece);
          },
        };
        return endFrom(await wall.sandbox.run(command, controller.signal));
      } catch (error) {
        if (controller.signal.reason === full) return { endedFor: "quota", complaint: "" };
        throw error;
      } finally {
        stopWatching();
        release();
      }
    },
  };
}

function endFrom({ exitCode, signal, isTimedOut, isFlooded, stderr }: SandboxResult): ProgramEnd {
  return {
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(signal === undefined ? {} : { signal }),
    ...(isTimedOut ? { endedFor: "time" } : isFlooded ? { endedFor: "flood" } : {}),
    complaint: stderr.text.trim().slice(-COMPLAINT_CHARS),
  };
}

/** A path is looked at where it is; one that begins with a dot lies in the workspace, which only a run sees. */
export function isProgramThere(program: string, searchPath: string): boolean {
  if (!program.includes("/")) return findProgram(program, searchPath) !== undefined;
  if (!program.startsWith("/")) return true;
  try {
    accessSync(program, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
