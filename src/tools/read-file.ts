// The tool that reads a text file of the workspace, by lines.

import { z } from "zod";
import type { Tool } from "../core/tool.ts";
import { fileKind } from "./workspace/file-kind.ts";
import { path, schemaOf } from "./workspace/tool-arguments.ts";
import type { Workspaces } from "./workspace/workspaces.ts";

const LINES_DEFAULT = 1_000;
const LINES_MAX = 5_000;
const LINE_CHARS_MAX = 2_000;

const Arguments = z.strictObject({
  path,
  offset: z.int().min(1).max(10_000_000).optional().describe("The first line to read; 1 if absent"),
  limit: z.int().min(1).max(LINES_MAX).optional().describe(`How many lines; ${LINES_DEFAULT} if absent`),
});

export const createReadFile = (workspaces: Workspaces): Tool => ({
  name: "read_file",
  description:
    "Reads a text file of this conversation's workspace, with line numbers. For a long file give `offset` and `limit`.",
  capabilities: ["fs.read"],
  isRepeatable: true,
  isParallel: true,
  parameters: schemaOf(Arguments),
  run: async (args, { session }) => {
    const { path, offset = 1, limit = LINES_DEFAULT } = Arguments.parse(args);
    const content = await (await workspaces.of(session)).read(path);
    const kind = fileKind(content);
    if (kind !== "text") throw new Error(`${path} is ${kind} (${content.length} bytes), not text; it is not shown.`);
    return numbered(content.toString("utf8"), offset, limit);
  },
});

function numbered(text: string, offset: number, limit: number): string {
  if (text === "") return "(The file is empty.)";
  const lines = text.replace(/\n$/, "").split("\n");
  if (offset > lines.length) throw new Error(`The file has ${lines.length} lines only.`);
  const shown = lines.slice(offset - 1, offset - 1 + limit);
  const next = offset + shown.length;
  const rest = next <= lines.length ? `\n[${lines.length - next + 1} more lines; next offset ${next}]` : "";
  return shown.map((line, index) => `${offset + index}\t${cut(line.replace(/\r$/, ""))}`).join("\n") + rest;
}

const cut = (line: string): string =>
  line.length > LINE_CHARS_MAX
    ? `${line.slice(0, LINE_CHARS_MAX)} [... ${line.length - LINE_CHARS_MAX} more characters in this line]`
    : line;
