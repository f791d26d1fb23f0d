// What our messages carry unseen, so that they are recognised later: which delivery, and which part of it, or which task's live
// answer. Slack has no idempotency key; this is ours.

import { z } from "zod";

export interface DeliveryMark {
  readonly key: string;
  /** From 1. */
  readonly part: number;
  /** 0: not known yet when it was written, since the answer was still growing. */
  readonly of: number;
  /** Of a part that went out in several plain messages. */
  readonly piece?: number | undefined;
  readonly pieces?: number | undefined;
}

const DELIVERY = "signalbox_delivery";
const LIVE = "signalbox_live";

const count = z.int().min(0);
const deliveryMetadata = z.object({
  event_type: z.literal(DELIVERY),
  event_payload: z.object({
    key: z.string(),
    part: count,
    of: count,
    piece: count.optional(),
    pieces: count.optional(),
  }),
});
const liveMetadata = z.object({ event_type: z.literal(LIVE), event_payload: z.object({ task: z.string() }) });

export const deliveryMetadataOf = (mark: DeliveryMark) => ({ event_type: DELIVERY, event_payload: { ...mark } });

export const liveMetadataOf = (task: string) => ({ event_type: LIVE, event_payload: { task } });

export const markFrom = (metadata: unknown): DeliveryMark | undefined =>
  deliveryMetadata.safeParse(metadata).data?.event_payload;

export const liveTaskFrom = (metadata: unknown): string | undefined =>
  liveMetadata.safeParse(metadata).data?.event_payload.task;

export interface Marked {
  readonly ts: string;
  readonly mark: DeliveryMark;
}

/** The messages that together are the whole delivery, in order; undefined when one is missing. */
export function wholeDelivery(messages: readonly Marked[]): readonly Marked[] | undefined {
  const last = messages.find(({ mark }) => mark.part === mark.of);
  if (!last) return undefined;
  const whole: Marked[] = [];
  for (let part = 1; part <= last.mark.of; part += 1) {
    const ofPart = messages.filter(({ mark }) => mark.part === part && (mark.of === last.mark.of || mark.of === 0));
    const [first] = ofPart;
    if (!first) return undefined;
    const { pieces } = first.mark;
    if (pieces === undefined) whole.push(first);
    else {
      const found = new Map(ofPart.map((each) => [each.mark.piece, each]));
      for (let piece = 1; piece <= pieces; piece += 1) {
        const each = found.get(piece);
        if (!each) return undefined;
        whole.push(each);
      }
    }
  }
  return whole;
}
