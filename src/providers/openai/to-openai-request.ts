// Our conversation as the body of a chat-completions request. Pure, and byte-stable (P11): the messages stand last and are
// only ever added to, so that the next request of a session begins with the bytes of this one.

import { createHash } from "node:crypto";
import type { ChatCompletionCreateParamsStreaming } from "openai/resources/chat/completions";
import { canonicalJson } from "../../core/json.ts";
import type { ConversationItem, ModelRequest, ToolDefinition } from "../../core/model.ts";
import { onceFor } from "../../lib/once-for.ts";
import {
  EMPTY_MESSAGE,
  GO_ON,
  isBlank,
  resultText,
  sendableMediaType,
  unsendableImageText,
} from "../shared/wire-text.ts";
import type { OpenAiDialect } from "./openai-dialect.ts";

type Body = ChatCompletionCreateParamsStreaming;
type Message = Body["messages"][number];
type AssistantMessage = Extract<Message, { role: "assistant" }> & { reasoning_content?: string };
type UserContent = Extract<Message, { role: "user" }>["content"];

export interface OpenAiRequestOptions {
  /** Whose replayed reasoning may be sent back. */
  readonly provider: string;
  readonly dialect: OpenAiDialect;
}

export function toOpenAiRequest(request: ModelRequest, { provider, dialect }: OpenAiRequestOptions): Body {
  const messages: Message[] = [];
  if (!isBlank(request.system)) messages.push({ role: "system", content: request.system });
  const replayFor = dialect.hasReasoningBack ? provider : undefined;
  for (const item of request.items) messages.push(...toMessages(item, replayFor));
  if (messages.at(-1)?.role === "assistant") messages.push({ role: "user", content: GO_ON });
  const hasTools = request.tools.length > 0;
  return {
    model: request.model,
    stream: true,
    ...(dialect.hasStreamOptions ? { stream_options: { include_usage: true } } : {}),
    [dialect.limitNames[0]]: request.outputTokensMax,
    ...(dialect.hasCacheKey ? { prompt_cache_key: cacheKeyOf(request) } : {}),
    ...(hasTools && dialect.isReasoningOff ? { reasoning_effort: "none" as const } : {}),
    // An empty list is refused.
    ...(hasTools ? { tools: request.tools.map(toTool) } : {}),
    messages,
  };
}

/** A routing hint that tells nothing about the session. */
const cacheKeyOf = ({ cacheKey }: ModelRequest): string => createHash("sha256").update(cacheKey).digest("hex");

const toTool = onceFor(({ name, description, parameters }: ToolDefinition) => ({
  type: "function" as const,
  function: { name, description, parameters },
}));

function toMessages(item: ConversationItem, replayFor: string | undefined): readonly Message[] {
  if (item.role === "person") return [{ role: "user", content: toUserContent(item) }];
  // A message with neither text nor calls is refused.
  if (isBlank(item.text) && item.calls.length === 0) return [];
  const assistant: AssistantMessage = { role: "assistant", content: isBlank(item.text) ? null : item.text };
  const reasoning = item.replay?.content.reasoning_content;
  if (item.replay?.provider === replayFor && typeof reasoning === "string") assistant.reasoning_content = reasoning;
  if (item.calls.length > 0) {
    assistant.tool_calls = item.calls.map((call) => ({
      id: call.id,
      type: "function",
      function: { name: call.name, arguments: canonicalJson(call.arguments) },
    }));
  }
  const results = item.calls.map(
    (call): Message => ({ role: "tool", tool_call_id: call.id, content: resultText(call.result) }),
  );
  return [assistant, ...results];
}

function toUserContent(item: Extract<ConversationItem, { role: "person" }>): UserContent {
  const images = item.images ?? [];
  if (images.length === 0) return isBlank(item.text) ? EMPTY_MESSAGE : item.text;
  const text = isBlank(item.text) ? [] : [{ type: "text" as const, text: item.text }];
  const parts = images.map((image) =>
    sendableMediaType(image)
      ? { type: "image_url" as const, image_url: { url: `data:${image.mediaType};base64,${image.base64}` } }
      : { type: "text" as const, text: unsendableImageText(image) },
  );
  return [...text, ...parts];
}
