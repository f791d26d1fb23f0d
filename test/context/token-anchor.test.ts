import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RequestWeight } from "../../src/context/request-tokens.ts";
import { createTokenAnchors } from "../../src/context/token-anchor.ts";
import { NO_USAGE, type Usage } from "../../src/core/model.ts";

const MODEL = "openai/unheard-of";
const SESSION = "slack:C1";

const weight = (fixed: number, ...items: readonly number[]): RequestWeight => ({ fixed, items });
const usage = (inputTokens: number): Usage => ({ ...NO_USAGE, inputTokens, outputTokens: 50 });

describe("an estimate", () => {
  test("stands alone where nothing was reported, with the larger reserve", () => {
    const anchors = createTokenAnchors();
    expect(anchors.estimate(MODEL, SESSION, weight(1_000, 200, 300))).toEqual({ tokens: 1_500, reserveShare: 0.1 });
  });

  test("starts from what the session's last request really had, cached or not", () => {
    const anchors = createTokenAnchors();
    const reported = { inputTokens: 40, cachedInputTokens: 900, cacheWriteTokens: 500, outputTokens: 70 };
    anchors.record(MODEL, SESSION, weight(1_000, 440), reported);
    const next = anchors.estimate(MODEL, SESSION, weight(1_000, 440, 30, 20));
    expect(next).toEqual({ tokens: 1_440 + 50, reserveShare: 0.03 });
  });

  test("keeps the larger reserve for what is new, however much that is", () => {
    const anchors = createTokenAnchors();
    anchors.record(MODEL, SESSION, weight(1_000), usage(1_000));
    const { tokens, reserveShare } = anchors.estimate(MODEL, SESSION, weight(1_000, 9_000));
    expect(tokens).toBe(10_000);
    expect(reserveShare).toBeCloseTo(0.09);
  });

  test.each<[string, RequestWeight]>([
    ["shorter", weight(1_000, 100)],
    ["another before its end", weight(1_000, 100, 201, 5)],
    ["of another fixed part", weight(1_100, 100, 200, 5)],
  ])("does not lean on a request that the next one does not continue: it is %s", (_, next) => {
    const anchors = createTokenAnchors();
    anchors.record(MODEL, SESSION, weight(1_000, 100, 200), usage(1_300));
    expect(anchors.estimate(MODEL, SESSION, next).reserveShare).toBe(0.1);
  });

  test("does not lean on another session, another model or what stood before a compaction", () => {
    const anchors = createTokenAnchors();
    const sent = weight(1_000, 100);
    anchors.record(MODEL, SESSION, sent, usage(1_400));
    expect(anchors.estimate(MODEL, "slack:C2", sent).reserveShare).toBe(0.1);
    expect(anchors.estimate("openai/other", SESSION, sent)).toEqual({ tokens: 1_100, reserveShare: 0.1 });
    expect(anchors.estimate(MODEL, SESSION, sent)).toEqual({ tokens: 1_400, reserveShare: 0.03 });
    anchors.forget(SESSION);
    expect(anchors.estimate(MODEL, SESSION, sent).reserveShare).toBe(0.1);
  });

  test("learns nothing from a request that reported nothing", () => {
    const anchors = createTokenAnchors();
    const sent = weight(1_000, 100);
    anchors.record(MODEL, SESSION, sent, NO_USAGE);
    anchors.record(MODEL, SESSION, sent, usage(Number.NaN));
    anchors.record(MODEL, SESSION, weight(0), usage(900));
    expect(anchors.estimate(MODEL, SESSION, sent)).toEqual({ tokens: 1_100, reserveShare: 0.1 });
  });
});

describe("the running ratio of a model", () => {
  test("comes close to what the model really counts, and serves new sessions too", () => {
    const anchors = createTokenAnchors();
    for (let turn = 1; turn <= 15; turn += 1) {
      anchors.record(MODEL, SESSION, weight(1_000, turn * 500), usage(0.65 * (1_000 + turn * 500)));
    }
    expect(anchors.estimate(MODEL, "slack:fresh", weight(1_000, 1_000)).tokens / 1_300).toBeCloseTo(1, 1);
    expect(anchors.estimate("openai/other", "slack:fresh", weight(1_000, 1_000)).tokens).toBe(2_000);
  });

  test("moves by three tenths at a time, and one absurd report moves it no further than half or double", () => {
    const anchors = createTokenAnchors();
    anchors.record(MODEL, SESSION, weight(1_000), usage(1_500));
    expect(anchors.estimate(MODEL, "a", weight(1_000)).tokens).toBe(1_150);
    const spoiled = createTokenAnchors();
    spoiled.record(MODEL, SESSION, weight(10), usage(1_000_000));
    expect(spoiled.estimate(MODEL, "a", weight(1_000)).tokens).toBe(1_300);
  });

  test("makes the next request's estimate good although every weight is wrong by half", () => {
    const share = fc.integer({ min: 50, max: 3_000 });
    fc.assert(
      fc.property(
        fc.array(share, { minLength: 12, maxLength: 30 }),
        fc.double({ min: 0.6, max: 1.6, noNaN: true }),
        (items, truth) => {
          const anchors = createTokenAnchors();
          const actual = (count: number): number =>
            truth * items.slice(0, count).reduce((sum, tokens) => sum + tokens, 2_000);
          for (let count = 1; count < items.length; count += 1) {
            const request = weight(2_000, ...items.slice(0, count));
            const { tokens, reserveShare } = anchors.estimate(MODEL, SESSION, request);
            if (count > 8) expect(Math.abs(tokens / actual(count) - 1)).toBeLessThan(Math.max(0.03, reserveShare));
            anchors.record(MODEL, SESSION, request, usage(actual(count)));
          }
        },
      ),
    );
  });
});

describe("memory", () => {
  test("is bounded: the session that was silent for longest is forgotten, and so is the model", () => {
    const anchors = createTokenAnchors({ sessionsMax: 2, modelsMax: 2 });
    const sent = weight(100);
    for (const session of ["a", "b", "a", "c"]) anchors.record(MODEL, session, sent, usage(100));
    const known = ["a", "b", "c"].filter((session) => anchors.estimate(MODEL, session, sent).reserveShare < 0.1);
    expect(known).toEqual(["a", "c"]);
    for (const model of ["m1", "m2"]) anchors.record(model, "d", sent, usage(150));
    expect(anchors.estimate("m1", "new", sent).tokens).toBe(115);
    anchors.record("m3", "d", sent, usage(150));
    expect(anchors.estimate("m1", "new", sent).tokens).toBe(100);
  });
});
