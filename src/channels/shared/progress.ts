// What a task in one of the channel's sessions is doing right now: its text so far, its tools, whether it is over. Put together from
// the session's durable events, as they are committed or as they stand in the ledger, and its live draft, so it is right after a crash
// as well. For channels that show work while it goes on.

import type { ChannelLedger } from "../../core/channel.ts";
import type { Live } from "../../core/live.ts";
import type { Log } from "../../core/log.ts";
import { depthOf, type SessionKey, type StoredMessage } from "../../core/message.ts";
import type { FreshEvent } from "../../core/session-event.ts";
import { inTwoTurns } from "../../lib/in-two-turns.ts";

export interface ToolProgress {
  readonly callId: string;
  readonly name: string;
  /** `running`, then the status of its result. */
  readonly status: string;
}

export interface Progress {
  readonly session: SessionKey;
  readonly task: string;
  /** What it works on; the first says where the answer goes. */
  readonly messages: readonly StoredMessage[];
  /** All that is written so far. It may get shorter again: an interrupted reply starts anew. */
  readonly text: string;
  readonly tools: readonly ToolProgress[];
  readonly isOver: boolean;
  /** An earlier attempt, or an earlier process, may have shown something of it. */
  readonly isResumed: boolean;
}

export interface ProgressParts {
  readonly channel: string;
  readonly ledger: Pick<ChannelLedger, "eventsAfter" | "lastEvent" | "messagesOfTask" | "hasPending">;
  readonly live: Live;
  readonly log: Log;
  /** Called for each change, one at a time a session; a slow one sees the next state, not all between. Must not throw. */
  readonly show: (progress: Progress) => void | Promise<void>;
}

const PAGE = 200;
/** Sessions that are quiet are read anew when they wake. */
const KNOWN_MAX = 5_000;

interface Known {
  /** The last event that was taken; -1: nothing was looked at yet. */
  n: number;
  /** The first event that was told: what ended before it was shown to its end, or is cleared up at the start. */
  since: number;
  /** Told and not taken yet. */
  told: FreshEvent[];
  /** Something was committed that is not among them. */
  isBehind: boolean;
  work: Work | undefined;
  isReading: boolean;
  isRungAgain: boolean;
}

interface Work {
  readonly task: string;
  isResumed: boolean;
  messages: readonly StoredMessage[];
  committed: string;
  readonly tools: Map<string, ToolProgress>;
  shown: string;
  /** What was to be said before it in this session was said (P2). */
  isNext: boolean;
}

