// The tool that brings back what a file of the workspace was before.

import { z } from "zod";
import type { Tool } from "../core/tool.ts";
import { path, schemaOf } from "./workspace/tool-arguments.ts";
import type { Workspaces } from "./workspace/workspaces.ts";

const LISTED_MAX = 50;

const Arguments = z.strictObject({
  path,
  version: z.int().min(1).optional().describe("Which one; the newest that differs from the file if absent"),
  list: z.boolean().optional().describe("Only list the versions that are kept"),
});

export const createRestoreFile = (workspaces: Workspaces): Tool => ({
  name: "restore_file",
  description:
    "Brings back an earlier version of a file of this conversation's workspace, also of one that was deleted. Versions are kept of " +
    "what write_file and edit_file wrote and of what they replaced. With `list` you see them.",
  capabilities: ["fs.write", "fs.read"],
  parameters: schemaOf(Arguments),
  run: async (args, { session }) => {
    const { path, version: wanted, list = false } = Arguments.parse(args);
    const workspace = await workspaces.of(session);
    if (list) {
      const kept = (await workspace.versions(path)).slice(-LISTED_MAX);
      if (kept.length === 0) return `No version of ${path} is kept.`;
      return kept
        .map(({ n, at, bytes, origin }) => `${n}: ${new Date(at).toISOString()}, ${bytes} bytes, ${origin}`)
        .join("\n");
    }
    const { n, bytes } = await workspace.restore(path, wanted);
    return `Restored version ${n} of ${path} (${bytes} bytes).`;
  },
});
