// What a person said, normalised by a channel. Knows no platform: addresses and ids of a platform are opaque strings here.

import type { Json } from "./json.ts";
import type { TaskKind } from "./task-kind.ts";

/**
 * One conversation: `<channel>:<place>:<chat>`, and behind it what parts a chat into several (a thread, a topic, a person). One a
 * spawned agent works in ends in `~<task>`.
 */
export type SessionKey = string;

/** The session of its own in which a spawned task works. */
export const spawnedSession = (parent: SessionKey, task: string): SessionKey => `${parent}~${task}`;

/** How many tasks were spawned one from another to come here; 0: people talk here. */
export const depthOf = (session: SessionKey): number => session.split("~").length - 1;

/** Where people talk: the session itself, or the one that its spawned agent works for, however deep the spawning was. */
export const conversationOf = (session: SessionKey): SessionKey => session.replace(/~.*$/s, "");

/** The whole chat that a conversation belongs to: its other threads and its agents have the same. */
export const chatOf = (session: SessionKey): string => conversationOf(session).split(":").slice(0, 3).join(":");

/** Who said it: a stable platform id, prefixed by the channel (`slack:U0123`, `web:local`), never a name alone. */
export interface Sender {
  readonly id: string;
  readonly name: string;
}

/** Ends the id of somebody of another organisation in a shared chat: `slack:U0123@external`. */
export const EXTERNAL = "@external";

export const isExternal = (person: string): boolean => person.endsWith(EXTERNAL);

export interface Image {
  readonly mediaType: string;
  readonly base64: string;
}

/** A file that came with a message. It is fetched when its message is worked, never before the message is stored. */
export interface FileReference {
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: number;
  /** How its channel finds it. */
  readonly at: Json;
}

export type Language = "en" | "zh";

/** What a channel hands to the inbox. */
export interface InboundMessage {
  /** The platform's identity of this message; a second one with the same key is the same message (P3). */
  readonly key: string;
  readonly channel: string;
  readonly session: SessionKey;
  readonly sender: Sender;
  readonly text: string;
  readonly images?: readonly Image[];
  readonly files?: readonly FileReference[];
  /** People whom it names: they may be called from now on. */
  readonly mentions?: readonly Sender[];
  /** Where the answer goes, in the channel's own words; handed back to it untouched with each delivery. */
  readonly replyTo?: Json;
  /** `chat-turn` unless said otherwise. */
  readonly kind?: TaskKind;
  /** The agent asked for; the default agent if absent. */
  readonly agent?: string;
  /** The key of the message that this one replies to, where it is said under that one and to nobody by name. */
  readonly repliesTo?: string;
  /** What stands behind our mention, where words stand before it. */
  readonly calls?: string;
}

/** A message in the ledger. */
export interface StoredMessage extends InboundMessage {
  readonly id: string;
  /** Its place in the session's line; given out inside the transaction that stores it. */
  readonly seq: number;
  readonly receivedAt: number;
  readonly task: string;
}

export type WhileBusy = "queue" | "steer" | "collect";

/** The one final outcome of a message. */
export type Disposition = "answered" | "failed" | "cancelled" | "refused";

/** Of a message that was changed after it was sent: the line has the new text; the model is told; or it is none of ours. */
export type AmendResult = "amended" | "noted" | "unknown";

/** Of a message that was taken back: it never becomes work; its work is being stopped; it was over; it is none of ours. */
export type WithdrawResult = "withdrawn" | "stopping" | "over" | "unknown";

export type AcceptResult =
  | { readonly status: "accepted"; readonly message: StoredMessage; readonly position: number }
  | { readonly status: "duplicate"; readonly message: StoredMessage }
  /** A command, answered outside of the line. */
  | { readonly status: "answered"; readonly message: StoredMessage; readonly text: string }
  | { readonly status: "full"; readonly message: StoredMessage; readonly waiting: number };
