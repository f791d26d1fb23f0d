// Reactions of the bot on messages. Each comes back to it as an event of an app.

import { z } from "zod";
import type { Platform } from "../platform.ts";
import { PAGE_SIZE_MAX } from "../platform-limits.ts";
import { reactionEvent } from "../push/event-payloads.ts";
import type { Message, Reaction } from "../world/world-records.ts";
import { ApiRefusal } from "./api-error.ts";
import { EMOJI_TYPES } from "./emoji-types.ts";
import { pageOf } from "./history-api.ts";
import { messageOf, ownChat } from "./message-api.ts";
import { type ApiAnswer, type ApiRequest, answer, type Operation, pathOf, readBody } from "./operation.ts";

const createShape = z.object({ reaction_type: z.object({ emoji_type: z.string() }) });

export function checkEmojiType(emojiType: string): void {
  if (!EMOJI_TYPES.has(emojiType)) throw new ApiRefusal(231001, "The emoji type of the reaction is invalid.");
}

function target(request: ApiRequest, platform: Platform): Message {
  const message = messageOf(request, platform);
  ownChat(message.chatId, platform);
  if (message.recalled) throw new ApiRefusal(231003, "The message is recalled.");
  return message;
}

function create(request: ApiRequest, platform: Platform): ApiAnswer {
  const emojiType = readBody(createShape, request.body).reaction_type.emoji_type;
  const message = target(request, platform);
  checkEmojiType(emojiType);
  const { world, ids, clock } = platform;
  const same = message.reactions.find((one) => one.emojiType === emojiType && one.by.kind === "self");
  if (same) return answer(view(same, platform));
  const reaction: Reaction = { reactionId: ids.reactionId(), emojiType, by: world.self, at: clock.now() };
  message.reactions.push(reaction);
  world.changed();
  tell("im.message.reaction.created_v1", message, reaction, platform);
  return answer(view(reaction, platform));
}

function remove(request: ApiRequest, platform: Platform): ApiAnswer {
  const message = target(request, platform);
  const index = message.reactions.findIndex((one) => one.reactionId === pathOf(request, "reaction_id"));
  const reaction = message.reactions[index];
  if (!reaction) throw new ApiRefusal(231011, "The reaction does not exist.");
  if (reaction.by.kind !== "self") throw new ApiRefusal(231007, "The reaction was not added by the operator.");
  message.reactions.splice(index, 1);
  platform.world.changed();
  tell("im.message.reaction.deleted_v1", message, reaction, platform);
  return answer(view(reaction, platform));
}

function list(request: ApiRequest, platform: Platform): ApiAnswer {
  const wanted = request.query.get("reaction_type");
  const message = target(request, platform);
  if (wanted !== null) checkEmojiType(wanted);
  const found = message.reactions.filter((one) => wanted === null || one.emojiType === wanted);
  const { items, ...page } = pageOf(found, request.query, PAGE_SIZE_MAX);
  return answer({ ...page, items: items.map((one) => view(one, platform)) });
}

function tell(eventType: string, message: Message, reaction: Reaction, { payloads, deliveries, app }: Platform): void {
  void deliveries.send(payloads.envelope(eventType, reactionEvent(message, reaction, payloads.userIds, app)));
}

const view = ({ reactionId, emojiType, by, at }: Reaction, { app }: Platform): Readonly<Record<string, unknown>> => ({
  reaction_id: reactionId,
  operator:
    by.kind === "self"
      ? { operator_id: app.appId, operator_type: "app" }
      : { operator_id: by.openId, operator_type: "user" },
  action_time: String(at),
  reaction_type: { emoji_type: emojiType },
});

const WRITE = ["im:message", "im:message.reactions:write_only"];
const ADDRESS = "/open-apis/im/v1/messages/:message_id/reactions";

export const reactionOperations: readonly Operation[] = [
  { name: "reaction.create", method: "POST", address: ADDRESS, scopes: WRITE, handle: create },
  { name: "reaction.delete", method: "DELETE", address: `${ADDRESS}/:reaction_id`, scopes: WRITE, handle: remove },
  {
    name: "reaction.list",
    method: "GET",
    address: ADDRESS,
    scopes: ["im:message", "im:message:readonly", "im:message.reactions:read"],
    handle: list,
  },
];
