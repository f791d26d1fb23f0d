// Changes of a card's JSON, each giving a new card: settings, elements added, replaced, changed or taken out.

import type { CardJson } from "../world/world-records.ts";
import { isObject, isTwo } from "./card-walk.ts";

/** What an element becomes: a list takes its place, an empty one removes it. */
type Rewrite = (element: CardJson) => readonly unknown[];

/** Rewrites the element with this id wherever it lies; `found` tells whether there was one. */
export function rewriteElement(
  card: CardJson,
  elementId: string,
  rewrite: Rewrite,
): { readonly card: CardJson; readonly found: boolean } {
  let found = false;
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) {
      return value.flatMap((item) => {
        if (!isObject(item) || item.element_id !== elementId) return [visit(item)];
        found = true;
        return rewrite(item);
      });
    }
    if (!isObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, child]) => {
        if (isObject(child) && child.element_id === elementId) {
          found = true;
          return [key, rewrite(child)[0]];
        }
        return [key, visit(child)];
      }),
    );
  };
  const rewritten = visit(card);
  return { card: isObject(rewritten) ? rewritten : card, found };
}

export function appendElements(card: CardJson, elements: readonly unknown[]): CardJson {
  if (!isTwo(card) || !isObject(card.body)) return card;
  const before = Array.isArray(card.body.elements) ? card.body.elements : [];
  return { ...card, body: { ...card.body, elements: [...before, ...elements] } };
}

export function mergeSettings(card: CardJson, { config, card_link }: CardJson): CardJson {
  return {
    ...card,
    ...(isObject(config) ? { config: { ...(isObject(card.config) ? card.config : {}), ...config } } : {}),
    ...(card_link === undefined ? {} : { card_link }),
  };
}

export const isStreamingCard = ({ config }: CardJson): boolean => isObject(config) && config.streaming_mode === true;
