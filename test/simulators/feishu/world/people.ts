// People (and other bots) act in the world, and the bot is told just what Feishu would tell it.

import { checkEmojiType } from "../api/reaction-api.ts";
import { DIRECT_MESSAGES, GROUP_AT_MESSAGES, GROUP_MESSAGES } from "../api/scopes.ts";
import type { Platform } from "../platform.ts";
import { botMembershipEvent, type Oddity, reactionEvent, recalledEvent } from "../push/event-payloads.ts";
import { type Click, type ClickEnd, type ClickOptions, clickCard } from "./clicks.ts";
import { type Mentioned, numberMentions, type Said, write } from "./spoken.ts";
import type { Placement } from "./topics.ts";
import type { Chat, Message, Reaction, User } from "./world-records.ts";

export interface SayOptions {
  readonly mentions?: readonly Mentioned[];
  readonly replyTo?: Message;
  /** With `replyTo` a plain message: the reply opens a topic on it. */
  readonly opensTopic?: boolean;
  /** Typed into this open topic. */
  readonly topic?: string;
  readonly oddity?: Oddity;
  /** False: `@_all` stands in the text only. */
  readonly allEntry?: boolean;
  readonly botSenderType?: "bot" | "app";
  /** It was said, but the bot is never told. */
  readonly isUntold?: boolean;
}

export type RecallType = "message_owner" | "group_owner" | "group_manager" | "enterprise_manager";

export interface RecallOptions {
  readonly by?: RecallType;
  /** It was taken back, but the bot is never told. */
  readonly isUntold?: boolean;
}

export interface People {
  /** The message as it stands in the chat; its event is on its way. */
  say(user: User, chat: Chat, said: Said | string, options?: SayOptions): Message;
  /** An edit changes the message and tells nobody. */
  edit(message: Message, text: string): void;
  recall(message: Message, options?: RecallOptions): void;
  react(user: User, message: Message, emojiType: string): Reaction;
  unreact(reaction: Reaction, message: Message): void;
  /** Presses a button; resolves with what the person sees. */
  click(user: User, message: Message, button: Click, options?: ClickOptions): Promise<ClickEnd>;
  addBot(chat: Chat, by: User): void;
  removeBot(chat: Chat, by: User): void;
  /** A person opens the direct chat with the bot. */
  openDirectChat(user: User): Chat;
}

export function createPeople(platform: Platform): People {
  const { world, payloads, deliveries, ids, clock, app } = platform;

  const tell = (eventType: string, event: Readonly<Record<string, unknown>>): void => {
    void deliveries.send(payloads.envelope(eventType, event));
  };
  const senderOf = (user: User): Message["sender"] => ({ kind: user.isBot ? "bot" : "person", openId: user.openId });
  const keep = (file: { kind: "image" | "file"; type: string; name: string; bytes: Buffer }): string => {
    const key = ids.next(file.kind === "image" ? "img_v3_" : "file_v3_");
    world.files.set(key, { ...file, key, isOwn: false });
    return key;
  };

  const say: People["say"] = (user, chat, said, options = {}) => {
    const words: Said = typeof said === "string" ? { text: said } : said;
    const mentions = numberMentions(options.mentions ?? []);
    const written = write(words, mentions, keep, chat);
    const message = world.add(
      { chatId: chat.chatId, sender: senderOf(user), mentions, ...written },
      placementOf(options),
    );
    if ("mergeForward" in words) {
      for (const { from, said: part } of words.mergeForward) {
        const upperMessageId = message.messageId;
        world.add({ chatId: chat.chatId, sender: senderOf(from), upperMessageId, ...write(part, [], keep, chat) });
      }
    }
    if (!options.isUntold && isTold(message, chat)) {
      const { oddity, allEntry = true, botSenderType = "bot" } = options;
      tell(
        "im.message.receive_v1",
        payloads.received(message, chat, user, { hasAllEntry: allEntry, botSenderType, ...(oddity ? { oddity } : {}) }),
      );
    }
    return message;
  };

  const placementOf = ({ replyTo, opensTopic = false, topic }: SayOptions): Placement => {
    if (topic !== undefined) {
      const root = world.topicRoot(topic);
      if (!root) throw new Error(`no such topic: ${topic}`);
      return { kind: "topic", root };
    }
    return replyTo ? { kind: "reply", to: replyTo, opensTopic } : { kind: "top" };
  };

  /** Which messages reach the bot is decided by its scopes. */
  const isTold = ({ mentions }: Message, chat: Chat): boolean => {
    const { scopes } = platform;
    if (!chat.hasBot) return false;
    if (chat.mode === "p2p") return scopes.has(DIRECT_MESSAGES);
    if (scopes.has(GROUP_MESSAGES)) return true;
    return scopes.has(GROUP_AT_MESSAGES) && mentions.some((one) => one.user === "self");
  };

  const reacted = (eventType: string, message: Message, reaction: Reaction): void => {
    world.changed();
    tell(eventType, reactionEvent(message, reaction, payloads.userIds, app));
  };

  return {
    say,
    edit: (message, text) => {
      Object.assign(message, { content: JSON.stringify({ text }), updateTime: clock.now(), edits: message.edits + 1 });
      world.changed();
    },
    recall: (message, { by = "message_owner", isUntold = false } = {}) => {
      message.recalled = true;
      world.changed();
      if (world.chats.get(message.chatId)?.hasBot && !isUntold) {
        tell("im.message.recalled_v1", recalledEvent(message, by, clock.now()));
      }
    },
    react: (user, message, emojiType) => {
      checkEmojiType(emojiType);
      const reaction: Reaction = { reactionId: ids.reactionId(), emojiType, by: senderOf(user), at: clock.now() };
      message.reactions.push(reaction);
      reacted("im.message.reaction.created_v1", message, reaction);
      return reaction;
    },
    unreact: (reaction, message) => {
      const index = message.reactions.indexOf(reaction);
      if (index < 0) throw new Error("that reaction is not on the message");
      message.reactions.splice(index, 1);
      reacted("im.message.reaction.deleted_v1", message, reaction);
    },
    click: (user, message, button, options) => clickCard(platform, user, message, button, options),
    addBot: (chat, by) => {
      chat.hasBot = true;
      tell("im.chat.member.bot.added_v1", botMembershipEvent(chat, by.openId, payloads.userIds, app));
    },
    removeBot: (chat, by) => {
      chat.hasBot = false;
      tell("im.chat.member.bot.deleted_v1", botMembershipEvent(chat, by.openId, payloads.userIds, app));
    },
    openDirectChat: (user) => {
      const chat = world.p2p(user);
      tell("im.chat.access_event.bot_p2p_chat_entered_v1", {
        chat_id: chat.chatId,
        operator_id: payloads.userIds(user.openId),
        last_message_id: world.messages(chat).at(-1)?.messageId ?? "",
        last_message_create_time: String(world.messages(chat).at(-1)?.createTime ?? ""),
      });
      return chat;
    },
  };
}
