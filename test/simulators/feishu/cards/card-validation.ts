// What the platform checks in a card before it takes it. A card that is refused is invisible to people: nothing arrives.

import { CardFault } from "../api/api-error.ts";
import * as limits from "../platform-limits.ts";
import type { CardJson } from "../world/world-records.ts";
import { type CardNode, cardNodes, isObject, isTwo, markdownTables, rootElements } from "./card-walk.ts";

export interface CardSurroundings {
  /** Whether this image was uploaded by the bot. */
  isOwnImage(key: string): boolean;
  /** Whether an id in `<at id=...>` or a person element is somebody. */
  isPerson(id: string): boolean;
  /** The bot rings at everyone. */
  onAtAll(): void;
}

const BOTH =
  "markdown div hr img img_combination button column_set column form input select_static multi_select_static select_person " +
  "multi_select_person date_picker picker_time picker_datetime select_img overflow checker collapsible_panel " +
  "interactive_container table chart person person_list standard_icon custom_icon plain_text lark_md text_tag";
const TAGS_TWO = new Set(`${BOTH} audio`.split(" "));
const TAGS_ONE = new Set(`${BOTH} note action i18n`.split(" "));

export const BAD_JSON = 200621;
export const TAG_UNKNOWN = 200861;
export const TOO_MANY = 11310;
export const BAD_PERSON = 100290;
export const BAD_IMAGE = 200570;
export const EMPTY_NAME = 200530;
/** The facts name no code for these; a card that breaks them is refused as content the platform cannot read. */
export const BAD_CONTENT = 200621;

export function parseCard(text: string): CardJson {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new CardFault(BAD_JSON, "parse card json err, please check whether the card json is correct");
  }
  if (!isObject(parsed)) throw new CardFault(BAD_JSON, "card json is not an object");
  return parsed;
}

/** Throws a CardFault. The size is the caller's to check: it belongs to the request. */
export function checkCard(card: CardJson, surroundings: CardSurroundings): void {
  if ("schema" in card && card.schema !== "2.0" && card.schema !== "1.0") {
    throw new CardFault(BAD_CONTENT, "unknown schema");
  }
  checkFrame(card);
  const nodes = [...cardNodes(card)];
  if (nodes.length > limits.CARD_ELEMENTS_MAX) throw new CardFault(TOO_MANY, "element exceeds the limit");
  checkTables(nodes);
  checkIds(nodes);
  for (const node of nodes) checkNode(node, isTwo(card), surroundings);
}

function checkFrame(card: CardJson): void {
  const { header, config } = card;
  if (config !== undefined && !isObject(config)) throw new CardFault(BAD_CONTENT, "config is not an object");
  if (isTwo(card)) {
    if ("elements" in card) throw new CardFault(BAD_CONTENT, "schema 2.0 has its elements in body");
    if (!isObject(card.body) || !Array.isArray(card.body.elements)) {
      throw new CardFault(BAD_CONTENT, "body.elements is missing");
    }
  } else if (!Array.isArray(card.elements) && !isObject(card.i18n_elements)) {
    throw new CardFault(BAD_CONTENT, "elements is missing");
  }
  if (header === undefined) return;
  if (!isObject(header) || !isObject(header.title)) throw new CardFault(BAD_CONTENT, "header.title is not an object");
  if ("subtitle" in header && !isObject(header.subtitle)) {
    throw new CardFault(BAD_CONTENT, "header.subtitle is not an object");
  }
  for (const element of rootElements(card)) {
    if (!isObject(element) || typeof element.tag !== "string") throw new CardFault(BAD_CONTENT, "element without tag");
  }
}

function checkTables(nodes: readonly CardNode[]): void {
  let tables = 0;
  for (const { tag, element } of nodes) {
    if (tag === "table") tables += 1;
    if (tag === "markdown" && typeof element.content === "string") tables += markdownTables(element.content);
  }
  if (tables > limits.CARD_TABLES_MAX) throw new CardFault(TOO_MANY, "card table number over limit");
}

