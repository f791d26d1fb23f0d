// The life of one streamed reply, the same for every vendor: ask, read, stop when told to, name what failed. Knows no
// vendor's words (a ReplyReader does) and does not retry.

import { AppError } from "../../core/errors.ts";
import type { ModelEvent, ModelReply } from "../../core/model.ts";
import { providerFailure } from "./provider-failure.ts";
import { type ServerSentMessage, serverSentMessages } from "./server-sent-events.ts";

const REPLY_CHARS_MAX = 64 * 1024 * 1024;
/** How long the tail of an answered stream is read so that its connection can be used again. */
const DRAIN_MS_MAX = 1_000;
const DRAIN_PACKETS_MAX = 32;

/** Puts one reply together from the messages of its stream. */
export interface ReplyReader {
  /** The text the message adds to the reply; empty if it adds none. Throws AppError or VendorErrorEvent. */
  take(message: ServerSentMessage): string;
  /** Enough came for a whole reply; what may still come is not needed. */
  isWhole(): boolean;
  /** The vendor said that nothing more comes. */
  isClosed(): boolean;
  /** Called once, at the end of the stream. Throws AppError if the reply is not whole or not usable. */
  finish(): ModelReply;
}

export interface StreamReplyOptions {
  readonly provider: string;
  readonly signal: AbortSignal;
  readonly secrets: readonly string[];
  open(signal: AbortSignal): Promise<Response>;
  createReader(): ReplyReader;
}

interface Life {
  readonly leaving: AbortController;
  /** Its connection is read to the end, to be used again. */
  isAnswered: boolean;
}

export function streamReply(options: StreamReplyOptions): AsyncIterable<ModelEvent> {
  return {
    [Symbol.asyncIterator]: () => {
      const life: Life = { leaving: new AbortController(), isAnswered: false };
      const events = replyEvents(options, life);
      return {
        next: () => events.next(),
        // A generator alone would hear of it only when its pending read ends, which in a hanging stream is never.
        return: () => {
          if (!life.isAnswered) life.leaving.abort();
          return events.return(undefined);
        },
      };
    },
  };
}

async function* replyEvents(options: StreamReplyOptions, life: Life): AsyncGenerator<ModelEvent> {
  const { signal } = options;
  const { leaving } = life;
  let isStreaming = false;
  try {
    signal.throwIfAborted();
    const response = await options.open(AbortSignal.any([signal, leaving.signal]));
    isStreaming = true;
    const packets = serverSentMessages(response);
    const reader = options.createReader();
    yield* readText(reader, packets, signal);
    const reply = reader.finish();
    life.isAnswered = true;
    void drain(packets, leaving);
    yield { type: "reply", reply };
  } catch (thrown) {
    throw providerFailure(thrown, { ...options, isStreaming });
  } finally {
    if (!life.isAnswered) leaving.abort();
  }
}

async function* readText(
  reader: ReplyReader,
  packets: AsyncGenerator<readonly ServerSentMessage[]>,
  signal: AbortSignal,
): AsyncGenerator<ModelEvent> {
  let chars = 0;
  while (!reader.isClosed()) {
    let text = "";
    try {
      const result = await packets.next();
      signal.throwIfAborted();
      if (result.done) return;
      for (const message of result.value) {
        if (reader.isClosed()) break;
        chars += message.data.length;
        if (chars > REPLY_CHARS_MAX)
          throw new AppError("provider-bad-reply", "the reply is far longer than any may be");
        text += reader.take(message);
      }
    } catch (thrown) {
      if (text !== "") yield { type: "text", text };
      // The reply is there, only the end of its stream is not: asking again would cost money and show text twice.
      if (reader.isWhole() && !signal.aborted) return;
      throw thrown;
    }
    yield text === "" ? { type: "alive" } : { type: "text", text };
  }
}

async function drain(packets: AsyncGenerator<readonly ServerSentMessage[]>, leaving: AbortController): Promise<void> {
  const timer = setTimeout(() => leaving.abort(), DRAIN_MS_MAX);
  timer.unref();
  try {
    for (let count = 0; count < DRAIN_PACKETS_MAX; count++) if ((await packets.next()).done) return;
    leaving.abort();
  } catch {
    // The reply is already out; how its connection ends matters to nobody.
  } finally {
    clearTimeout(timer);
  }
}
