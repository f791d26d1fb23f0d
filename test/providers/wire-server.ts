// A server on loopback that plays a vendor's bytes, in pieces that fall where they like, and remembers what it was asked.

import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { setImmediate } from "node:timers/promises";
import { isJsonObject, type JsonObject } from "../../src/core/json.ts";

export interface WireRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: JsonObject;
  /** Settles when the client has hung up before its answer was finished. */
  readonly hungUp: Promise<void>;
}

export type Answer = (response: ServerResponse) => void | Promise<void>;

export interface WireServer extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly WireRequest[];
  connections(): number;
}

/** Each request takes the next answer; the last one serves all that follow. */
export async function startWireServer(...answers: readonly Answer[]): Promise<WireServer> {
  const requests: WireRequest[] = [];
  let connections = 0;
  const server = createServer(async (incoming, response) => {
    const hungUp = new Promise<void>((resolve) => {
      response.on("close", () => {
        if (!response.writableFinished) resolve();
      });
    });
    const text = await textOf(incoming);
    const body: unknown = JSON.parse(text);
    const answer = answers[requests.length] ?? answers.at(-1);
    requests.push({
      path: incoming.url ?? "",
      headers: incoming.headers,
      text,
      body: isJsonObject(body) ? body : {},
      hungUp,
    });
    await answer?.(response);
  });
  server.on("connection", (socket) => {
    connections++;
    socket.setNoDelay(true);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of incoming) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces).toString("utf8");
}

/** Bytes in pieces of a size that falls into the middle of lines and of characters. */
async function writeInPieces(response: ServerResponse, text: string, pieceBytes: number): Promise<void> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    await new Promise((resolve) => response.write(bytes.subarray(at, at + pieceBytes), resolve));
    await setImmediate();
  }
}

const beginStream = (response: ServerResponse): void => {
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
  response.flushHeaders();
};

export const streams =
  (text: string, pieceBytes = 11): Answer =>
  async (response) => {
    beginStream(response);
    await writeInPieces(response, text, pieceBytes);
    response.end();
  };

/** Says this much and then nothing more, with the line open. */
export const hangsAfter =
  (text: string): Answer =>
  async (response) => {
    beginStream(response);
    await writeInPieces(response, text, 64);
  };

/** Says this much and then the connection breaks. */
export const diesAfter =
  (text: string): Answer =>
  async (response) => {
    beginStream(response);
    await writeInPieces(response, text, 64);
    response.destroy();
  };

export const answersJson =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  };
