// The fields of server-sent events, read from a body. Silence for longer than the server ever keeps it is a broken line.

import { createParser } from "eventsource-parser";
import type { Clock } from "../../core/clock.ts";
import { limitSilence } from "../../lib/abort.ts";

export interface EventFields {
  readonly id: string | undefined;
  /** Absent for an id that stands alone: it tells where the stream is before anything happened. */
  readonly type: string | undefined;
  readonly json: string;
}

export const SILENCE_MS_MAX = 45_000;
/** The longest event: an answer is a few hundred kilobytes at most. */
const EVENT_CHARS_MAX = 16_000_000;

export async function* readEventFields(
  body: ReadableStream<Uint8Array>,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<EventFields> {
  const found: EventFields[] = [];
  const parser = createParser({
    maxBufferSize: EVENT_CHARS_MAX,
    onEvent: ({ id, event, data }) => found.push({ id, type: event, json: data }),
    onId: (id) => found.push({ id, type: undefined, json: "" }),
  });
  const decoder = new TextDecoder();
  const chunks = limitSilence(chunksOf(body, signal), {
    timers: clock,
    firstMs: SILENCE_MS_MAX,
    idleMs: SILENCE_MS_MAX,
    signal,
    timeout: () => new Error("the server has been silent for too long"),
  });
  for await (const chunk of chunks) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    yield* found.splice(0);
  }
}

/** Leaves the body as soon as the signal aborts, also while a read hangs. */
async function* chunksOf(body: ReadableStream<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  const leave = (): void => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", leave, { once: true });
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    signal.removeEventListener("abort", leave);
    leave();
  }
}
