// The one session the page is looking at: its stream, what came of it so far, and how the line to the server stands.

import { emptyConversation, findMessage, reduce } from "./conversation.js";
import { openEventStream } from "./event-stream.js";

/** @import { Conversation } from "./conversation.d.ts" */
/** @import { LineState } from "./event-stream.d.ts" */
/** @typedef {{ session: string, conversation: Conversation, connection: LineState | "refused" }} Feed */
/**
 * @typedef {object} FeedOptions
 * @property {(url: string, init: RequestInit) => Promise<Response>} fetch
 * @property {{ now(): number, after(delayMs: number, call: () => void): () => void }} clock
 * @property {() => number} random
 * @property {() => void} onChange
 * @property {() => void} onOpen
 * @property {() => void} onLogin
 * @property {(session: string, text: string) => void} onFirstWords
 */

/** A message the server took shows up in the stream at once, or the stream is not the one that goes with it any more. */
const SHOWS_UP_MS_MAX = 10_000;

/** @param {FeedOptions} options */
export function createSessionFeed({ fetch, clock, random, onChange, onOpen, onLogin, onFirstWords }) {
  /** @type {Feed} */
  let feed = { session: "", conversation: emptyConversation, connection: "connecting" };
  /** @type {ReturnType<typeof openEventStream> | undefined} */
  let stream;

  /** @param {string} session */
  function open(session) {
    stream?.close();
    feed = { session, conversation: emptyConversation, connection: "connecting" };
    const mine = openEventStream({
      url: `/api/sessions/${encodeURIComponent(session)}/events?channel=web`,
      fetch,
      clock,
      random,
      onEvent(event) {
        const isFirst = feed.conversation.turns.length === 0;
        feed = { ...feed, conversation: reduce(feed.conversation, event) };
        if (isFirst && event.type === "message_accepted") onFirstWords(session, event.text);
        onChange();
      },
      onState(connection) {
        feed = { ...feed, connection };
        if (connection === "open") onOpen();
        onChange();
      },
      onRefused(status) {
        if (status === 401) onLogin();
        feed = { ...feed, connection: "refused" };
        onChange();
      },
    });
    stream = mine;
    onChange();
  }

  return {
    open,
    current: () => feed,
    nudge: () => stream?.nudge(),
    /** The ledger behind the server may have been replaced: then its events count from 1 again, and ours are of the past. */
    expect(/** @type {string} */ session, /** @type {string} */ messageId) {
      clock.after(SHOWS_UP_MS_MAX, () => {
        if (feed.session !== session || feed.connection !== "open") return;
        if (!findMessage(feed.conversation, messageId)) open(session);
      });
    },
  };
}
