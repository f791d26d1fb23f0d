// What a compaction gives up first, and what last, where a window is too small for all of it.

import { describe, expect, test } from "vitest";
import { asRecord, FULL_SHARE, type PlanInput, planDraft, planPruning } from "../../src/context/compaction-plan.ts";
import { itemTokens } from "../../src/context/request-tokens.ts";
import { buildView } from "../../src/context/view.ts";
import type { Compaction } from "../../src/core/compaction.ts";
import type { CompletedCall } from "../../src/core/model.ts";
import { NO_USAGE } from "../../src/core/model.ts";
import type { Step, StepBody } from "../../src/core/step.ts";

const LAST = `Only the invoices of March, ${"please ".repeat(50)}and nothing else.`;
const WORDS = "the harbour is busy ";

const said = (text: string): StepBody => ({
  kind: "said",
  message: "m",
  sender: { id: "slack:ann", name: "Ann" },
  text,
});
const reply = (text: string): StepBody => ({ kind: "reply", text, model: "fake/model", usage: NO_USAGE });
const call = (id: string, chars: number): StepBody => ({
  kind: "call",
  id,
  name: "read",
  arguments: { path: WORDS.repeat(100) },
  result: { status: "ok", text: "ship 4711; ".repeat(chars / 11) },
});

/** One task under way: a long request in two messages, a first look, then a wordy reply with two calls. */
const steps: readonly Step[] = [
  said(`First count the ships. ${WORDS.repeat(200)}`),
  said(LAST),
  reply(WORDS.repeat(60)),
  call("first", 4_000),
  reply(WORDS.repeat(120)),
  call("second", 4_000),
  call("third", 4_000),
].map((body, place) => ({ session: "slack:s", seq: place + 1, task: "t", n: place + 1, at: 0, body }));

const inputOf = (budgetTokens: number, record?: Compaction, upto = 0): PlanInput => ({
  record,
  steps: steps.filter(({ seq }) => seq > upto),
  speak: (one) => `${one.sender.name}: ${one.text}`,
  count: (item) => itemTokens(item, "o200k"),
  budgetTokens,
  keepRecentTokens: 20_000,
});

function compacted(input: PlanInput) {
  const record = asRecord(planDraft("mechanical", "", input), input.record);
  const items = buildView(record, input.steps, input.speak);
  const calls = items.flatMap((item): readonly CompletedCall[] => (item.role === "model" ? item.calls : []));
  const tokens = items.reduce((sum, item) => sum + input.count(item), 0);
  return { record, tokens, calls, shown: items.map(({ text }) => text).join("\n") };
}

describe("in a window that is too small for all", () => {
  test("all else goes before the newest results do: arguments, the model's words, the middle of the request", () => {
    const tight = compacted(inputOf(1_000));
    expect(tight.tokens).toBeLessThanOrEqual(1_000 * FULL_SHARE);
    expect(tight.calls.map(({ id }) => id)).toEqual(["second", "third"]);
    for (const { result } of tight.calls) expect(result.length).toBeGreaterThanOrEqual(500);
    for (const { arguments: asked } of tight.calls) expect(JSON.stringify(asked).length).toBeLessThan(300);
    // What the work is for: how it began, and the last word on it whole.
    expect(tight.shown).toContain("First count the ships.");
    expect(tight.shown).toContain(LAST);
  });

  test("even those go when nothing else is left, rather than the session", () => {
    const least = compacted(inputOf(600));
    expect(least.tokens).toBeLessThanOrEqual(600 * FULL_SHARE);
    expect(least.calls).toHaveLength(2);
    for (const { result } of least.calls) expect(result.length).toBeLessThan(300);
    expect(least.shown).toContain(LAST);
  });

  test("the request is remembered as it was, and shown again where there is room", () => {
    const { record } = compacted(inputOf(1_000));
    const later = compacted(inputOf(8_000, { ...record, upto: 4 }, 4));
    const middle = (shown: string): number => shown.split(WORDS.trim()).length;
    expect(record.request.length).toBeGreaterThan(3_000);
    expect(middle(later.record.body)).toBeGreaterThan(middle(record.body) * 3);
    expect(later.record.request).toBe(record.request);
  });
});

describe("a skill that is followed", () => {
  const opened: StepBody = {
    kind: "call",
    id: "skill",
    name: "open_skill",
    arguments: { name: "weekly-report" },
    result: { status: "ok", text: "Write in the present tense. ".repeat(60), skill: { name: "weekly-report" } },
  };
  const following = [
    said("Write the report."),
    reply(""),
    opened,
    ...["a", "b", "c", "d", "e"].flatMap((id) => [reply(""), call(id, 4_000)]),
  ].map((body, place) => ({ session: "slack:s", seq: place + 1, task: "t", n: place + 1, at: 0, body }));

  test("keeps its instructions when old results are left out", () => {
    const input = { ...inputOf(8_000), steps: following };
    const draft = planPruning(input);
    expect(draft?.prunedUpto).toBeGreaterThan(4);
    const items = draft ? buildView(asRecord(draft, undefined), following, input.speak) : [];
    const results = items.flatMap((item) =>
      item.role === "model" ? item.calls.map(({ result }) => result.length) : [],
    );
    expect(results[0]).toBeGreaterThan(1_000);
    expect(results[1]).toBeLessThan(400);
  });

  test("is still named when they are no longer shown, however often the task is compacted", () => {
    const input = { ...inputOf(2_000), steps: following };
    const first = asRecord(planDraft("mechanical", "", input), undefined);
    expect(first.upto).toBeGreaterThan(3);
    const later = {
      ...input,
      record: first,
      steps: following.filter(({ seq }) => seq > first.upto),
      budgetTokens: 1_000,
    };
    const second = planDraft("mechanical", "", later);
    for (const { body } of [first, second]) {
      expect(body).toContain("follows the skill weekly-report");
      expect(body).toContain("Write the report.");
    }
  });
});
