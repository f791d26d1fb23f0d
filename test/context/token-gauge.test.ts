// What vendors report makes the estimate better, and what they report wrongly does not make it worse.

import { describe, expect, test } from "vitest";
import { createTokenGauge } from "../../src/context/token-gauge.ts";
import type { Usage } from "../../src/core/model.ts";

const MODEL = "openai/gpt";
const MAX = 100_000;
const PLAIN = { firstRatio: () => 1 };
const reported = (inputTokens: number, cachedInputTokens = 0, cacheWriteTokens = 0): Usage => ({
  inputTokens,
  cachedInputTokens,
  cacheWriteTokens,
  outputTokens: 1,
});

describe("a session", () => {
  test("without a report the estimate stands, with a tenth in reserve", () => {
    expect(createTokenGauge(PLAIN).correction(MODEL, "a", MAX)).toEqual({ ratio: 1, reserveShare: 0.1 });
  });

  test("what was cached counts like what was not", () => {
    const gauge = createTokenGauge(PLAIN);
    gauge.record(MODEL, "a", 80_000, reported(20_000, 60_000, 16_000));
    expect(gauge.correction(MODEL, "a", MAX).ratio).toBeCloseTo(1.2);
  });

  test("the more of the room is known, the less is kept in reserve, and never less than three in a hundred", () => {
    const gauge = createTokenGauge(PLAIN);
    const reserves = [10_000, 50_000, 95_000, 200_000].map((estimated) => {
      gauge.record(MODEL, "a", estimated, reported(estimated));
      return gauge.correction(MODEL, "a", MAX).reserveShare;
    });
    expect(reserves.map((share) => share.toFixed(3))).toEqual(["0.090", "0.050", "0.030", "0.030"]);
  });

  test("another model, or a compaction, makes it unknown again", () => {
    const gauge = createTokenGauge(PLAIN);
    gauge.record(MODEL, "a", 50_000, reported(50_000));
    expect(gauge.correction("anthropic/claude", "a", MAX).reserveShare).toBe(0.1);
    gauge.forget("a");
    expect(gauge.correction(MODEL, "a", MAX).reserveShare).toBe(0.1);
  });
});

describe("a model", () => {
  test("its running ratio helps sessions that have no report yet", () => {
    const gauge = createTokenGauge(PLAIN);
    for (let n = 0; n < 30; n += 1) gauge.record(MODEL, `s${n}`, 10_000, reported(13_000));
    expect(gauge.correction(MODEL, "new", MAX)).toEqual({ ratio: expect.closeTo(1.3, 3), reserveShare: 0.1 });
    expect(gauge.correction("other/model", "new", MAX).ratio).toBe(1);
  });

  test.each([0, 1, 4_999, 20_001, Number.NaN, Number.POSITIVE_INFINITY])("%d for 10,000 is no report", (actual) => {
    const gauge = createTokenGauge(PLAIN);
    gauge.record(MODEL, "a", 10_000, reported(actual));
    gauge.record(MODEL, "a", 0, reported(10_000));
    expect(gauge.correction(MODEL, "a", MAX)).toEqual({ ratio: 1, reserveShare: 0.1 });
  });
});

test("very many sessions do not fill the memory: the oldest makes room", () => {
  const gauge = createTokenGauge({ ...PLAIN, sessionsMax: 2 });
  for (const session of ["a", "b", "a", "c"]) gauge.record(MODEL, session, 90_000, reported(90_000));
  const known = (session: string): boolean => gauge.correction(MODEL, session, MAX).reserveShare < 0.1;
  expect([known("a"), known("b"), known("c")]).toEqual([true, false, true]);
});
