// One message of a chat, read from either of the platform's two shapes: an event's and the open API's.

import { z } from "zod";

export interface Mention {
  /** What stands for it in the text: `@_user_1`. */
  readonly key: string;
  /** Undefined: everyone. */
  readonly openId: string | undefined;
  readonly name: string;
  readonly tenant: string | undefined;
}

export interface ChatMessage {
  readonly id: string;
  readonly chat: string;
  /** Undefined: the shape does not tell. */
  readonly isP2p: boolean | undefined;
  /** The message whose replies this belongs to, the one it answers, the topic. */
  readonly root: string | undefined;
  readonly parent: string | undefined;
  readonly topic: string | undefined;
  readonly at: number;
  readonly type: string;
  /** JSON text; what it holds follows from the type. */
  readonly content: string;
  readonly sender: {
    /** An open id; of a bot, in the open API's shape, its app id. */
    readonly id: string;
    readonly isBot: boolean;
    readonly tenant: string | undefined;
  };
  readonly mentions: readonly Mention[];
  readonly isRecalled: boolean;
  /** The forwarded message it is a part of. */
  readonly within: string | undefined;
}

const filled = z
  .string()
  .nullish()
  .transform((text) => (text === "" || text === null ? undefined : text))
  .catch(undefined);
const time = z.coerce.number().catch(0);
const NAME_CHARS_MAX = 80;
const plainName = (name: string | undefined): string =>
  (name ?? "").replace(/\s+/g, " ").trim().slice(0, NAME_CHARS_MAX);

const userIds = z.object({ open_id: filled, union_id: filled }).nullish().catch(undefined);
const NOBODY = "unknown";

const place = { message_id: z.string().min(1), root_id: filled, parent_id: filled, thread_id: filled };

/** A topic's id was seen where the root message's belongs. */
const placeOf = (given: {
  root_id?: string | undefined;
  parent_id?: string | undefined;
  thread_id?: string | undefined;
}) => ({
  root: given.root_id?.startsWith("omt_") ? undefined : given.root_id,
  parent: given.parent_id,
  topic: given.thread_id ?? (given.root_id?.startsWith("omt_") ? given.root_id : undefined),
});

export const receivedEvent = z
  .object({
    sender: z.object({ sender_id: userIds, sender_type: z.string().catch("user"), tenant_key: filled }),
    message: z.object({
      ...place,
      create_time: time,
      chat_id: z.string().min(1),
      chat_type: filled,
      message_type: z.string().catch("unknown"),
      content: z.string().catch(""),
      mentions: z
        .array(z.object({ key: z.string(), id: userIds, name: filled, tenant_key: filled }))
        .nullish()
        .catch(undefined),
    }),
  })
  .transform(
    ({ sender, message }): ChatMessage => ({
      id: message.message_id,
      chat: message.chat_id,
      isP2p: message.chat_type === "p2p",
      ...placeOf(message),
      at: message.create_time,
      type: message.message_type,
      content: message.content,
      sender: {
        id: sender.sender_id?.open_id ?? sender.sender_id?.union_id ?? NOBODY,
        isBot: sender.sender_type !== "user",
        tenant: sender.tenant_key,
      },
      mentions: (message.mentions ?? []).map(({ key, id, name, tenant_key }) => ({
        key,
        openId: id?.open_id,
        name: plainName(name),
        tenant: tenant_key,
      })),
      isRecalled: false,
      within: undefined,
    }),
  );

const listedMessage = z
  .object({
    ...place,
    msg_type: z.string().catch("unknown"),
    create_time: time,
    deleted: z.boolean().catch(false),
    chat_id: z.string().min(1),
    sender: z.object({
      id: z.string().min(1).catch(NOBODY),
      sender_type: z.string().catch("user"),
      tenant_key: filled,
    }),
    body: z.object({ content: z.string().catch("") }).catch({ content: "" }),
    mentions: z
      .array(z.object({ key: z.string(), id: filled, name: filled, tenant_key: filled }))
      .nullish()
      .catch(undefined),
    upper_message_id: filled,
  })
  .transform(
    (item): ChatMessage => ({
      id: item.message_id,
      chat: item.chat_id,
      isP2p: undefined,
      ...placeOf(item),
      at: item.create_time,
      type: item.msg_type,
      content: item.body.content,
      sender: { id: item.sender.id, isBot: item.sender.sender_type !== "user", tenant: item.sender.tenant_key },
      mentions: (item.mentions ?? []).map(({ key, id, name, tenant_key }) => ({
        key,
        openId: id === "all" ? undefined : id,
        name: plainName(name),
        tenant: tenant_key,
      })),
      isRecalled: item.deleted,
      within: item.upper_message_id,
    }),
  );

/** The messages of an answer of the open API; what is no message is passed over. */
export const messageList = z
  .object({
    items: z.array(z.unknown()).nullish(),
    has_more: z.boolean().nullish().catch(false),
    page_token: filled,
  })
  .transform(({ items, has_more, page_token }) => ({
    messages: (items ?? []).flatMap((item) => listedMessage.safeParse(item).data ?? []),
    nextPage: has_more ? page_token : undefined,
  }));
