import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    // Both cores: the default leaves one to the runner, which sleeps.
    maxWorkers: availableParallelism(),
    testTimeout: 30_000,
  },
});
