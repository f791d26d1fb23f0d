// From a session's events to what is shown of it: `reduce(conversation, event)`, pure, a new object only for what changed.
// Knows nothing of the browser, the network or the languages of the page.

/** @import { Conversation, Entry, MessageEntry, Turn, WireEvent } from "./conversation.d.ts" */
/** @typedef {Extract<WireEvent, { type: "message_closed" }>} ClosedEvent */
/** @typedef {Extract<WireEvent, { type: "execution_complete" }>} CompleteEvent */

/** @type {Conversation} */
export const emptyConversation = Object.freeze({ lastId: 0, turns: Object.freeze([]) });

/** @type {(conversation: Conversation, event: WireEvent) => Conversation} */
export function reduce(conversation, event) {
  const { id } = event;
  if (id !== undefined && id <= conversation.lastId) return conversation;
  const next = apply(conversation, event);
  return id === undefined ? next : { ...next, lastId: id };
}

/** @type {(conversation: Conversation, event: WireEvent) => Conversation} */
function apply(conversation, event) {
  switch (event.type) {
    case "message_accepted": {
      if (findMessage(conversation, event.messageId)) return conversation;
      const { messageId, seq, sender, senderId, text, at } = event;
      /** @type {MessageEntry} */
      const entry = { kind: "message", messageId, seq, sender, senderId, text, images: event.images ?? 0, at };
      return changeTurn(conversation, event.taskId || messageId, (turn) => withEntry(turn, entry), seq);
    }
    case "message_closed":
      return closeMessage(conversation, event);
    case "message_joined":
      return moveMessages(conversation, event.taskId, [event.messageId]);
    case "execution_start":
      return changeTurn(moveMessages(conversation, event.taskId, event.messageIds), event.taskId, (turn) => ({
        ...withoutOpenText(turn),
        state: "running",
        attempt: event.attempt,
      }));
    case "text_delta":
      return changeTurn(conversation, event.taskId, (turn) => withDelta(turn, event.text));
    case "text_reset":
      return changeTurn(conversation, event.taskId, withoutOpenText);
    case "text_end":
      return changeTurn(conversation, event.taskId, (turn) =>
        changeEntries(turn, (entry) => (entry.kind === "text" && entry.open ? { ...entry, open: false } : entry)),
      );
    case "tool_start": {
      const { callId, name } = event;
      return changeTurn(conversation, event.taskId, (turn) =>
        withTool(turn, callId, { kind: "tool", callId, name, arguments: event.arguments }),
      );
    }
    case "tool_end": {
      const { callId, name, status, summary } = event;
      return changeTurn(conversation, event.taskId, (turn) => {
        const started = turn.entries.find((entry) => entry.kind === "tool" && entry.callId === callId);
        const args = started?.kind === "tool" ? started.arguments : "";
        return withTool(turn, callId, { kind: "tool", callId, name, arguments: args, status, summary });
      });
    }
    case "approval_requested": {
      const { approvalId, text, buttons } = event;
      return changeTurn(conversation, event.taskId, (turn) =>
        withEntry(turn, { kind: "approval", approvalId, text, buttons }),
      );
    }
    case "approval_decided":
      return changeTurn(conversation, event.taskId, (turn) =>
        changeEntries(turn, (entry) =>
          entry.kind === "approval" && entry.approvalId === event.approvalId
            ? { ...entry, decided: event.text }
            : entry,
        ),
      );
    case "file_sent": {
      const { fileId, text, name, mediaType, bytes, url } = event;
      return changeTurn(conversation, event.taskId, (turn) =>
        withEntry(turn, { kind: "aside", asideId: fileId, text, file: { name, mediaType, bytes, url } }),
      );
    }
    case "person_mentioned": {
      const { person, text } = event;
      return changeTurn(conversation, event.taskId, (turn) =>
        withEntry(turn, { kind: "aside", asideId: `mention ${turn.entries.length}`, text, person }),
      );
    }
    case "agent_started": {
      const { agent, goal } = event;
      return changeTurn(conversation, event.taskId, (turn) => ({
        ...withEntry(turn, { kind: "agent", agent, goal }),
        state: "running",
      }));
    }
    case "agent_done": {
      const { agent, text, state } = event;
      return changeTurn(conversation, event.taskId, (turn) => ({
        ...withEntry(turn, { kind: "text", text: `**@${agent}**\n\n${text}`, open: false }),
        state,
      }));
    }
    case "execution_complete":
      return changeTurn(moveMessages(conversation, event.taskId, event.messageIds), event.taskId, (turn) =>
        completed(turn, event),
      );
    default:
      return conversation;
  }
}

