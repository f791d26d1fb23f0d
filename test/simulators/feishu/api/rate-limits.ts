// Counts calls in sliding windows of the simulator's clock.

import * as limits from "../platform-limits.ts";
import { ApiRefusal } from "./api-error.ts";

export class RateLimits {
  readonly #now: () => number;
  readonly #calls = new Map<string, number[]>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The gateway's own limit for one API. */
  countApiCall(operation: string): void {
    const seconds =
      this.#count(`api ${operation}`, limits.API_CALLS_PER_SECOND, limits.SECOND_MS) ??
      this.#count(`api-minute ${operation}`, limits.API_CALLS_PER_MINUTE, limits.MINUTE_MS);
    if (seconds !== undefined) throw gatewayRefusal(429, limits.API_CALLS_PER_SECOND, seconds);
  }

  countSend(chatId: string): void {
    if (this.#count(`send ${chatId}`, limits.CHAT_SENDS_PER_SECOND, limits.SECOND_MS) !== undefined)
      throw busyRefusal();
  }

  countPatch(messageId: string): void {
    if (this.#count(`patch ${messageId}`, limits.MESSAGE_PATCHES_PER_SECOND, limits.SECOND_MS) !== undefined)
      throw busyRefusal();
  }

  countCardOperation(cardId: string): void {
    const seconds = this.#count(`card ${cardId}`, limits.CARD_OPERATIONS_PER_SECOND, limits.SECOND_MS);
    if (seconds !== undefined) throw gatewayRefusal(400, limits.CARD_OPERATIONS_PER_SECOND, seconds);
  }

  /** Undefined: counted. Otherwise the seconds until there is room again. */
  #count(key: string, most: number, windowMs: number): number | undefined {
    const now = this.#now();
    const recent = (this.#calls.get(key) ?? []).filter((at) => now - at < windowMs);
    this.#calls.set(key, recent);
    const first = recent[0];
    if (first !== undefined && recent.length >= most)
      return Math.max(1, Math.ceil((first + windowMs - now) / limits.SECOND_MS));
    recent.push(now);
    return undefined;
  }
}

export const gatewayRefusal = (httpStatus: 400 | 429, limit: number, resetSeconds: number): ApiRefusal =>
  new ApiRefusal(99991400, "request trigger frequency limit", {
    httpStatus,
    headers: { "x-ogw-ratelimit-limit": String(limit), "x-ogw-ratelimit-reset": String(resetSeconds) },
  });

const busyRefusal = (): ApiRefusal => new ApiRefusal(230020, "This operation triggers the frequency limit.");
