// Sending, reading, changing and recalling single messages.

import { z } from "zod";
import { isObject, isTwo } from "../cards/card-walk.ts";
import { breach, type Platform } from "../platform.ts";
import * as limits from "../platform-limits.ts";
import { isTopicChat, type Placement } from "../world/topics.ts";
import type { CardJson, Chat, Message } from "../world/world-records.ts";
import { ApiRefusal, CardFault, parameterRefusal } from "./api-error.ts";
import { checkContent, checkMessageCard, checkSize } from "./message-content.ts";
import { type CardView, messageView } from "./message-view.ts";
import { type ApiAnswer, type ApiRequest, answer, type Operation, pathOf, readBody } from "./operation.ts";
import { checkScopes, GROUP_MESSAGES } from "./scopes.ts";

const SEND_SCOPES = ["im:message", "im:message:send_as_bot", "im:message:send"];
const EDIT_SCOPES = ["im:message", "im:message:send_as_bot", "im:message:update"];

const sendShape = z.object({
  msg_type: z.string().min(1),
  content: z.string().min(1),
  uuid: z.string().optional(),
});
const createShape = sendShape.extend({ receive_id: z.string().min(1) });
const replyShape = sendShape.extend({ reply_in_thread: z.boolean().optional() });
const editShape = z.object({ msg_type: z.string(), content: z.string().min(1) });
const patchShape = z.object({ content: z.string().min(1) });

export function messageOf(request: ApiRequest, { world }: Platform): Message {
  const message = world.message(pathOf(request, "message_id"));
  if (!message) throw parameterRefusal("invalid message_id");
  return message;
}

/** The chat of a message, if the bot is in it. */
export function ownChat(chatId: string, { world }: Platform): Chat {
  const chat = world.chats.get(chatId);
  if (!chat) throw parameterRefusal("invalid chat_id");
  if (!chat.hasBot) throw new ApiRefusal(230002, "The bot can not be outside the group.");
  return chat;
}

function send(body: z.infer<typeof sendShape>, chat: Chat, placement: Placement, platform: Platform): ApiAnswer {
  const { world, clock, rules, rates, sending } = platform;
  const { uuid } = body;
  if (chat.refusal !== undefined) throw new ApiRefusal(chat.refusal, "The message is refused for this chat.");
  if (!chat.hasBot) throw new ApiRefusal(230002, "The bot can not be outside the group.");
  if (uuid !== undefined && uuid.length > limits.UUID_CHARS_MAX)
    throw parameterRefusal("uuid is longer than 50 characters");
  if (rules.rateLimits) rates.countSend(chat.chatId);
  if (uuid === undefined || uuid === "") breach(platform, "no-uuid", body.content.slice(0, 200));
  else {
    if (sending.has(uuid)) throw new ApiRefusal(230049, "The message is being sent.");
    const earlier = [...world.posts(), ...world.history(chat)].find(
      (message) => message.uuid === uuid && clock.now() - message.createTime < limits.UUID_LIFE_MS,
    );
    if (earlier) {
      if (earlier.handedIn !== body.content) breach(platform, "uuid-reused", uuid);
      return answer(messageView(earlier, platform));
    }
  }
  const outgoing = checkContent(body.msg_type, body.content, platform);
  const message = world.add(
    { chatId: chat.chatId, sender: world.self, messageType: body.msg_type, uuid, handedIn: body.content, ...outgoing },
    placement,
  );
  const entity = outgoing.cardId === undefined ? undefined : world.cards.get(outgoing.cardId);
  if (entity) entity.sentAs = message.messageId;
  return answer(messageView(message, platform));
}

function create(request: ApiRequest, platform: Platform): ApiAnswer {
  const body = readBody(createShape, request.body);
  const chat = receiver(request.query.get("receive_id_type"), body.receive_id, platform);
  if (isTopicChat(chat))
    breach(platform, "left-topic", `create in topic chat ${chat.chatId}: ${body.content.slice(0, 200)}`);
  return send(body, chat, { kind: "top" }, platform);
}

function receiver(idType: string | null, id: string, platform: Platform): Chat {
  const { world } = platform;
  if (idType === "chat_id") {
    const chat = world.chats.get(id);
    if (!chat) throw parameterRefusal("invalid receive_id");
    return chat;
  }
  const key = { open_id: "openId", union_id: "unionId", user_id: "userId" } as const;
  if (idType !== "open_id" && idType !== "union_id" && idType !== "user_id")
    throw parameterRefusal("invalid receive_id_type");
  for (const user of world.users.values()) if (user[key[idType]] === id) return world.p2p(user);
  throw parameterRefusal("invalid receive_id");
}

function reply(request: ApiRequest, platform: Platform): ApiAnswer {
  const body = readBody(replyShape, request.body);
  const to = messageOf(request, platform);
  const chat = ownChat(to.chatId, platform);
  if (to.recalled) throw new ApiRefusal(230011, "The message was recalled.");
  if (platform.world.isTopicClosed(to.threadId)) throw new ApiRefusal(230019, "The topic does NOT exist.");
  const opensTopic = body.reply_in_thread === true;
  if (opensTopic && !chat.supportsTopics) throw new ApiRefusal(230071, "The chat does not support reply in thread.");
  return send(body, chat, { kind: "reply", to, opensTopic }, platform);
}

