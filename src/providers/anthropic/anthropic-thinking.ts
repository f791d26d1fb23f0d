// A model's thinking, kept with its reply and given back to the same provider as it came: Anthropic signs it, wants it back
// while tools are being called, and refuses it changed or out of order. Nobody else reads it.

import type { ContentBlockParam } from "@anthropic-ai/sdk/resources/messages";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import type { ConversationItem, VendorReplay } from "../../core/model.ts";

type ModelItem = Extract<ConversationItem, { role: "model" }>;

/** The blocks of a reply in their order; a call stands as its place only, for its id and arguments are ours. */
export type ReplyLayout = readonly (
  | { readonly type: "thinking"; readonly thinking: string; readonly signature: string }
  | { readonly type: "redacted_thinking"; readonly data: string }
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "call" }
)[];

export const isThinking = (type: string): boolean => type === "thinking" || type === "redacted_thinking";

export function replayFrom(provider: string, layout: ReplyLayout): VendorReplay | undefined {
  return layout.some((block) => isThinking(block.type)) ? { provider, content: { blocks: layout } } : undefined;
}

/**
 * The reply as the vendor sent it, with our calls in the places of its own. Undefined where there is no thinking of this
 * provider, or where the item no longer says what the reply said (it was shortened): then the thinking would be refused.
 */
export function blocksWithThinking(
  item: ModelItem,
  provider: string,
  callBlocks: readonly ContentBlockParam[],
): readonly ContentBlockParam[] | undefined {
  if (item.replay?.provider !== provider) return undefined;
  const stored = item.replay.content.blocks;
  if (!Array.isArray(stored)) return undefined;
  const layout = stored.filter((block: Json): block is JsonObject => isJsonObject(block));
  const texts = layout.map((block) => (block.type === "text" ? String(block.text) : ""));
  const calls = callBlocks.values();
  if (layout.filter((block) => block.type === "call").length !== callBlocks.length) return undefined;
  if (withoutSpace(texts.join("")) !== withoutSpace(item.text)) return undefined;
  return layout.flatMap((block) => blockFrom(block, calls) ?? []);
}

function blockFrom(block: JsonObject, calls: Iterator<ContentBlockParam>): ContentBlockParam | undefined {
  // Named key by key: a store may have changed their order, and the bytes must stay the same (P11).
  switch (block.type) {
    case "thinking":
      return { type: "thinking", thinking: String(block.thinking), signature: String(block.signature) };
    case "redacted_thinking":
      return { type: "redacted_thinking", data: String(block.data) };
    case "text":
      return { type: "text", text: String(block.text) };
    default:
      return calls.next().value;
  }
}

const withoutSpace = (text: string): string => text.replace(/\s+/g, "");
