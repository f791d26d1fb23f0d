// A message as the open API answers it; its shape differs from the event's.

import { isTwo } from "../cards/card-walk.ts";
import type { Platform } from "../platform.ts";
import { RECALLED_TEXT, shownCard } from "../world/visible-text.ts";
import type { Message } from "../world/world-records.ts";

export type CardView = "raw_card_content" | "user_card_content" | undefined;

const UPGRADE_HINT = "请升级至最新版本客户端，以查看内容";

export function messageView(
  message: Message,
  platform: Platform,
  cardView?: CardView,
): Readonly<Record<string, unknown>> {
  const { app } = platform;
  const isPerson = message.sender.kind === "person";
  const mentions = message.mentions.map(({ key, user }) => ({
    key,
    id: user === undefined ? "all" : user === "self" ? app.botOpenId : user.openId,
    id_type: "open_id",
    name: user === undefined ? "Everyone" : user === "self" ? app.botName : user.name,
    tenant_key: app.tenantKey,
  }));
  return {
    message_id: message.messageId,
    ...(message.rootId === undefined ? {} : { root_id: message.rootId, parent_id: message.parentId }),
    ...(message.threadId === undefined ? {} : { thread_id: message.threadId }),
    msg_type: message.messageType,
    create_time: String(message.createTime),
    update_time: String(message.updateTime),
    deleted: message.recalled,
    updated: message.edits > 0,
    chat_id: message.chatId,
    sender: {
      id: message.sender.kind === "self" ? app.appId : message.sender.openId,
      id_type: isPerson ? "open_id" : "app_id",
      sender_type: isPerson ? "user" : "app",
      tenant_key: app.tenantKey,
    },
    body: { content: message.recalled ? RECALLED_TEXT : contentOf(message, platform, cardView) },
    ...(mentions.length > 0 ? { mentions } : {}),
    ...(message.upperMessageId === undefined ? {} : { upper_message_id: message.upperMessageId }),
  };
}

function contentOf(message: Message, { world }: Platform, cardView: CardView): string {
  const card = shownCard(message, world);
  if (!card) return message.content;
  if (cardView === "user_card_content") return JSON.stringify(card);
  if (cardView === "raw_card_content")
    return JSON.stringify({ json_card: JSON.stringify(card), card_schema: isTwo(card) ? 2 : 1 });
  const text = isTwo(card) ? UPGRADE_HINT : world.visibleText(message);
  return JSON.stringify({ title: "", elements: [[{ tag: "text", text }]] });
}