/** @type {(conversation: Conversation) => Map<string, number>} */
export function positions({ turns }) {
  const waiting = turns.filter(isInLine).map((turn, before) => /** @type {const} */ ([turn, before]));
  return new Map(waiting.filter(([turn]) => turn.state === "waiting").map(([turn, before]) => [turn.taskId, before]));
}

/** @type {(conversation: Conversation) => Turn | undefined} */
export function activeTurn({ turns }) {
  const open = turns.filter(isInLine);
  return open.find((turn) => turn.state === "running") ?? open[0];
}

/** @type {(conversation: Conversation) => number} */
export function lastSeq({ turns }) {
  const entries = turns.at(-1)?.entries ?? [];
  return entries.reduce(
    (seq, entry) => (entry.kind === "message" ? Math.max(seq, entry.seq) : seq),
    turns.at(-1)?.seq ?? 0,
  );
}

/** @type {(conversation: Conversation, messageId: string) => MessageEntry | undefined} */
export function findMessage({ turns }, messageId) {
  const turn = turns.findLast((candidate) => messageIn(candidate, messageId));
  return turn && messageIn(turn, messageId);
}

/** @type {(turn: Turn) => string} */
export const answerOf = (turn) => turn.entries.map((entry) => (entry.kind === "text" ? entry.text : "")).join("");

/** @type {(turn: Turn) => boolean} */
export const isOpen = ({ state }) => state === "waiting" || state === "running";

/** @type {(turn: Turn) => boolean} */
export const isBeside = ({ entries }) => entries[0]?.kind === "agent";

/** @type {(turn: Turn) => boolean} */
const isInLine = (turn) => isOpen(turn) && !isBeside(turn);

/** @type {(turn: Turn, messageId: string) => MessageEntry | undefined} */
function messageIn(turn, messageId) {
  const entry = turn.entries.find((candidate) => candidate.kind === "message" && candidate.messageId === messageId);
  return entry?.kind === "message" ? entry : undefined;
}

/**
 * Changes one turn; a turn nobody heard of begins at the end of the line. What is over does not change any more.
 * @type {(conversation: Conversation, taskId: string, change: (turn: Turn) => Turn, seq?: number) => Conversation}
 */
function changeTurn(conversation, taskId, change, seq = lastSeq(conversation)) {
  const { turns } = conversation;
  const index = turns.findLastIndex((turn) => turn.taskId === taskId);
  const turn = turns[index];
  if (turn) return isOpen(turn) ? { ...conversation, turns: turns.with(index, change(turn)) } : conversation;
  const made = change({ taskId, seq, state: "waiting", attempt: 0, entries: [] });
  const isSomething = made.entries.length > 0 || made.state !== "waiting";
  return isSomething ? { ...conversation, turns: [...turns, made] } : conversation;
}

/** @type {(turn: Turn, entry: Entry) => Turn} */
const withEntry = (turn, entry) => ({ ...turn, entries: [...turn.entries, entry] });

/** @type {(turn: Turn, change: (entry: Entry) => Entry) => Turn} */
const changeEntries = (turn, change) => ({ ...turn, entries: turn.entries.map(change) });

/** @type {(turn: Turn) => Turn} */
const withoutOpenText = (turn) => ({
  ...turn,
  entries: turn.entries.filter((entry) => entry.kind !== "text" || !entry.open),
});

/** @type {(turn: Turn, text: string) => Turn} */
function withDelta(turn, text) {
  const index = turn.entries.findLastIndex((entry) => entry.kind === "text" && entry.open);
  const entry = turn.entries[index];
  if (entry?.kind !== "text") return withEntry(turn, { kind: "text", text, open: true });
  return { ...turn, entries: turn.entries.with(index, { ...entry, text: entry.text + text }) };
}

