// Checks what the bot wants to send, type by type, and turns it into what the platform keeps.

import { z } from "zod";
import { type CardSurroundings, checkCard, parseCard } from "../cards/card-validation.ts";
import { isObject } from "../cards/card-walk.ts";
import { breach, type Platform } from "../platform.ts";
import * as limits from "../platform-limits.ts";
import type { CardJson, Mention, StoredFile } from "../world/world-records.ts";
import { ApiRefusal, CardFault, parameterRefusal } from "./api-error.ts";

export interface OutgoingContent {
  readonly content: string;
  readonly mentions: readonly Mention[];
  readonly card?: CardJson;
  readonly cardId?: string;
}

const textShape = z.object({ text: z.string().min(1) });
const imageShape = z.object({ image_key: z.string().min(1) });
const fileShape = z.object({ file_key: z.string().min(1) });
const mediaShape = z.object({ file_key: z.string().min(1), image_key: z.string().optional() });
const cardReference = z.object({ type: z.literal("card"), data: z.object({ card_id: z.string().min(1) }) });
const shareShape = z.union([z.object({ chat_id: z.string() }), z.object({ user_id: z.string() })]);

const LANGUAGES = new Set(["zh_cn", "en_us", "ja_jp"]);

const postElement = z.discriminatedUnion("tag", [
  z.object({ tag: z.literal("text"), text: z.string() }),
  z.object({ tag: z.literal("md"), text: z.string() }),
  z.object({ tag: z.literal("a"), text: z.string(), href: z.string() }),
  z.object({ tag: z.literal("at"), user_id: z.string() }),
  z.object({ tag: z.literal("img"), image_key: z.string() }),
  z.object({ tag: z.literal("media"), file_key: z.string() }),
  z.object({ tag: z.literal("emotion"), emoji_type: z.string() }),
  z.object({ tag: z.literal("code_block"), text: z.string() }),
  z.object({ tag: z.literal("hr") }),
]);
const postBody = z.object({ title: z.string().optional(), content: z.array(z.array(postElement)) });

export function checkContent(messageType: string, content: string, platform: Platform): OutgoingContent {
  checkSize(messageType, content, platform.rules.richBytesMax);
  if (messageType === "interactive") return checkInteractive(content, platform);
  const parsed = jsonOf(content);
  switch (messageType) {
    case "text":
      return withMentions(JSON.stringify({ text: read(textShape, parsed).text }), platform);
    case "post":
      return checkPost(parsed, platform);
    case "image":
      ownFile(read(imageShape, parsed).image_key, "image", platform);
      return { content, mentions: [] };
    case "file":
      ownFile(read(fileShape, parsed).file_key, "file", platform);
      return { content, mentions: [] };
    case "audio":
      return ofType(read(fileShape, parsed).file_key, "opus", content, platform);
    case "media":
      return ofType(read(mediaShape, parsed).file_key, "mp4", content, platform);
    case "sticker":
      read(fileShape, parsed);
      return { content, mentions: [] };
    case "share_chat":
    case "share_user":
      read(shareShape, parsed);
      return { content, mentions: [] };
    default:
      throw parameterRefusal(`invalid msg_type ${messageType}`);
  }
}

export function checkSize(messageType: string, content: string, richBytesMax: number): void {
  const most = messageType === "post" || messageType === "interactive" ? richBytesMax : limits.TEXT_BYTES_MAX;
  if (Buffer.byteLength(content) > most) {
    throw new ApiRefusal(230025, `The length of the message content reaches its limit, ${most} bytes.`);
  }
}

export function cardSurroundings(platform: Platform): CardSurroundings {
  const { world } = platform;
  return {
    isOwnImage: (key) => world.files.get(key)?.kind === "image" && world.files.get(key)?.isOwn === true,
    isPerson: (id) =>
      world.users.has(id) ||
      id === platform.app.botOpenId ||
      [...world.users.values()].some((user) => user.userId === id || user.unionId === id),
    onAtAll: () => breach(platform, "at-all", "a card rings at everyone"),
  };
}

