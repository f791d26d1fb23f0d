// The world of the platform: who is there, which chats, what was said in them. It changes only through its methods.

import type { Clock } from "../../../../src/core/clock.ts";
import { type CardButton, cardButtons } from "../cards/card-buttons.ts";
import { STREAMING_MS_MAX } from "../platform-limits.ts";
import type { PlatformIds } from "./platform-ids.ts";
import { type Placement, place } from "./topics.ts";
import { type Reader, shownCard, visibleText } from "./visible-text.ts";
import type { CardEntity, Chat, ChatMode, Message, Sender, StoredFile, User } from "./world-records.ts";

export interface GroupOptions {
  readonly name?: string;
  readonly members?: readonly User[];
  readonly mode?: Exclude<ChatMode, "p2p">;
  readonly messageForm?: "chat" | "thread";
  readonly hasBot?: boolean;
  readonly supportsTopics?: boolean;
}

export type NewMessage = Pick<Message, "chatId" | "sender" | "messageType" | "content"> &
  Partial<Pick<Message, "card" | "cardId" | "mentions" | "upperMessageId" | "uuid" | "handedIn">>;

export interface OpenStream {
  readonly cardId: string;
  readonly messageId: string | undefined;
  /** Ended by the platform after ten minutes; nobody closed it. */
  readonly isExpired: boolean;
}

export interface WorldParts {
  readonly clock: Clock;
  readonly ids: PlatformIds;
  readonly bot: { readonly openId: string; readonly name: string };
  readonly announce: () => void;
}

export class World implements Reader {
  readonly users = new Map<string, User>();
  readonly chats = new Map<string, Chat>();
  readonly files = new Map<string, StoredFile>();
  readonly cards = new Map<string, CardEntity>();
  readonly self: Sender;
  readonly #messages = new Map<string, Message>();
  readonly #closedTopics = new Set<string>();
  readonly #parts: WorldParts;

  constructor(parts: WorldParts) {
    this.#parts = parts;
    this.self = { kind: "self", openId: parts.bot.openId };
  }

  addUser(name: string, { isBot = false }: { readonly isBot?: boolean } = {}): User {
    const { ids } = this.#parts;
    const user: User = {
      openId: ids.next("ou_"),
      unionId: ids.next("on_"),
      userId: ids.next("").slice(-8),
      name,
      isBot,
    };
    this.users.set(user.openId, user);
    return user;
  }

  addGroup(options: GroupOptions = {}): Chat {
    const {
      name = "a group",
      members = [],
      mode = "group",
      messageForm,
      hasBot = true,
      supportsTopics = true,
    } = options;
    const chat: Chat = {
      chatId: this.#parts.ids.next("oc_"),
      mode,
      messageForm: messageForm ?? (mode === "topic" ? "thread" : "chat"),
      name,
      members: new Set(members.map((member) => member.openId)),
      hasBot,
      supportsTopics,
      refusal: undefined,
    };
    this.chats.set(chat.chatId, chat);
    return chat;
  }

  /** The one direct chat of a person with the bot. */
  p2p(user: User): Chat {
    for (const chat of this.chats.values()) if (chat.mode === "p2p" && chat.members.has(user.openId)) return chat;
    const chat: Chat = {
      chatId: this.#parts.ids.next("oc_"),
      mode: "p2p",
      messageForm: "chat",
      name: "",
      members: new Set([user.openId]),
      hasBot: true,
      supportsTopics: true,
      refusal: undefined,
    };
    this.chats.set(chat.chatId, chat);
    return chat;
  }

  add(draft: NewMessage, placement: Placement = { kind: "top" }): Message {
    const { clock, ids } = this.#parts;
    const chat = this.chats.get(draft.chatId);
    if (!chat) throw new Error(`no such chat: ${draft.chatId}`);
    const now = clock.now();
    const message: Message = {
      card: undefined,
      cardId: undefined,
      mentions: [],
      upperMessageId: undefined,
      uuid: undefined,
      handedIn: undefined,
      ...draft,
      messageId: ids.next("om_"),
      ...place(placement, chat, (id) => this.#messages.get(id), ids),
      createTime: now,
      updateTime: now,
      edits: 0,
      recalled: false,
      pendingClicks: 0,
      reactions: [],
    };
    this.#messages.set(message.messageId, message);
    this.#parts.announce();
    return message;
  }

  message(messageId: string): Message | undefined {
    return this.#messages.get(messageId);
  }

  /** What stands in a chat (or one of its topics), oldest first; recalled messages and parts of forwarded ones do not. */
  messages(chat: Chat, topic?: string): readonly Message[] {
    return this.history(chat, topic).filter((message) => !message.recalled);
  }

  /** The same with what was recalled. */
  history(chat: Chat, topic?: string): readonly Message[] {
    return [...this.#messages.values()].filter(
      (message) =>
        message.chatId === chat.chatId &&
        message.upperMessageId === undefined &&
        (topic === undefined || message.threadId === topic),
    );
  }

  /** What the bot has said and not recalled. */
  posts(chat?: Chat, topic?: string): readonly Message[] {
    const within = chat ? this.messages(chat, topic) : [...this.#messages.values()].filter((one) => !one.recalled);
    return within.filter((message) => message.sender.kind === "self");
  }

  topicRoot(threadId: string): Message | undefined {
    for (const message of this.#messages.values()) {
      if (message.threadId === threadId && message.rootId === undefined) return message;
    }
    return undefined;
  }

  /** The topic is gone: replies into it are answered with 230019. */
  closeTopic(threadId: string): void {
    this.#closedTopics.add(threadId);
  }

  isTopicClosed(threadId: string | undefined): boolean {
    return threadId !== undefined && this.#closedTopics.has(threadId);
  }

  visibleText(message: Message): string {
    return visibleText(message, this);
  }

  /** What a chat shows, line by line, as a test would like to read it. */
  transcript(chat: Chat, topic?: string): readonly string[] {
    return this.messages(chat, topic).map(
      (message) =>
        `${this.nameOf(message.sender.kind === "self" ? "self" : message.sender.openId)}: ${this.visibleText(message)}`,
    );
  }

  buttons(message: Message): readonly CardButton[] {
    const card = shownCard(message, this);
    return card ? cardButtons(card) : [];
  }

  /** The emoji types on a message that the bot (or `by`) put there. */
  reactions(message: Message, by: string = this.self.openId): readonly string[] {
    return message.reactions.filter((one) => one.by.openId === by).map((one) => one.emojiType);
  }

  /** Cards that the bot left in streaming mode. */
  openStreams(): readonly OpenStream[] {
    const now = this.#parts.clock.now();
    return [...this.cards.values()].flatMap(({ cardId, sentAs, streamingSince }) =>
      streamingSince === undefined
        ? []
        : [{ cardId, messageId: sentAs, isExpired: now - streamingSince >= STREAMING_MS_MAX }],
    );
  }

  cardOf(cardId: string): CardEntity["card"] | undefined {
    return this.cards.get(cardId)?.card;
  }

  childrenOf(messageId: string): readonly Message[] {
    return [...this.#messages.values()].filter((message) => message.upperMessageId === messageId);
  }

  nameOf(openId: string): string {
    if (openId === "self" || openId === this.self.openId) return this.#parts.bot.name;
    return this.users.get(openId)?.name ?? openId;
  }

  changed(): void {
    this.#parts.announce();
  }
}
