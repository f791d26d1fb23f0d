// One conversation as a browser page holds it: messages posted, the event stream read. Over plain node:http and with as little
// parsing as can be, because what it costs is paid on the same two cores as the server that is measured.

import { Agent, get, type IncomingMessage, request } from "node:http";
import { messageText, nowMs } from "./protocol.ts";

/** One message on its way; times in milliseconds of the machine's clock. */
export interface Sample {
  readonly message: number;
  readonly postedAt: number;
  readonly acknowledgedAt: number;
  /** When `execution_complete` was read off the event stream: the answer is durable before that. */
  readonly seenAt: number;
}

const agent = new Agent({ keepAlive: true, maxSockets: 1_024, maxFreeSockets: 1_024 });
/** Event streams stay open: they must not use up the sockets of the posts. */
const streamAgent = new Agent({ keepAlive: false });
const COMPLETE = "event: execution_complete\n";

export const closeConnections = (): void => {
  agent.destroy();
  streamAgent.destroy();
};

export class SessionClient {
  readonly #url: string;
  readonly #session: string;
  /** In the order posted, which is the order they are answered in. */
  readonly #waiting: { resolve(seenAt: number): void; reject(error: Error): void }[] = [];
  #stream: IncomingMessage | undefined;
  #rest = "";

  constructor(url: string, session: string) {
    this.#url = url;
    this.#session = session;
  }

  /** Resolves when the stream is open: what happens from now on is seen. */
  open(): Promise<this> {
    return new Promise((resolve, reject) => {
      const url = `${this.#url}/api/sessions/${this.#session}/events?after=now`;
      get(url, { agent: streamAgent }, (stream) => {
        this.#stream = stream;
        stream.setEncoding("utf8");
        stream.on("data", (text: string) => {
          resolve(this);
          this.#read(text);
        });
        stream.on("error", () => {});
        stream.on("close", () => this.#fail(new Error(`the event stream of ${this.#session} ended`)));
      }).on("error", reject);
    });
  }

  #read(text: string): void {
    this.#rest += text;
    let end = this.#rest.indexOf("\n\n");
    while (end !== -1) {
      const event = this.#rest.slice(0, end);
      this.#rest = this.#rest.slice(end + 2);
      if (event.includes(COMPLETE)) this.#completed(event);
      end = this.#rest.indexOf("\n\n");
    }
  }

  #completed(event: string): void {
    const waiting = this.#waiting.shift();
    if (event.includes('"state":"done"')) waiting?.resolve(nowMs());
    else waiting?.reject(new Error(`not answered: ${event.slice(0, 500)}`));
  }

  #fail(error: Error): void {
    for (const waiting of this.#waiting.splice(0)) waiting.reject(error);
  }

  /** Posts a message and waits until its answer is complete. */
  async turn(message: number): Promise<Sample> {
    const seen = new Promise<number>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    const postedAt = nowMs();
    const [acknowledgedAt, seenAt] = await Promise.all([post(this.#url, this.#session, message), seen]);
    return { message, postedAt, acknowledgedAt, seenAt };
  }

  close(): void {
    this.#stream?.destroy();
  }
}

/** Connections the server closed just as a message went out on them; it was posted again, as any client has to. */
export let postsRepeated = 0;
const POSTS_MAX = 3;

/** Resolves with the time of the 202: the message is stored. It carries an id, so posting it again makes no second one. */
export async function post(url: string, session: string, message: number): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await postOnce(url, session, message);
    } catch (error) {
      const isReset = error instanceof Error && "code" in error && error.code === "ECONNRESET";
      if (!isReset || tries >= POSTS_MAX) throw error;
      postsRepeated += 1;
    }
  }
}

function postOnce(url: string, session: string, message: number): Promise<number> {
  const body = JSON.stringify({ id: `bench-${message}`, text: messageText(message) });
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${url}/api/sessions/${session}/messages`,
      {
        agent,
        method: "POST",
        headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) },
      },
      (response) => {
        const at = nowMs();
        response.resume();
        response.on("end", () => {
          if (response.statusCode === 202) resolve(at);
          else reject(new Error(`message ${message} was answered ${response.statusCode}`));
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
