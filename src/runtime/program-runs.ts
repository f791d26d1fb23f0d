// The runs of a task's program, as its steps tell of them: each is one call, committed before the program begins, with all it is run
// with. What a run says follows its call.

import { z } from "zod";
import type { Agent } from "../core/agent.ts";
import { NO_USAGE } from "../core/model.ts";
import type { CallStep, Step } from "../core/step.ts";
import type { NewReply } from "../core/store.ts";
import { answerOf } from "./task-history.ts";

const NAME = "run_program";

/** What is run, as it was committed and, where that is asked for, consented to. */
const runShape = z.object({
  command: z.array(z.string()).min(1),
  workspace: z.enum(["writable", "read-only"]),
  env: z.array(z.string()),
  hosts: z.array(z.string()),
  seconds: z.number(),
});
export type Run = z.infer<typeof runShape>;

export interface RunCall {
  readonly n: number;
  readonly call: CallStep;
}

/** What stands in place of a model's name. */
export const speakerOf = (agent: string): string => `program/${agent}`;

export function runIntent(id: string, { name }: Pick<Agent, "name">, run: Run): NewReply & { readonly call: CallStep } {
  const call: CallStep = { kind: "call", id, name: NAME, arguments: run };
  const reply = { kind: "reply", text: "", model: speakerOf(name), usage: NO_USAGE } as const;
  return { reply, calls: [call], call };
}

export const runOf = ({ call }: RunCall): Run => runShape.parse(call.arguments);

export const runsOf = (steps: readonly Step[]): readonly RunCall[] =>
  steps.flatMap(({ n, body }) =>
    body.kind === "call" && body.name === NAME && runShape.safeParse(body.arguments).success ? [{ n, call: body }] : [],
  );

/** What the last run said so far. */
export function saidBy(steps: readonly Step[]): string {
  const last = runsOf(steps).at(-1)?.n ?? 0;
  return answerOf(steps.filter(({ n }) => n > last));
}