/** A card for the IM API: its faults travel in the envelope 230099. */
export function checkMessageCard(content: string, platform: Platform): CardJson {
  try {
    const card = parseCard(content);
    checkCard(card, cardSurroundings(platform));
    return card;
  } catch (error) {
    throw error instanceof CardFault ? error.toEnvelope() : error;
  }
}

function checkInteractive(content: string, platform: Platform): OutgoingContent {
  const reference = cardReference.safeParse(quietJson(content));
  if (!reference.success) return { content, mentions: [], card: checkMessageCard(content, platform) };
  const { card_id: cardId } = reference.data.data;
  const entity = platform.world.cards.get(cardId);
  if (!entity || platform.clock.now() - entity.createTime > limits.CARD_LIFE_MS) {
    throw new CardFault(200740, `card id is invalid or expired: ${cardId}`).toEnvelope();
  }
  if (entity.sentAs !== undefined) throw new CardFault(200750, "the card was sent already").toEnvelope();
  return { content, mentions: [], cardId };
}

function checkPost(parsed: unknown, platform: Platform): OutgoingContent {
  if (!isObject(parsed) || Object.keys(parsed).length === 0) throw parameterRefusal("invalid post content");
  const languages = Object.keys(parsed);
  if (!languages.every((language) => LANGUAGES.has(language))) {
    throw parameterRefusal("post content has no language around it");
  }
  for (const body of Object.values(parsed)) {
    for (const element of read(postBody, body).content.flat()) {
      if (element.tag === "img") ownFile(element.image_key, "image", platform);
      if (element.tag === "media") ownFile(element.file_key, "file", platform);
    }
  }
  return withMentions(JSON.stringify(parsed[languages[0] ?? ""]), platform);
}

/** `<at user_id="...">` of a text and `at` of a post become placeholders, as in what people send. */
function withMentions(content: string, platform: Platform): OutgoingContent {
  const mentions: Mention[] = [];
  const { world, app } = platform;
  const mention = (id: string): string | undefined => {
    if (id === "all") {
      breach(platform, "at-all", content.slice(0, 200));
      mentions.push({ key: "@_all", user: undefined });
      return "@_all";
    }
    const user = id === app.botOpenId ? "self" : world.users.get(id);
    if (!user) return undefined;
    const key = `@_user_${mentions.length + 1}`;
    mentions.push({ key, user });
    return key;
  };
  const kept = content
    .replace(/<at user_id=\\"([^"\\]*)\\">.*?<\/at>/g, (whole, id: string) => mention(id) ?? whole)
    .replace(/("tag":"at","user_id":")([^"]*)"/g, (whole, head: string, id: string) => {
      const key = mention(id);
      return key === undefined ? whole : `${head}${key}"`;
    });
  return { content: kept, mentions };
}

function ownFile(key: string, kind: StoredFile["kind"], { world }: Platform): StoredFile {
  const file = world.files.get(key);
  if (!file || file.kind !== kind) throw parameterRefusal(`invalid ${kind}_key`);
  if (!file.isOwn) throw new ApiRefusal(230017, "Bot is NOT the owner of the resource.");
  return file;
}

function ofType(key: string, type: string, content: string, platform: Platform): OutgoingContent {
  if (ownFile(key, "file", platform).type !== type) {
    throw new ApiRefusal(230055, "The type of file upload does not match the type of message being sent.");
  }
  return { content, mentions: [] };
}

function jsonOf(content: string): unknown {
  const parsed = quietJson(content);
  if (parsed === undefined) throw parameterRefusal("content is not a string in json format");
  return parsed;
}

function quietJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function read<T>(shape: z.ZodType<T>, value: unknown): T {
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw parameterRefusal(`invalid content: ${issue?.path.join(".")} ${issue?.message}`);
}
