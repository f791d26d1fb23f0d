// The conversation as every provider is shown it, and the port a provider fills. Provider-neutral: no vendor's word here.

import type { JsonObject, JsonSchema } from "./json.ts";
import type { Image } from "./message.ts";

export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonSchema;
}

/** A call together with its result, so that a transcript with one and not the other cannot be written (P9). */
export interface CompletedCall {
  /** Our own id, unique in the transcript and legal for every vendor; vendors' ids never leave their adapter. */
  readonly id: string;
  readonly name: string;
  /** Always an object; arguments that were not become `{}` and their result says so. */
  readonly arguments: JsonObject;
  readonly result: string;
  readonly isError: boolean;
}

export type ConversationItem =
  | { readonly role: "person"; readonly text: string; readonly images?: readonly Image[] }
  | {
      readonly role: "model";
      readonly text: string;
      readonly calls: readonly CompletedCall[];
      readonly replay?: VendorReplay;
    };

/** What one vendor wants back with its own reply (reasoning, signatures); others never see it. */
export interface VendorReplay {
  readonly provider: string;
  readonly content: JsonObject;
}

export interface ModelRequest {
  /** The model's name at its vendor. */
  readonly model: string;
  readonly system: string;
  readonly tools: readonly ToolDefinition[];
  /** Never empty; the last item is a person's or ends in tool results. The first may be a model's (`/new` in mid-task). */
  readonly items: readonly ConversationItem[];
  readonly outputTokensMax: number;
  /** The same for all requests of a session: vendors route by it to a warm cache. */
  readonly cacheKey: string;
}

export interface RequestedCall {
  readonly name: string;
  /** As the model wrote them; whether they are JSON is for the tool executor to say. */
  readonly argumentsText: string;
}

export interface Usage {
  /** Input tokens that were neither read from nor written to a cache. */
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
}

export interface ModelReply {
  readonly text: string;
  readonly calls: readonly RequestedCall[];
  /** `length`: the output limit was reached. `refused`: the vendor's safety system ended the reply. */
  readonly stop: "end" | "calls" | "length" | "refused";
  readonly usage: Usage;
  readonly replay?: VendorReplay;
}

/** Text as it comes, then exactly one whole reply, last. `alive`: something came that is not text. */
export type ModelEvent =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "alive" }
  | { readonly type: "reply"; readonly reply: ModelReply };

export interface ModelProvider {
  readonly name: string;
  /**
   * Streams one reply. Throws nothing but AppError with a `provider-*` code, `context-too-long`, or `cancelled` when the
   * signal was aborted. Never retries by itself: there is one retry policy, in the runtime. Stops its request when the
   * signal aborts or the reader leaves the loop.
   */
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
}

export const NO_USAGE: Usage = { inputTokens: 0, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens: 0 };

/** What is known of a model: its bounds and what it costs; prices in US dollars for a million tokens. */
export interface ModelFacts {
  readonly contextTokens: number;
  readonly outputTokens: number;
  readonly inputUsd: number;
  readonly cachedInputUsd: number;
  readonly cacheWriteUsd: number;
  readonly outputUsd: number;
}

export function costUsd(usage: Usage, facts: ModelFacts): number {
  const micro =
    usage.inputTokens * facts.inputUsd +
    usage.cachedInputTokens * facts.cachedInputUsd +
    usage.cacheWriteTokens * facts.cacheWriteUsd +
    usage.outputTokens * facts.outputUsd;
  return micro / 1_000_000;
}
