// Keeps calls within the platform's rates. What shares a limit shares a lane: a chat, a card, one address of the API. A lane that
// waits holds up nobody else, and in a lane calls go in the order they came.

import type { Clock } from "../../core/clock.ts";
import { sleep } from "../../lib/abort.ts";

export interface CallLanes {
  /** Resolves when it is this call's turn; rejects with the signal's reason. */
  pass(lane: string, perSecond: number, signal: AbortSignal): Promise<void>;
  /** The platform said: not before then. */
  hold(lane: string, waitMs: number): void;
}

interface Lane {
  /** Times of the calls of the last second. */
  recent: number[];
  heldUntil: number;
  last: Promise<void>;
  waiting: number;
}

const WINDOW_MS = 1_000;
const LANES_MAX = 2_000;

export function createCallLanes(clock: Clock): CallLanes {
  const lanes = new Map<string, Lane>();

  function laneOf(name: string): Lane {
    const lane = lanes.get(name) ?? { recent: [], heldUntil: 0, last: Promise.resolve(), waiting: 0 };
    lanes.delete(name);
    lanes.set(name, lane);
    if (lanes.size > LANES_MAX) forgetIdle();
    return lane;
  }

  function forgetIdle(): void {
    const now = clock.now();
    for (const [name, { recent, heldUntil, waiting }] of lanes) {
      if (lanes.size <= LANES_MAX / 2) return;
      if (waiting === 0 && heldUntil <= now && (recent.at(-1) ?? 0) + WINDOW_MS <= now) lanes.delete(name);
    }
  }

  async function turn(lane: Lane, perSecond: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const now = clock.now();
      lane.recent = lane.recent.filter((at) => at + WINDOW_MS > now);
      const first = lane.recent.at(-perSecond);
      const until = Math.max(lane.heldUntil, first === undefined ? 0 : first + WINDOW_MS);
      if (until <= now) break;
      await sleep(clock, until - now, signal);
    }
    lane.recent.push(clock.now());
  }

  return {
    pass: (name, perSecond, signal) => {
      const lane = laneOf(name);
      lane.waiting += 1;
      const mine = lane.last
        .then(() => turn(lane, perSecond, signal))
        .finally(() => {
          lane.waiting -= 1;
        });
      lane.last = mine.catch(() => {});
      return mine;
    },
    hold: (name, waitMs) => {
      const lane = laneOf(name);
      lane.heldUntil = Math.max(lane.heldUntil, clock.now() + waitMs);
    },
  };
}
