// What a provider's failure means: try the same one again, go to the next, rest it, or put the task back. The only retry policy.

import type { ErrorCode } from "../core/errors.ts";

export interface FailurePolicy {
  /** How often the same target is tried again for this reply. */
  readonly again: number;
  /** Whether another target of the chain may do better. */
  readonly isNextWorthwhile: boolean;
  /** Whether the target rests for a while (circuit breaker). */
  readonly isResting: boolean;
  /** Whether the whole task may be tried again later. */
  readonly isTaskRetryable: boolean;
}

const policies: Partial<Record<ErrorCode, FailurePolicy>> = {
  "provider-rate-limited": { again: 1, isNextWorthwhile: true, isResting: true, isTaskRetryable: true },
  "provider-overloaded": { again: 1, isNextWorthwhile: true, isResting: true, isTaskRetryable: true },
  "provider-unavailable": { again: 1, isNextWorthwhile: true, isResting: true, isTaskRetryable: true },
  // No second try: a dead primary may cost one deadline, not two.
  "provider-timeout": { again: 0, isNextWorthwhile: true, isResting: true, isTaskRetryable: true },
  "provider-stream-broken": { again: 1, isNextWorthwhile: true, isResting: false, isTaskRetryable: true },
  "provider-bad-reply": { again: 1, isNextWorthwhile: true, isResting: false, isTaskRetryable: false },
  "provider-auth": { again: 0, isNextWorthwhile: true, isResting: true, isTaskRetryable: false },
  "provider-refused": { again: 0, isNextWorthwhile: true, isResting: false, isTaskRetryable: false },
  // Of one target: its price does not fit, a cheaper one's may.
  "task-budget": { again: 0, isNextWorthwhile: true, isResting: false, isTaskRetryable: false },
  "context-too-long": { again: 0, isNextWorthwhile: true, isResting: false, isTaskRetryable: false },
};

const final: FailurePolicy = { again: 0, isNextWorthwhile: false, isResting: false, isTaskRetryable: false };

export const policyFor = (code: ErrorCode): FailurePolicy => policies[code] ?? final;

/** Full jitter keeps many sessions from coming back in one wave. */
export function backoffMs(failures: number, random: () => number, baseMs = 1_000, mostMs = 30_000): number {
  const ceiling = Math.min(mostMs, baseMs * 2 ** Math.min(failures, 10));
  return Math.round(ceiling / 2 + (random() * ceiling) / 2);
}
