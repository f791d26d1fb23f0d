// CardKit: single elements, and the text that is streamed into one.

import { z } from "zod";
import { ApiRefusal, fieldRefusal } from "../api/api-error.ts";
import { type ApiAnswer, type ApiRequest, answer, type Operation, pathOf, readBody } from "../api/operation.ts";
import { CARDKIT } from "../api/scopes.ts";
import type { Platform } from "../platform.ts";
import { STREAM_TEXT_CHARS_MAX } from "../platform-limits.ts";
import type { CardJson } from "../world/world-records.ts";
import { parseInner } from "./card-api.ts";
import { changeElements, rewrite } from "./card-elements.ts";
import { checkStreaming, entityOf, stepShape, takeStep } from "./card-step.ts";

const STREAMABLE: ReadonlySet<unknown> = new Set(["markdown", "plain_text", "lark_md"]);

const contentShape = stepShape.extend({ content: z.string().min(1).max(STREAM_TEXT_CHARS_MAX) });
const addShape = stepShape.extend({
  type: z.string(),
  target_element_id: z.string().optional(),
  elements: z.string().min(1),
});
const replaceShape = stepShape.extend({ element: z.string().min(1) });
const changeShape = stepShape.extend({ partial_element: z.string().min(1) });

function content(request: ApiRequest, platform: Platform): ApiAnswer {
  const body = readBody(contentShape, request.body);
  const entity = entityOf(request, platform);
  const elementId = pathOf(request, "element_id");
  takeStep(entity, body, platform, (card) => {
    checkStreaming(entity, platform);
    return rewrite(card, elementId, (element) => {
      // A div is streamed through the text inside of it.
      if (!STREAMABLE.has(element.tag)) throw new ApiRefusal(200621, "the element shows no text");
      return [{ ...element, content: body.content }];
    });
  });
  entity.streamed.push({ elementId, content: body.content, at: platform.clock.now() });
  return answer({});
}

function add(request: ApiRequest, platform: Platform): ApiAnswer {
  const { elements, ...body } = readBody(addShape, request.body);
  return change(request, platform, body, (card) =>
    changeElements(card, "add", {
      type: body.type,
      target_element_id: body.target_element_id,
      elements: listOf(elements),
    }),
  );
}

function replace(request: ApiRequest, platform: Platform): ApiAnswer {
  const body = readBody(replaceShape, request.body);
  const element = parseInner(body.element);
  return change(request, platform, body, (card) =>
    changeElements(card, "replace", { element_id: pathOf(request, "element_id"), element }),
  );
}

function patch(request: ApiRequest, platform: Platform): ApiAnswer {
  const body = readBody(changeShape, request.body);
  const part = parseInner(body.partial_element);
  return change(request, platform, body, (card) =>
    changeElements(card, "change", { element_id: pathOf(request, "element_id"), partial_element: part }),
  );
}

function remove(request: ApiRequest, platform: Platform): ApiAnswer {
  const body = readBody(stepShape, request.body);
  return change(request, platform, body, (card) =>
    changeElements(card, "delete", { element_ids: [pathOf(request, "element_id")] }),
  );
}

function change(
  request: ApiRequest,
  platform: Platform,
  step: z.infer<typeof stepShape>,
  how: (card: CardJson) => CardJson,
): ApiAnswer {
  takeStep(entityOf(request, platform), step, platform, how);
  return answer({});
}

function listOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw fieldRefusal("elements", "is not JSON");
  }
}

const SCOPES = [CARDKIT];
const ELEMENTS = "/open-apis/cardkit/v1/cards/:card_id/elements";

export const cardElementOperations: readonly Operation[] = [
  {
    name: "element.content",
    method: "PUT",
    address: `${ELEMENTS}/:element_id/content`,
    scopes: SCOPES,
    handle: content,
  },
  { name: "element.create", method: "POST", address: ELEMENTS, scopes: SCOPES, handle: add },
  { name: "element.update", method: "PUT", address: `${ELEMENTS}/:element_id`, scopes: SCOPES, handle: replace },
  { name: "element.patch", method: "PATCH", address: `${ELEMENTS}/:element_id`, scopes: SCOPES, handle: patch },
  { name: "element.delete", method: "DELETE", address: `${ELEMENTS}/:element_id`, scopes: SCOPES, handle: remove },
];
