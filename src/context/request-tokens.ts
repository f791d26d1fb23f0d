// (placeholder, being written)
import type { ConversationItem, ModelRequest } from "../core/model.ts";
import { estimateTokens } from "./token-estimate.ts";
import type { TokenFamily } from "./token-family.ts";

export function itemTokens(item: ConversationItem, _family: TokenFamily): number {
  if (item.role === "person") return estimateTokens(item.text) + 4 + (item.images?.length ?? 0) * 1_600;
  const calls = item.calls.map(
    (call) => estimateTokens(JSON.stringify(call.arguments)) + estimateTokens(call.result) + 14,
  );
  return calls.reduce((sum, tokens) => sum + tokens, estimateTokens(item.text) + 4);
}

export const requestTokens = (request: Pick<ModelRequest, "system" | "tools" | "items">, family: TokenFamily): number =>
  estimateTokens(request.system) +
  estimateTokens(JSON.stringify(request.tools)) +
  request.items.reduce((sum, item) => sum + itemTokens(item, family), 0);
