// What a task's own steps tell: how far it is, what it said, whether it goes round in circles. Pure, so that a task resumed after
// a crash knows just what it knew before.

import { canonicalJson } from "../core/json.ts";
import type { Bound } from "../core/skill.ts";
import { type CallStep, type ReplyStep, type Step, skillOf } from "../core/step.ts";

const TOOL_FAILURES_MAX = 3;

export const repliesOf = (steps: readonly Step[]): readonly ReplyStep[] =>
  steps.flatMap(({ body }) => (body.kind === "reply" ? [body] : []));

/** All that was said to the person so far; each reply's text brings what parts it from the one before. */
export const answerOf = (steps: readonly Step[]): string =>
  repliesOf(steps)
    .map((reply) => reply.text)
    .join("");

export interface OpenCall {
  readonly n: number;
  readonly call: CallStep;
}

export const openCallsOf = (steps: readonly Step[]): readonly OpenCall[] =>
  steps.flatMap(({ n, body }) => (body.kind === "call" && !body.result ? [{ n, call: body }] : []));

/** The bounds of the skills this task follows, in the order they were opened. */
export const skillBounds = (steps: readonly Step[]): readonly Bound[] =>
  steps.flatMap(({ body }) => {
    const skill = skillOf(body);
    if (!skill) return [];
    const { name, capabilities } = skill;
    return [{ by: `the skill ${name}`, ...(capabilities ? { capabilities } : {}) }];
  });

/** A tool that failed so often in a row is switched off for the rest of the task. */
export function isSwitchedOff(steps: readonly Step[], tool: string): boolean {
  let failures = 0;
  for (const { body } of steps) {
    if (body.kind !== "call" || body.name !== tool || !body.result) continue;
    failures = body.result.status === "ok" ? 0 : failures + 1;
  }
  return failures >= TOOL_FAILURES_MAX;
}

/** How many of the last replies asked for the same calls and got the same results, since somebody last said something. */
export function repetitions(steps: readonly Step[]): number {
  const rounds: string[] = [];
  for (const { body } of steps) {
    if (body.kind === "said") rounds.length = 0;
    else if (body.kind === "reply") rounds.push("");
    else if (body.kind === "call" && rounds.length > 0) {
      const signature = canonicalJson([body.name, body.arguments, body.malformed ?? null, body.result?.text ?? null]);
      rounds.push(`${rounds.pop() ?? ""}\n${signature}`);
    }
  }
  const last = rounds.at(-1);
  if (!last) return 0;
  let count = 0;
  while (count < rounds.length && rounds.at(-1 - count) === last) count += 1;
  return count;
}