function checkIds(nodes: readonly CardNode[]): void {
  const seen = new Set<unknown>();
  for (const { element } of nodes) {
    if (element.element_id === undefined) continue;
    const id = element.element_id;
    if (
      typeof id !== "string" ||
      !/^[A-Za-z][A-Za-z0-9_]*$/.test(id) ||
      id.length > limits.ELEMENT_ID_CHARS_MAX ||
      seen.has(id)
    ) {
      throw new CardFault(BAD_CONTENT, `element_id is invalid or not unique: ${String(id).slice(0, 40)}`);
    }
    seen.add(id);
  }
}

function checkNode(node: CardNode, isSchemaTwo: boolean, surroundings: CardSurroundings): void {
  const { tag, element, depth, within } = node;
  if (!(isSchemaTwo ? TAGS_TWO : TAGS_ONE).has(tag)) {
    throw new CardFault(
      TAG_UNKNOWN,
      `cards of schema ${isSchemaTwo ? "V2" : "V1"} no longer support this capability; unsupported tag ${tag}`,
    );
  }
  if (depth > limits.CARD_NESTING_MAX) throw new CardFault(BAD_CONTENT, "containers are nested too deep");
  if ((tag === "form" || tag === "table") && depth > 0) {
    throw new CardFault(BAD_CONTENT, `${tag} is only allowed at the root of the card`);
  }
  if (tag === "button") checkButton(element, isSchemaTwo, within);
  if (tag === "input") checkInput(element, within);
  if (tag === "img") checkImage(element.img_key, surroundings);
  if (tag === "person") checkPerson(element.user_id, surroundings);
  if (tag === "markdown" || tag === "lark_md" || tag === "plain_text") checkText(tag, element, surroundings);
}

function checkButton(element: CardJson, isSchemaTwo: boolean, within: readonly string[]): void {
  const text = isObject(element.text) ? element.text.content : undefined;
  if (typeof text === "string" && [...text].length > limits.BUTTON_TEXT_CHARS_MAX) {
    throw new CardFault(BAD_CONTENT, "button text is too long");
  }
  if (isSchemaTwo && element.behaviors !== undefined && !Array.isArray(element.behaviors)) {
    throw new CardFault(BAD_CONTENT, "behaviors is not a list");
  }
  if (within.includes("form") && (typeof element.name !== "string" || element.name === "")) {
    throw new CardFault(EMPTY_NAME, "the name of an element in a form is empty");
  }
}

function checkInput(element: CardJson, within: readonly string[]): void {
  const { max_length: length } = element;
  if (
    length !== undefined &&
    (!Number.isInteger(length) || Number(length) < 1 || Number(length) > limits.INPUT_LENGTH_MAX)
  ) {
    throw new CardFault(BAD_CONTENT, "max_length is out of range");
  }
  if (within.includes("form") && (typeof element.name !== "string" || element.name === "")) {
    throw new CardFault(EMPTY_NAME, "the name of an element in a form is empty");
  }
}

function checkImage(key: unknown, surroundings: CardSurroundings): void {
  if (typeof key !== "string" || !surroundings.isOwnImage(key)) {
    throw new CardFault(BAD_IMAGE, "invalid image keys");
  }
}

function checkPerson(id: unknown, surroundings: CardSurroundings): void {
  if (typeof id !== "string" || !surroundings.isPerson(id)) throw new CardFault(BAD_PERSON, "invalid user id");
}

function checkText(tag: string, element: CardJson, surroundings: CardSurroundings): void {
  const { content } = element;
  if (typeof content !== "string") throw new CardFault(BAD_CONTENT, `content of ${tag} is not a string`);
  if (tag === "plain_text") return;
  // Marks inside of code are text.
  const text = content.replace(/(```+|~~~+)[\s\S]*?(\1|$)/g, "").replace(/`[^`\n]*`/g, "");
  for (const [, id] of text.matchAll(/<at\s+(?:user_)?id=["']?([^"'>\s]*)["']?[^>]*>/g)) {
    if (id === "all") surroundings.onAtAll();
    else checkPerson(id, surroundings);
  }
  for (const [, key] of text.matchAll(/!\[[^\]\n]*\]\(([^)\s]*)[^)\n]*\)/g)) checkImage(key, surroundings);
}
