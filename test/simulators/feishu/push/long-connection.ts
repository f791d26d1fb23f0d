// The long connection: the endpoint that hands out addresses, the sockets, frames out and acknowledgements in.

import type { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { z } from "zod";
import type { Random } from "../../../../src/core/clock.ts";
import { CONNECTIONS_MAX, FRAME_PAYLOAD_BYTES } from "../platform-limits.ts";
import type { Courier, CourierAnswer } from "./deliveries.ts";
import { CONTROL, DATA, decodeFrame, encodeFrame, type Frame } from "./frames.ts";

/** In seconds, as the platform says it. */
export interface ClientConfig {
  readonly ReconnectCount: number;
  readonly ReconnectInterval: number;
  readonly ReconnectNonce: number;
  readonly PingInterval: number;
}

export const CLIENT_CONFIG: ClientConfig = {
  ReconnectCount: -1,
  ReconnectInterval: 120,
  ReconnectNonce: 30,
  PingInterval: 120,
};

export const ENDPOINT_CODES = {
  busy: 1,
  forbidden: 403,
  authFailed: 514,
  internal: 1000040343,
  tooManyConnections: 1000040350,
} as const;

export interface EndpointFailure {
  readonly code: number;
  readonly text?: string;
  readonly httpStatus?: number;
  /** How often; for ever without it. */
  readonly times?: number;
  /** The answer has no `data` at all: the SDK stumbles over that and tries for ever. */
  readonly withoutData?: boolean;
}

export interface Connection {
  readonly number: number;
  pings: number;
  /** Open for the client, dead behind: nothing is answered, nothing arrives. */
  isHalfOpen: boolean;
  /** A TCP reset. */
  reset(): void;
  /** An orderly close. */
  close(): void;
}

interface OpenConnection extends Connection {
  readonly webSocket: WebSocket;
}

export interface LongConnectionParts {
  readonly appId: string;
  readonly appSecret: string;
  readonly random: Random;
  readonly announce: () => void;
  readonly clientConfig: ClientConfig;
  readonly frameBytes?: number;
  readonly baseUrl: () => string;
}

export interface EndpointAnswer {
  readonly httpStatus: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const endpointRequest = z.object({ AppID: z.string(), AppSecret: z.string() });
const ackPayload = z.object({ code: z.number(), data: z.string().optional() });

const SERVICE_ID = 33554678;

export class LongConnection implements Courier {
  readonly name = "ws";
  clientConfig: ClientConfig;
  /** How large a frame's payload may be; larger events come in pieces. */
  frameBytes: number;
  /** Push as soon as the socket is open: then the SDK may lose the first events until they come again. */
  pushesBeforePing = false;
  /** How many addresses were asked for. */
  endpointCalls = 0;
  /** Frames of the client that were no frames, or acknowledged nothing. */
  readonly oddFrames: string[] = [];
  readonly #parts: LongConnectionParts;
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #open = new Set<OpenConnection>();
  readonly #tickets = new Set<string>();
  readonly #waiting = new Map<string, (answer: CourierAnswer) => void>();
  #failure: { readonly with: EndpointFailure; left: number } | undefined;
  #count = 0;

  constructor(parts: LongConnectionParts) {
    this.#parts = parts;
    this.clientConfig = parts.clientConfig;
    this.frameBytes = parts.frameBytes ?? FRAME_PAYLOAD_BYTES;
  }

  /** Those that have pinged: the SDK loses what reaches it together with the handshake, before it listens. */
  get connections(): readonly Connection[] {
    return this.#ready();
  }

  #ready(): readonly OpenConnection[] {
    return [...this.#open].filter((connection) => connection.pings > 0 || this.pushesBeforePing);
  }

  failEndpoint(failure: EndpointFailure | undefined): void {
    this.#failure = failure && { with: failure, left: failure.times ?? Number.POSITIVE_INFINITY };
  }

  resetAll(): void {
    for (const connection of this.#open) connection.reset();
  }

  /** `POST /callback/ws/endpoint` */
  endpoint(request: unknown): EndpointAnswer {
    this.endpointCalls += 1;
    const refuse = (code: number, msg: string): EndpointAnswer => ({ httpStatus: 200, body: { code, msg, data: {} } });
    if (this.#failure && this.#failure.left > 0) {
      this.#failure.left -= 1;
      const { code, text = "failed as told", httpStatus = 200, withoutData = false } = this.#failure.with;
      return { httpStatus, body: { code, msg: text, ...(withoutData ? {} : { data: {} }) } };
    }
    const parsed = endpointRequest.safeParse(request);
    if (!parsed.success) return refuse(ENDPOINT_CODES.forbidden, "forbidden");
    if (parsed.data.AppID !== this.#parts.appId || parsed.data.AppSecret !== this.#parts.appSecret) {
      return refuse(ENDPOINT_CODES.authFailed, "app_id or app_secret is invalid");
    }
    if (this.#open.size >= CONNECTIONS_MAX)
      return refuse(ENDPOINT_CODES.tooManyConnections, "exceed the connection limit");
    this.#count += 1;
    const ticket = `ticket-${this.#count}-${this.#parts.random().toString(36).slice(2)}`;
    this.#tickets.add(ticket);
    // The SDK reads device_id and service_id by splitting the whole address, so neither may come first.
    const query = `fpid=493&aid=552564&device_id=${7e15 + this.#count}&access_key=${ticket}&service_id=${SERVICE_ID}&ticket=${ticket}`;
    const url = `${this.#parts.baseUrl().replace(/^http/, "ws")}/ws/v2?${query}`;
    return { httpStatus: 200, body: { code: 0, msg: "", data: { URL: url, ClientConfig: this.clientConfig } } };
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? "/", "http://platform");
    const ticket = url.searchParams.get("ticket") ?? "";
    if (url.pathname !== "/ws/v2" || !this.#tickets.delete(ticket)) {
      socket.end("HTTP/1.1 403 Forbidden\r\nHandshake-Status: 514\r\nHandshake-Msg: ticket is invalid\r\n\r\n");
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#welcome(webSocket, socket));
  }

  bring(text: string, signal: AbortSignal): Promise<CourierAnswer> {
    const open = this.#ready();
    const connection = open[Math.floor(this.#parts.random() * open.length)];
    if (!connection) return Promise.resolve({ kind: "unreachable", reason: "no connection" });
    return new Promise((resolve) => {
      this.#count += 1;
      const messageId = `frame-${this.#count}`;
      const finish = (answer: CourierAnswer): void => {
        this.#waiting.delete(messageId);
        connection.webSocket.off("close", lose);
        resolve(answer);
      };
      const lose = (): void => finish({ kind: "unreachable", reason: "the connection was lost" });
      this.#waiting.set(messageId, finish);
      connection.webSocket.on("close", lose);
      signal.addEventListener("abort", () => finish({ kind: "unreachable", reason: "the simulator was closed" }));
      if (!connection.isHalfOpen) this.#push(connection, messageId, Buffer.from(text));
    });
  }

  close(): void {
    for (const { webSocket } of this.#open) webSocket.terminate();
    this.#server.close();
  }

  #push(connection: OpenConnection, messageId: string, payload: Buffer): void {
    const sum = Math.max(1, Math.ceil(payload.length / this.frameBytes));
    for (let seq = 0; seq < sum; seq += 1) {
      const piece = payload.subarray(seq * this.frameBytes, (seq + 1) * this.frameBytes);
      const headers = {
        type: "event",
        message_id: messageId,
        sum: String(sum),
        seq: String(seq),
        trace_id: `trace-${messageId}`,
      };
      this.#write(connection, { service: SERVICE_ID, method: DATA, headers, payload: piece });
    }
  }

  #write({ webSocket }: OpenConnection, frame: Frame): void {
    this.#count += 1;
    webSocket.send(encodeFrame(frame, this.#count));
  }

  #welcome(webSocket: WebSocket, socket: Duplex): void {
    this.#count += 1;
    const connection: OpenConnection = {
      number: this.#count,
      pings: 0,
      isHalfOpen: false,
      webSocket,
      reset: () => (socket instanceof Socket ? socket.resetAndDestroy() : webSocket.terminate()),
      close: () => webSocket.close(),
    };
    this.#open.add(connection);
    // One listener for every event that is under way.
    webSocket.setMaxListeners(0);
    webSocket.on("message", (bytes) => this.#read(connection, Buffer.isBuffer(bytes) ? bytes : Buffer.alloc(0)));
    webSocket.on("error", () => {});
    webSocket.on("close", () => {
      this.#open.delete(connection);
      this.#parts.announce();
    });
    this.#parts.announce();
  }

  #read(connection: OpenConnection, bytes: Buffer): void {
    let frame: Frame;
    try {
      frame = decodeFrame(bytes);
    } catch (error) {
      this.oddFrames.push(`not a frame: ${String(error)}`);
      return;
    }
    if (frame.method === CONTROL) {
      if (frame.headers.type !== "ping") return;
      connection.pings += 1;
      this.#parts.announce();
      if (connection.isHalfOpen) return;
      const payload = Buffer.from(JSON.stringify(this.clientConfig));
      this.#write(connection, { service: SERVICE_ID, method: CONTROL, headers: { type: "pong" }, payload });
      return;
    }
    if (!connection.isHalfOpen) this.#acknowledge(connection, frame);
  }

  #acknowledge(connection: OpenConnection, { headers, payload }: Frame): void {
    const finish = this.#waiting.get(headers.message_id ?? "");
    const parsed = ackPayload.safeParse(parseJson(Buffer.from(payload).toString()));
    if (!finish || !parsed.success) {
      this.oddFrames.push(`acknowledges nothing: ${JSON.stringify(headers)}`);
      return;
    }
    const { code, data } = parsed.data;
    const body = data === undefined ? undefined : Buffer.from(data, "base64").toString();
    finish({ kind: "answered", code, body, route: `connection ${connection.number}` });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
