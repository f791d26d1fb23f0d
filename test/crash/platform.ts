// The world that survives every crash: what was posted, which actions really happened, and who asked the model when.

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface Posted {
  readonly key: string;
  readonly session: string;
  readonly text: string;
}

/** One request to the model, and how many replies to this question it had given before. */
export interface ModelAsked {
  readonly about: string;
  readonly replied: number;
}

export class Platform implements AsyncDisposable {
  readonly posts: Posted[] = [];
  /** Name of the action and the message it was for, as often as it happened. */
  readonly actions: string[] = [];
  readonly modelAskedAt: number[] = [];
  readonly requests: ModelAsked[] = [];
  /** How many notes the cheap model was asked for. */
  summaries = 0;
  /** How many requests were larger than the budget. */
  over = 0;
  readonly #server: Server;
  #watched: { readonly path: string | undefined; readonly call: () => void } | undefined;
  url = "";

  constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const body = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : {};
        const url = new URL(request.url ?? "/", "http://platform");
        response.statusCode = this.#handle(url, body);
        if (url.pathname === this.#watched?.path) this.#watched.call();
        response.end();
      });
      request.on("error", () => {});
    });
  }

  #handle(url: URL, body: Readonly<Record<string, string>>): number {
    switch (url.pathname) {
      case "/post":
        this.posts.push({ key: body.key ?? "", session: body.session ?? "", text: body.text ?? "" });
        return 200;
      case "/find":
        return this.posts.some((post) => post.key === url.searchParams.get("key")) ? 200 : 404;
      case "/act":
        this.actions.push(`${body.tool} ${body.message}`);
        return 200;
      case "/model":
        this.modelAskedAt.push(performance.now());
        this.requests.push({ about: body.about ?? "", replied: Number(body.replied) });
        return 200;
      case "/summary":
        this.summaries += 1;
        return 200;
      case "/over":
        this.over += 1;
        return 200;
      default:
        return 404;
    }
  }

  /** Before whoever sent it knows; instead of what was to be called before. */
  whenTaken(path: string | undefined, call: () => void): void {
    this.#watched = { path, call };
  }

  async open(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
