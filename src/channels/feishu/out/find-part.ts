// Looks for a part of an answer among what stands in the chat: for when so much time has passed that the platform no longer
// knows its uuid. A part that is not surely found counts as not sent, since an answer twice is better than none.

import { z } from "zod";
import type { FeishuApi } from "../feishu-api.ts";
import type { ReplyPlace } from "../reply-place.ts";
import type { AnswerPart } from "./answer-parts.ts";
import { rungContent } from "./answer-parts.ts";

const PAGE = 50;
const PAGES_MAX = 20;
const EARLY_MS = 5_000;
const LETTERS_COMPARED = 200;
/** Of fewer letters too many texts are the same. */
const LETTERS_MIN = 12;

const pageShape = z.looseObject({
  items: z
    .array(
      z.looseObject({
        message_id: z.string(),
        msg_type: z.string(),
        deleted: z.boolean().default(false),
        sender: z.looseObject({ id: z.string() }),
        body: z.looseObject({ content: z.string().default("") }).default({ content: "" }),
      }),
    )
    .default([]),
  has_more: z.boolean().default(false),
  page_token: z.string().default(""),
});

type Listed = z.infer<typeof pageShape>["items"][number];

export interface Search {
  readonly place: ReplyPlace;
  readonly appId: string;
  /** It cannot have been sent before. */
  readonly since: number;
  /** Messages known to be something else. */
  readonly known: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

/** The message of this part, if it stands there. Throws a FeishuFailure. */
export const findPart = (api: FeishuApi, part: AnswerPart, search: Search): Promise<string | undefined> =>
  findOwn(api, search, (listed) => isPart(listed, part));

/** Our message whose card has this mark. Throws a FeishuFailure. */
export const findMarked = (api: FeishuApi, mark: string, search: Search): Promise<string | undefined> =>
  findOwn(api, search, ({ msg_type, body }) => msg_type === "interactive" && body.content.includes(mark));

/** Our message that shows this upload. Throws a FeishuFailure. */
export const findUploaded = (api: FeishuApi, key: string, search: Search): Promise<string | undefined> =>
  findOwn(api, search, ({ body }) => body.content.includes(`"${key}"`));

async function findOwn(
  api: FeishuApi,
  { place, appId, since, known, signal }: Search,
  isIt: (listed: Listed) => boolean,
): Promise<string | undefined> {
  const container = place.topic === undefined ? ["chat", place.chat] : ["thread", place.topic];
  let token = "";
  for (let pages = 0; pages < PAGES_MAX; pages += 1) {
    const query = {
      container_id_type: container[0] ?? "",
      container_id: container[1] ?? "",
      // Topics take no times.
      ...(place.topic === undefined ? { start_time: String(Math.floor((since - EARLY_MS) / 1_000)) } : {}),
      sort_type: "ByCreateTimeAsc",
      page_size: String(PAGE),
      card_msg_content_type: "user_card_content",
      ...(token === "" ? {} : { page_token: token }),
    };
    const page = pageShape.parse(await api.call("GET", "/im/v1/messages", { query, signal }));
    const found = page.items.find(
      (listed) => !listed.deleted && listed.sender.id === appId && !known.has(listed.message_id) && isIt(listed),
    );
    if (found) return found.message_id;
    if (!page.has_more || page.page_token === "") return undefined;
    token = page.page_token;
  }
  return undefined;
}

function isPart({ msg_type, body }: Listed, part: AnswerPart): boolean {
  if (msg_type === "interactive" || msg_type === "file") return body.content.includes(part.mark);
  if (msg_type !== "post" && msg_type !== "text") return false;
  const ours = lettersOf(JSON.stringify(rungContent(part, msg_type).content));
  return ours.length >= LETTERS_MIN && lettersOf(body.content) === ours;
}

/** What stays the same when the platform writes our message its own way: the letters and digits of what it says. */
function lettersOf(content: string): string {
  const texts: string[] = [];
  try {
    JSON.parse(content, (key: string, value: unknown) => {
      if (key === "text" && typeof value === "string") texts.push(value);
      return value;
    });
  } catch {
    return "";
  }
  return texts
    .join("")
    .replace(/<at [^>]*><\/at>|@_user_\d+/g, "")
    .replace(/[^\p{L}\p{N}]/gu, "")
    .slice(0, LETTERS_COMPARED);
}
