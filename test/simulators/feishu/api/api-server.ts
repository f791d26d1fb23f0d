// The HTTP side of the platform: finds the operation, checks who asks, lets faults strike, writes the answer.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Platform } from "../platform.ts";
import { FILE_BYTES_MAX } from "../platform-limits.ts";
import type { LongConnection } from "../push/long-connection.ts";
import { ApiRefusal } from "./api-error.ts";
import type { Faults, StruckFault } from "./faults.ts";
import { parseForm } from "./multipart.ts";
import type { ApiAnswer, ApiRequest, Operation } from "./operation.ts";
import { checkScopes } from "./scopes.ts";
import type { Tokens } from "./tokens.ts";

/** One request of the bot, in the order they came. */
export interface ApiCall {
  readonly number: number;
  readonly at: number;
  readonly method: string;
  readonly path: string;
  /** As in the operations' names, or `unknown`. */
  readonly operation: string;
  readonly query: Readonly<Record<string, string>>;
  /** Of forms: their fields, the files as their lengths. */
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Undefined: no answer left the platform. */
  httpStatus: number | undefined;
  code: number | undefined;
  outcome: "pending" | "answered" | "lost";
}

export interface ApiServerParts {
  readonly platform: Platform;
  readonly operations: readonly Operation[];
  readonly tokens: Tokens;
  readonly faults: Faults;
  readonly longConnection: LongConnection;
  readonly announce: () => void;
}

const BODY_BYTES_MAX = FILE_BYTES_MAX + 5 * 1024 * 1024;
const TOKEN_PATH = "/open-apis/auth/v3/tenant_access_token/internal";
const ENDPOINT_PATH = "/callback/ws/endpoint";

interface Written {
  readonly httpStatus: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
  readonly code: number | undefined;
}

export class ApiServer {
  readonly calls: ApiCall[] = [];
  readonly server: Server;
  readonly #parts: ApiServerParts;

