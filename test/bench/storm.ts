// The storm of `test/storm/` at the size that `npm test` has no time for.

import { runStorm } from "../storm/storm.ts";
import type { Part } from "./report.ts";
import { shown } from "./statistics.ts";

const SESSIONS = { full: 200, quick: 50 };
const ACTS = 8;

export async function measureStorm({ seed, quick }: { readonly seed: number; readonly quick: boolean }): Promise<Part> {
  const sessions = quick ? SESSIONS.quick : SESSIONS.full;
  const startedAt = performance.now();
  const { counts, violations } = await runStorm({ seed, sessions, acts: ACTS });
  const { byState, ...more } = counts;
  const rows = Object.entries({ ...more, ...byState }).map(([what, n]) => [what, String(n)]);
  return {
    name: "storm",
    title: `storm: ${sessions} sessions of four agents and more, stopped, steered, edited and taken back by chance, seed ${seed}`,
    columns: ["", "times"],
    rows,
    notes: [`over in ${shown((performance.now() - startedAt) / 1_000)} s`],
    aims: [
      {
        what: "leaks and broken promises in a storm",
        wanted: "0",
        measured: String(violations.length),
        isMet: violations.length === 0,
      },
    ],
    figures: { counts },
    violations,
  };
}
