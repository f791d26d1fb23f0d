// Adding, deleting, replacing and changing elements of a card, as `batch_update` and the element operations ask for it.

import { z } from "zod";
import { ApiRefusal } from "../api/api-error.ts";
import { readBody } from "../api/operation.ts";
import type { CardJson } from "../world/world-records.ts";
import { appendElements, rewriteElement } from "./card-changes.ts";
import { CARD_CODES } from "./card-step.ts";

const elementShape = z.record(z.string(), z.unknown());
const addShape = z
  .object({
    type: z.enum(["insert_before", "insert_after", "append"]),
    target_element_id: z.string().optional(),
    elements: z.array(elementShape).min(1),
  })
  .refine(({ type, target_element_id: target }) => type === "append" || target !== undefined, {
    message: "target_element_id is missing",
    path: ["target_element_id"],
  });
const deleteShape = z.object({ element_ids: z.array(z.string()).min(1) });
const replaceShape = z.object({ element_id: z.string(), element: elementShape });
const changeShape = z.object({ element_id: z.string(), partial_element: elementShape });

export function changeElements(
  card: CardJson,
  how: "add" | "delete" | "replace" | "change",
  params: unknown,
): CardJson {
  switch (how) {
    case "add":
      return add(card, readBody(addShape, params));
    case "delete":
      return readBody(deleteShape, params).element_ids.reduce((before, id) => rewrite(before, id, () => []), card);
    case "replace": {
      const { element_id: id, element } = readBody(replaceShape, params);
      return rewrite(card, id, () => [element]);
    }
    case "change": {
      const { element_id: id, partial_element: part } = readBody(changeShape, params);
      if ("tag" in part) throw new ApiRefusal(200621, "the tag of an element can not change");
      return rewrite(card, id, (element) => [{ ...element, ...part }]);
    }
  }
}

function add(card: CardJson, { type, target_element_id: target, elements }: z.infer<typeof addShape>): CardJson {
  if (target === undefined) return appendElements(card, elements);
  return rewrite(card, target, (element) => {
    if (type === "insert_before") return [...elements, element];
    if (type === "insert_after") return [element, ...elements];
    const before = Array.isArray(element.elements) ? element.elements : [];
    return [{ ...element, elements: [...before, ...elements] }];
  });
}

export function rewrite(
  card: CardJson,
  elementId: string,
  change: (element: CardJson) => readonly unknown[],
): CardJson {
  const { card: rewritten, found } = rewriteElement(card, elementId, change);
  if (!found) throw new ApiRefusal(CARD_CODES.elementMissing, `ErrMsg: not find elementID: ${elementId}; `);
  return rewritten;
}
