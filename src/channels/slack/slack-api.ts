// Calls to Slack's Web API: the official client without its retries, in lanes of our own, with failures as SlackFailure. One 429
// holds back only the calls it is about, in their order.

import { type Logger, LogLevel, WebClient } from "@slack/web-api";
import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { SlackSettings } from "../../core/platform-settings.ts";
import { childController, sleep } from "../../lib/abort.ts";
import { createLeanFetch } from "../../lib/lean-fetch.ts";
import { createCallLanes, LaneRefusal, type Pace } from "./call-lanes.ts";
import { SlackFailure, slackFailure } from "./slack-failure.ts";

export { SlackFailure } from "./slack-failure.ts";

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Calls of one method and lane go one after the other; by default those to one channel do, and others go side by side. */
  readonly lane?: string;
  /** Rather not at all than later than this: for what is only for show. */
  readonly waitMsMax?: number;
}

export interface SlackApi {
  /** Throws SlackFailure. */
  call(method: string, args: Record<string, unknown>, options?: CallOptions): Promise<Record<string, unknown>>;
}

export interface SlackApiParts {
  readonly settings: Pick<SlackSettings, "botToken" | "apiUrl">;
  readonly clock: Clock;
  readonly log: Log;
}

const TIMEOUT_MS = 12_000;
/** Slack takes about one message a second in a channel, and short bursts. */
const POSTING: Pace = { intervalMs: 1_000, burst: 4 };
const POSTS = "chat.postMessage";
/** A shorter pause than this is waited for at the head of the lane, so that nothing overtakes. */
const PATIENCE_MS = 10_000;
const TRIES_MAX = 3;
const PAUSE_MS = 1_000;

export function createSlackApi({ settings, clock, log }: SlackApiParts): SlackApi {
  const client = new WebClient(settings.botToken, {
    slackApiUrl: settings.apiUrl,
    // Its own bound is a timer a call that nobody takes back: it goes off long after the answer, and makes an error that nobody reads.
    fetch: createLeanFetch(TIMEOUT_MS),
    timeout: 0,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: silentLogger,
  });
  const lanes = createCallLanes(clock);
  /** Methods, and for posts their channels, that were told to wait. */
  const pausedUntil = new Map<string, number>();

  async function call(method: string, args: Record<string, unknown>, options: CallOptions = {}) {
    const channel = String(args.channel ?? args.channel_id ?? "");
    const gate = method === POSTS ? `${method} ${channel}` : method;
    const lane = `${method} ${options.lane ?? channel}`;
    const isLaned = options.lane !== undefined || channel !== "";
    const deadline = clock.now() + (options.waitMsMax ?? Number.POSITIVE_INFINITY);
    try {
      if (!isLaned) return await attempt();
      return await lanes.run(lane, attempt, {
        ...(method === POSTS ? { pace: POSTING } : {}),
        ...options,
      });
    } catch (error) {
      if (error instanceof LaneRefusal) throw notNow(error.waitMs);
      if (error instanceof SlackFailure) throw error;
      throw new SlackFailure(method, "given_up", "retry", { cause: error });
    }

    async function attempt(): Promise<Record<string, unknown>> {
      for (let tries = 1; ; tries += 1) {
        options.signal?.throwIfAborted();
        await untilOpen();
        try {
          return { ...(await withinTimeout(client.apiCall(method, args))) };
        } catch (thrown) {
          const failure = slackFailure(method, thrown);
          if (failure.code !== "ratelimited") throw failure;
          const pauseMs = failure.retryAfterMs ?? PAUSE_MS;
          pausedUntil.set(gate, Math.max(pausedUntil.get(gate) ?? 0, clock.now() + pauseMs));
          lanes.calm(lane);
          log.warn("slack asks to wait", { method, channel, pauseMs });
          if (pauseMs > PATIENCE_MS || tries >= TRIES_MAX) throw failure;
        }
      }
    }

    /** By our clock; the request's own bound is there to free its connection. */
    async function withinTimeout<T>(work: Promise<T>): Promise<T> {
      const { controller, release } = childController(options.signal ?? new AbortController().signal);
      const cancel = clock.after(TIMEOUT_MS, () => controller.abort(new Error(`no answer within ${TIMEOUT_MS} ms`)));
      try {
        return await unlessAborted(method, work, controller.signal);
      } finally {
        cancel();
        release();
      }
    }

    /** The method may be paused by a call of another lane. */
    async function untilOpen(): Promise<void> {
      for (;;) {
        const until = pausedUntil.get(gate) ?? 0;
        const waitMs = until - clock.now();
        if (waitMs <= 0) {
          pausedUntil.delete(gate);
          return;
        }
        if (until > deadline || waitMs > PATIENCE_MS) throw notNow(waitMs);
        await sleep(clock, waitMs, options.signal);
      }
    }

    function notNow(waitMs: number): SlackFailure {
      return new SlackFailure(method, "ratelimited", "retry", { retryAfterMs: waitMs });
    }
  }

  return { call };
}

/** The client cannot take a call back, so an aborted one is left to its own timeout: whether it was done, nobody knows. */
function unlessAborted<T>(method: string, work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new SlackFailure(method, "aborted", "uncertain", { cause: signal.reason }));
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/** The client logs whole requests: what matters of them reaches our log as failures. */
const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  setLevel: () => {},
  getLevel: () => LogLevel.ERROR,
  setName: () => {},
};
