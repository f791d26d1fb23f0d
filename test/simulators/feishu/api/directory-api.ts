// Who and where: the bot itself, chats with their members, people.

import type { Platform } from "../platform.ts";
import { MEMBER_PAGE_SIZE_MAX } from "../platform-limits.ts";
import type { Chat } from "../world/world-records.ts";
import { ApiRefusal } from "./api-error.ts";
import { pageOf } from "./history-api.ts";
import { type ApiAnswer, type ApiRequest, answer, type Operation, pathOf } from "./operation.ts";
import { NAMES, USER_IDS } from "./scopes.ts";

const CHAT_SCOPES = ["im:chat", "im:chat:readonly", "im:chat:read"];

function botInfo(_request: ApiRequest, { app }: Platform): ApiAnswer {
  const bot = { activate_status: 2, app_name: app.botName, avatar_url: "", ip_white_list: [], open_id: app.botOpenId };
  return { kind: "fields", fields: { bot } };
}

function chatOf(request: ApiRequest, { world }: Platform): Chat {
  const chat = world.chats.get(pathOf(request, "chat_id"));
  if (!chat) throw new ApiRefusal(232006, "Your request specifies a chat_id which is invalid.");
  if (!chat.hasBot) throw new ApiRefusal(232011, "Operator can NOT be out of the chat.");
  return chat;
}

function chat(request: ApiRequest, platform: Platform): ApiAnswer {
  const found = chatOf(request, platform);
  if (found.refusal === 232009) throw new ApiRefusal(232009, "The chat was dissolved.");
  return answer({
    avatar: "",
    name: found.name,
    description: "",
    chat_mode: found.mode,
    chat_type: "private",
    group_message_type: found.messageForm,
    user_count: String(found.members.size),
    bot_count: "1",
    external: false,
    tenant_key: platform.app.tenantKey,
    chat_status: "normal",
  });
}

/** People only: bots are not listed. */
function members(request: ApiRequest, platform: Platform): ApiAnswer {
  const { members: ids } = chatOf(request, platform);
  const people = [...ids].flatMap((id) => platform.world.users.get(id) ?? []).filter((user) => !user.isBot);
  const { items, ...page } = pageOf(people, request.query, MEMBER_PAGE_SIZE_MAX);
  return answer({
    ...page,
    member_total: people.length,
    items: items.map(({ openId, name }) => ({
      member_id: openId,
      member_id_type: "open_id",
      name,
      tenant_key: platform.app.tenantKey,
    })),
  });
}

function person(request: ApiRequest, { world, scopes }: Platform): ApiAnswer {
  const idType = request.query.get("user_id_type") ?? "open_id";
  const id = pathOf(request, "user_id");
  const user = [...world.users.values()].find(
    ({ openId, unionId, userId }) => id === { open_id: openId, union_id: unionId, user_id: userId }[idType],
  );
  if (!user || user.isBot) throw new ApiRefusal(41012, "user id is invalid");
  return answer({
    user: {
      open_id: user.openId,
      union_id: user.unionId,
      ...(scopes.has(USER_IDS) ? { user_id: user.userId } : {}),
      // Without the scope: code 0, and no name.
      ...(scopes.has(NAMES) ? { name: user.name, en_name: "" } : {}),
    },
  });
}

export const directoryOperations: readonly Operation[] = [
  { name: "bot.info", method: "GET", address: "/open-apis/bot/v3/info", scopes: [], handle: botInfo },
  { name: "chat.get", method: "GET", address: "/open-apis/im/v1/chats/:chat_id", scopes: CHAT_SCOPES, handle: chat },
  {
    name: "chat.members",
    method: "GET",
    address: "/open-apis/im/v1/chats/:chat_id/members",
    scopes: CHAT_SCOPES,
    handle: members,
  },
  { name: "user.get", method: "GET", address: "/open-apis/contact/v3/users/:user_id", scopes: [], handle: person },
];
