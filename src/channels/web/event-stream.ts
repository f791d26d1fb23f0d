// A session's events as server-sent events. The browser pulls: nothing is read from the ledger that it has not room for. When
// it goes away the stream is cancelled and its listener with it; nothing is ever written to a closed stream, and a stream that
// nobody ever reads (the answer to a HEAD request) has no listener.

import type { Live } from "../../core/live.ts";
import type { SessionKey } from "../../core/message.ts";
import type { EventReader, WireEvent } from "./event-reader.ts";

const KEEP_ALIVE_MS = 15_000;

export interface EventStreamParts {
  readonly reader: EventReader;
  readonly session: SessionKey;
  readonly live: Live;
  readonly after: (delayMs: number, call: () => void) => () => void;
  /** Aborts when the server leaves. */
  readonly leaving: AbortSignal;
  /** The ledger could not be read; the stream ends, and the browser comes back with the last id it has. */
  readonly onFailure: (error: unknown) => void;
}

export function createEventStream({
  reader,
  session,
  live,
  after,
  leaving,
  onFailure,
}: EventStreamParts): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let ring = (): void => {};
  let isRung = true;
  let isOver = false;
  let isCancelled = false;
  let unwatch: (() => void) | undefined;
  const watch = (): void => {
    leaving.addEventListener("abort", end);
    unwatch = live.watch(session, () => {
      isRung = true;
      ring();
    });
  };
  const end = (): void => {
    isOver = true;
    unwatch?.();
    leaving.removeEventListener("abort", end);
    ring();
  };

  /** Resolves with true when something may be new, with false when it is time for a sign of life. */
  const bell = (): Promise<boolean> =>
    new Promise((resolve) => {
      if (isRung || isOver) {
        resolve(true);
        return;
      }
      const cancel = after(KEEP_ALIVE_MS, () => resolve(false));
      ring = () => {
        cancel();
        resolve(true);
      };
    });

  async function next(): Promise<string | undefined> {
    for (;;) {
      const isNew = await bell();
      ring = () => {};
      if (isOver) return undefined;
      if (!isNew) return ": still here\n\n";
      isRung = false;
      const events = await reader.read();
      // There may be more than one read's worth.
      if (events.length > 0) isRung = true;
      if (isOver) return undefined;
      if (events.length > 0) return events.map(toText).join("");
    }
  }

  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => controller.enqueue(encoder.encode("retry: 1000\n\n")),
      pull: async (controller) => {
        if (!unwatch) watch();
        const text = await next().catch((error: unknown) => {
          end();
          onFailure(error);
          return undefined;
        });
        if (isCancelled) return;
        if (text === undefined) controller.close();
        else controller.enqueue(encoder.encode(text));
      },
      cancel: () => {
        isCancelled = true;
        end();
      },
    },
    { highWaterMark: 1 },
  );
}

const toText = ({ id, type, fields }: WireEvent): string =>
  `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(fields)}\n\n`;
