// What the shipped models can hold and what they cost, in US dollars for a million tokens; extended by the configuration.
// Knows nothing of who uses it. Looked up 2026-11-21 in the vendors' own model and pricing pages.

import type { ModelFacts } from "../core/model.ts";

/** For a model nobody described: small enough to fit nearly everywhere, dear enough that a budget is not overrun. */
export const CAUTIOUS_FACTS: ModelFacts = {
  contextTokens: 32_000,
  outputTokens: 4_096,
  inputUsd: 10,
  cachedInputUsd: 10,
  cacheWriteUsd: 12.5,
  outputUsd: 50,
};

// Where a vendor charges more for long requests, the window stands at the border: inside it the prices below hold. It is
// also the longest input of the gpt-5 models whose window of 400,000 includes the output.
const LONG_OPENAI = 272_000;
const LONG_HAIKU = 100_000;

/** Window, longest output, then the prices of input, cached input, cache writes and output. */
function facts(
  contextTokens: number,
  outputTokens: number,
  ...[inputUsd, cachedInputUsd, cacheWriteUsd, outputUsd]: readonly [number, number, number, number]
): ModelFacts {
  return { contextTokens, outputTokens, inputUsd, cachedInputUsd, cacheWriteUsd, outputUsd };
}

export const modelCatalog: Readonly<Record<string, ModelFacts>> = {
  "anthropic/claude-fable-5-2": facts(1_000_000, 128_000, 10, 1, 12.5, 50), // prices not found: those of 5.1, cache reads as of 5
  "anthropic/claude-fable-5-1": facts(1_000_000, 128_000, 10, 0.25, 12.5, 50),
  "anthropic/claude-fable-5": facts(1_000_000, 128_000, 10, 1, 12.5, 50),
  "anthropic/claude-opus-5-5": facts(1_000_000, 128_000, 4, 0.2, 5, 20),
  "anthropic/claude-opus-5": facts(1_000_000, 128_000, 5, 0.5, 6.25, 25),
  "anthropic/claude-opus-4-8": facts(1_000_000, 128_000, 5, 0.5, 6.25, 25),
  "anthropic/claude-opus-4-7": facts(1_000_000, 128_000, 5, 0.5, 6.25, 25),
  "anthropic/claude-opus-4-6": facts(1_000_000, 128_000, 5, 0.5, 6.25, 25),
  "anthropic/claude-opus-4-5": facts(200_000, 64_000, 5, 0.5, 6.25, 25),
  "anthropic/claude-sonnet-5-5": facts(1_000_000, 128_000, 2, 0.1, 2.5, 10),
  "anthropic/claude-sonnet-5": facts(1_000_000, 128_000, 2, 0.2, 2.5, 10),
  "anthropic/claude-sonnet-4-6": facts(1_000_000, 128_000, 3, 0.3, 3.75, 15),
  "anthropic/claude-sonnet-4-5": facts(200_000, 64_000, 3, 0.3, 3.75, 15), // ends 2026-11-30
  "anthropic/claude-haiku-5-5": facts(LONG_HAIKU, 128_000, 0.1, 0.01, 0.125, 0.5), // five times as much above the border
  "anthropic/claude-haiku-4-5": facts(200_000, 64_000, 1, 0.1, 1.25, 5),

  // Over chat completions the models from 5.4 on take tools only with reasoning off; gpt-6-astra and gpt-6.1-sol cannot
  // switch it off, so with tools they want another API than ours.
  "openai/gpt-6-astra": facts(LONG_OPENAI, 128_000, 10, 1, 12.5, 50),
  "openai/gpt-6.1-sol": facts(LONG_OPENAI, 128_000, 2, 0.1, 2.5, 10),
  "openai/gpt-6.1-terra": facts(LONG_OPENAI, 128_000, 1, 0.05, 1.25, 5),
  "openai/gpt-6-sol": facts(LONG_OPENAI, 128_000, 2, 0.2, 2.5, 10),
  "openai/gpt-6-luna": facts(LONG_OPENAI, 128_000, 0.1, 0.01, 0.125, 0.5),
  "openai/gpt-5.6-sol": facts(LONG_OPENAI, 128_000, 5, 0.5, 6.25, 30), // 4 and 20 were promised until 2026-11-21 only
  "openai/gpt-5.6-terra": facts(LONG_OPENAI, 128_000, 2, 0.2, 2.5, 12),
  "openai/gpt-5.6-luna": facts(LONG_OPENAI, 128_000, 0.2, 0.02, 0.25, 1.2),
  // Before 5.6 writing to the cache costs what the input costs.
  "openai/gpt-5.5": facts(LONG_OPENAI, 128_000, 5, 0.5, 5, 30),
  "openai/gpt-5.4": facts(LONG_OPENAI, 128_000, 2.5, 0.25, 2.5, 15),
  "openai/gpt-5.4-mini": facts(LONG_OPENAI, 128_000, 0.75, 0.075, 0.75, 4.5),
  "openai/gpt-5.4-nano": facts(LONG_OPENAI, 128_000, 0.2, 0.02, 0.2, 1.25),
  "openai/gpt-5.2": facts(LONG_OPENAI, 128_000, 1.75, 0.175, 1.75, 14), // cached price not found: the family's tenth
  "openai/gpt-5.1": facts(LONG_OPENAI, 128_000, 1.25, 0.125, 1.25, 10), // no page found: prices of gpt-5
  "openai/gpt-5": facts(LONG_OPENAI, 128_000, 1.25, 0.125, 1.25, 10), // ends 2026-12-11
  "openai/gpt-5-mini": facts(LONG_OPENAI, 128_000, 0.25, 0.025, 0.25, 2), // cached price not found: the family's tenth; ends 2026-12-11
  "openai/gpt-5-nano": facts(LONG_OPENAI, 128_000, 0.05, 0.005, 0.05, 0.4), // ends 2026-12-11
  "openai/gpt-4.1": facts(1_000_000, 32_768, 2, 0.5, 2, 8), // ends 2027-01-14
  "openai/gpt-4.1-mini": facts(1_000_000, 32_768, 0.4, 0.1, 0.4, 1.6), // cached price not found: the family's quarter; ends 2027-01-14
  "openai/gpt-4o": facts(128_000, 16_384, 2.5, 1.25, 2.5, 10), // ends 2027-01-14
  "openai/gpt-4o-mini": facts(128_000, 16_384, 0.15, 0.075, 0.15, 0.6), // ends 2027-01-14

  // Reached through `openai` with another base URL. DeepSeek: yuan of its busy hours at 7 to the dollar.
  "openai/deepseek-flash": facts(1_000_000, 384_000, 0.29, 0.006, 0.29, 1.15),
  "openai/deepseek-v4-flash": facts(1_000_000, 384_000, 0.29, 0.006, 0.29, 1.15), // served as deepseek-flash
  "openai/deepseek-v4-pro": facts(1_000_000, 384_000, 1.29, 0.043, 1.29, 3.86),
  "openai/deepseek-chat": facts(64_000, 8_000, 0.29, 0.07, 0.29, 1.15), // retired 2026-07-24; gateways still know the name
  "openai/kimi-k3": facts(1_000_000, 128_000, 3, 0.3, 3, 15),
};

/** `provider/model`; a model nobody described gets the cautious default. */
export const factsOf = (catalog: Readonly<Record<string, ModelFacts>>, name: string): ModelFacts =>
  (Object.hasOwn(catalog, name) ? catalog[name] : undefined) ?? CAUTIOUS_FACTS;