/** @type {(turn: Turn, callId: string, tool: Entry) => Turn} */
function withTool(turn, callId, tool) {
  const index = turn.entries.findIndex((entry) => entry.kind === "tool" && entry.callId === callId);
  return index < 0 ? withEntry(turn, tool) : { ...turn, entries: turn.entries.with(index, tool) };
}

/**
 * A message that joins running work stands where it joined; elsewhere it stands with the turn's other messages.
 * @type {(turn: Turn, message: MessageEntry) => Turn}
 */
function withMessage(turn, message) {
  if (turn.state === "running") return withEntry(turn, message);
  const place = turn.entries.findLastIndex((entry) => entry.kind === "message") + 1;
  return { ...turn, entries: turn.entries.toSpliced(place, 0, message) };
}

/**
 * Brings messages into the turn that answers them; a turn that has lost its last message goes away.
 * @type {(conversation: Conversation, taskId: string, messageIds: readonly string[]) => Conversation}
 */
function moveMessages(conversation, taskId, messageIds) {
  let moved = conversation;
  for (const messageId of messageIds) {
    const from = moved.turns.find((turn) => messageIn(turn, messageId));
    const entry = from && messageIn(from, messageId);
    if (!entry || from.taskId === taskId) continue;
    const left = { ...from, entries: from.entries.filter((candidate) => candidate !== entry) };
    const turns = moved.turns.flatMap((turn) => (turn === from ? (left.entries.length > 0 ? [left] : []) : [turn]));
    const index = turns.findIndex((turn) => turn.taskId === taskId);
    const target = turns[index];
    moved = target
      ? { ...moved, turns: turns.with(index, withMessage(target, entry)) }
      : changeTurn({ ...moved, turns }, taskId, (turn) => withEntry(turn, entry), entry.seq);
  }
  return moved;
}

/**
 * A message that never becomes work stands alone: with the answer to the command, or why it was not taken.
 * @type {(conversation: Conversation, event: ClosedEvent) => Conversation}
 */
function closeMessage(conversation, { messageId, disposition, text }) {
  const home = conversation.turns.findLast((turn) => messageIn(turn, messageId));
  return changeTurn(conversation, home?.taskId ?? messageId, (turn) =>
    disposition === "answered"
      ? { ...withEntry(turn, { kind: "text", text, open: false }), state: "done" }
      : { ...turn, state: disposition, outcome: text },
  );
}

/** @type {(turn: Turn, event: CompleteEvent) => Turn} */
function completed(turn, { state, text, error }) {
  if (state === "done") return { ...withWholeAnswer(turn, text), state };
  // What was said until then comes first, and the sentence about the end is the last paragraph.
  const cut = text.lastIndexOf("\n\n");
  const said = cut < 0 ? answerOf(turn) : text.slice(0, cut);
  const committed = answerOf(withoutOpenText(turn)).trim();
  const whole = withWholeAnswer(turn, said);
  const last = whole.entries.findLastIndex((entry) => entry.kind === "text");
  const entry = whole.entries[last];
  const isHalf = entry?.kind === "text" && said.trim() !== committed;
  const entries = isHalf ? whole.entries.with(last, { ...entry, unfinished: true }) : whole.entries;
  const outcome = cut < 0 ? text : text.slice(cut + 2);
  return { ...whole, entries, state, outcome, ...(error === undefined ? {} : { error }) };
}

/**
 * Whatever was missed or doubled on the way, in the end exactly `text` stands there; between the tools where it can.
 * @type {(turn: Turn, text: string) => Turn}
 */
function withWholeAnswer(turn, text) {
  const closed = changeEntries(turn, (entry) =>
    entry.kind === "text" && entry.open ? { ...entry, open: false } : entry,
  );
  const shown = answerOf(closed);
  if (shown.trim() === text.trim()) return closed;
  if (text.startsWith(shown)) {
    const rest = text.slice(shown.length);
    const last = closed.entries.at(-1);
    if (last?.kind !== "text") return withEntry(closed, { kind: "text", text: rest, open: false });
    return { ...closed, entries: closed.entries.with(-1, { ...last, text: last.text + rest }) };
  }
  const others = closed.entries.filter((entry) => entry.kind !== "text");
  return { ...closed, entries: text === "" ? others : [...others, { kind: "text", text, open: false }] };
}
