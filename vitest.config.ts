import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    // Both cores: the default leaves one to the runner, which sleeps.
    maxWorkers: availableParallelism(),
    // Bounds on what never ends, with room for a machine that is busy with other things; waiting for a fact ends before its test does.
    testTimeout: 120_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 60_000, interval: 10 } },
  },
});
