// What is being written right now, and who watches. In memory: a draft a running task, a listener a reader; nothing else.

import type { Draft, Live } from "../core/live.ts";
import type { SessionKey } from "../core/message.ts";
import type { FreshEvent } from "../core/session-event.ts";

export interface LiveBoard extends Live {
  /** Text begins after this event of the session. */
  open(session: SessionKey, task: string, after: number): void;
  /** Ignored unless this task's text is open: one that was abandoned cannot write into its successor's. */
  write(session: SessionKey, task: string, text: string): void;
  /** Before the commit that makes the text durable or void: readers go on from the events. */
  close(session: SessionKey, task: string): void;
  /** Something else than events changed what is to be shown. */
  changed(session: SessionKey): void;
  /** These were committed. */
  committed(fresh: readonly FreshEvent[]): void;
}

export function createLiveBoard(): LiveBoard {
  const drafts = new Map<SessionKey, Draft>();
  /** Rung for in a moment. */
  const written = new Set<SessionKey>();
  const listeners = new Map<SessionKey, Set<() => void>>();
  const all = new Set<Parameters<Live["watchAll"]>[0]>();

  const ring = (session: SessionKey, fresh: readonly FreshEvent[]): void => {
    for (const listener of listeners.get(session) ?? []) listener();
    for (const listener of all) listener(session, fresh);
  };
  const changed = (session: SessionKey): void => ring(session, []);

  /** Once for the words that come together. */
  function ringSoon(session: SessionKey): void {
    if (written.size === 0)
      setImmediate(() => {
        const sessions = [...written];
        written.clear();
        for (const each of sessions) changed(each);
      });
    written.add(session);
  }

  return {
    draft: (session) => drafts.get(session),
    open: (session, task, after) => drafts.set(session, { task, after, text: "" }),
    write: (session, task, text) => {
      const draft = drafts.get(session);
      if (draft?.task !== task || text === "") return;
      drafts.set(session, { ...draft, text: draft.text + text });
      ringSoon(session);
    },
    close: (session, task) => {
      if (drafts.get(session)?.task === task) drafts.delete(session);
    },
    changed,
    committed: (fresh) => {
      const sessions = Map.groupBy(fresh, ({ event }) => event.session);
      for (const [session, its] of sessions) ring(session, its);
    },
    watch: (session, listener) => {
      const known = listeners.get(session) ?? new Set();
      listeners.set(session, known.add(listener));
      return () => {
        known.delete(listener);
        if (known.size === 0 && listeners.get(session) === known) listeners.delete(session);
      };
    },
    watchAll: (listener) => {
      all.add(listener);
      return () => all.delete(listener);
    },
  };
}
