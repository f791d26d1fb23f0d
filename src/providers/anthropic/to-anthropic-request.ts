// Our conversation as the body of a messages request. Pure, and byte-stable (P11): the messages stand last and are only ever
// added to; between two requests of a session nothing before the tail changes but the cache marks on the last two user turns.

import type {
  ContentBlockParam,
  MessageCreateParamsStreaming,
  MessageParam,
  TextBlockParam,
  Tool,
} from "@anthropic-ai/sdk/resources/messages";
import { canonicalJson, isJsonObject } from "../../core/json.ts";
import type { CompletedCall, ConversationItem, ModelRequest, ToolDefinition } from "../../core/model.ts";
import { onceFor } from "../../lib/once-for.ts";
import {
  EMPTY_MESSAGE,
  GO_ON,
  isBlank,
  resultText,
  sendableMediaType,
  unsendableImageText,
} from "../shared/wire-text.ts";
import { blocksWithThinking } from "./anthropic-thinking.ts";

type Markable = Exclude<ContentBlockParam, { type: "thinking" | "redacted_thinking" }>;

interface Turn {
  readonly role: "user" | "assistant";
  readonly content: ContentBlockParam[];
}

const CACHE_MARK = { type: "ephemeral" } as const;
/** Of the four marks a request may carry, tools and system take one each. */
const MARKED_USER_TURNS = 2;

export interface AnthropicRequestOptions {
  readonly provider: string;
  /** Off once the vendor refused a conversation's thinking. */
  readonly hasThinkingBack: boolean;
}

export function toAnthropicRequest(
  request: ModelRequest,
  options: AnthropicRequestOptions,
): MessageCreateParamsStreaming {
  const turns = toTurns(request.items, options);
  markLastUserTurns(turns);
  const tools = marked(request.tools.length > 0 ? request.tools.map(toTool) : pastTools(request.items));
  const system: TextBlockParam[] = [{ type: "text", text: request.system, cache_control: CACHE_MARK }];
  return {
    model: request.model,
    max_tokens: request.outputTokensMax,
    stream: true,
    ...(tools.length > 0 ? { tools } : {}),
    ...(tools.length > 0 && request.tools.length === 0 ? { tool_choice: { type: "none" as const } } : {}),
    ...(isBlank(request.system) ? {} : { system }),
    messages: turns satisfies MessageParam[],
  };
}

const toTool = onceFor(
  ({ name, description, parameters }: ToolDefinition): Tool => ({
    name,
    description,
    input_schema: { ...parameters, type: "object" },
  }),
);

const marked = (tools: readonly Tool[]): Tool[] =>
  tools.map((tool, n) => (n === tools.length - 1 ? { ...tool, cache_control: CACHE_MARK } : tool));

/** A request whose messages show calls must define tools, even where none is offered any more (a summary). */
function pastTools(items: readonly ConversationItem[]): Tool[] {
  const names = new Set(items.flatMap((item) => (item.role === "model" ? item.calls.map((call) => call.name) : [])));
  return [...names].map((name) => ({ name, description: "No longer offered.", input_schema: { type: "object" } }));
}

function toTurns(items: readonly ConversationItem[], options: AnthropicRequestOptions): Turn[] {
  const turns: Turn[] = [];
  const add = (role: Turn["role"], blocks: readonly ContentBlockParam[]): void => {
    const last = turns.at(-1);
    if (blocks.length === 0) return;
    if (last?.role === role) last.content.push(...blocks);
    else turns.push({ role, content: [...blocks] });
  };
  for (const item of items) {
    if (item.role === "person") {
      add("user", toPersonBlocks(item));
      continue;
    }
    // The first turn must be a user's.
    if (turns.length === 0) add("user", [{ type: "text", text: EMPTY_MESSAGE }]);
    add("assistant", toModelBlocks(item, options));
    // Results stand first in the user turn that follows: whatever a person adds comes after them in the same turn.
    add("user", item.calls.map(toResultBlock));
  }
  // So must the last one; a reply to go on from is refused by newer models.
  if (turns.at(-1)?.role !== "user") add("user", [{ type: "text", text: GO_ON }]);
  return turns;
}

function toPersonBlocks({ text, images = [] }: Extract<ConversationItem, { role: "person" }>): ContentBlockParam[] {
  const blocks = images.map((image): ContentBlockParam => {
    const media_type = sendableMediaType(image);
    if (!media_type) return { type: "text", text: unsendableImageText(image) };
    return { type: "image", source: { type: "base64", media_type, data: image.base64 } };
  });
  if (!isBlank(text)) blocks.push({ type: "text", text });
  return blocks.length > 0 ? blocks : [{ type: "text", text: EMPTY_MESSAGE }];
}

function toModelBlocks(
  item: Extract<ConversationItem, { role: "model" }>,
  { provider, hasThinkingBack }: AnthropicRequestOptions,
): readonly ContentBlockParam[] {
  const calls = item.calls.map(toCallBlock);
  const whole = hasThinkingBack ? blocksWithThinking(item, provider, calls) : undefined;
  if (whole) return whole;
  return isBlank(item.text) ? calls : [{ type: "text", text: item.text }, ...calls];
}

function toCallBlock({ id, name, arguments: input }: CompletedCall): ContentBlockParam {
  const canonical: unknown = JSON.parse(canonicalJson(input));
  return { type: "tool_use", id, name, input: isJsonObject(canonical) ? canonical : {} };
}

const toResultBlock = ({ id, result, isError }: CompletedCall): ContentBlockParam => ({
  type: "tool_result",
  tool_use_id: id,
  content: resultText(result),
  ...(isError ? { is_error: true } : {}),
});

/** The last one so that the next request can read what this one wrote, the one before so that this one reads the last. */
function markLastUserTurns(turns: readonly Turn[]): void {
  const users = turns.filter((turn) => turn.role === "user").slice(-MARKED_USER_TURNS);
  for (const { content } of users) {
    const last = content.at(-1);
    if (last && isMarkable(last)) content[content.length - 1] = { ...last, cache_control: CACHE_MARK };
  }
}

const isMarkable = (block: ContentBlockParam): block is Markable =>
  block.type !== "thinking" && block.type !== "redacted_thinking";
