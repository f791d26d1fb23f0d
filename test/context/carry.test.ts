// What code carries over a compaction keeps who said it.

import { expect, test } from "vitest";
import { extendCarry, renderCarry } from "../../src/context/carry.ts";
import { NO_CARRY } from "../../src/core/compaction.ts";
import type { Step } from "../../src/core/step.ts";

const SMALL_TALK = "Well, good morning to everybody here, what a day. How are you all? ";

const steps: readonly Step[] = ["Ann", "李雷", "Zoë"].map((name, place) => ({
  session: "slack:s",
  seq: place + 1,
  task: "t",
  n: place + 1,
  at: 0,
  body: {
    kind: "said",
    message: "m",
    sender: { id: `slack:${name}`, name },
    text: `${SMALL_TALK.repeat(30)}We must never deploy release ${place + 1} on a Friday. ${SMALL_TALK.repeat(30)}`,
  },
}));

test("a sentence from the middle of a message still has its speaker", () => {
  const carry = extendCarry(NO_CARRY, steps, ({ sender, text }) => `${sender.name}: ${text}`);
  const lines = renderCarry(carry, 400).split("\n");
  for (const [place, name] of ["Ann", "李雷", "Zoë"].entries()) {
    const line = lines.find((one) => one.includes(`release ${place + 1} `));
    expect(line).toMatch(new RegExp(`^${name}: `));
  }
});

test("where only one person speaks nothing stands before the words", () => {
  const carry = extendCarry(NO_CARRY, steps.slice(0, 1), ({ text }) => text);
  expect(renderCarry(carry, 130)).toContain("<said>\nWe must never deploy release 1");
});
