// The rules by which the two wire formats refuse a request, checked on what our own encoders make of a view.

import { isJsonObject, type Json } from "../../src/core/json.ts";
import type { ConversationItem, ModelRequest } from "../../src/core/model.ts";
import { toAnthropicRequest } from "../../src/providers/anthropic/to-anthropic-request.ts";
import { firstDialect, OPENAI_BASE_URL } from "../../src/providers/openai/openai-dialect.ts";
import { toOpenAiRequest } from "../../src/providers/openai/to-openai-request.ts";

const LONE_SURROGATE = /\\ud[89a-f][0-9a-f]{2}/;

/** What the vendors would complain about; [] for a request that is taken. */
export function wireFaults(items: readonly ConversationItem[]): readonly string[] {
  const request: ModelRequest = {
    model: "m",
    system: "s",
    tools: [],
    items,
    outputTokensMax: 100,
    cacheKey: "k",
  };
  const openAi = toOpenAiRequest(request, {
    provider: "openai",
    dialect: firstDialect(OPENAI_BASE_URL),
  }).messages;
  const anthropic = toAnthropicRequest(request, { provider: "anthropic", hasThinkingBack: true }).messages;
  return [...openAiFaults(asJson(openAi)), ...anthropicFaults(asJson(anthropic))];
}

/** As it stands on the wire, read without our types. */
function asJson(messages: unknown): readonly { readonly [key: string]: Json }[] {
  const text = JSON.stringify(messages);
  if (LONE_SURROGATE.test(text.replaceAll("\\\\", ""))) throw new Error("half a character on the wire");
  return JSON.parse(text) as readonly { readonly [key: string]: Json }[];
}

const listOf = (value: Json | undefined): readonly { readonly [key: string]: Json }[] =>
  Array.isArray(value) ? value.filter((one) => isJsonObject(one)) : [];
const isEmpty = (value: Json | undefined): boolean =>
  value === undefined || value === null || (typeof value === "string" && value.trim() === "");

function openAiFaults(messages: readonly { readonly [key: string]: Json }[]): readonly string[] {
  const faults: string[] = [];
  const seen = new Set<Json>();
  let awaited: Json[] = [];
  for (const message of messages) {
    if (message.role === "tool") {
      const place = awaited.indexOf(message.tool_call_id ?? null);
      if (place < 0) faults.push(`openai: a result of ${String(message.tool_call_id)} answers no call before it`);
      else awaited.splice(place, 1);
      if (isEmpty(message.content)) faults.push("openai: an empty result");
      continue;
    }
    if (awaited.length > 0) faults.push(`openai: ${String(awaited[0])} is not answered`);
    const calls = listOf(message.tool_calls);
    awaited = calls.map((call) => call.id ?? null);
    for (const id of awaited) {
      if (seen.has(id)) faults.push(`openai: the id ${String(id)} stands twice`);
      seen.add(id);
    }
    if (isEmpty(message.content) && calls.length === 0)
      faults.push(`openai: an empty message of ${String(message.role)}`);
  }
  if (awaited.length > 0) faults.push(`openai: ${String(awaited[0])} is not answered`);
  if (messages.filter((message) => message.role === "user").length === 0) faults.push("openai: nobody says anything");
  return faults;
}

function anthropicFaults(messages: readonly { readonly [key: string]: Json }[]): readonly string[] {
  const faults: string[] = [];
  const seen = new Set<Json>();
  let awaited: Json[] = [];
  for (const [index, { role, content }] of messages.entries()) {
    if (role !== (index % 2 === 0 ? "user" : "assistant"))
      faults.push(`anthropic: turn ${index} is a ${String(role)}'s`);
    const blocks = listOf(content);
    if (blocks.length === 0) faults.push("anthropic: an empty turn");
    if (blocks.some((block) => block.type === "text" && isEmpty(block.text))) faults.push("anthropic: an empty text");
    const results = blocks.filter((block) => block.type === "tool_result");
    if (!blocks.slice(0, results.length).every((block) => block.type === "tool_result"))
      faults.push("anthropic: results do not stand first");
    const answered = results.map((result) => result.tool_use_id ?? null);
    if (JSON.stringify([...answered].sort()) !== JSON.stringify([...awaited].sort()))
      faults.push(`anthropic: ${JSON.stringify(awaited)} answered by ${JSON.stringify(answered)}`);
    awaited = blocks.flatMap((block) => (block.type === "tool_use" ? [block.id ?? null] : []));
    for (const id of awaited) {
      if (seen.has(id)) faults.push(`anthropic: the id ${String(id)} stands twice`);
      seen.add(id);
    }
  }
  if (messages.at(-1)?.role !== "user") faults.push("anthropic: the last turn is not a user's");
  return faults;
}
