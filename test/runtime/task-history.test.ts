// What the steps of a task tell of how far it is.

import { expect, test } from "vitest";
import { NO_USAGE } from "../../src/core/model.ts";
import type { StepBody } from "../../src/core/step.ts";
import { repetitions } from "../../src/runtime/task-history.ts";

const said: StepBody = { kind: "said", message: "m", sender: { id: "slack:a", name: "A" }, text: "look" };
const reply: StepBody = { kind: "reply", text: "", model: "m", usage: NO_USAGE };
const looked = (where: string, found = "nothing"): StepBody => ({
  kind: "call",
  id: "c",
  name: "look",
  arguments: { where },
  result: { status: "ok", text: found },
});
const stepsOf = (...bodies: readonly StepBody[]) =>
  bodies.map((body, index) => ({ session: "s", seq: index, task: "t", n: index + 1, at: 0, body }));

test("a task goes round in circles by the same calls with the same results", () => {
  const round = [reply, looked("here")];
  expect(repetitions(stepsOf(said, ...round, ...round, ...round))).toBe(3);
  expect(repetitions(stepsOf(said, ...round, ...round, reply, looked("there")))).toBe(1);
  expect(repetitions(stepsOf(said, ...round, ...round, reply, looked("here", "a key")))).toBe(1);
});

test("a person's word is a reason to look again", () => {
  const round = [reply, looked("here")];
  expect(repetitions(stepsOf(said, ...round, ...round, ...round, said, ...round))).toBe(1);
  expect(repetitions(stepsOf(said, ...round, ...round, said))).toBe(0);
});
