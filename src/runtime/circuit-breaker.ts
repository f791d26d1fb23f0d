// A breaker a model target: closed (used), open (rests after a failure, longer each time), half open (one request tries whether
// it is back; the others go on to the next target). In memory: after a restart everything is tried afresh.

import type { Clock } from "../core/clock.ts";

const REST_MS_FIRST = 15_000;
const REST_MS_MAX = 300_000;

interface Rest {
  readonly until: number;
  readonly ms: number;
  isProbed: boolean;
}

export interface CircuitBreaker {
  /** Whether a request may go there now. True for a resting target makes this request its probe. */
  mayTry(target: string): boolean;
  succeeded(target: string): void;
  failed(target: string, retryAfterMs?: number): void;
  /** The request ended without saying anything about the target (it was stopped, or the request itself was wrong). */
  undecided(target: string): void;
}

export function createCircuitBreaker(clock: Clock): CircuitBreaker {
  const rests = new Map<string, Rest>();
  return {
    mayTry: (target) => {
      const rest = rests.get(target);
      if (!rest) return true;
      if (rest.isProbed || clock.now() < rest.until) return false;
      rest.isProbed = true;
      return true;
    },
    succeeded: (target) => rests.delete(target),
    failed: (target, retryAfterMs = 0) => {
      const last = rests.get(target);
      const ms = Math.max(
        Math.min(last ? last.ms * 2 : REST_MS_FIRST, REST_MS_MAX),
        Math.min(retryAfterMs, REST_MS_MAX),
      );
      rests.set(target, { until: clock.now() + ms, ms, isProbed: false });
    },
    undecided: (target) => {
      const rest = rests.get(target);
      if (rest) rest.isProbed = false;
    },
  };
}
