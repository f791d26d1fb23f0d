// The tool that runs a shell command in the session's workspace, inside the sandbox. The sandbox is the boundary: the command's
// text is not judged here.

import { z } from "zod";
import type { Tool, ToolContext } from "../core/tool.ts";
import { childController } from "../lib/abort.ts";
import { terminalText } from "../lib/terminal-text.ts";
import type { Sandbox, SandboxResult } from "./sandbox/sandbox.ts";
import { schemaOf } from "./workspace/tool-arguments.ts";
import { watchQuota } from "./workspace/watch-quota.ts";
import type { Workspaces } from "./workspace/workspaces.ts";

export interface RunCommandParts {
  readonly sandbox: Sandbox;
  readonly workspaces: Workspaces;
  /** Never above limits.toolSeconds. */
  readonly secondsMax: number;
  /** Whom a command may reach over HTTP and HTTPS; absent or empty: nobody. */
  readonly hosts?: readonly string[];
  /** What a command writes, as it comes: for the progress people see. Text of strangers; already without control characters. */
  readonly onOutput?: (context: ToolContext, piece: string) => void;
}

const SECONDS_DEFAULT = 60;
const COMMAND_CHARS_MAX = 20_000;
const OUTPUT_BYTES_MAX = 64 * 1024;
/** So that a command that takes its whole time is told of as such, before the tool's own deadline. */
const MARGIN_MS = 500;

export function createRunCommand({ sandbox, workspaces, secondsMax, hosts = [], onOutput }: RunCommandParts): Tool {
  const Arguments = z.strictObject({
    command: z.string().min(1).max(COMMAND_CHARS_MAX).describe("Given to bash -c in the workspace"),
    timeout_seconds: z
      .int()
      .min(1)
      .max(secondsMax)
      .optional()
      .describe(`When it is ended; ${Math.min(SECONDS_DEFAULT, secondsMax)} if absent`),
  });
  return {
    name: "run_command",
    description:
      "Runs a shell command in this conversation's workspace and gives back its output and exit code. It sees the workspace " +
      `(/workspace, kept between calls) and the system's programs; ${reach(hosts)}, no input, nothing else of the machine. All it ` +
      "started ends with it; /tmp is empty each time.",
    capabilities: ["shell.exec"],
    timeoutSeconds: secondsMax,
    parameters: schemaOf(Arguments),
    run: async (args, context) => {
      const { command, timeout_seconds: seconds = Math.min(SECONDS_DEFAULT, secondsMax) } = Arguments.parse(args);
      if (command.includes("\0")) throw new Error("The command holds a NUL character.");
      const workspace = await workspaces.of(context.session);
      const full = await workspace.overQuota();
      const { controller, release } = childController(context.signal);
      const end = (why: string): void => controller.abort(new Error(`The command was ended. ${why}`));
      // One that begins with a full workspace may run, since it may be the one that makes room.
      const stopWatching = full === undefined ? watchQuota(workspace, context.clock, end) : () => {};
      const write = onOutput && ((piece: string) => onOutput(context, terminalText(piece)));
      try {
        const result = await sandbox.run(
          {
            run: command,
            folder: workspace.folder,
            isWritable: true,
            hosts,
            timeoutMs: Math.min(seconds * 1_000, secondsMax * 1_000 - MARGIN_MS),
            outputBytesMax: OUTPUT_BYTES_MAX,
            ...(write ? { onOutput: write } : {}),
          },
          controller.signal,
        );
        return [told(result, seconds), await workspace.overQuota()].filter((text) => text !== undefined).join("\n");
      } finally {
        stopWatching();
        release();
      }
    },
  };
}

const reach = (hosts: readonly string[]): string =>
  hosts.length === 0 ? "no network" : `network over HTTP and HTTPS to ${hosts.join(", ")} alone`;

function told({ exitCode, signal, stdout, stderr, isTimedOut, isFlooded }: SandboxResult, seconds: number): string {
  const parts: string[] = [];
  if (stdout.text !== "") parts.push(terminalText(stdout.text).trimEnd());
  if (stderr.text !== "") parts.push(`[stderr]\n${terminalText(stderr.text).trimEnd()}`);
  if (parts.length === 0) parts.push("(no output)");
  if (isTimedOut) parts.push(`[ended after ${seconds} seconds: it had not finished]`);
  else if (isFlooded) parts.push("[ended: it wrote far too much output]");
  else if (exitCode === undefined) parts.push(`[ended by ${signal ?? "a signal"}]`);
  else parts.push(`[exit code ${exitCode}${EXIT_WORDS[exitCode] ?? ""}]`);
  return parts.join("\n");
}

const EXIT_WORDS: Readonly<Record<number, string>> = {
  124: ": time-out",
  126: ": found, but not executable",
  127: ": command not found",
  137: ": killed, perhaps out of memory",
  152: ": used up its processor time",
  153: ": a file grew too large",
};
