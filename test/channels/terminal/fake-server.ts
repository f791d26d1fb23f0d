// The session API as the terminal client sees it, in this process: numbered events, streams that can break, messages with
// their idempotency keys. A test says what happens to a message; nothing happens by itself.

import type { WireEvent } from "../../../src/channels/terminal/wire-event.ts";

interface Posted {
  readonly session: string;
  readonly text: string;
  readonly key: string;
  readonly headers: Headers;
}

type Hindrance = "no answer" | "answer lost" | readonly [status: number, body: unknown];
type Send = (text: string) => void;

/** Lets everything happen that needs no time. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

export class FakeServer {
  readonly posts: Posted[] = [];
  readonly cancelled: string[] = [];
  /** The queries and Last-Event-IDs of the streams that were asked for. */
  readonly streams: { readonly query: string; readonly lastId: string | null }[] = [];
  /** What becomes of the next requests; then all goes well. */
  readonly hindrances: Hindrance[] = [];
  readonly #events: { readonly id: number; readonly event: WireEvent }[] = [];
  readonly #open = new Map<Send, () => void>();
  readonly #receipts = new Map<string, Record<string, unknown>>();
  #waiting: string[] = [];

  fetch = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    const [, api, kind, id, action] = url.pathname.split("/");
    if (api !== "api" || id === undefined) return Response.json({ error: "there is nothing here" }, { status: 404 });
    if (kind === "tasks") {
      this.cancelled.push(id);
      return Response.json({ result: "asked" }, { status: 202 });
    }
    const hindrance = this.hindrances.shift();
    if (hindrance === "no answer") throw new TypeError("fetch failed");
    if (typeof hindrance === "object") return Response.json(hindrance[1], { status: hindrance[0] });
    if (action === "events") return this.#stream(request, url);
    const answer = await this.#accept(id, request);
    if (hindrance === "answer lost") throw new TypeError("connection reset");
    return answer;
  };

  /** Tells an event to all who listen, and to those who come later. */
  tell(...events: readonly WireEvent[]): void {
    for (const event of events) {
      const id = this.#events.length + 1;
      this.#events.push({ id, event });
      for (const send of [...this.#open.keys()]) send(asText(id, event));
    }
  }

  /** The whole life of a message's task: begun, answered in pieces, done. */
  answer(messageId: string, ...pieces: readonly string[]): void {
    this.begin(messageId);
    const taskId = taskOf(messageId);
    for (const text of pieces) this.tell({ type: "text_delta", taskId, text });
    this.tell({ type: "text_end", taskId });
    this.end(messageId, "done", pieces.join(""));
  }

  begin(messageId: string, attempt = 1): void {
    this.tell({ type: "execution_start", taskId: taskOf(messageId), messageIds: [messageId], attempt });
  }

  end(messageId: string, state: "done" | "failed" | "cancelled", text: string, error?: string): void {
    this.#waiting = this.#waiting.filter((waiting) => waiting !== messageId);
    this.tell({
      type: "execution_complete",
      taskId: taskOf(messageId),
      messageIds: [messageId],
      state,
      cancelled: state === "cancelled",
      text,
      ...(error === undefined ? {} : { error }),
    });
  }

  /** Says something that is no event. */
  mutter(text: string): void {
    for (const send of this.#open.keys()) send(text);
  }

  /** All streams end, as when the server restarts. */
  breakStreams(): void {
    for (const close of [...this.#open.values()]) close();
  }

  get listeners(): number {
    return this.#open.size;
  }

  async #accept(session: string, request: Request): Promise<Response> {
    const { text, id: key } = (await request.json()) as { readonly text: string; readonly id: string };
    this.posts.push({ session, text, key, headers: request.headers });
    const known = this.#receipts.get(key);
    if (known) return Response.json({ ...known, status: "duplicate" }, { status: 202 });
    const seq = this.#receipts.size + 1;
    const id = `m${seq}`;
    const isCommand = text.startsWith("/");
    const taskId = isCommand ? "" : taskOf(id);
    const position = this.#waiting.length;
    const receipt = { id, taskId, seq, position, status: isCommand ? "answered" : "accepted", text: "command" };
    this.#receipts.set(key, receipt);
    if (!isCommand) this.#waiting.push(id);
    const senderId = "terminal:local";
    this.tell({ type: "message_accepted", messageId: id, taskId, seq, sender: "local", senderId, text, position });
    if (isCommand)
      this.tell({ type: "message_closed", messageId: id, disposition: "answered", text: `answer to ${text}` });
    return Response.json(receipt, { status: 202 });
  }

  #stream(request: Request, url: URL): Response {
    const lastId = request.headers.get("last-event-id");
    this.streams.push({ query: url.search, lastId });
    const after = lastId ?? url.searchParams.get("after") ?? "0";
    const from = after === "now" ? this.#events.length : Number(after);
    const encoder = new TextEncoder();
    let leave = (): void => {};
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        const send: Send = (text) => controller.enqueue(encoder.encode(text));
        leave = () => void this.#open.delete(send);
        this.#open.set(send, () => {
          leave();
          controller.close();
        });
        send("retry: 1000\n\n");
        for (const { id, event } of this.#events.slice(from)) send(asText(id, event));
      },
      cancel: () => leave(),
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }
}

export const taskOf = (messageId: string): string => messageId.replace("m", "t");

const asText = (id: number, { type, ...fields }: WireEvent): string =>
  `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify({ ...fields, at: 0 })}\n\n`;
