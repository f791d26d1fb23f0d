// Listing what was said in a chat or a topic.

import type { Platform } from "../platform.ts";
import { PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX } from "../platform-limits.ts";
import type { Message } from "../world/world-records.ts";
import { ApiRefusal, fieldRefusal, parameterRefusal } from "./api-error.ts";
import { ownChat, readCardView } from "./message-api.ts";
import { messageView } from "./message-view.ts";
import { type ApiAnswer, type ApiRequest, answer, type Operation } from "./operation.ts";
import { checkScopes, GROUP_MESSAGES } from "./scopes.ts";

function list(request: ApiRequest, platform: Platform): ApiAnswer {
  const { query } = request;
  const found = container(query.get("container_id_type"), query.get("container_id") ?? "", platform);
  const order = query.get("sort_type") ?? "ByCreateTimeAsc";
  if (order !== "ByCreateTimeAsc" && order !== "ByCreateTimeDesc") throw parameterRefusal("invalid sort_type");
  const from = secondsOf(query.get("start_time"), 0);
  const to = secondsOf(query.get("end_time"), Number.MAX_SAFE_INTEGER);
  const inTime = found.filter(({ createTime }) => createTime / 1000 >= from && createTime / 1000 <= to);
  const sorted = order === "ByCreateTimeAsc" ? inTime : inTime.toReversed();
  const cardView = readCardView(request);
  const { items, ...page } = pageOf(sorted, query, PAGE_SIZE_MAX);
  return answer({ ...page, items: items.map((message) => messageView(message, platform, cardView)) });
}

function container(idType: string | null, id: string, platform: Platform): readonly Message[] {
  const { world, scopes, app } = platform;
  const root = idType === "thread" ? world.topicRoot(id) : undefined;
  if (idType !== "chat" && idType !== "thread") throw parameterRefusal("invalid container_id_type");
  if (idType === "thread" && !root) throw parameterRefusal("invalid container_id");
  const chat = ownChat(root?.chatId ?? id, platform);
  if (chat.mode !== "p2p") checkScopes([GROUP_MESSAGES], scopes, app.appId);
  if (idType === "thread") return world.history(chat, id);
  // Of a topic the chat shows its root only.
  return world.history(chat).filter((message) => message.threadId === undefined || message.rootId === undefined);
}

function secondsOf(text: string | null, otherwise: number): number {
  if (text === null || text === "") return otherwise;
  if (!/^\d{1,10}$/.test(text)) throw parameterRefusal("start_time and end_time are seconds");
  return Number(text);
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly has_more: boolean;
  readonly page_token: string;
}

export function pageOf<T>(all: readonly T[], query: URLSearchParams, sizeMax: number): Page<T> {
  const size = Number(query.get("page_size") ?? PAGE_SIZE_DEFAULT);
  if (!Number.isInteger(size) || size < 1 || size > sizeMax) throw fieldRefusal("page_size", `must be 1 to ${sizeMax}`);
  const token = query.get("page_token") ?? "";
  const start = token === "" ? 0 : Number(/^page-(\d+)$/.exec(token)?.[1] ?? Number.NaN);
  if (!Number.isInteger(start)) throw new ApiRefusal(230001, "invalid page_token");
  const items = all.slice(start, start + size);
  const hasMore = start + size < all.length;
  return { items, has_more: hasMore, page_token: hasMore ? `page-${start + size}` : "" };
}

export const historyOperations: readonly Operation[] = [
  {
    name: "message.list",
    method: "GET",
    address: "/open-apis/im/v1/messages",
    scopes: ["im:message", "im:message:readonly", "im:message.history:readonly"],
    handle: list,
  },
];
