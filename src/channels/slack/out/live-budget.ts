// How much live showing the workspace's rate limits allow. A stream that was begun must also be stopped, so what is open counts.

import type { Clock } from "../../../core/clock.ts";

export interface LiveBudget {
  /** Whether a stream may begin now; it is counted as open until `streamEnded`. */
  takeStream(): boolean;
  /** It never began. */
  streamFailed(): void;
  streamEnded(): void;
  /** Whether a live message may be changed now; final texts need not ask. */
  takeUpdate(): boolean;
}

const WINDOW_MS = 60_000;
/** Slack allows 20 starts and 20 stops a minute. */
const STREAMS_MAX = 18;
/** Slack allows 50; the rest is for final texts. */
const UPDATES_MAX = 30;

export function createLiveBudget(clock: Clock): LiveBudget {
  let starts: readonly number[] = [];
  let stops: readonly number[] = [];
  let updates: readonly number[] = [];
  let open = 0;
  const recent = (times: readonly number[]): readonly number[] => times.filter((at) => at > clock.now() - WINDOW_MS);

  return {
    takeStream: () => {
      starts = recent(starts);
      stops = recent(stops);
      if (starts.length >= STREAMS_MAX || open + stops.length >= STREAMS_MAX) return false;
      starts = [...starts, clock.now()];
      open += 1;
      return true;
    },
    streamFailed: () => {
      open = Math.max(0, open - 1);
    },
    streamEnded: () => {
      open = Math.max(0, open - 1);
      stops = [...recent(stops), clock.now()];
    },
    takeUpdate: () => {
      updates = recent(updates);
      if (updates.length >= UPDATES_MAX) return false;
      updates = [...updates, clock.now()];
      return true;
    },
  };
}
