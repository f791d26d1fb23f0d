// Closes sessions in which nothing was said for long: what they hold word for word becomes a summary, so that whoever comes back to one
// after days pays for a note and not for the whole. Marked first, closed last: a message in between opens it again and is worked as any.

import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { SessionKey } from "../core/message.ts";
import type { SessionLife } from "../core/session-life.ts";
import type { Compactor } from "./compactor.ts";

export interface SessionCloser {
  start(): void;
  /** Ends what it is about; a closing that is interrupted is taken up by the next process. */
  stop(): Promise<void>;
}

export interface SessionCloserParts {
  readonly store: SessionLife;
  readonly compactor: Pick<Compactor, "size" | "compact">;
  /** 0: never. */
  readonly idleHours: () => number;
  /** What a closed session may hold. */
  readonly closedTokens: () => number;
  readonly clock: Clock;
  readonly log: Log;
}

const LOOK_MS = 10 * 60_000;
const HOUR_MS = 3_600_000;
const CLOSED_AT_ONCE_MAX = 20;

export function createSessionCloser({ store, compactor, clock, log, ...parts }: SessionCloserParts): SessionCloser {
  const leaving = new AbortController();
  let cancelTimer = (): void => {};
  let closing = Promise.resolve();

  async function close(session: SessionKey): Promise<void> {
    try {
      const tokens = parts.closedTokens();
      if ((await compactor.size(session)) > tokens) await compactor.compact(session, tokens, undefined, leaving.signal);
      if (await store.endClosing(session)) log.info("session closed", { session });
      else log.info("session opened again while it was closed", { session });
    } catch (error) {
      if (!leaving.signal.aborted) log.warn("session not closed", { session, error });
    }
  }

  async function look(): Promise<void> {
    const hours = parts.idleHours();
    if (hours === 0) return;
    for (const session of await store.beginClosing(clock.now() - hours * HOUR_MS, CLOSED_AT_ONCE_MAX)) {
      if (leaving.signal.aborted) return;
      await close(session);
    }
  }

  function lookLater(): void {
    cancelTimer = clock.after(LOOK_MS, () => {
      closing = look().catch((error: unknown) => log.error("idle sessions cannot be closed", { error }));
      void closing.then(() => {
        if (!leaving.signal.aborted) lookLater();
      });
    });
  }

  return {
    start: lookLater,
    stop: async () => {
      leaving.abort();
      cancelTimer();
      await closing;
    },
  };
}
