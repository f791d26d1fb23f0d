// Reads a card's elements, whatever its schema: every object with a `tag`, with how deep it lies in containers.

import type { CardJson } from "../world/world-records.ts";

export interface CardNode {
  readonly tag: string;
  readonly element: CardJson;
  /** How many containers are around it. */
  readonly depth: number;
  /** The nearest containers' tags, outermost first. */
  readonly within: readonly string[];
}

export const CONTAINER_TAGS: ReadonlySet<string> = new Set([
  "column_set",
  "form",
  "interactive_container",
  "collapsible_panel",
]);

/** Free data of the app in which a `tag` means nothing. */
const OPAQUE_KEYS: ReadonlySet<string> = new Set(["value", "chart_spec", "rows", "behaviors"]);

export const isObject = (value: unknown): value is CardJson =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const isTwo = (card: CardJson): boolean => card.schema === "2.0";

/** The elements at the top of the card. */
export function rootElements(card: CardJson): readonly unknown[] {
  const body = isTwo(card) ? card.body : card;
  const elements = isObject(body) ? body.elements : undefined;
  return Array.isArray(elements) ? elements : [];
}

function* nodesBelow(value: unknown, within: readonly string[]): Generator<CardNode> {
  if (Array.isArray(value)) {
    for (const item of value) yield* nodesBelow(item, within);
    return;
  }
  if (!isObject(value)) return;
  let inside = within;
  if (typeof value.tag === "string") {
    yield { tag: value.tag, element: value, depth: within.length, within };
    if (CONTAINER_TAGS.has(value.tag)) inside = [...within, value.tag];
  }
  for (const [key, child] of Object.entries(value)) {
    if (!OPAQUE_KEYS.has(key)) yield* nodesBelow(child, inside);
  }
}

/** All nodes of the body, then those of the header. */
export function* cardNodes(card: CardJson): Generator<CardNode> {
  yield* nodesBelow(rootElements(card), []);
  yield* nodesBelow(card.header, []);
}

/** How many tables a markdown text draws: a header row with a rule of dashes under it, outside of code fences. */
export function markdownTables(text: string): number {
  let fence: string | undefined;
  let count = 0;
  let before = "";
  for (const line of text.split("\n")) {
    const mark = /^\s*(```+|~~~+)/.exec(line)?.[1];
    if (mark !== undefined) {
      if (fence === undefined) fence = mark;
      else if (mark[0] === fence[0] && mark.length >= fence.length) fence = undefined;
    } else if (
      fence === undefined &&
      before.includes("|") &&
      /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/.test(line)
    ) {
      if (line.includes("|")) count += 1;
    }
    before = line;
  }
  return count;
}
