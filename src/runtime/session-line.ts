// Step 2 of the road: the session line. One token a busy session under a global gate for each kind of task: a session is worked
// one task at a time, and after each it goes to the back of the gate, so that a busy one cannot starve a quiet one.
// What was spawned has gates of its own by its depth: one that waits for those it spawned never holds the slot they need.
// The order inside a session is the ledger's; this file only decides when a session has its turn.

import PQueue from "p-queue";
import type { Clock } from "../core/clock.ts";
import { depthOf, type SessionKey } from "../core/message.ts";
import type { SessionEngine, Work } from "../core/session-engine.ts";
import type { TaskKind } from "../core/task-kind.ts";

interface Token {
  /** Woken while it had its turn: there may be more. */
  isWokenAgain: boolean;
}

export interface SessionLineParts {
  readonly clock: Clock;
  /** For each kind and depth. May change. */
  readonly slots: Readonly<Record<TaskKind, number>>;
}

export function createSessionLine({ clock, slots }: SessionLineParts): SessionEngine {
  const gates = new Map<string, PQueue>();
  const tokens = new Map<SessionKey, Token>();
  const timers = new Map<SessionKey, () => void>();
  let work: Work | undefined;
  let isStopping = false;

  function gateOf(session: SessionKey, kind: TaskKind): PQueue {
    const name = `${kind} ${depthOf(session)}`;
    const gate = gates.get(name) ?? new PQueue({ concurrency: slots[kind] });
    gates.set(name, gate);
    if (gate.concurrency !== slots[kind]) gate.concurrency = slots[kind];
    return gate;
  }

  function wake(session: SessionKey, kind: TaskKind): void {
    if (!work || isStopping) return;
    const token = tokens.get(session);
    if (token) {
      token.isWokenAgain = true;
      return;
    }
    tokens.set(session, { isWokenAgain: false });
    void gateOf(session, kind).add(() => turn(session, kind));
  }

  async function turn(session: SessionKey, kind: TaskKind): Promise<void> {
    timers.get(session)?.();
    timers.delete(session);
    const result = work && !isStopping ? await work(session) : ({ next: "nothing" } as const);
    const isWokenAgain = tokens.get(session)?.isWokenAgain ?? false;
    tokens.delete(session);
    if (result.next === "later") wakeAt(session, kind, result.at);
    else if (result.next === "more" || isWokenAgain) wake(session, kind);
  }

  function wakeAt(session: SessionKey, kind: TaskKind, at: number): void {
    if (isStopping) return;
    timers.get(session)?.();
    const cancel = clock.after(at - clock.now(), () => {
      timers.delete(session);
      wake(session, kind);
    });
    timers.set(session, cancel);
  }

  const idle = async (): Promise<void> => {
    while (tokens.size > 0) await Promise.all([...gates.values()].map((gate) => gate.onIdle()));
  };

  return {
    wake,
    start: (handedIn) => {
      work = handedIn;
    },
    stop: async () => {
      isStopping = true;
      for (const cancel of timers.values()) cancel();
      timers.clear();
      await idle();
    },
    idle,
    get running() {
      return [...gates.values()].reduce((sum, gate) => sum + gate.pending, 0);
    },
    get waiting() {
      return [...gates.values()].reduce((sum, gate) => sum + gate.size, 0);
    },
  };
}
