// The tool that sends a file of the workspace into the conversation, as a delivery of its own.

import { z } from "zod";
import type { Tool } from "../core/tool.ts";
import { mediaTypeOf } from "./media-type.ts";
import { path, schemaOf } from "./workspace/tool-arguments.ts";
import { workspaceNames } from "./workspace/workspace-path.ts";
import type { Workspaces } from "./workspace/workspaces.ts";

const CAPTION_CHARS_MAX = 1_000;

const Arguments = z.strictObject({
  path,
  caption: z.string().max(CAPTION_CHARS_MAX).optional().describe("A sentence that stands with it; none if absent"),
});

export const createSendFile = (workspaces: Workspaces): Tool => ({
  name: "send_file",
  description:
    "Sends a file of this conversation's workspace to the people here: a picture is shown, anything else can be downloaded. " +
    "It arrives by itself, before your answer; do not paste its content as well.",
  capabilities: ["chat.file"],
  carries: "file",
  // The same call says it once.
  isRepeatable: true,
  parameters: schemaOf(Arguments),
  run: async (args, { session, chat }) => {
    const { path, caption = "" } = Arguments.parse(args);
    const content = await (await workspaces.of(session)).read(path);
    if (content.length === 0) throw new Error(`${path} is empty: there is nothing to send.`);
    const name = workspaceNames(path).at(-1) ?? "";
    const mediaType = mediaTypeOf(name, content);
    await chat.say({ kind: "file", text: caption.trim(), file: { name, mediaType, content } });
    return `${name} (${mediaType}, ${content.length} bytes) is on its way. Do not send it again.`;
  },
});
