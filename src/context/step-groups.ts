// Steps in pieces that must stay together: a reply with all its calls, and what the program noted about either. A compaction
// cuts only between groups, so no call is ever parted from its reply or its result (P9).

import type { Step } from "../core/step.ts";

export interface StepGroup {
  readonly steps: readonly Step[];
  /** The place of its last step in the session. */
  readonly upto: number;
}

export function groupSteps(steps: readonly Step[]): readonly StepGroup[] {
  const groups: Step[][] = [];
  for (const step of steps) {
    const last = groups.at(-1);
    if (last && belongsTo(step, last)) last.push(step);
    else groups.push([step]);
  }
  return groups.map((group) => ({ steps: group, upto: group.at(-1)?.seq ?? 0 }));
}

function belongsTo({ body }: Step, group: readonly Step[]): boolean {
  switch (body.kind) {
    case "call":
      return group[0]?.body.kind === "reply";
    // They speak of what stands above them.
    case "note":
    case "end":
      return true;
    default:
      return false;
  }
}
