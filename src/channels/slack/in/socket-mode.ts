// Socket Mode without a gap: when Slack wants to end a connection the next one is up before the old one drains; one that is lost,
// silent or deaf is replaced, for ever, with growing patience. Nothing here ends the process.

import { LogLevel, WebAPIPlatformError, WebAPIRateLimitedError, WebClient } from "@slack/web-api";
import type { Clock, Random } from "../../../core/clock.ts";
import { AppError } from "../../../core/errors.ts";
import type { Log } from "../../../core/log.ts";
import { sleep } from "../../../lib/abort.ts";
import type { Receive } from "../bolt-app.ts";
import type { SocketTiming } from "./socket-timing.ts";
import { openConnection, type SlackConnection } from "./web-socket.ts";

export interface SocketModeParts {
  readonly appToken: string;
  readonly apiUrl: string;
  readonly receive: Receive;
  /** A connection is up after a time without one that could hear; called before anything it brings is received. */
  readonly onGap: (sinceMs: number) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly timing: SocketTiming;
}

export interface SocketMode {
  /** Resolves when the first try has ended; throws AppError `bad-config` when the app token is no good. */
  start(): Promise<void>;
  stop(): void;
  /** Until when everything was surely heard; undefined while there is no connection. */
  heardUntil(): number | undefined;
  trouble(): string | undefined;
}

const TICKET_MS_MAX = 10_000;

const mends: Readonly<Record<string, string>> = {
  invalid_auth: "SLACK_APP_TOKEN is not valid: make one with connections:write under Basic Information",
  not_authed: "SLACK_APP_TOKEN is not valid: make one with connections:write under Basic Information",
  not_allowed_token_type: "SLACK_APP_TOKEN must be the app-level token that begins with xapp-",
  missing_scope: "SLACK_APP_TOKEN lacks connections:write: make a new one under Basic Information",
  no_permission: "SLACK_APP_TOKEN lacks connections:write: make a new one under Basic Information",
  account_inactive: "the app was removed from the workspace: install it again",
  token_revoked: "SLACK_APP_TOKEN was revoked: make a new one under Basic Information",
};

/** The URL of a socket, good for once. */
export function createTickets(appToken: string, apiUrl: string): () => Promise<string> {
  const client = new WebClient(appToken, {
    slackApiUrl: apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: TICKET_MS_MAX,
    logLevel: LogLevel.ERROR,
  });
  return async () => {
    try {
      const { url } = await client.apps.connections.open({});
      if (!url) throw new Error("Slack gave no address for the socket");
      return url;
    } catch (error) {
      const mend = error instanceof WebAPIPlatformError ? mends[error.data.error] : undefined;
      if (mend !== undefined) throw new AppError("bad-config", `Slack: ${mend}`, { cause: error });
      throw error;
    }
  };
}

export function createSocketMode(parts: SocketModeParts): SocketMode {
  const { clock, random, log, timing } = parts;
  const ticket = createTickets(parts.appToken, parts.apiUrl);
  const stopping = new AbortController();
  const draining = new Set<SlackConnection>();
  let current: SlackConnection | undefined;
  let isReplacing = false;
  let lostSince: number | undefined;
  let why: string | undefined;

  async function open(): Promise<void> {
    await openConnection({
      url: await ticket(),
      receive: parts.receive,
      clock,
      log,
      timing,
      onUp: takeOver,
      onLeaving: (reason) => {
        log.info("Slack ends a connection, the next one is opened", { reason });
        replace();
      },
      onOver: (connection) => draining.delete(connection),
      onLost: (connection) => {
        if (connection !== current) return;
        current = undefined;
        why = "the connection to Slack was lost";
        lostFrom(connection.heardAt());
        replace();
      },
      onQuiet: (connection) => {
        if (connection !== current || isReplacing) return;
        log.info("a connection to Slack brings nothing, it is replaced");
        lostFrom(connection.broughtAt());
        replace();
      },
    });
  }

  const lostFrom = (at: number): void => {
    lostSince = Math.min(lostSince ?? at, at);
  };

  function takeOver(connection: SlackConnection): void {
    if (stopping.signal.aborted) {
      connection.end();
      return;
    }
    const before = current;
    current = connection;
    why = undefined;
    if (lostSince !== undefined) parts.onGap(lostSince);
    lostSince = undefined;
    if (!before) return;
    draining.add(before);
    before.drain();
  }

  function replace(): void {
    if (isReplacing || stopping.signal.aborted) return;
    isReplacing = true;
    tryUntilUp(0)
      .catch((error: unknown) => {
        if (!stopping.signal.aborted) log.error("the connection to Slack is not replaced", { error });
      })
      .finally(() => {
        isReplacing = false;
        // It went again while it was being greeted.
        if (!current) replace();
      });
  }

  async function tryUntilUp(failures: number): Promise<void> {
    let toldMs = 0;
    for (let count = failures; !stopping.signal.aborted; count += 1) {
      if (count > 0) {
        const delayMs = Math.min(timing.againMs * 2 ** (count - 1), timing.againMsMax) * (0.5 + random() / 2);
        await sleep(clock, Math.max(delayMs, toldMs), stopping.signal);
      }
      try {
        await open();
        return;
      } catch (error) {
        complain(error);
        toldMs = error instanceof WebAPIRateLimitedError ? error.retryAfter * 1_000 : 0;
      }
    }
  }

  function complain(error: unknown): void {
    log.warn("no connection to Slack, it is tried again", { error });
    if (!current) why = error instanceof AppError ? error.message : "Slack cannot be reached";
  }

  return {
    start: async () => {
      try {
        await open();
      } catch (error) {
        if (error instanceof AppError) throw error;
        complain(error);
        isReplacing = true;
        void tryUntilUp(1)
          .catch(() => {})
          .finally(() => {
            isReplacing = false;
          });
      }
    },
    stop: () => {
      stopping.abort(new AppError("shutting-down", "the channel was stopped"));
      for (const connection of draining) connection.end();
      current?.end();
      current = undefined;
    },
    // A connection that only answers pings may be deaf: what it brought last is what counts.
    heardUntil: () => current?.broughtAt(),
    trouble: () => why,
  };
}
