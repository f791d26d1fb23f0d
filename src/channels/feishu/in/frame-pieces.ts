// Large events come in several frames: joins them, whatever the platform says about how many there are.

import type { Clock } from "../../../core/clock.ts";
import { type Frame, headerOf } from "./frames.ts";

const PIECES_MAX = 512;
const EVENT_BYTES_MAX = 16 * 1024 * 1024;
const EVENTS_MAX = 100;
const LIFE_MS = 30_000;

interface Unfinished {
  readonly sum: number;
  readonly since: number;
  readonly pieces: Map<number, Uint8Array>;
  bytes: number;
}

export interface FramePieces {
  /** The whole payload with its last piece; undefined until then. Throws on pieces that cannot be joined. */
  add(frame: Frame): Uint8Array | undefined;
}

export function createFramePieces(clock: Pick<Clock, "now">): FramePieces {
  const unfinished = new Map<string, Unfinished>();

  function forget(): void {
    for (const [id, { since }] of unfinished)
      if (unfinished.size >= EVENTS_MAX || clock.now() - since > LIFE_MS) unfinished.delete(id);
  }

  return {
    add: (frame) => {
      const sum = Number(headerOf(frame, "sum") ?? 1);
      const place = Number(headerOf(frame, "seq") ?? 0);
      const payload = frame.payload ?? new Uint8Array();
      if (!Number.isInteger(sum) || sum < 1 || sum > PIECES_MAX) throw new Error(`an event in ${sum} pieces`);
      if (!Number.isInteger(place) || place < 0 || place >= sum) throw new Error(`piece ${place} of ${sum}`);
      if (sum === 1) return payload;
      const id = headerOf(frame, "message_id") ?? "";
      if (!unfinished.has(id)) forget();
      const event = unfinished.get(id) ?? { sum, since: clock.now(), pieces: new Map<number, Uint8Array>(), bytes: 0 };
      unfinished.set(id, event);
      event.bytes += payload.length - (event.pieces.get(place)?.length ?? 0);
      if (event.sum !== sum || event.bytes > EVENT_BYTES_MAX) {
        unfinished.delete(id);
        throw new Error(event.sum === sum ? "an event that is too large" : "pieces that do not belong together");
      }
      event.pieces.set(place, payload);
      if (event.pieces.size < sum) return undefined;
      unfinished.delete(id);
      return Buffer.concat([...Array(sum).keys()].map((at) => event.pieces.get(at) ?? new Uint8Array()));
    },
  };
}