/** Returns how to stop. */
export function followProgress({ channel, ledger, live, log, show }: ProgressParts): () => void {
  const known = new Map<SessionKey, Known>();
  let isStopped = false;

  const leave = live.watchAll((session, fresh) => {
    // What is spawned has a card.
    if (!session.startsWith(`${channel}:`) || depthOf(session) > 0) return;
    const state = known.get(session) ?? newlyKnown();
    state.told.push(...fresh);
    if (state.told.length > PAGE) {
      state.told = [];
      state.isBehind = true;
    }
    known.delete(session);
    known.set(session, state);
    forgetQuiet();
    state.isRungAgain = true;
    if (state.isReading) return;
    state.isReading = true;
    // What is shown waits for what is worked, until that is sent, and for what else is told meanwhile.
    inTwoTurns(() => void read(session, state));
  });

  function forgetQuiet(): void {
    for (const [session, { work, isReading }] of known) {
      if (known.size <= KNOWN_MAX) return;
      if (!work && !isReading) known.delete(session);
    }
  }

  async function read(session: SessionKey, state: Known): Promise<void> {
    try {
      while (state.isRungAgain && !isStopped) {
        state.isRungAgain = false;
        if (state.n < 0) await begin(session, state);
        for (let fresh = state.told.shift(); fresh; fresh = state.told.shift()) {
          if (fresh.event.n > state.n + 1) state.isBehind = true;
          if (state.isBehind) await catchUp(session, state);
          else await take(session, state, fresh);
        }
        if (state.isBehind) await catchUp(session, state);
        if (state.work) await tell(session, state, state.work, false);
      }
    } catch (error) {
      log.error("progress cannot be followed", { session, error });
    } finally {
      state.isReading = false;
    }
  }

  /** Of a session that is new all is told; of another one a task may be under way. */
  async function begin(session: SessionKey, state: Known): Promise<void> {
    state.since = state.told[0]?.event.n ?? 0;
    state.isBehind = state.since !== 1;
    state.n = state.isBehind ? Math.max(0, (await ledger.lastEvent(session)) - PAGE) : 0;
  }

  async function catchUp(session: SessionKey, state: Known): Promise<void> {
    for (let page = PAGE; page === PAGE; ) {
      const events = await ledger.eventsAfter(session, state.n, PAGE);
      for (const event of events) await take(session, state, { event }, true);
      page = events.length;
    }
    state.isBehind = false;
  }

  /** `isRead`: from the ledger, so that an earlier process may have followed it too. */
  async function take(session: SessionKey, state: Known, fresh: FreshEvent, isRead = false): Promise<void> {
    const { n } = fresh.event;
    if (n <= state.n) return;
    await follow(session, state, fresh, isRead);
    state.n = n;
  }

  async function follow(
    session: SessionKey,
    state: Known,
    { event: { n, body }, messages }: FreshEvent,
    isRead: boolean,
  ): Promise<void> {
    const { work } = state;
    switch (body.type) {
      case "execution_start":
        if (work?.task === body.taskId) {
          work.isResumed = true;
          return;
        }
        state.work = {
          task: body.taskId,
          isResumed: isRead || body.attempt > 1,
          messages: messages ?? (await ledger.messagesOfTask(body.taskId)),
          committed: body.attempt > 1 ? await committedBefore(session, body.taskId, n) : "",
          tools: new Map(),
          shown: "",
          isNext: false,
        };
        return;
      case "message_joined":
        if (work?.task === body.taskId) work.messages = await ledger.messagesOfTask(body.taskId);
        return;
      case "text_end":
        if (work?.task === body.taskId) work.committed += body.text;
        return;
      case "tool_start":
        if (work?.task === body.taskId)
          work.tools.set(body.callId, { callId: body.callId, name: body.name, status: "running" });
        return;
      case "tool_end":
        if (work?.task === body.taskId)
          work.tools.set(body.callId, { callId: body.callId, name: body.name, status: body.status });
        return;
      case "file_sent":
      case "person_mentioned":
        // It stands before what is written from now on.
        if (work) work.isNext = false;
        return;
      case "execution_complete":
        if (work?.task !== body.taskId) return;
        if (n >= state.since) await tell(session, state, work, true);
        state.work = undefined;
        return;
      default:
    }
  }

  /** An earlier process wrote it; the events of its beginning may lie anywhere before. */
  async function committedBefore(session: SessionKey, task: string, n: number): Promise<string> {
    let text = "";
    for (let after = 0; after < n - 1; ) {
      const events = await ledger.eventsAfter(session, after, PAGE);
      const before = events.filter((event) => event.n < n);
      for (const { body } of before) if (body.type === "text_end" && body.taskId === task) text += body.text;
      if (before.length === 0) break;
      after = before.at(-1)?.n ?? n;
    }
    return text;
  }

  async function tell(session: SessionKey, state: Known, work: Work, isOver: boolean): Promise<void> {
    work.isNext ||= isOver || !(await ledger.hasPending(session));
    // Shown now it would stand before an earlier answer; it is looked at again when something is sent or written.
    if (!work.isNext) return;
    const draft = isOver ? undefined : live.draft(session);
    // A draft that began after events not read yet is shown with them.
    const isNow = draft?.task === work.task && draft.after <= state.n;
    const tools = [...work.tools.values()];
    const text = work.committed + (isNow ? draft.text : "");
    // Lengths and places alone: looking into a text at each of its pieces would cost its square.
    const shown = JSON.stringify([text.length, draft?.after, tools.map(({ status }) => status), isOver]);
    if (shown === work.shown) return;
    work.shown = shown;
    const { task, messages, isResumed } = work;
    await show({ session, task, messages, text, tools, isOver, isResumed });
  }

  return () => {
    isStopped = true;
    leave();
  };
}

const newlyKnown = (): Known => ({
  ...{ n: -1, since: 0, told: [], isBehind: false },
  ...{ work: undefined, isReading: false, isRungAgain: false },
});
