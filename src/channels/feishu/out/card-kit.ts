// Changes of CardKit cards. Their sequences must rise over all changes of a card, so that they are taken from the time since it
// was made: a later process goes on above an earlier one without having known it. One change of a card at a time is the caller's.

import { z } from "zod";
import type { Clock } from "../../../core/clock.ts";
import type { FeishuApi, Method } from "../feishu-api.ts";
import { FeishuFailure } from "../feishu-failure.ts";
import { uuidOf } from "./post-message.ts";

export interface KitCard {
  readonly cardId: string;
  readonly createdAt: number;
  lastSequence: number;
}

export interface CardKit {
  /** Makes a card that nobody sees yet; gives its id. */
  create(card: unknown): Promise<string>;
  /** Text that is typed on. Skipped rather than waited for when the card is changed too often. */
  stream(card: KitCard, element: string, text: string, signal: AbortSignal): Promise<void>;
  setStreaming(card: KitCard, isOn: boolean, summary?: string): Promise<void>;
  /** Any card may become any other; works without streaming too. */
  replace(card: KitCard, face: unknown, signal?: AbortSignal): Promise<void>;
}

const SEQUENCE_TOO_LOW = 300317;
const UUID_USED = 200770;
/** Of a change whose answer was lost: it was made. */
const MADE_BEFORE: ReadonlySet<number> = new Set([SEQUENCE_TOO_LOW, UUID_USED]);
const TRIES_MAX = 3;
/** Beyond what a clock that was set back can have lost. */
const SEQUENCE_LEAP = 10_000_000;
/** An int32 of these is longer than a card lives. */
const TICK_MS = 10;
const FRAME_TIMEOUT_MS = 5_000;

const createdShape = z.looseObject({ card_id: z.string() });

interface Change {
  readonly method: Method;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly isPassing?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export function createCardKit(api: FeishuApi, clock: Clock): CardKit {
  function nextSequence(card: KitCard): number {
    const byTime = 1 + Math.floor(Math.max(0, clock.now() - card.createdAt) / TICK_MS);
    card.lastSequence = Math.max(card.lastSequence + 1, byTime);
    return card.lastSequence;
  }

  async function change(card: KitCard, { method, path, body, isPassing = false, signal }: Change): Promise<void> {
    let sequence = nextSequence(card);
    let isAnswerLost = false;
    for (let tries = 1; ; tries += 1) {
      try {
        await api.call(method, `/cardkit/v1/cards/${card.cardId}${path}`, {
          body: { ...body, sequence, uuid: uuidOf(card.cardId, sequence) },
          lane: `card:${card.cardId}`,
          isPassing,
          ...(isPassing ? { timeoutMs: FRAME_TIMEOUT_MS } : {}),
          ...(signal ? { signal } : {}),
        });
        return;
      } catch (error) {
        if (!(error instanceof FeishuFailure)) throw error;
        if (isAnswerLost && error.is(MADE_BEFORE)) return;
        if (tries >= TRIES_MAX || signal?.aborted) throw error;
        if (error.code === SEQUENCE_TOO_LOW) {
          card.lastSequence += SEQUENCE_LEAP;
          sequence = nextSequence(card);
        } else if (error.kind === "uncertain" && !isPassing) isAnswerLost = true;
        else throw error;
      }
    }
  }

  return {
    create: async (card) => {
      const body = { type: "card_json", data: JSON.stringify(card) };
      return createdShape.parse(await api.call("POST", "/cardkit/v1/cards", { body })).card_id;
    },
    stream: (card, element, text, signal) =>
      change(card, {
        ...{ method: "PUT", path: `/elements/${element}/content`, body: { content: text }, isPassing: true, signal },
      }),
    setStreaming: (card, isOn, summary) => {
      const config = { streaming_mode: isOn, ...(summary === undefined ? {} : { summary: { content: summary } }) };
      return change(card, { method: "PATCH", path: "/settings", body: { settings: JSON.stringify({ config }) } });
    },
    replace: (card, face, signal) =>
      change(card, {
        ...{ method: "PUT", path: "", body: { card: { type: "card_json", data: JSON.stringify(face) } }, signal },
      }),
  };
}
