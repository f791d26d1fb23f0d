// Puts one message where its question is: a reply, which stays in the topic. Every message has a uuid, so that saying it twice
// within the hour shows it once. Also takes back what we said.

import { createHash } from "node:crypto";
import { z } from "zod";
import type { FeishuApi } from "../feishu-api.ts";
import { FeishuFailure, TARGET_GONE } from "../feishu-failure.ts";
import type { ReplyPlace } from "../reply-place.ts";

export interface NewMessage {
  readonly type: "interactive" | "post" | "text" | "file" | "image";
  readonly content: unknown;
  readonly uuid: string;
}

/** Gives the message's id. Throws a FeishuFailure. */
export type PostMessage = (place: ReplyPlace, message: NewMessage, signal?: AbortSignal) => Promise<string>;

const UUID_CHARS = 40;
/** No topics here, the topic is gone, a message that holds others: nothing can be replied to it. */
const NO_REPLY: ReadonlySet<number> = new Set([...TARGET_GONE, 230071, 230072]);
const TOPIC_PAGE = 20;

const sentShape = z.looseObject({ message_id: z.string() });
const listShape = z.looseObject({
  items: z.array(z.looseObject({ message_id: z.string(), deleted: z.boolean().default(false) })).default([]),
});

/** The same for the same things, whenever it is asked. */
export const uuidOf = (...of: readonly (string | number)[]): string =>
  createHash("sha256").update(JSON.stringify(of)).digest("base64url").slice(0, UUID_CHARS);

export const laneOfChat = (chat: string): string => `chat:${chat}`;

export function createPostMessage(api: FeishuApi): PostMessage {
  async function send(path: string, query: Record<string, string>, body: unknown, chat: string, signal?: AbortSignal) {
    const options = { query, body, lane: laneOfChat(chat), ...(signal ? { signal } : {}) };
    return sentShape.parse(await api.call("POST", path, options)).message_id;
  }

  return async (place, { type, content, uuid }, signal) => {
    const body = { msg_type: type, content: JSON.stringify(content), uuid };
    const reply = (to: string) => send(`/im/v1/messages/${to}/reply`, {}, body, place.chat, signal);
    try {
      return await reply(place.message);
    } catch (error) {
      if (!(error instanceof FeishuFailure) || !error.is(NO_REPLY)) throw error;
      if (place.topic === undefined) {
        const query = { receive_id_type: "chat_id" };
        return send("/im/v1/messages", query, { ...body, receive_id: place.chat }, place.chat, signal);
      }
      // A new message would be outside of the topic; a reply to anything in it is not.
      const other = await otherInTopic(api, place, signal).catch(() => undefined);
      if (other === undefined) throw error;
      return reply(other);
    }
  };
}

async function otherInTopic(api: FeishuApi, place: ReplyPlace, signal?: AbortSignal): Promise<string | undefined> {
  const query = { container_id_type: "thread", container_id: place.topic ?? "", page_size: String(TOPIC_PAGE) };
  const listed = listShape.parse(await api.call("GET", "/im/v1/messages", { query, ...(signal ? { signal } : {}) }));
  return listed.items.find((item) => !item.deleted && item.message_id !== place.message)?.message_id;
}

/** Takes back what we said; what is gone already is well. Throws a FeishuFailure. */
export async function recallMessage(api: FeishuApi, message: string, signal?: AbortSignal): Promise<void> {
  try {
    await api.call("DELETE", `/im/v1/messages/${message}`, signal ? { signal } : {});
  } catch (error) {
    if (!(error instanceof FeishuFailure) || !error.is(TARGET_GONE)) throw error;
  }
}
