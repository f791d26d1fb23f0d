// CardKit: whole cards - made, set, replaced, changed in a batch.

import { z } from "zod";
import { ApiRefusal, CardFault, fieldRefusal } from "../api/api-error.ts";
import { type ApiAnswer, type ApiRequest, answer, type Operation, readBody } from "../api/operation.ts";
import { CARDKIT } from "../api/scopes.ts";
import type { Platform } from "../platform.ts";
import type { CardEntity, CardJson } from "../world/world-records.ts";
import { isStreamingCard, mergeSettings } from "./card-changes.ts";
import { changeElements } from "./card-elements.ts";
import { checkEntityCard, entityOf, setStreaming, stepShape, takeStep } from "./card-step.ts";
import { parseCard } from "./card-validation.ts";
import { isObject } from "./card-walk.ts";

const createShape = z.object({ type: z.literal("card_json"), data: z.string().min(1) });
const settingsShape = stepShape.extend({ settings: z.string().min(1) });
const updateShape = stepShape.extend({ card: z.object({ type: z.literal("card_json"), data: z.string().min(1) }) });
const batchShape = stepShape.extend({ actions: z.string().min(1) });
const actionsShape = z.array(z.object({ action: z.string(), params: z.record(z.string(), z.unknown()) })).min(1);

/** JSON in a string, as CardKit wants everything; its faults come bare. */
export function parseInner(text: string): CardJson {
  try {
    return parseCard(text);
  } catch (error) {
    if (error instanceof CardFault) throw new ApiRefusal(error.code, error.message);
    throw error;
  }
}

function create(request: ApiRequest, platform: Platform): ApiAnswer {
  const card = parseInner(readBody(createShape, request.body).data);
  checkEntityCard(card, platform);
  const { world, ids, clock } = platform;
  const now = clock.now();
  const entity: CardEntity = {
    cardId: ids.cardId(),
    createTime: now,
    card,
    streamingSince: isStreamingCard(card) ? now : undefined,
    isExpiryTold: false,
    lastSequence: 0,
    uuids: new Set(),
    sentAs: undefined,
    streamed: [],
  };
  world.cards.set(entity.cardId, entity);
  world.changed();
  return answer({ card_id: entity.cardId });
}

function settings(request: ApiRequest, platform: Platform): ApiAnswer {
  const body = readBody(settingsShape, request.body);
  const entity = entityOf(request, platform);
  const wanted = parseInner(body.settings);
  takeStep(entity, body, platform, (card) => mergeSettings(card, wanted));
  tellStreaming(entity, wanted, platform);
  return answer({});
}

/** Saying `streaming_mode: true` again gives it another ten minutes. */
function tellStreaming(entity: CardEntity, wanted: CardJson, { clock }: Platform): void {
  if (isStreamingCard(wanted)) setStreaming(entity, true, true, clock.now(), true);
}

function update(request: ApiRequest, platform: Platform): ApiAnswer {
  const body = readBody(updateShape, request.body);
  const entity = entityOf(request, platform);
  const card = parseInner(body.card.data);
  takeStep(entity, body, platform, () => card);
  return answer({});
}

function batchUpdate(request: ApiRequest, platform: Platform): ApiAnswer {
  const body = readBody(batchShape, request.body);
  const entity = entityOf(request, platform);
  const actions = readBody(actionsShape, quietJson(body.actions));
  takeStep(entity, body, platform, (card) =>
    actions.reduce((before, one) => act(before, one.action, one.params), card),
  );
  for (const { action, params } of actions) {
    if (action === "partial_update_setting" && isObject(params.settings))
      tellStreaming(entity, params.settings, platform);
  }
  return answer({});
}

function act(card: CardJson, action: string, params: CardJson): CardJson {
  switch (action) {
    case "partial_update_setting":
      return mergeSettings(card, isObject(params.settings) ? params.settings : {});
    case "add_elements":
      return changeElements(card, "add", params);
    case "delete_elements":
      return changeElements(card, "delete", params);
    case "update_element":
      return changeElements(card, "replace", params);
    case "partial_update_element":
      return changeElements(card, "change", params);
    default:
      throw fieldRefusal("actions", `unknown action ${action}`);
  }
}

function quietJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const SCOPES = [CARDKIT];
const ADDRESS = "/open-apis/cardkit/v1/cards";

export const cardOperations: readonly Operation[] = [
  { name: "card.create", method: "POST", address: ADDRESS, scopes: SCOPES, handle: create },
  { name: "card.settings", method: "PATCH", address: `${ADDRESS}/:card_id/settings`, scopes: SCOPES, handle: settings },
  { name: "card.update", method: "PUT", address: `${ADDRESS}/:card_id`, scopes: SCOPES, handle: update },
  {
    name: "card.batch_update",
    method: "POST",
    address: `${ADDRESS}/:card_id/batch_update`,
    scopes: SCOPES,
    handle: batchUpdate,
  },
];
