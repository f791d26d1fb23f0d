// The bounds of a task besides its budget: how often it may ask a model, and that it gets further.

import type { Clock } from "../core/clock.ts";
import { AppError } from "../core/errors.ts";
import type { Limits } from "../core/limits.ts";
import type { Step } from "../core/step.ts";
import type { Store } from "../core/store.ts";
import { repetitions, repliesOf } from "./task-history.ts";
import type { TaskRun } from "./task-runner.ts";

export interface TaskBoundsParts {
  readonly store: Pick<Store, "appendNote">;
  readonly clock: Clock;
  readonly limits: Pick<Limits, "modelCallsPerTask">;
}

const REPETITIONS_NOTED = 3;
const REPETITIONS_MAX = 4;

/** The bound on steps, and the end of a task that goes round in circles; true when the model was told something. */
export async function isTold({ claimed }: TaskRun, mine: readonly Step[], parts: TaskBoundsParts): Promise<boolean> {
  const { store, limits, clock } = parts;
  if (repliesOf(mine).length >= limits.modelCallsPerTask) {
    throw new AppError("task-budget", `the task used its ${limits.modelCallsPerTask} model calls`);
  }
  const repeated = repetitions(mine);
  if (repeated >= REPETITIONS_MAX)
    throw new AppError("task-stuck", `the same calls ${repeated} times with the same results`);
  if (repeated === REPETITIONS_NOTED && mine.at(-1)?.body.kind === "call") {
    const text =
      "The same call was made three times with the same result. Do something else, or answer with what is known.";
    await store.appendNote(claimed.fence, { kind: "note", text }, clock.now());
    return true;
  }
  return false;
}
