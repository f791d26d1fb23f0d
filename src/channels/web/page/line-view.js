// The whole line on the page: the turns that were or are worked on, and beside them the messages that are still ahead.

import { findMessage, isBeside, isOpen, positions } from "./conversation.js";
import { createList } from "./dom.js";
import { createPendingView } from "./pending-view.js";
import { createTurnView } from "./turn-view.js";

/** @import { Conversation, Turn } from "./conversation.d.ts" */
/** @import { View } from "./dom.js" */
/** @import { Sent, Unsent } from "./outbox.d.ts" */
/** @import { PendingValue } from "./pending-view.js" */
/** @import { Look, TurnValue } from "./turn-view.js" */
/**
 * @typedef {object} LineValue
 * @property {Conversation} conversation
 * @property {number} turnsMax the newest so many are shown
 * @property {ReadonlySet<string>} stopping ids of tasks that were asked to stop
 * @property {readonly Unsent[]} unsent
 * @property {readonly Sent[]} sent
 * @property {(taskId: string) => string} progressOf how far an agent is
 * @property {boolean} isTroubled the server did not take the last attempt
 */

/**
 * @param {HTMLElement} line
 * @param {HTMLElement} ahead where messages wait, so that they do not push the answer that is being written out of sight
 * @param {Look} look
 * @returns {(value: LineValue) => void}
 */
export function createLineView(line, ahead, look) {
  const showLine = createList(line, (/** @type {TurnValue | PendingValue} */ value) =>
    "turn" in value ? only("turn", createTurnView(look)) : only("key", createPendingView(look.words)),
  );
  const showAhead = createList(ahead, (/** @type {PendingValue} */ _first) => createPendingView(look.words));

  return (value) => {
    const { conversation, stopping } = value;
    const turns = conversation.turns.slice(-value.turnsMax);
    const before = positions(conversation);
    const showSender = hasSeveralSenders(turns);
    /** @type {[string, TurnValue | PendingValue][]} */
    const worked = [];
    /** @type {[string, PendingValue][]} */
    const waiting = [];
    for (const turn of turns) {
      const { taskId } = turn;
      const position = before.get(taskId) ?? 0;
      const isStopping = stopping.has(taskId);
      const progress = isBeside(turn) && isOpen(turn) ? value.progressOf(taskId) : "";
      if (position === 0) worked.push([taskId, { turn, stopping: isStopping, showSender, progress }]);
      else {
        const state = isStopping ? "stopping" : "waiting";
        waiting.push([taskId, { key: taskId, text: saidIn(turn), state, before: position }]);
      }
    }
    const unsent = pendingOf(value);
    const isBusy = conversation.turns.some((turn) => isOpen(turn) && !isBeside(turn));
    showLine(isBusy ? worked : [...worked, ...unsent]);
    showAhead(isBusy ? [...waiting, ...unsent] : waiting);
    ahead.hidden = ahead.childElementCount === 0;
  };
}

/** @param {Turn} turn */
const saidIn = ({ entries }) => entries.map((entry) => (entry.kind === "message" ? entry.text : "")).join("\n");

/** @type {(value: LineValue) => [string, PendingValue][]} */
function pendingOf({ conversation, unsent, sent, isTroubled }) {
  /** @type {[string, PendingValue][]} */
  const pending = [];
  for (const { messageId, text } of sent) {
    if (findMessage(conversation, messageId)) continue;
    pending.push([`sent ${messageId}`, { key: messageId, text, state: "sending" }]);
  }
  const claimed = new Set(sent.map((entry) => entry.messageId));
  let isHead = true;
  for (const { key, text, refused, afterSeq } of unsent) {
    const isInFlight = refused === undefined && isHead;
    if (isInFlight) isHead = false;
    if (isInFlight && isAlreadyThere(conversation, text, afterSeq, claimed)) continue;
    const state = refused !== undefined ? "refused" : isInFlight && !isTroubled ? "sending" : "unsent";
    pending.push([`unsent ${key}`, { key, text, state, reason: refused ?? "" }]);
  }
  return pending;
}

/**
 * The event of a message may come before the answer to its POST: not to be shown twice in between.
 * @type {(conversation: Conversation, text: string, afterSeq: number, claimed: ReadonlySet<string>) => boolean}
 */
function isAlreadyThere({ turns }, text, afterSeq, claimed) {
  return turns.some(({ entries }) =>
    entries.some(
      (entry) =>
        entry.kind === "message" && entry.seq > afterSeq && entry.text === text && !claimed.has(entry.messageId),
    ),
  );
}

/** @param {readonly Turn[]} turns */
function hasSeveralSenders(turns) {
  const messages = turns.flatMap((turn) => turn.entries.filter((entry) => entry.kind === "message"));
  return new Set(messages.map((entry) => entry.senderId)).size > 1;
}

/**
 * A view of one kind of value among views of several; a key never changes its kind.
 * @template {object} All
 * @template {All} One
 * @param {string} mark a property that only this kind has
 * @param {View<One>} view
 * @returns {View<All>}
 */
function only(mark, view) {
  return {
    node: view.node,
    update: (value) => {
      if (mark in value) view.update(/** @type {One} */ (value));
    },
  };
}
