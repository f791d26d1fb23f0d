// A messages stream as api.anthropic.com writes it, for the tests to take apart.

import type { JsonObject } from "../../src/core/json.ts";

export const event = (type: string, fields: JsonObject = {}): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;

export const start = (usage: JsonObject = { input_tokens: 20, output_tokens: 1 }): string =>
  event("message_start", {
    message: { id: "msg_1", type: "message", role: "assistant", content: [], model: "some-model", usage },
  });

export const PING = event("ping");
export const STOP = event("message_stop");

export const begin = (index: number, block: JsonObject): string =>
  event("content_block_start", { index, content_block: block });

export const add = (index: number, delta: JsonObject): string => event("content_block_delta", { index, delta });

export const end = (index: number): string => event("content_block_stop", { index });

export const finish = (reason: string, usage: JsonObject = { output_tokens: 5 }): string =>
  event("message_delta", { delta: { stop_reason: reason, stop_sequence: null }, usage });

export const textBlock = (index: number, ...texts: readonly string[]): string =>
  begin(index, { type: "text", text: "" }) +
  texts.map((text) => add(index, { type: "text_delta", text })).join("") +
  end(index);

export const thinkingBlock = (index: number, thinking: string, signature: string): string =>
  begin(index, { type: "thinking", thinking: "", signature: "" }) +
  (thinking === "" ? "" : add(index, { type: "thinking_delta", thinking })) +
  add(index, { type: "signature_delta", signature }) +
  end(index);

export const callBlock = (index: number, name: string, ...pieces: readonly string[]): string =>
  begin(index, { type: "tool_use", id: `toolu_${index}`, name, input: {} }) +
  pieces.map((partial_json) => add(index, { type: "input_json_delta", partial_json })).join("") +
  end(index);

/** A whole ordinary answer. */
export const spoken = (...texts: readonly string[]): string =>
  start() + PING + textBlock(0, ...texts) + finish("end_turn") + STOP;
