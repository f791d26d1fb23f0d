// The tool that writes a whole file of the workspace.

import { z } from "zod";
import type { Tool } from "../core/tool.ts";
import { path, schemaOf } from "./workspace/tool-arguments.ts";
import type { Workspaces } from "./workspace/workspaces.ts";

const CONTENT_CHARS_MAX = 2_000_000;

const Arguments = z.strictObject({
  path,
  content: z.string().max(CONTENT_CHARS_MAX).describe("The whole text of the file"),
});

export const createWriteFile = (workspaces: Workspaces): Tool => ({
  name: "write_file",
  description:
    "Writes a text file of this conversation's workspace: made if it is missing, with its folders, replaced whole if it is there. " +
    "What was there before is kept: restore_file brings it back. To change a part use edit_file.",
  capabilities: ["fs.write"],
  isRepeatable: true,
  parameters: schemaOf(Arguments),
  run: async (args, { session }) => {
    const { path, content } = Arguments.parse(args);
    const bytes = Buffer.from(content);
    const { isNew, version } = await (await workspaces.of(session)).change(path, () => bytes);
    return `${isNew ? "Made" : "Replaced"} ${path} (${bytes.length} bytes, version ${version.n}).`;
  },
});
