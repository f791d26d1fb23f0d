// Keeps a conversation inside its budget until the compressor comes: when it grows past the budget, the older part is left out
// in one large piece, so that the prefix then stays the same for many turns. A pure function of the conversation.

import type { ConversationItem } from "../core/model.ts";
import { estimateTokens } from "./token-estimate.ts";

/** After a cut this share of the budget is used. */
const KEPT_SHARE = 0.5;

export interface TrimmedConversation {
  readonly items: readonly ConversationItem[];
  /** How many items at the start are left out. */
  readonly leftOut: number;
}

export function trimConversation(items: readonly ConversationItem[], budgetTokens: number): TrimmedConversation {
  const sizes = items.map(itemTokens);
  let start = 0;
  let total = 0;
  for (let end = 0; end < items.length; end += 1) {
    total += sizes[end] ?? 0;
    if (total <= budgetTokens) continue;
    // Replaying the cuts from the start makes the boundary the same for every longer version of this conversation.
    while (start < end && total > budgetTokens * KEPT_SHARE) {
      total -= sizes[start] ?? 0;
      start += 1;
    }
    while (start < end && items[start]?.role !== "person") {
      total -= sizes[start] ?? 0;
      start += 1;
    }
  }
  if (start === 0) return { items, leftOut: 0 };
  const note: ConversationItem = {
    role: "person",
    text: `[system note] The first ${start} entries of this conversation are no longer shown.`,
  };
  return { items: [note, ...items.slice(start)], leftOut: start };
}

function itemTokens(item: ConversationItem): number {
  if (item.role === "person") return estimateTokens(item.text) + 4 + (item.images?.length ?? 0) * 1_600;
  const calls = item.calls.map(
    (call) => estimateTokens(JSON.stringify(call.arguments)) + estimateTokens(call.result) + 14,
  );
  return calls.reduce((sum, tokens) => sum + tokens, estimateTokens(item.text) + 4);
}
