// What is going on in a session right now: the reply that is being written, and a bell for "something changed". In memory,
// best effort, bounded by one reply a running task; what it shows is committed as steps and events soon after, or void.

import type { SessionKey } from "./message.ts";
import type { FreshEvent } from "./session-event.ts";

export interface Draft {
  readonly task: string;
  /** The last event of the session that was committed when this text began; its text belongs after that event. */
  readonly after: number;
  readonly text: string;
}

/** What channels see. */
export interface Live {
  draft(session: SessionKey): Draft | undefined;
  /** Rings after each commit and each piece of text; the listener must not throw. Returns how to leave. */
  watch(session: SessionKey, listener: () => void): () => void;
  /** The same for all sessions, with the events where it was a commit of some: for channels that push. */
  watchAll(listener: (session: SessionKey, fresh: readonly FreshEvent[]) => void): () => void;
}
