// The simulator's one loopback address: Web API, uploads, downloads, response URLs and the way in for sockets.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Clock } from "../../../src/core/clock.ts";
import type { Faults } from "./faults.ts";
import { download, type HttpAnswer, SIGN_IN_PAGE, upload } from "./file-transfer.ts";
import { parseRequest } from "./request-body.ts";
import type { SocketGateway } from "./socket-gateway.ts";
import type { Reply, WebApi } from "./web-api.ts";
import type { SlackWorld } from "./world.ts";

const BODY_BYTES_MAX = 64 * 1024 * 1024;

export interface ServerParts {
  readonly clock: Clock;
  readonly world: SlackWorld;
  readonly webApi: WebApi;
  readonly sockets: SocketGateway;
  readonly faults: Faults;
  readonly isBotToken: (token: string | undefined) => boolean;
  readonly respond: (path: string, body: unknown) => HttpAnswer;
  readonly changed: () => void;
  readonly violated: (rule: string, detail: string) => void;
}

export interface RunningServer {
  readonly port: number;
  close(): Promise<void>;
}

export async function serve(parts: ServerParts, port: number): Promise<RunningServer> {
  const server = createServer((request, response) => {
    // A client that hangs up in the middle is the test's own doing.
    route(parts, request, response).catch(() => response.destroy());
  });
  server.on("upgrade", (request, socket, head) => parts.sockets.upgrade(request, socket, head));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the simulator has no address");
  return {
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function route(parts: ServerParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://localhost");
  const path = decodeURIComponent(url.pathname);
  const body = await bodyOf(request);
  const contentType = request.headers["content-type"] ?? "";
  if (path.startsWith("/api/")) {
    const parsed = await parseRequest(contentType, body, url.searchParams);
    const reply = parts.webApi.handle(path.slice("/api/".length), parsed, request.headers.authorization);
    const delayMs = reply.kind === "answer" ? (reply.delayMs ?? 0) : 0;
    if (delayMs > 0) parts.clock.after(delayMs, () => sendReply(response, reply));
    else sendReply(response, reply);
    return;
  }
  const kind = path.startsWith("/upload/") ? "upload" : path.startsWith("/files-pri/") ? "download" : undefined;
  if (kind && meetsFault(parts, kind, "before", path, response)) return;
  const answer = await fileOrPage(parts, kind, path, request, contentType, body);
  parts.changed();
  if (kind && meetsFault(parts, kind, "after", path, response)) return;
  response.writeHead(answer.status, answer.headers).end(answer.body);
}

async function fileOrPage(
  parts: ServerParts,
  kind: "upload" | "download" | undefined,
  path: string,
  request: IncomingMessage,
  contentType: string,
  body: Buffer,
): Promise<HttpAnswer> {
  if (kind === "upload") return upload(parts.world, path, contentType, body, parts.violated);
  if (kind === "download") {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
    return download(parts.world, path, parts.isBotToken(token));
  }
  if (path.startsWith("/actions/")) return parts.respond(path, jsonOf(body));
  if (path === "/sign-in") return SIGN_IN_PAGE;
  return { status: 404, headers: { "Content-Type": "text/html" }, body: "<html>not found</html>" };
}

function meetsFault(
  parts: ServerParts,
  kind: string,
  when: "before" | "after",
  path: string,
  response: ServerResponse,
): boolean {
  const fault = parts.faults.take(kind, when, { path });
  if (!fault) return false;
  if (typeof fault.how === "object") {
    if ("delayMs" in fault.how) return false;
    response.writeHead(400, { "Content-Type": "text/plain" }).end(fault.how.error);
  } else if (fault.how === "ratelimited")
    response.writeHead(429, { "Retry-After": String(fault.retryAfter ?? 1) }).end();
  else sendReply(response, { kind: fault.how });
  return true;
}

function sendReply(response: ServerResponse, reply: Reply): void {
  switch (reply.kind) {
    case "hang":
      return;
    case "reset":
      response.socket?.resetAndDestroy();
      return;
    case "http500":
      response.writeHead(500, { "Content-Type": "text/html" }).end("<html>Server Error</html>");
      return;
    case "answer": {
      const { retryAfter } = reply;
      const headers = { "Content-Type": "application/json; charset=utf-8", "X-Slack-Req-Id": "simulated" };
      if (retryAfter === undefined) response.writeHead(200, headers);
      else response.writeHead(429, { ...headers, "Retry-After": String(retryAfter) });
      response.end(JSON.stringify(reply.answer));
    }
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    if (!Buffer.isBuffer(part)) continue;
    bytes += part.length;
    if (bytes > BODY_BYTES_MAX) throw new Error("the body is too large");
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
