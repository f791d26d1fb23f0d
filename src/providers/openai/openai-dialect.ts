// What one server takes of the parameters that OpenAI-compatible servers disagree about, and what to try next when it
// refuses one. A negotiation over our own wording, not a retry: a refused parameter was never asked of the model.

import { isContextTooLong, type VendorFailure } from "../shared/provider-failure.ts";

type LimitName = "max_completion_tokens" | "max_tokens";

/** Each refusal takes something away for good, so a negotiation ends. */
export interface OpenAiDialect {
  /**
   * What to call the output limit; the second is what is left to try. New OpenAI models refuse the old name, many compatible
   * servers do not know the new one.
   */
  readonly limitNames: readonly [LimitName, LimitName?];
  readonly hasStreamOptions: boolean;
  readonly hasCacheKey: boolean;
  /** DeepSeek and Kimi want a reply's reasoning back while it calls tools; some servers refuse the field. */
  readonly hasReasoningBack: boolean;
  /** OpenAI's models from 5.4 on take function tools over chat completions only with reasoning switched off. */
  readonly isReasoningOff: boolean;
}

export const OPENAI_BASE_URL = "https://api.openai.com/v1";

export function firstDialect(baseUrl: string): OpenAiDialect {
  const isOpenAi = /^(.+\.)?api\.openai\.com$/.test(URL.parse(baseUrl)?.hostname ?? "");
  return {
    limitNames: isOpenAi ? ["max_completion_tokens", "max_tokens"] : ["max_tokens", "max_completion_tokens"],
    hasStreamOptions: true,
    hasCacheKey: isOpenAi,
    hasReasoningBack: true,
    isReasoningOff: false,
  };
}

const REFUSES_PARAMETER =
  /unsupported|not supported|does(n't| not) support|unrecogni[sz]ed|unknown|unexpected|extra|not permitted|not allowed|invalid (param|field|arg)|no such|use '?max_/i;

/** The dialect to try after this refusal; undefined if it is not about one of our parameters. */
export function nextDialect(dialect: OpenAiDialect, failure: VendorFailure): OpenAiDialect | undefined {
  if (failure.status !== 400 && failure.status !== 422) return undefined;
  // vLLM names max_tokens where the conversation is too long; no other name makes it shorter.
  if (isContextTooLong(failure) || !REFUSES_PARAMETER.test(failure.message)) return undefined;
  const names = (word: string): boolean => failure.parameter === word || failure.message.includes(word);
  if (dialect.hasStreamOptions && names("stream_options")) return { ...dialect, hasStreamOptions: false };
  if (dialect.hasCacheKey && names("prompt_cache_key")) return { ...dialect, hasCacheKey: false };
  if (dialect.hasReasoningBack && names("reasoning_content")) return { ...dialect, hasReasoningBack: false };
  if (!dialect.isReasoningOff && names("reasoning_effort")) return { ...dialect, isReasoningOff: true };
  const [limitName, otherName] = dialect.limitNames;
  return otherName && names(limitName) ? { ...dialect, limitNames: [otherName] } : undefined;
}
