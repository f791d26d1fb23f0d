// Many agents in many sessions, stopped, steered, edited and taken back by chance: nothing leaks, and every promise holds. The bench
// `storm` does the same with 200 sessions.

import { expect, test, vi } from "vitest";
import { runStorm } from "./storm.ts";

vi.setConfig({ testTimeout: 120_000 });

test.each([{ seed: 1 }, { seed: 2 }])("12 sessions of four agents, seed $seed", async ({ seed }) => {
  const { counts, violations } = await runStorm({ seed, sessions: 12, acts: 8 });
  expect(violations).toEqual([]);
  expect(counts.spawned).toBeGreaterThanOrEqual(36);
  for (const state of ["done", "cancelled"]) expect(counts.byState[state]).toBeGreaterThan(0);
});
