// However streams begin and end, no minute sees more starts or stops than Slack allows, if what is open is stopped at once.

import { expect, test } from "vitest";
import { createLiveBudget } from "../../../../src/channels/slack/out/live-budget.ts";
import { FakeClock } from "../../../support/fake-clock.ts";

const SLACK_MAX = 20;

test("streams that were begun in two minutes can all be stopped in one", () => {
  const clock = new FakeClock();
  const budget = createLiveBudget(clock);
  let open = 0;
  for (let minute = 0; minute < 3; minute += 1) {
    for (let n = 0; n < 30; n += 1) open += budget.takeStream() ? 1 : 0;
    clock.advance(61_000);
  }
  expect(open).toBeGreaterThan(10);
  expect(open).toBeLessThanOrEqual(SLACK_MAX);
});

test("a stream that never began takes nothing from those that may be open", () => {
  const clock = new FakeClock();
  const budget = createLiveBudget(clock);
  for (let n = 0; n < 30; n += 1) {
    clock.advance(61_000);
    expect(budget.takeStream()).toBe(true);
    budget.streamFailed();
  }
});

test("what was stopped a minute ago is forgotten", () => {
  const clock = new FakeClock();
  const budget = createLiveBudget(clock);
  while (budget.takeStream()) budget.streamEnded();
  expect(budget.takeStream()).toBe(false);
  clock.advance(61_000);
  expect(budget.takeStream()).toBe(true);
});
