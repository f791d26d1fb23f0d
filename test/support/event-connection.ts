// A connection to an event stream, read at the pace of the test.

import { createParser } from "eventsource-parser";

export interface ReceivedEvent {
  readonly id: number;
  readonly type: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export class EventConnection {
  readonly events: ReceivedEvent[] = [];
  /** Comment lines: the server's signs of life. */
  readonly comments: string[] = [];
  isEnded = false;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  readonly #parser = createParser({
    onEvent: ({ id, event, data }) => {
      this.events.push({ id: Number(id), type: event ?? "", fields: JSON.parse(data) as Record<string, unknown> });
    },
    onComment: (comment) => this.comments.push(comment),
  });

  constructor(response: Response) {
    if (response.status !== 200 || !response.body) throw new Error(`no event stream, but status ${response.status}`);
    this.#reader = response.body.getReader();
  }

  get types(): readonly string[] {
    return this.events.map(({ type }) => type);
  }

  /** One chunk; false at the end of the stream. */
  async read(): Promise<boolean> {
    const { done, value } = await this.#reader.read();
    if (done) this.isEnded = true;
    else this.#parser.feed(this.#decoder.decode(value, { stream: true }));
    return !done;
  }

  /** Reads until an event of this type came, or the stream ended. */
  async readUntil(type: string, count = 1): Promise<void> {
    while (this.events.filter((event) => event.type === type).length < count) if (!(await this.read())) return;
  }

  async readToEnd(): Promise<void> {
    while (await this.read());
  }

  leave(): Promise<void> {
    return this.#reader.cancel();
  }
}
