// Where a message stands: what root_id, parent_id and thread_id the platform gives it.

import type { PlatformIds } from "./platform-ids.ts";
import type { Chat, Message } from "./world-records.ts";

export type Placement =
  | { readonly kind: "top" }
  /** `opensTopic`: on a plain message it opens a topic (reply_in_thread). */
  | { readonly kind: "reply"; readonly to: Message; readonly opensTopic: boolean }
  /** Typed into an open topic. */
  | { readonly kind: "topic"; readonly root: Message };

export type Place = Pick<Message, "rootId" | "parentId" | "threadId">;

export const isTopicChat = (chat: Chat): boolean => chat.mode === "topic" || chat.messageForm === "thread";

/** Gives the root of a fresh topic its thread id as well. */
export function place(
  placement: Placement,
  chat: Chat,
  messageOf: (messageId: string) => Message | undefined,
  ids: PlatformIds,
): Place {
  if (placement.kind === "top") {
    return { rootId: undefined, parentId: undefined, threadId: isTopicChat(chat) ? ids.thread() : undefined };
  }
  if (placement.kind === "topic") return inTopic(placement.root, ids);
  const { to } = placement;
  const root = (to.rootId === undefined ? undefined : messageOf(to.rootId)) ?? to;
  if (root.threadId !== undefined || to.threadId !== undefined) return inTopic(root, ids);
  if (placement.opensTopic) return inTopic(to, ids);
  return { rootId: root.messageId, parentId: to.messageId, threadId: undefined };
}

/** Inside of a topic every message answers the root. */
function inTopic(root: Message, ids: PlatformIds): Place {
  root.threadId ??= ids.thread();
  return { rootId: root.messageId, parentId: root.messageId, threadId: root.threadId };
}
