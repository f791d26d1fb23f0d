// What is said beside an answer while it is worked on: a file, a call to one person. Stored and sent like an answer.

import type { Sender, SessionKey } from "./message.ts";
import type { Fence } from "./task.ts";

/** What a channel's messages may carry besides text. */
export type Carried = "file" | "mention";

/** A file that was sent; its bytes are in the ledger under their hash. */
export interface SentFile {
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: number;
  readonly hash: string;
}

export interface NewFile {
  readonly name: string;
  readonly mediaType: string;
  readonly content: Uint8Array;
}

export type Aside =
  /** `text`: what stands with it, perhaps nothing. */
  | { readonly kind: "file"; readonly text: string; readonly file: NewFile }
  | { readonly kind: "mention"; readonly text: string; readonly mention: Sender };

/** What a tool may do in the conversation its task belongs to, whatever the channel. */
export interface ChatPort {
  /** Resolves once it is stored: it is sent then, in the order of the conversation, once a call however often the call is repeated. */
  say(aside: Aside): Promise<void>;
  /** Who spoke here or was named here, the latest first; nobody of another organisation. */
  people(): Promise<readonly Sender[]>;
}

export interface AsideOptions {
  /** Of the call that says it: with the same one it is the same. */
  readonly key: string;
  readonly now: number;
  readonly isPushed: boolean;
  /** How many of its kind a task may say. */
  readonly max: number;
}

/** `session`: where it is said, which of an agent is the conversation it works for. */
export type AsideSaid = { readonly status: "said"; readonly session: SessionKey } | { readonly status: "too-many" };

/** What the ledger keeps of them: a part of the store's port. */
export interface AsideLedger {
  /** What must be sent, and the event people see; needs the fence. Said again with the same key it changes nothing. */
  sayAside(fence: Fence, aside: Aside, options: AsideOptions): Promise<AsideSaid>;
  /** Who spoke in these sessions or was named there, the latest first. */
  people(sessions: readonly SessionKey[], limit: number): Promise<readonly Sender[]>;
  /** A file that was sent in this session, by the key it was said with. */
  sentFile(session: SessionKey, key: string): Promise<SentFile | undefined>;
  fileContent(hash: string): Promise<Uint8Array | undefined>;
}
