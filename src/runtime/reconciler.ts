// Looks from time to time for what nobody woke: sessions with a task to run, consent that nobody gave in time. What is awake already
// is not harmed by it.

import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { SessionEngine } from "../core/session-engine.ts";
import type { Store } from "../core/store.ts";
import type { Approvals } from "./approvals.ts";

export interface Reconciler {
  /** Looks once, then again and again. */
  start(): Promise<void>;
  stop(): void;
}

export interface ReconcilerParts {
  readonly store: Pick<Store, "waitingSessions">;
  readonly engine: Pick<SessionEngine, "wake">;
  readonly approvals: Pick<Approvals, "expire">;
  readonly clock: Clock;
  readonly log: Log;
}

const LOOK_MS = 30_000;
const SESSIONS_MAX = 10_000;

export function createReconciler({ store, engine, approvals, clock, log }: ReconcilerParts): Reconciler {
  let cancel = (): void => {};

  async function look(): Promise<void> {
    await approvals.expire();
    for (const { session, kind } of await store.waitingSessions(SESSIONS_MAX)) engine.wake(session, kind);
  }

  function lookLater(): void {
    cancel = clock.after(LOOK_MS, () => {
      look().catch((error: unknown) => log.error("reconcile failed", { error }));
      lookLater();
    });
  }

  return {
    start: async () => {
      await look();
      lookLater();
    },
    stop: () => cancel(),
  };
}
