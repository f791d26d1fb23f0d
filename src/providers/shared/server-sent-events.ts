// The body of a streaming answer as messages. Knows the wire format only, not what a vendor says in it.

import { createParser } from "eventsource-parser";
import { AppError } from "../../core/errors.ts";

/** Bounds one message that never ends; the longest real ones are whole tool calls and whole replies. */
const MESSAGE_CHARS_MAX = 16 * 1024 * 1024;

export interface ServerSentMessage {
  readonly event: string | undefined;
  /** Empty for a comment: the server keeps the line alive (DeepSeek, OpenRouter). */
  readonly data: string;
}

/** Those that came together, together: who reads is called once a packet, not once a word. */
export async function* serverSentMessages(response: Response): AsyncGenerator<readonly ServerSentMessage[]> {
  const contentType = response.headers.get("content-type") ?? "";
  if (contentType.includes("text/html")) {
    throw new AppError("provider-bad-reply", "a web page came instead of a stream; is the base URL right?");
  }
  if (!response.body) throw new AppError("provider-stream-broken", "the answer has no body");
  // A gateway that does not stream answers with one JSON document: the same as a stream of one message.
  if (contentType.includes("application/json")) yield [{ event: undefined, data: await wholeText(response.body) }];
  else yield* parsedMessages(response.body);
}

async function* parsedMessages(body: ReadableStream<Uint8Array>): AsyncGenerator<readonly ServerSentMessage[]> {
  let arrived: ServerSentMessage[] = [];
  const parser = createParser({
    maxBufferSize: MESSAGE_CHARS_MAX,
    onEvent: ({ event, data }) => arrived.push({ event, data }),
    onComment: () => arrived.push({ event: undefined, data: "" }),
    onError: (error) => {
      if (error.type === "max-buffer-size-exceeded") throw tooLong();
    },
  });
  const decoder = new TextDecoder();
  for await (const bytes of body) {
    parser.feed(decoder.decode(bytes, { stream: true }));
    if (arrived.length > 0) yield arrived;
    arrived = [];
  }
  // Some servers leave out the blank line after their last message.
  parser.feed(`${decoder.decode()}\n\n`);
  if (arrived.length > 0) yield arrived;
}

async function wholeText(body: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let whole = "";
  for await (const bytes of body) {
    whole += decoder.decode(bytes, { stream: true });
    if (whole.length > MESSAGE_CHARS_MAX) throw tooLong();
  }
  return whole + decoder.decode();
}

const tooLong = (): AppError => new AppError("provider-bad-reply", `a message of the stream has no end`);
