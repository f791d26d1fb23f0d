// Waits until the expectations hold, where nothing announces that they might; for tests that run beside each other, in which
// `expect.poll` does not know whose it is. The bound is there for what never comes: a busy machine must not reach it.

import { vi } from "vitest";

export const eventually = (expectations: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(expectations, { timeout: 60_000, interval: 10 });
