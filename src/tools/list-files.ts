// The tool that lists files and folders of the workspace.

import { z } from "zod";
import type { Tool } from "../core/tool.ts";
import { matchesGlob } from "./workspace/glob.ts";
import { path, schemaOf } from "./workspace/tool-arguments.ts";
import type { Entry } from "./workspace/walk.ts";
import type { Workspaces } from "./workspace/workspaces.ts";

const SHOWN_MAX = 500;
const LOOKED_AT_MAX = 20_000;
const DEPTH_DEFAULT = 3;
const DEPTH_MAX = 32;
const QUIET = new Set([".git", "node_modules", "__pycache__", ".venv"]);

const Arguments = z.strictObject({
  path: path.optional().describe("The folder; the workspace itself if absent"),
  pattern: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe("Only what matches, such as *.csv or src/**/*.ts; looks at every depth"),
  depth: z.int().min(1).max(DEPTH_MAX).optional().describe(`How deep; ${DEPTH_DEFAULT} if absent`),
});

export const createListFiles = (workspaces: Workspaces): Tool => ({
  name: "list_files",
  description:
    "Lists files and folders of this conversation's workspace with their sizes. The inside of .git, node_modules and the like is " +
    "left out unless `path` names it.",
  capabilities: ["fs.read"],
  isRepeatable: true,
  isParallel: true,
  parameters: schemaOf(Arguments),
  run: async (args, { session, signal }) => {
    const { path = ".", pattern, depth = pattern === undefined ? DEPTH_DEFAULT : DEPTH_MAX } = Arguments.parse(args);
    const matches = pattern === undefined ? () => true : matchesGlob(pattern);
    const workspace = await workspaces.of(session);
    const isSkipped = (entry: Entry): boolean => QUIET.has(entry.name);
    const entries = workspace.entries(path, { depthMax: depth, entriesMax: LOOKED_AT_MAX, signal, isSkipped });
    const lines: string[] = [];
    for (;;) {
      const { value, done } = await entries.next();
      if (done) return text(lines, value, pattern);
      if (!matches(value.path)) continue;
      if (lines.length === SHOWN_MAX) {
        await entries.return(false);
        return text(lines, false, pattern);
      }
      lines.push(lineOf(value));
    }
  },
});

function text(lines: readonly string[], isWhole: boolean, pattern: string | undefined): string {
  const more = isWhole ? "" : "\n[There is more: name a folder, a pattern or a larger depth.]";
  if (lines.length > 0) return lines.join("\n") + more;
  return pattern === undefined ? `The folder is empty.${more}` : `Nothing matches ${pattern}.${more}`;
}

function lineOf({ path, kind, bytes }: Entry): string {
  if (kind === "folder") return `${path}/`;
  return kind === "file" ? `${path}  ${bytes} bytes` : `${path}  (${kind}, not opened)`;
}
