// When and where the next message of a session runs. Order and dedupe are the ledger's; an engine only wakes. The embedded one
// is runtime/session-line.ts; one over PostgreSQL comes behind the same port.

import type { SessionKey } from "./message.ts";
import type { TaskKind } from "./task-kind.ts";

/** What is left after one turn of a session: nothing, more at once, or more at a later time. */
export type NextWork =
  | { readonly next: "nothing" }
  | { readonly next: "more" }
  | { readonly next: "later"; readonly at: number };

/** Works one task of the session, if there is one to work. Must not throw. */
export type Work = (session: SessionKey) => Promise<NextWork>;

export interface SessionEngine {
  /** There may be work in this session. Waking too often is harmless; waking twice at once runs it once. */
  wake(session: SessionKey, kind: TaskKind): void;
  start(work: Work): void;
  /** Starts no further work; resolves when the running work has ended. */
  stop(): Promise<void>;
  /** Resolves when nothing runs and nothing waits to run now. */
  idle(): Promise<void>;
  readonly running: number;
  readonly waiting: number;
}
