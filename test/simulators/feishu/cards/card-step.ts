// What every change of a CardKit card passes: whose card, which sequence, which uuid, is a click pending, is the result valid.

import { z } from "zod";
import { ApiRefusal, CardFault, fieldRefusal } from "../api/api-error.ts";
import { cardSurroundings } from "../api/message-content.ts";
import { type ApiRequest, pathOf } from "../api/operation.ts";
import { breach, type Platform } from "../platform.ts";
import * as limits from "../platform-limits.ts";
import type { CardEntity, CardJson } from "../world/world-records.ts";
import { isStreamingCard } from "./card-changes.ts";
import { checkCard, TOO_MANY } from "./card-validation.ts";

export const CARD_CODES = {
  tooLarge: 200860,
  /** Said once, when streaming has ended by time. */
  streamingExpired: 200850,
  streamingClosed: 300309,
  sequence: 300317,
  uuidReused: 200770,
  clickPending: 200810,
  elementMissing: 300313,
  tooManyElements: 300305,
  /** Assumed: the facts name no code for an unknown or expired card. */
  unknownCard: 200740,
} as const;

export const stepShape = z.object({
  sequence: z.number(),
  uuid: z.string().min(1).max(limits.CARD_UUID_CHARS_MAX).optional(),
});

export function entityOf(request: ApiRequest, { world, clock }: Platform): CardEntity {
  const entity = world.cards.get(pathOf(request, "card_id"));
  if (!entity || clock.now() - entity.createTime > limits.CARD_LIFE_MS) {
    throw new ApiRefusal(CARD_CODES.unknownCard, "The card id is invalid or expired.");
  }
  return entity;
}

/** Checks the step, makes the change, checks the card it gives; only then the sequence counts as used. */
export function takeStep(
  entity: CardEntity,
  { sequence, uuid }: z.infer<typeof stepShape>,
  platform: Platform,
  change: (card: CardJson) => CardJson,
): void {
  const { clock, rules, rates, world } = platform;
  if (rules.rateLimits) rates.countCardOperation(entity.cardId);
  if (!Number.isInteger(sequence) || sequence < 1 || sequence > limits.SEQUENCE_MAX) {
    throw fieldRefusal("sequence", "must be an int32 above 0");
  }
  if (uuid !== undefined && entity.uuids.has(uuid))
    throw new ApiRefusal(CARD_CODES.uuidReused, "The uuid was used before.");
  if (sequence <= entity.lastSequence) {
    breach(platform, "sequence", `card ${entity.cardId}: ${sequence} after ${entity.lastSequence}`);
    throw new ApiRefusal(CARD_CODES.sequence, "ErrMsg: sequence number compare failed; ");
  }
  const pending = entity.sentAs === undefined ? 0 : (world.message(entity.sentAs)?.pendingClicks ?? 0);
  if (pending > 0) throw new ApiRefusal(CARD_CODES.clickPending, "A click on the card is being answered.");

  const wasStreaming = isStreamingCard(entity.card);
  const card = change(entity.card);
  checkEntityCard(card, platform);
  entity.card = card;
  entity.lastSequence = sequence;
  if (uuid !== undefined) entity.uuids.add(uuid);
  setStreaming(entity, isStreamingCard(card), wasStreaming, clock.now());
  world.changed();
}

/** Switched on again it runs for another ten minutes. */
export function setStreaming(entity: CardEntity, isOn: boolean, wasOn: boolean, now: number, isSaidAnew = false): void {
  if (!isOn) entity.streamingSince = undefined;
  else if (!wasOn || isSaidAnew || entity.streamingSince === undefined) entity.streamingSince = now;
  if (!isOn || isSaidAnew) entity.isExpiryTold = false;
}

/** Streaming text needs streaming mode: refused once with the news, then for good. */
export function checkStreaming(entity: CardEntity, { clock }: Platform): void {
  const { streamingSince } = entity;
  if (streamingSince === undefined)
    throw new ApiRefusal(CARD_CODES.streamingClosed, "ErrMsg: streaming mode is closed; ");
  if (clock.now() - streamingSince < limits.STREAMING_MS_MAX) return;
  if (entity.isExpiryTold) throw new ApiRefusal(CARD_CODES.streamingClosed, "ErrMsg: streaming mode is closed; ");
  entity.isExpiryTold = true;
  throw new ApiRefusal(CARD_CODES.streamingExpired, "ErrMsg: streaming mode timed out; ");
}

/** CardKit answers a card's faults bare, but for tables, which come in the IM API's envelope. */
export function checkEntityCard(card: CardJson, platform: Platform): void {
  if (card.schema !== "2.0") throw new ApiRefusal(200621, "only cards of schema 2.0 are supported");
  const { config } = card;
  if (typeof config === "object" && config !== null && "update_multi" in config && config.update_multi === false) {
    throw new ApiRefusal(200621, "update_multi can not be false");
  }
  if (Buffer.byteLength(JSON.stringify(card)) > platform.rules.richBytesMax) {
    throw new ApiRefusal(CARD_CODES.tooLarge, "ErrMsg: card content size over limit; ");
  }
  try {
    checkCard(card, cardSurroundings(platform));
  } catch (error) {
    if (!(error instanceof CardFault)) throw error;
    if (error.code === TOO_MANY && error.message.includes("table")) throw error.toEnvelope();
    throw new ApiRefusal(
      error.code === TOO_MANY ? CARD_CODES.tooManyElements : error.code,
      `ErrMsg: ${error.message}; `,
    );
  }
}
