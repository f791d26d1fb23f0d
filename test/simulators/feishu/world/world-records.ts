// What the simulated platform keeps: people, chats, messages, files. Plain records, no behaviour.

export interface User {
  readonly openId: string;
  readonly unionId: string;
  readonly userId: string;
  readonly name: string;
  /** Another app's bot: it speaks in chats, and its messages carry `sender_type` bot. */
  readonly isBot: boolean;
}

export type ChatMode = "p2p" | "group" | "topic";

export interface Chat {
  readonly chatId: string;
  readonly mode: ChatMode;
  /** `thread`: a group whose every message opens a topic. */
  readonly messageForm: "chat" | "thread";
  readonly name: string;
  readonly members: Set<string>;
  hasBot: boolean;
  /** False: `reply_in_thread` is answered with 230071. */
  supportsTopics: boolean;
  /** Set: every message of the bot to this chat is refused with this code (230002, 230013, 230018, 230035, 232009, ...). */
  refusal: number | undefined;
}

/** The bot itself, a person or another bot. */
export interface Sender {
  readonly kind: "self" | "person" | "bot";
  readonly openId: string;
}

export interface Mention {
  /** `@_user_1`, ... or `@_all`. */
  readonly key: string;
  /** Undefined: everyone. */
  readonly user: User | "self" | undefined;
}

export interface Reaction {
  readonly reactionId: string;
  readonly emojiType: string;
  readonly by: Sender;
  readonly at: number;
}

export interface Message {
  readonly messageId: string;
  readonly chatId: string;
  rootId: string | undefined;
  parentId: string | undefined;
  threadId: string | undefined;
  readonly sender: Sender;
  readonly messageType: string;
  /** JSON text, as an event carries it. */
  content: string;
  /** What the sender handed in, where that differs (cards). */
  card: CardJson | undefined;
  /** The CardKit card it shows. */
  readonly cardId: string | undefined;
  readonly mentions: readonly Mention[];
  readonly createTime: number;
  updateTime: number;
  edits: number;
  recalled: boolean;
  /** While the callback of a click is unanswered, nothing may change the card. */
  pendingClicks: number;
  /** Within a merge_forward: the message that holds it. */
  readonly upperMessageId: string | undefined;
  readonly reactions: Reaction[];
  readonly uuid: string | undefined;
  /** Of the bot's messages: the `content` it handed in, to tell a retry from another message under the same uuid. */
  readonly handedIn: string | undefined;
}

export interface StoredFile {
  readonly key: string;
  readonly kind: "image" | "file";
  /** opus, mp4, pdf, ... or the image's format. */
  readonly type: string;
  readonly name: string;
  readonly bytes: Buffer;
  /** The bot's own uploads may be sent and read by key alone. */
  readonly isOwn: boolean;
}

export type CardJson = Readonly<Record<string, unknown>>;

/** A CardKit card. */
export interface CardEntity {
  readonly cardId: string;
  readonly createTime: number;
  card: CardJson;
  /** When streaming was switched on last; undefined: it is off. It ends by itself after ten minutes. */
  streamingSince: number | undefined;
  /** The end by time is said once (200850), later it is simply closed (300309). */
  isExpiryTold: boolean;
  lastSequence: number;
  readonly uuids: Set<string>;
  sentAs: string | undefined;
  /** Every text that was streamed into an element, in order. */
  readonly streamed: { readonly elementId: string; readonly content: string; readonly at: number }[];
}
