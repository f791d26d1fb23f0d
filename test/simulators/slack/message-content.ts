// What a message may hold, the same for posting, updating, ephemerals and response URLs.

import { z } from "zod";
import { validBlocks } from "./block-validation.ts";
import { MARKDOWN_CHARS_MAX, MESSAGE_BLOCKS_MAX, METADATA_BYTES_MAX, TEXT_CHARS_MAX } from "./limits.ts";
import { markdownStructures } from "./markdown-blocks.ts";
import { json, structures, text } from "./method.ts";
import type { Block, Metadata } from "./records.ts";
import { SlackError } from "./slack-error.ts";
import type { Wire } from "./wire-shapes.ts";

const MetadataShape = z.object({
  event_type: z.string().min(1).max(255),
  event_payload: z.record(z.string(), z.unknown()),
});

export const contentArguments = {
  text: text.optional(),
  markdown_text: text.optional(),
  blocks: json(z.unknown()).optional(),
  attachments: structures.optional(),
};

export const metadataArgument = { metadata: json(z.unknown()).optional() };

export interface Content {
  readonly text: string;
  readonly markdown: string | undefined;
  readonly blocks: readonly Block[];
  readonly attachments: readonly unknown[];
  /** `message_truncated`, when the text was cut. */
  readonly warning: Wire;
}

export interface RawContent {
  readonly text?: string | undefined;
  readonly markdown_text?: string | undefined;
  readonly blocks?: unknown;
  readonly attachments?: readonly unknown[] | undefined;
}

/** `textMax`: an update refuses where a post cuts. */
export function validContent(raw: RawContent, textMax?: number): Content {
  const { markdown_text: markdown, attachments = [] } = raw;
  if (markdown !== undefined && (raw.text || raw.blocks !== undefined)) throw new SlackError("markdown_text_conflict");
  if (markdown !== undefined) checkMarkdown(markdown);
  const blocks = raw.blocks === undefined ? [] : validBlocks(raw.blocks);
  const said = raw.text ?? "";
  if (!said.trim() && !markdown?.trim() && blocks.length === 0 && attachments.length === 0)
    throw new SlackError("no_text");
  if (attachments.length > 100) throw new SlackError("too_many_attachments");
  if (textMax !== undefined && said.length > textMax) throw new SlackError("msg_too_long");
  const isCut = said.length > TEXT_CHARS_MAX;
  const warning = isCut ? { warning: "message_truncated", response_metadata: { warnings: ["message_truncated"] } } : {};
  return { text: said.slice(0, TEXT_CHARS_MAX), markdown, blocks, attachments, warning };
}

function checkMarkdown(markdown: string): void {
  if (markdown.length > MARKDOWN_CHARS_MAX) throw new SlackError("msg_too_long");
  if (markdownStructures(markdown).length <= MESSAGE_BLOCKS_MAX) return;
  throw new SlackError("invalid_blocks", [
    `[ERROR] no more than ${MESSAGE_BLOCKS_MAX} items allowed [json-pointer:/blocks]`,
  ]);
}

export function validMetadata(raw: unknown): Metadata | undefined {
  if (raw === undefined) return undefined;
  const metadata = MetadataShape.safeParse(raw);
  if (!metadata.success) throw new SlackError("invalid_metadata_format");
  if (Buffer.byteLength(JSON.stringify(metadata.data)) > METADATA_BYTES_MAX) throw new SlackError("metadata_too_large");
  return metadata.data;
}
