// What a person sees of a message, as plain text: of a card its present state, element by element.

import { isObject, rootElements } from "../cards/card-walk.ts";
import type { CardJson, Mention, Message } from "./world-records.ts";

export interface Reader {
  nameOf(openId: string): string;
  cardOf(cardId: string): CardJson | undefined;
  childrenOf(messageId: string): readonly Message[];
}

export const RECALLED_TEXT = "This message was recalled";

export function visibleText(message: Message, reader: Reader): string {
  if (message.recalled) return RECALLED_TEXT;
  const card = shownCard(message, reader);
  if (card) return cardText(card, reader);
  const content: unknown = JSON.parse(message.content);
  if (!isObject(content)) return message.content;
  switch (message.messageType) {
    case "text":
      return withNames(String(content.text), message.mentions, reader);
    case "post":
      return withNames(postText(content), message.mentions, reader);
    case "merge_forward":
      return reader
        .childrenOf(message.messageId)
        .map((child) => visibleText(child, reader))
        .join("\n");
    default:
      return `[${message.messageType}${typeof content.file_name === "string" ? ` ${content.file_name}` : ""}]`;
  }
}

/** The card a message shows now; undefined if it shows none. */
export function shownCard(message: Message, reader: Pick<Reader, "cardOf">): CardJson | undefined {
  return message.cardId === undefined ? message.card : reader.cardOf(message.cardId);
}

function withNames(text: string, mentions: readonly Mention[], reader: Reader): string {
  return text.replace(/@_user_\d+|@_all\b/g, (key) => {
    const mention = mentions.find((one) => one.key === key);
    if (key === "@_all") return "@all";
    if (!mention?.user) return key;
    return `@${mention.user === "self" ? reader.nameOf("self") : mention.user.name}`;
  });
}

function postText(post: CardJson): string {
  const rows: unknown[] = Array.isArray(post.content) ? post.content : [];
  const lines = rows.map((row) => (Array.isArray(row) ? row.map(postElementText).join("") : ""));
  return [...(post.title ? [String(post.title)] : []), ...lines].join("\n");
}

function postElementText(element: unknown): string {
  if (!isObject(element)) return "";
  switch (element.tag) {
    case "text":
    case "md":
      return String(element.text);
    case "a":
      return `${element.text} (${element.href})`;
    case "at":
      return String(element.user_id);
    case "code_block":
      return `\`\`\`${element.language ?? ""}\n${element.text}\n\`\`\``;
    case "hr":
      return "---";
    case "emotion":
      return `:${element.emoji_type}:`;
    default:
      return `[${element.tag}]`;
  }
}

export function cardText(card: CardJson, reader: Reader): string {
  const { header } = card;
  const heads = isObject(header) ? [contentOf(header.title), contentOf(header.subtitle)] : [];
  const lines = [...heads, ...rootElements(card).map(elementText)].filter((line) => line !== "");
  return lines
    .join("\n")
    .replace(
      /<at\s+(?:user_)?id=["']?([^"'>\s]*)["']?[^>]*><\/at>/g,
      (_, id: string) => `@${id === "all" ? "all" : reader.nameOf(id)}`,
    );
}

const contentOf = (text: unknown): string => (isObject(text) && typeof text.content === "string" ? text.content : "");

const textsOf = (elements: unknown): string =>
  Array.isArray(elements)
    ? elements
        .map(elementText)
        .filter((line) => line !== "")
        .join("\n")
    : "";

function elementText(element: unknown): string {
  if (!isObject(element)) return "";
  switch (element.tag) {
    case "markdown":
    case "plain_text":
    case "lark_md":
      return contentOf(element);
    case "div":
      return [contentOf(element.text), ...fieldTexts(element.fields)].filter((line) => line !== "").join("\n");
    case "hr":
      return "---";
    case "button":
      return `[${contentOf(element.text)}]`;
    case "input":
      return `[${contentOf(element.label) || contentOf(element.placeholder) || String(element.name ?? "input")}: ____]`;
    case "table":
      return tableText(element);
    case "column_set":
      return textsOf(element.columns);
    case "action":
      return textsOf(element.actions);
    case "collapsible_panel":
      return [isObject(element.header) ? contentOf(element.header.title) : "", textsOf(element.elements)]
        .filter((line) => line !== "")
        .join("\n");
    case "img":
      return `[image ${contentOf(element.alt)}]`.replace(" ]", "]");
    default:
      return Array.isArray(element.elements) ? textsOf(element.elements) : `[${element.tag}]`;
  }
}

const fieldTexts = (fields: unknown): readonly string[] =>
  Array.isArray(fields) ? fields.map((field) => (isObject(field) ? contentOf(field.text) : "")) : [];

function tableText({ columns, rows }: CardJson): string {
  const heads = (Array.isArray(columns) ? columns : []).filter(isObject);
  const line = (cells: readonly unknown[]): string => `| ${cells.map(String).join(" | ")} |`;
  return [
    line(heads.map((head) => head.display_name ?? head.name)),
    ...(Array.isArray(rows) ? rows : [])
      .filter(isObject)
      .map((row) => line(heads.map((head) => row[String(head.name)] ?? ""))),
  ].join("\n");
}
