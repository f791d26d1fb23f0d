// A chat-completions server of zero delay, unless it is told to think. It lives in the bench's own process: with two cores a third busy
// process would take turns with the server that is measured. What it takes for a reply is measured and taken off where a number says so.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate } from "node:timers/promises";
import { latestMessage, nowMs, REPLY_PIECES } from "./protocol.ts";

export interface Answered {
  readonly at: number;
  readonly doneAt: number;
}

export class FakeModelServer implements AsyncDisposable {
  /** By the number of the message that was asked about. */
  readonly answered = new Map<number, Answered>();
  /** A server that keeps its connections needs few; with a real vendor each costs several round trips. */
  connections = 0;
  baseUrl = "";
  /** Before it says anything. */
  thinksMs = 0;
  readonly #server = createServer((request, response) => this.#answer(request, response));

  private constructor() {
    this.#server.on("connection", () => {
      this.connections += 1;
    });
  }

  static async open(): Promise<FakeModelServer> {
    const model = new FakeModelServer();
    await new Promise<void>((resolve) => model.#server.listen(0, "127.0.0.1", resolve));
    const { port } = model.#server.address() as AddressInfo;
    model.baseUrl = `http://127.0.0.1:${port}/v1`;
    return model;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const at = nowMs();
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("error", () => {});
    request.on("end", () => {
      const message = latestMessage(Buffer.concat(pieces).toString("utf8"));
      void this.#think()
        .then(() => writeReply(response))
        .then(() => this.answered.set(message, { at, doneAt: nowMs() }));
    });
  }

  async #think(): Promise<void> {
    if (this.thinksMs > 0) await new Promise((resolve) => setTimeout(resolve, this.thinksMs));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const FRAME = { id: "chatcmpl-bench", object: "chat.completion.chunk", created: 1_790_000_000, model: "bench" };

const chunk = (choices: readonly unknown[], rest: object = {}): string =>
  `data: ${JSON.stringify({ ...FRAME, choices, ...rest })}\n\n`;

const delta = (change: object, finishReason: string | null = null): string =>
  chunk([{ index: 0, delta: change, logprobs: null, finish_reason: finishReason }]);

/** The bytes api.openai.com would send for this reply: what comes first, the text, the end. */
const STREAM = [
  delta({ role: "assistant", content: "", refusal: null }),
  REPLY_PIECES.map((content) => delta({ content })).join(""),
  [
    delta({}, "stop"),
    chunk([], { usage: { prompt_tokens: 320, completion_tokens: REPLY_PIECES.length, total_tokens: 320 } }),
    "data: [DONE]\n\n",
  ].join(""),
].map((text) => Buffer.from(text));

/** In several packets: a reply that comes in one tells nothing about how the end of a stream is handled. */
async function writeReply(response: ServerResponse): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
  for (const bytes of STREAM) {
    response.write(bytes);
    await setImmediate();
  }
  response.end();
}
