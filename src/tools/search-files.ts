// The tool that looks for text in the files of the workspace: literal words on the spot, patterns in a thread that can be stopped.

import { z } from "zod";
import type { Tool } from "../core/tool.ts";
import { fileKind } from "./workspace/file-kind.ts";
import { matchesGlob } from "./workspace/glob.ts";
import { type LineMatcher, literalMatcher, patternMatcher } from "./workspace/line-matcher.ts";
import { path, schemaOf } from "./workspace/tool-arguments.ts";
import type { Workspaces } from "./workspace/workspaces.ts";

const FOUND_MAX = 200;
const LOOKED_AT_MAX = 20_000;
const FILE_BYTES_MAX = 2 * 1024 ** 2;
const BYTES_MAX = 64 * 1024 ** 2;
const LINE_CHARS_MAX = 300;
const QUIET = new Set([".git", "node_modules", "__pycache__", ".venv"]);

const Arguments = z.strictObject({
  query: z.string().min(1).max(500).describe("The text to find"),
  regex: z.boolean().optional().describe("The query is a JavaScript regular expression, for one line"),
  ignore_case: z.boolean().optional(),
  path: path.optional().describe("The folder to look in; the workspace itself if absent"),
  pattern: z.string().min(1).max(200).optional().describe("Only in files that match, such as *.py"),
});

export const createSearchFiles = (workspaces: Workspaces): Tool => ({
  name: "search_files",
  description:
    "Finds lines that hold a text, in the files of this conversation's workspace: file, line number and line. Literal unless `regex` is set.",
  capabilities: ["fs.read"],
  isRepeatable: true,
  isParallel: true,
  parameters: schemaOf(Arguments),
  run: async (args, { session, signal, clock }) => {
    const { query, regex = false, ignore_case: isLoose = false, path = ".", pattern } = Arguments.parse(args);
    const isWanted = pattern === undefined ? () => true : matchesGlob(pattern);
    await using matcher: LineMatcher = regex ? patternMatcher(query, isLoose, clock) : literalMatcher(query, isLoose);
    const workspace = await workspaces.of(session);
    const found: string[] = [];
    let bytes = 0;
    let passedOver = 0;
    const isSkipped = ({ name }: { readonly name: string }): boolean => QUIET.has(name);
    for await (const entry of workspace.entries(path, { entriesMax: LOOKED_AT_MAX, signal, isSkipped })) {
      if (entry.kind !== "file" || !isWanted(entry.path)) continue;
      const isOpened = entry.bytes <= FILE_BYTES_MAX && bytes + entry.bytes <= BYTES_MAX;
      const content = isOpened ? await workspace.readEntry(entry).catch(() => undefined) : undefined;
      if (!content) {
        passedOver += 1;
        continue;
      }
      bytes += content.length;
      if (fileKind(content) !== "text") continue;
      const lines = content.toString("utf8").split("\n");
      for (const index of await matcher.matching(lines)) {
        found.push(`${entry.path}:${index + 1}: ${(lines[index] ?? "").trim().slice(0, LINE_CHARS_MAX)}`);
        if (found.length === FOUND_MAX)
          return `${found.join("\n")}\n[Stopped after ${FOUND_MAX} lines: narrow the search.]`;
      }
    }
    const rest = passedOver > 0 ? `\n[${passedOver} files were not looked into: too large, or not to be opened.]` : "";
    return (found.length > 0 ? found.join("\n") : `Nothing holds ${query}.`) + rest;
  },
});