  constructor(parts: ApiServerParts) {
    this.#parts = parts;
    this.server = createServer((request, response) => void this.#serve(request, response));
    this.server.on("upgrade", (request, socket, head) => parts.longConnection.upgrade(request, socket, head));
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on("error", () => {});
    const raw = await readAll(incoming);
    if (!raw) {
      incoming.destroy();
      return;
    }
    const url = new URL(incoming.url ?? "/", "http://platform");
    const method = incoming.method ?? "GET";
    const found = this.#find(method, url.pathname);
    const form = parseForm(raw, incoming.headers["content-type"] ?? "");
    const body = form ? undefined : jsonOf(raw);
    const call: ApiCall = {
      number: this.calls.length + 1,
      at: this.#parts.platform.clock.now(),
      method,
      path: url.pathname,
      operation: found.name,
      query: Object.fromEntries(url.searchParams),
      body: form ? formFields(form) : body,
      headers: incoming.headers,
      httpStatus: undefined,
      code: undefined,
      outcome: "pending",
    };
    this.calls.push(call);

    const before = this.#parts.faults.strike("before", found.name, url.pathname);
    const early = before && (await this.#strike(before, body, incoming.socket));
    const written = early ?? this.#work(found, { path: found.path, query: url.searchParams, body, form }, incoming);
    const after = early ? undefined : this.#parts.faults.strike("after", found.name, url.pathname);
    const last = (after && (await this.#strike(after, body, incoming.socket))) ?? written;
    this.#write(call, last, response);
  }

  #find(method: string, path: string): { name: string; operation?: Operation; path: Record<string, string> } {
    if (path === TOKEN_PATH) return { name: "token", path: {} };
    if (path === ENDPOINT_PATH) return { name: "ws.endpoint", path: {} };
    for (const operation of this.#parts.operations) {
      const names = operation.method === method ? match(operation.address, path) : undefined;
      if (names) return { name: operation.name, operation, path: names };
    }
    return { name: "unknown", path: {} };
  }

  /** What a fault answers; "lost" without a word; undefined: go on. */
  async #strike({ how, released }: StruckFault, body: unknown, socket: Socket): Promise<Written | undefined> {
    if (how === "http500") return text(500, "Internal Server Error");
    if (how === "reset") {
      socket.resetAndDestroy();
      return NOTHING;
    }
    if (how === "hang") {
      await released;
      socket.destroy();
      return NOTHING;
    }
    if (how === "sending") {
      const uuid = typeof body === "object" && body !== null && "uuid" in body ? String(body.uuid) : "";
      this.#parts.platform.sending.add(uuid);
      this.#parts.announce();
      await released;
      this.#parts.platform.sending.delete(uuid);
      return undefined;
    }
    const { code, text: words = "failed as told", httpStatus = 400, headers = {} } = how;
    return refusal(new ApiRefusal(code, words, { httpStatus, headers }));
  }

  #work(found: { name: string; operation?: Operation }, request: ApiRequest, incoming: IncomingMessage): Written {
    const { platform, tokens, longConnection } = this.#parts;
    try {
      if (found.name === "token") return json(200, { code: 0, msg: "ok", ...tokens.issue(request.body) }, 0);
      if (found.name === "ws.endpoint") {
        const { httpStatus, body } = longConnection.endpoint(request.body);
        return json(httpStatus, body, Number(body.code));
      }
      if (!found.operation) return text(404, "404 page not found");
      tokens.check(incoming.headers.authorization);
      checkScopes(found.operation.scopes, platform.scopes, platform.app.appId);
      if (platform.rules.rateLimits) platform.rates.countApiCall(found.operation.name);
      return success(found.operation.handle(request, platform));
    } catch (error) {
      if (error instanceof ApiRefusal) return refusal(error);
      throw error;
    }
  }

  #write(call: ApiCall, { httpStatus, headers, bytes, code }: Written, response: ServerResponse): void {
    const isLost = httpStatus === 0;
    call.outcome = isLost ? "lost" : "answered";
    call.httpStatus = isLost ? undefined : httpStatus;
    call.code = code;
    this.#parts.announce();
    if (isLost || response.destroyed) return;
    response.writeHead(httpStatus, { "x-tt-logid": `log-${call.number}`, ...headers });
    response.end(bytes);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

const NOTHING: Written = { httpStatus: 0, headers: {}, bytes: Buffer.alloc(0), code: undefined };

const text = (httpStatus: number, words: string): Written => ({
  httpStatus,
  headers: { "content-type": "text/plain" },
  bytes: Buffer.from(words),
  code: undefined,
});

const json = (
  httpStatus: number,
  body: unknown,
  code: number,
  headers: Readonly<Record<string, string>> = {},
): Written => ({
  httpStatus,
  headers: { "content-type": "application/json; charset=utf-8", ...headers },
  bytes: Buffer.from(JSON.stringify(body)),
  code,
});

function success(answer: ApiAnswer): Written {
  switch (answer.kind) {
    case "data":
      return json(200, { code: 0, msg: "success", data: answer.data }, 0);
    case "fields":
      return json(200, { code: 0, msg: "ok", ...answer.fields }, 0);
    case "bytes": {
      const disposition = `attachment; filename="${encodeURIComponent(answer.fileName)}"`;
      const headers = { "content-type": answer.contentType, "content-disposition": disposition };
      return { httpStatus: 200, headers, bytes: answer.bytes, code: 0 };
    }
  }
}

const refusal = ({ code, message, httpStatus, headers, details }: ApiRefusal): Written =>
  json(httpStatus, { code, msg: message, error: { log_id: "simulated", ...details } }, code, headers);

/** The names in `:name` places; undefined: another address. */
function match(address: string, path: string): Record<string, string> | undefined {
  const wanted = address.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return undefined;
  const names: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const actual = given[index] ?? "";
    if (part.startsWith(":")) names[part.slice(1)] = decodeURIComponent(actual);
    else if (part !== actual) return undefined;
  }
  return names;
}

/** Undefined: too large, or broken off. */
async function readAll(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of incoming) {
      const bytes = Buffer.from(chunk);
      size += bytes.length;
      if (size > BODY_BYTES_MAX) return undefined;
      chunks.push(bytes);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks);
}

function jsonOf(raw: Buffer): unknown {
  if (raw.length === 0) return undefined;
  try {
    return JSON.parse(raw.toString());
  } catch {
    return undefined;
  }
}

const formFields = (form: NonNullable<ApiRequest["form"]>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...form.values()].map(({ name, bytes }) => [
      name,
      name === "file" || name === "image" ? `${bytes.length} bytes` : bytes.toString(),
    ]),
  );
