// Lanes for calls to Slack: in a lane one call goes after the other, lanes go beside each other. A lane may be paced: bursts are
// allowed until Slack objects, then for a while they are not.

import type { Clock } from "../../core/clock.ts";
import { sleep } from "../../lib/abort.ts";

export interface Pace {
  readonly intervalMs: number;
  /** How many may go at once before the interval counts. */
  readonly burst: number;
}

export interface LaneOptions {
  readonly pace?: Pace;
  readonly signal?: AbortSignal;
  /** Rather not at all than later than this. */
  readonly waitMsMax?: number;
}

/** It waited in vain: nothing was sent. */
export class LaneRefusal extends Error {
  override readonly name = "LaneRefusal";
  readonly waitMs: number;

  constructor(waitMs: number) {
    super(`the lane is not free for another ${waitMs} ms`);
    this.waitMs = waitMs;
  }
}

export interface CallLanes {
  run<T>(lane: string, work: () => Promise<T>, options?: LaneOptions): Promise<T>;
  /** Slack objected: no bursts for a while. */
  calm(lane: string): void;
}

interface Lane {
  tail: Promise<unknown>;
  waiting: number;
  calmUntil: number;
  /** When calls began; as many as the pace looks back at. */
  starts: readonly number[];
}

const CALM_MS = 60_000;
const LANES_MAX = 10_000;

export function createCallLanes(clock: Clock): CallLanes {
  const lanes = new Map<string, Lane>();

  function laneOf(name: string): Lane {
    const lane = lanes.get(name) ?? { tail: Promise.resolve(), waiting: 0, calmUntil: 0, starts: [] };
    lanes.delete(name);
    lanes.set(name, lane);
    for (const [other, { waiting }] of lanes) {
      if (lanes.size <= LANES_MAX) break;
      if (waiting === 0) lanes.delete(other);
    }
    return lane;
  }

  function delayOf(lane: Lane, pace: Pace | undefined): number {
    if (!pace) return 0;
    const now = clock.now();
    const burst = now < lane.calmUntil ? 1 : pace.burst;
    const first = lane.starts.at(-burst);
    return first === undefined ? 0 : Math.max(0, first + pace.intervalMs * burst - now);
  }

  async function turn(lane: Lane, { pace, signal, waitMsMax = Number.POSITIVE_INFINITY }: LaneOptions, since: number) {
    for (;;) {
      signal?.throwIfAborted();
      const delay = delayOf(lane, pace);
      if (clock.now() + delay - since > waitMsMax) throw new LaneRefusal(delay);
      if (delay === 0) break;
      await sleep(clock, delay, signal);
    }
    if (pace) lane.starts = [...lane.starts, clock.now()].slice(-pace.burst);
  }

  return {
    run: async (name, work, options = {}) => {
      const lane = laneOf(name);
      const since = clock.now();
      lane.waiting += 1;
      const before = lane.tail;
      const mine = before.then(async () => {
        await turn(lane, options, since);
        return work();
      });
      lane.tail = mine.catch(() => {});
      return mine.finally(() => {
        lane.waiting -= 1;
      });
    },
    calm: (name) => {
      laneOf(name).calmUntil = clock.now() + CALM_MS;
    },
  };
}
