// What a person said, normalised by a channel. Knows no platform: addresses and ids of a platform are opaque strings here.

import type { Json } from "./json.ts";
import type { TaskKind } from "./task-kind.ts";

/** One conversation: `<channel>:<the channel's own key>`. */
export type SessionKey = string;

/** Who said it: a stable platform id, prefixed by the channel (`slack:U0123`, `web:local`), never a name alone. */
export interface Sender {
  readonly id: string;
  readonly name: string;
}

export interface Image {
  readonly mediaType: string;
  readonly base64: string;
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
  /** Where the answer goes, in the channel's own words; handed back to it untouched with each delivery. */
  readonly replyTo?: Json;
  /** `chat-turn` unless said otherwise. */
  readonly kind?: TaskKind;
  /** The agent asked for; the default agent if absent. */
  readonly agent?: string;
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

export type AcceptResult =
  | { readonly status: "accepted"; readonly message: StoredMessage; readonly position: number }
  | { readonly status: "duplicate"; readonly message: StoredMessage }
  /** A command, answered outside of the line. */
  | { readonly status: "answered"; readonly message: StoredMessage; readonly text: string }
  | { readonly status: "full"; readonly message: StoredMessage; readonly waiting: number };
