// A rough count of tokens, for servers that do not report usage: budgets must see something, and zero is the worst guess.

import type { ConversationItem, ModelRequest } from "../../core/model.ts";

const CHARS_A_TOKEN = 4;
const TOKENS_AN_IMAGE = 1_000;
const WIDE = /[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]/g;

/** Chinese, Japanese and Korean take about a token a character, other scripts about four characters a token. */
export function roughTokens(text: string): number {
  const wide = text.match(WIDE)?.length ?? 0;
  return Math.ceil(wide + (text.length - wide) / CHARS_A_TOKEN);
}

export function roughInputTokens({ system, tools, items }: ModelRequest): number {
  const toolTokens = tools.length > 0 ? roughTokens(JSON.stringify(tools)) : 0;
  return items.reduce((sum, item) => sum + itemTokens(item), roughTokens(system) + toolTokens);
}

function itemTokens(item: ConversationItem): number {
  if (item.role === "person") return roughTokens(item.text) + (item.images?.length ?? 0) * TOKENS_AN_IMAGE;
  return item.calls.reduce(
    (sum, call) => sum + roughTokens(call.name + JSON.stringify(call.arguments) + call.result),
    roughTokens(item.text),
  );
}
