import { describe, expect, test } from "vitest";
import { CAUTIOUS_FACTS, factsOf, modelCatalog } from "../../src/config/model-catalog.ts";

describe("the model catalog", () => {
  test.each(Object.entries(modelCatalog))("describes %s by numbers that can be true", (name, facts) => {
    expect(name).toMatch(/^(openai|anthropic)\/[a-z0-9.-]+$/);
    expect(facts.contextTokens).toBeGreaterThanOrEqual(64_000);
    expect(facts.outputTokens).toBeGreaterThanOrEqual(8_000);
    // A cached token is the cheapest, a written one at least an ordinary one, an answered one the dearest.
    expect(facts.cachedInputUsd).toBeGreaterThan(0);
    expect(facts.cachedInputUsd).toBeLessThan(facts.inputUsd);
    expect(facts.cacheWriteUsd).toBeGreaterThanOrEqual(facts.inputUsd);
    expect(facts.cacheWriteUsd).toBeLessThanOrEqual(facts.inputUsd * 1.25 + 1e-9);
    expect(facts.outputUsd).toBeGreaterThan(facts.cacheWriteUsd);
  });

  test("is cautious about a model nobody described", () => {
    for (const name of ["openai/qwen3:32b", "", "toString", "__proto__"])
      expect(factsOf(modelCatalog, name)).toBe(CAUTIOUS_FACTS);
    const known = Object.values(modelCatalog);
    expect(known.filter((facts) => facts.contextTokens < CAUTIOUS_FACTS.contextTokens)).toEqual([]);
    expect(known.filter((facts) => facts.outputUsd > CAUTIOUS_FACTS.outputUsd)).toEqual([]);
  });

  test("may be extended and overruled", () => {
    const own = { ...CAUTIOUS_FACTS, inputUsd: 0, outputUsd: 0 };
    expect(factsOf({ ...modelCatalog, "openai/gpt-5": own }, "openai/gpt-5")).toBe(own);
  });
});
