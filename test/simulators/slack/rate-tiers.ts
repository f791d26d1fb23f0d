// How often each method may be called: tiers by the minute, one post a second in a channel.

import type { Clock } from "../../../src/core/clock.ts";

export type Tier = 1 | 2 | 3 | 4 | "special" | "post";

/** Calls a minute. What is special is not named by Slack; "several hundred" is what it says of them. */
const CALLS_PER_MINUTE: Readonly<Record<Tier, number>> = { 1: 1, 2: 20, 3: 50, 4: 100, special: 600, post: 600 };
const MINUTE_MS = 60_000;
const POST_INTERVAL_MS = 1_000;
const COMMERCIAL_METHODS = ["conversations.history", "conversations.replies"];

export interface RateCall {
  readonly method: string;
  readonly tier: Tier;
  readonly teamId: string;
  readonly channel: string | undefined;
}

export class RateLimits {
  readonly #clock: Clock;
  readonly #isCommercial: boolean;
  readonly #calls = new Map<string, number[]>();

  constructor(clock: Clock, isCommercial: boolean) {
    this.#clock = clock;
    this.#isCommercial = isCommercial;
  }

  /** Seconds to wait; undefined: the call may go on, and is counted. */
  retryAfter(call: RateCall): number | undefined {
    const isSlow = this.#isCommercial && COMMERCIAL_METHODS.includes(call.method);
    const perMinute = isSlow ? 1 : CALLS_PER_MINUTE[call.tier];
    const waits = [this.#wait(`${call.teamId}:${call.method}`, MINUTE_MS, perMinute)];
    const channelKey = `${call.teamId}:${call.channel}:posts`;
    if (call.tier === "post") waits.push(this.#wait(channelKey, POST_INTERVAL_MS, 1));
    const waitMs = Math.max(...waits);
    if (waitMs > 0) return Math.ceil(waitMs / 1000);
    this.#count(`${call.teamId}:${call.method}`);
    if (call.tier === "post") this.#count(channelKey);
    return undefined;
  }

  #wait(key: string, windowMs: number, callsMax: number): number {
    const now = this.#clock.now();
    const recent = (this.#calls.get(key) ?? []).filter((at) => at > now - windowMs);
    this.#calls.set(key, recent);
    const oldest = recent[recent.length - callsMax];
    return oldest === undefined ? 0 : oldest + windowMs - now;
  }

  #count(key: string): void {
    this.#calls.set(key, [...(this.#calls.get(key) ?? []), this.#clock.now()]);
  }
}
