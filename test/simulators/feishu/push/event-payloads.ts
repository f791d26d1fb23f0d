// The events and callbacks in the platform's own shapes.

import type { Chat, Mention, Message, Reaction, Sender, User } from "../world/world-records.ts";

export interface App {
  readonly appId: string;
  readonly appSecret: string;
  readonly verificationToken: string;
  readonly tenantKey: string;
  readonly botOpenId: string;
  readonly botUnionId: string;
  readonly botName: string;
}

export interface Envelope {
  readonly schema: "2.0";
  readonly header: {
    readonly event_id: string;
    readonly event_type: string;
    readonly create_time: string;
    readonly token: string;
    readonly app_id: string;
    readonly tenant_key: string;
  };
  readonly event: Readonly<Record<string, unknown>>;
}

/** Odd shapes that were seen in the field; section 6 of the facts names them c to e. */
export type Oddity = "no-root" | "no-thread" | "thread-as-root";

export interface PayloadWriter {
  envelope(eventType: string, event: Envelope["event"], options?: { readonly isCallback?: boolean }): Envelope;
  userIds(openId: string): Readonly<Record<string, string | null>>;
  received(message: Message, chat: Chat, sender: User, options: ReceivedOptions): Envelope["event"];
}

export interface ReceivedOptions {
  readonly oddity?: Oddity;
  /** Whether `@_all` stands in `mentions`. */
  readonly hasAllEntry: boolean;
  /** What other bots' messages carry: the documents say `bot`, older ones `app`. */
  readonly botSenderType: "bot" | "app";
}

export interface PayloadParts {
  readonly app: App;
  readonly now: () => number;
  readonly newEventId: () => string;
  readonly userOf: (openId: string) => User | undefined;
  /** Without the scope for it `user_id` is null. */
  readonly mayReadUserIds: () => boolean;
}

export function createPayloadWriter({ app, now, newEventId, userOf, mayReadUserIds }: PayloadParts): PayloadWriter {
  const userIds: PayloadWriter["userIds"] = (openId) => {
    const user = userOf(openId);
    if (!user) return { open_id: app.botOpenId, union_id: app.botUnionId, user_id: null };
    return { open_id: user.openId, union_id: user.unionId, user_id: mayReadUserIds() ? user.userId : null };
  };

  const mentionEntry = ({ key, user }: Mention): Envelope["event"] => {
    if (user === undefined)
      return { key, id: { open_id: "", union_id: "", user_id: null }, name: "Everyone", tenant_key: app.tenantKey };
    const isSelf = user === "self";
    return {
      key,
      id: userIds(isSelf ? app.botOpenId : user.openId),
      mentioned_type: isSelf || user.isBot ? "bot" : "user",
      name: isSelf ? app.botName : user.name,
      tenant_key: app.tenantKey,
    };
  };

  return {
    userIds,
    envelope: (eventType, event, { isCallback = false } = {}) => ({
      schema: "2.0",
      header: {
        event_id: newEventId(),
        event_type: eventType,
        // Microseconds for callbacks, milliseconds for events.
        create_time: isCallback ? `${now()}000` : String(now()),
        token: app.verificationToken,
        app_id: app.appId,
        tenant_key: app.tenantKey,
      },
      event,
    }),
    received: (message, chat, sender, { oddity, hasAllEntry, botSenderType }) => {
      const mentions = message.mentions.filter((one) => one.user !== undefined || hasAllEntry).map(mentionEntry);
      return {
        sender: {
          sender_id: userIds(sender.openId),
          sender_type: sender.isBot ? botSenderType : "user",
          tenant_key: app.tenantKey,
        },
        message: {
          message_id: message.messageId,
          ...placeFields(message, chat, oddity),
          create_time: String(message.createTime),
          update_time: String(message.updateTime),
          chat_id: message.chatId,
          chat_type: chat.mode === "p2p" ? "p2p" : "group",
          message_type: message.messageType,
          content: message.content,
          ...(mentions.length > 0 ? { mentions } : {}),
        },
      };
    },
  };
}

function placeFields({ rootId, parentId, threadId }: Message, chat: Chat, oddity?: Oddity): Envelope["event"] {
  const answers = rootId === undefined ? {} : { root_id: rootId, parent_id: parentId };
  const topic = threadId === undefined ? {} : { thread_id: threadId };
  switch (oddity) {
    case "no-root":
      return topic;
    case "no-thread":
      return answers;
    case "thread-as-root":
      return rootId === undefined ? {} : { root_id: threadId ?? rootId, parent_id: parentId };
    default:
      // In a direct chat the event does not tell the topic; the message itself, asked for, does.
      return { ...answers, ...(chat.mode === "p2p" ? {} : topic) };
  }
}

export const recalledEvent = (message: Message, recallType: string, now: number): Envelope["event"] => ({
  message_id: message.messageId,
  chat_id: message.chatId,
  recall_time: String(now),
  recall_type: recallType,
});

/** It names neither the chat nor the reaction. */
export const reactionEvent = (
  message: Message,
  reaction: Reaction,
  ids: PayloadWriter["userIds"],
  app: App,
): Envelope["event"] => ({
  message_id: message.messageId,
  reaction_type: { emoji_type: reaction.emojiType },
  ...operator(reaction.by, ids, app),
  action_time: String(reaction.at),
});

const operator = (by: Sender, ids: PayloadWriter["userIds"], app: App): Envelope["event"] =>
  by.kind === "self" ? { operator_type: "app", app_id: app.appId } : { operator_type: "user", user_id: ids(by.openId) };

export const botMembershipEvent = (
  chat: Chat,
  operatorId: string,
  ids: PayloadWriter["userIds"],
  app: App,
): Envelope["event"] => ({
  chat_id: chat.chatId,
  operator_id: ids(operatorId),
  external: false,
  operator_tenant_key: app.tenantKey,
  name: chat.name,
});