function get(request: ApiRequest, platform: Platform): ApiAnswer {
  const message = messageOf(request, platform);
  const { mode } = ownChat(message.chatId, platform);
  if (mode !== "p2p") checkScopes([GROUP_MESSAGES], platform.scopes, platform.app.appId);
  const cardView = readCardView(request);
  const family = [message, ...platform.world.childrenOf(message.messageId)];
  return answer({ items: family.map((one) => messageView(one, platform, cardView)) });
}

export function readCardView({ query }: ApiRequest): CardView {
  const view = query.get("card_msg_content_type");
  if (view === null) return undefined;
  if (view === "raw_card_content" || view === "user_card_content") return view;
  throw parameterRefusal("invalid card_msg_content_type");
}

function edit(request: ApiRequest, platform: Platform): ApiAnswer {
  const body = readBody(editShape, request.body);
  const message = messageOf(request, platform);
  const now = platform.clock.now();
  if (message.sender.kind !== "self") throw new ApiRefusal(230071, "Only the sender may edit the message.");
  if (message.recalled) throw new ApiRefusal(230110, "The message is deleted.");
  if (!["text", "post"].includes(body.msg_type) || !["text", "post"].includes(message.messageType)) {
    throw parameterRefusal("only text and post can be edited");
  }
  if (message.edits >= limits.EDITS_MAX)
    throw new ApiRefusal(230072, "The message has reached the number of times it can be edited.");
  if (now - message.createTime > platform.rules.editMsMax)
    throw new ApiRefusal(230075, "The message is past the time to edit it.");
  const { content } = checkContent(body.msg_type, body.content, platform);
  Object.assign(message, { content, updateTime: now, edits: message.edits + 1, messageType: body.msg_type });
  platform.world.changed();
  return answer(messageView(message, platform));
}

function patch(request: ApiRequest, platform: Platform): ApiAnswer {
  const { content } = readBody(patchShape, request.body);
  const message = messageOf(request, platform);
  if (message.sender.kind !== "self") throw new ApiRefusal(230012, "Bot is NOT the sender of the message.");
  if (message.recalled) throw new ApiRefusal(230110, "The message is deleted.");
  if (platform.clock.now() - message.createTime > limits.CARD_PATCH_LIFE_MS) {
    throw new ApiRefusal(230031, "The message can not be updated after 14 days.");
  }
  if (platform.rules.rateLimits) platform.rates.countPatch(message.messageId);
  if (message.pendingClicks > 0) throw new CardFault(11310, "card action is lock").toEnvelope();
  replaceCard(message, content, platform);
  return answer({});
}

/** The same for a patch and for the update with a click's token. */
export function replaceCard(message: Message, content: string, platform: Platform): void {
  if (message.messageType !== "interactive") throw parameterRefusal("the message is not a card");
  const old = message.card;
  // A CardKit card changes through CardKit only; the code for it is an assumption.
  if (!old)
    throw new ApiRefusal(
      230099,
      "Failed to create card content, ext=ErrCode: 200810; ErrMsg: the card belongs to CardKit; ",
    );
  checkSize("interactive", content, platform.rules.richBytesMax);
  const card = checkMessageCard(content, platform);
  if (isTwo(card) !== isTwo(old)) {
    throw new ApiRefusal(
      230099,
      "Failed to create card content, ext=ErrCode: 200830; ErrMsg: the schema of a card can not change; ",
    );
  }
  if (!isTwo(card) && !(isShared(card) && isShared(old))) {
    throw parameterRefusal("config.update_multi must be true before and after the update");
  }
  Object.assign(message, { card, content, updateTime: platform.clock.now() });
  platform.world.changed();
}

const isShared = ({ config }: CardJson): boolean => isObject(config) && config.update_multi === true;

function recall(request: ApiRequest, platform: Platform): ApiAnswer {
  const message = messageOf(request, platform);
  ownChat(message.chatId, platform);
  if (message.sender.kind !== "self") throw new ApiRefusal(230026, "No permission to recall this message.");
  if (message.recalled) throw new ApiRefusal(230110, "The message is deleted.");
  message.recalled = true;
  platform.world.changed();
  return answer({});
}

export const messageOperations: readonly Operation[] = [
  { name: "message.create", method: "POST", address: "/open-apis/im/v1/messages", scopes: SEND_SCOPES, handle: create },
  {
    name: "message.reply",
    method: "POST",
    address: "/open-apis/im/v1/messages/:message_id/reply",
    scopes: SEND_SCOPES,
    handle: reply,
  },
  {
    name: "message.get",
    method: "GET",
    address: "/open-apis/im/v1/messages/:message_id",
    scopes: ["im:message", "im:message:readonly", "im:message.history:readonly"],
    handle: get,
  },
  {
    name: "message.edit",
    method: "PUT",
    address: "/open-apis/im/v1/messages/:message_id",
    scopes: EDIT_SCOPES,
    handle: edit,
  },
  {
    name: "message.patch",
    method: "PATCH",
    address: "/open-apis/im/v1/messages/:message_id",
    scopes: EDIT_SCOPES,
    handle: patch,
  },
  {
    name: "message.delete",
    method: "DELETE",
    address: "/open-apis/im/v1/messages/:message_id",
    scopes: ["im:message", "im:message:send_as_bot", "im:message:recall"],
    handle: recall,
  },
];
