// What was said long ago is still known after many compactions: shown by what code carries, or found by the recall tool. A small
// case of what `npm run bench -- context` measures; the cheap model is one that writes nonsense, so nothing here is its doing.

import { describe, expect, test } from "vitest";
import { extendCarry, renderCarry } from "../../src/context/carry.ts";
import { NO_CARRY } from "../../src/core/compaction.ts";
import type { Step, StepBody } from "../../src/core/step.ts";
import { measureRetention, type RetentionCase } from "../bench/retention.ts";
import { FACT_TYPES } from "../bench/retention-facts.ts";

const CASE: Omit<RetentionCase, "tongue"> = {
  seed: 11,
  wording: "held-out",
  summariser: "garbage",
  turns: 50,
  budgetTokens: 14_000,
  statedShare: 0.3,
  callsMax: 3,
};
/** A little below what was measured. */
const FLOORS = { shown: 0.92, recalled: 0.92, either: 0.97, cached: 0.8, compactions: 5 };
const SUMMARIES_SHARE_MAX = 0.05;

test.each(["en", "zh"] as const)("a long conversation is still known after many compactions (%s)", async (tongue) => {
  const measured = await measureRetention({ ...CASE, tongue });
  const { facts, updated, missed, inLoops, acrossTurns } = measured;
  const all = [...FACT_TYPES.map((type) => facts[type]), updated];
  const share = (of: "shown" | "recalled" | "either"): number =>
    all.reduce((sum, one) => sum + one[of], 0) / all.reduce((sum, one) => sum + one.planted, 0);

  expect(share("shown")).toBeGreaterThanOrEqual(FLOORS.shown);
  expect(share("recalled")).toBeGreaterThanOrEqual(FLOORS.recalled);
  expect(share("either"), missed.join("\n")).toBeGreaterThanOrEqual(FLOORS.either);
  expect(measured.compactions).toBeGreaterThanOrEqual(FLOORS.compactions);
  expect(updated.stale).toBe(0);
  expect(measured.escaped).toBe(0);
  expect(measured.summaryTokens / measured.tokens).toBeLessThan(SUMMARIES_SHARE_MAX);
  expect(inLoops.reused / inLoops.tokens).toBeGreaterThan(FLOORS.cached);
  expect(acrossTurns.reused / acrossTurns.tokens).toBeGreaterThan(FLOORS.cached);
});

describe("where not all fits that is carried", () => {
  const stepsOf = (bodies: readonly StepBody[]): readonly Step[] =>
    bodies.map((body, place) => ({ session: "s", seq: place + 1, task: "t", n: place + 1, at: 0, body }));
  const said = (text: string): StepBody => ({ kind: "said", message: "", sender: { id: "a", name: "Ann" }, text });
  const returned = (text: string): StepBody => ({
    kind: "call",
    id: "c",
    name: "run",
    arguments: {},
    result: { status: "ok", text },
  });
  /** Compacted one by one, as they come. */
  const shown = (bodies: readonly StepBody[], budgetTokens: number): string => {
    const carry = stepsOf(bodies).reduce((before, step) => extendCarry(before, [step], () => ""), NO_CARRY);
    return renderCarry(carry, budgetTokens);
  };

  test("values that no longer hold make room for those that do", () => {
    const tickets = Array.from({ length: 10 }, (_, n) => said(`The next one to look at is PAY-${100 + n}.`));
    const updates = Array.from({ length: 60 }, (_, n) => said(`port_limit = ${5_000 + n}, somebody says.`));
    const text = shown([...tickets, ...updates], 2_000);
    for (let n = 0; n < 10; n += 1) expect(text).toContain(`PAY-${100 + n}`);
    expect(text).toContain("port_limit = 5059");
  });

  test("lines that tools show every day make room for one they showed once", () => {
    const once = returned("reconciled_total = 8219313");
    const daily = Array.from({ length: 60 }, (_, n) => returned(`queue reports: ${n * 37} waiting, oldest ${n} s`));
    expect(shown([once, ...daily], 2_000)).toContain("reconciled_total = 8219313");
  });

  test("this ticket and the next are two tickets", () => {
    const text = shown([said("这个问题的工单是PAY-1001。"), said("这个问题的工单是PAY-1002。")], 20_000);
    expect(text).not.toContain("<superseded>");
  });
});
