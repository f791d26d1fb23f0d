import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const TOGETHER = ["channels/slack", "channels/feishu", "contract", "runtime", "simulators"].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);

export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: "apart", include: ["test/**/*.test.ts"], exclude: TOGETHER } },
      // The same parts are loaded once for all of these: they share no state, and loading took a third of their time.
      { extends: true, test: { name: "together", include: TOGETHER, isolate: false } },
    ],
    pool: "forks",
    // Both cores: the default leaves one to the runner, which sleeps.
    maxWorkers: availableParallelism(),
    // Bounds on what never ends, with room for a machine that is busy with other things; waiting for a fact ends before its test does.
    testTimeout: 120_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 60_000, interval: 10 } },
  },
});
