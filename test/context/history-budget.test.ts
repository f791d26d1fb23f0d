// The room of a history: the budget in the first model's tokens, every window in its own model's.

import { describe, expect, test } from "vitest";
import { type BudgetedModel, historyBudget } from "../../src/context/history-budget.ts";
import { timesLonger } from "../../src/context/token-family.ts";
import { createTokenGauge } from "../../src/context/token-gauge.ts";

const model = (contextTokens: number, ratio = 1, reserveShare = 0): BudgetedModel => ({
  contextTokens,
  outputTokens: 10_000,
  ratio,
  reserveShare,
});

const room = (budgetTokens: number, ...models: readonly BudgetedModel[]): number =>
  historyBudget({ budgetTokens, models, fixedTokens: 5_000 });

describe("the room of a history", () => {
  test("is the budget without the answer and the fixed part, where windows are larger", () => {
    expect(room(100_000, model(400_000), model(400_000, 1.5))).toBe(85_000);
  });

  test("is the window, where that is smaller than the budget", () => {
    expect(room(100_000, model(60_000))).toBe(45_000);
  });

  test("fits a fail-over model with a smaller window, and one that counts the same text as more tokens", () => {
    expect(room(100_000, model(400_000), model(60_000))).toBe(45_000);
    expect(room(100_000, model(400_000), model(110_000, 1.6))).toBe(57_500);
  });

  test("is not made smaller by what the budget would be in a fail-over model's tokens: the budget is the first one's", () => {
    expect(room(100_000, model(400_000), model(400_000, 2))).toBe(85_000);
    expect(room(100_000, model(400_000, 2), model(400_000))).toBe(40_000);
  });

  test("is below nothing where the fixed part is too large", () => {
    expect(room(6_000, model(400_000))).toBeLessThan(0);
  });
});

describe("a model that has reported nothing", () => {
  const gauge = createTokenGauge({ firstRatio: (name) => timesLonger("o200k", name) });

  test("is taken to count as dearly as its family can, an unknown one as the dearest", () => {
    expect(gauge.correction("openai/gpt-5.2", "s", 1).ratio).toBe(1);
    expect(gauge.correction("anthropic/claude-sonnet-4-5", "s", 1).ratio).toBe(1.36);
    expect(gauge.correction("somebody/their-own", "s", 1).ratio).toBe(1.57);
  });

  test("is corrected by its first reports, from there", () => {
    const usage = { inputTokens: 1_000, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens: 1 };
    for (let reports = 0; reports < 20; reports += 1) gauge.record("somebody/their-own", "s", 1_000, usage);
    expect(gauge.correction("somebody/their-own", "another", 1).ratio).toBeCloseTo(1, 2);
  });
});
