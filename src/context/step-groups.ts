// Steps in pieces that must stay together: what somebody said, a note, or a reply with all its calls. A compaction cuts only
// between groups, so no call is ever parted from its reply or its result (P9).

import type { Step } from "../core/step.ts";

export interface StepGroup {
  readonly steps: readonly Step[];
  /** The place of its last step in the session. */
  readonly upto: number;
  readonly kind: "said" | "reply" | "note";
}

export function groupSteps(steps: readonly Step[]): readonly StepGroup[] {
  const groups: Step[][] = [];
  for (const step of steps) {
    const last = groups.at(-1);
    if (step.body.kind === "call" && last?.[0]?.body.kind === "reply") last.push(step);
    else groups.push([step]);
  }
  return groups.map((group) => ({ steps: group, upto: group.at(-1)?.seq ?? 0, kind: kindOf(group[0]) }));
}

function kindOf(step: Step | undefined): StepGroup["kind"] {
  switch (step?.body.kind) {
    case "said":
      return "said";
    case "reply":
    case "call":
      return "reply";
    default:
      return "note";
  }
}
