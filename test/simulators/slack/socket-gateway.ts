// The server side of Socket Mode: tickets, hello, envelopes, acks, and every way a connection ends.

import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { z } from "zod";
import type { Clock, Random } from "../../../src/core/clock.ts";
import type { SlackIds } from "./clock-ids.ts";
import type { Answer, Attempt, Delivery, Transport } from "./deliveries.ts";
import { CONNECTION_LIFE_MS, CONNECTIONS_MAX, DEBUG_CONNECTION_LIFE_MS, TICKET_LIFE_MS, WARNING_MS } from "./limits.ts";
import { SocketConnection } from "./socket-connection.ts";

export type DisconnectReason = "warning" | "refresh_requested" | "link_disabled" | "too_many_websockets";

const Ack = z.strictObject({ envelope_id: z.string(), payload: z.unknown().optional() });

export interface GatewayParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: SlackIds;
  readonly appId: string;
  readonly address: () => string;
  readonly changed: () => void;
  readonly violated: (rule: string, detail: string) => void;
}

interface SentEnvelope {
  readonly delivery: Delivery;
  readonly answer: (answer: Answer) => void;
  acksLeft: number;
}

export class SocketGateway implements Transport {
  readonly reasons = { timeout: "timeout", no_socket: "timeout" };
  /** Every connection there ever was; `isOpen` says which still are. */
  readonly connections: SocketConnection[] = [];
  /** Milliseconds that TCP stays open after the close handshake, as Slack's does. */
  lingerMs = 0;
  readonly #parts: GatewayParts;
  readonly #tickets = new Map<string, number>();
  readonly #envelopes = new Map<string, SentEnvelope>();
  readonly #server = new WebSocketServer({ noServer: true, autoPong: false });

  constructor(parts: GatewayParts) {
    this.#parts = parts;
  }

  get open(): readonly SocketConnection[] {
    return this.connections.filter((connection) => connection.isOpen);
  }

  /** A URL that works once. */
  ticket(): string {
    const ticket = this.#parts.ids.uuid();
    this.#tickets.set(ticket, this.#parts.clock.now() + TICKET_LIFE_MS);
    return `${this.#parts.address()}/link/?ticket=${ticket}&app_id=${this.#parts.appId}`;
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { searchParams } = new URL(request.url ?? "/", "http://localhost");
    const ticket = searchParams.get("ticket") ?? "";
    const until = this.#tickets.get(ticket);
    this.#tickets.delete(ticket);
    if (until === undefined || until < this.#parts.clock.now()) {
      this.#parts.violated("ticket-used-twice", "a socket URL was opened again, or too late");
      socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n");
      return;
    }
    const lifeMs = searchParams.get("debug_reconnects") === "true" ? DEBUG_CONNECTION_LIFE_MS : CONNECTION_LIFE_MS;
    this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#accept(webSocket, socket, lifeMs));
  }

  send(delivery: Delivery, attempt: Attempt, answer: (answer: Answer) => void): void {
    const ready = this.open.filter((connection) => !connection.isClosing);
    const connection = ready[Math.floor(this.#parts.random() * ready.length)];
    if (!connection) {
      answer({ outcome: "no_socket" });
      return;
    }
    const envelopeId = attempt.envelopeId ?? this.#parts.ids.uuid();
    const acksLeft = (this.#envelopes.get(envelopeId)?.acksLeft ?? 0) + 1;
    attempt.envelopeId = envelopeId;
    attempt.connection = connection.number;
    this.#envelopes.set(envelopeId, { delivery, answer, acksLeft });
    connection.send({
      envelope_id: envelopeId,
      payload: delivery.payload,
      type: delivery.kind,
      accepts_response_payload: delivery.kind !== "events_api",
      ...(delivery.kind === "events_api"
        ? { retry_attempt: attempt.retryNum, retry_reason: attempt.reason ?? "" }
        : {}),
    });
  }

  reached(attempt: Attempt): boolean {
    const connection = this.connections.find(({ number }) => number === attempt.connection);
    return connection?.isOpen === true && !connection.isDeaf && !connection.isSilent && !connection.isDeafToAcks;
  }

  /** Ends connections as Slack does: a warning first, a frame that asks to refresh, or for good. All of them unless one is named. */
  disconnect(reason: DisconnectReason, which: readonly SocketConnection[] = this.open): void {
    for (const connection of which) this.#disconnect(connection, reason);
  }

  close(): void {
    for (const connection of this.connections) connection.terminate();
    this.#server.close();
  }

  #accept(webSocket: WebSocket, socket: Duplex, lifeMs: number): void {
    const { clock, appId, changed } = this.#parts;
    const isTooMany = this.open.length >= CONNECTIONS_MAX;
    const connection = new SocketConnection({
      number: this.connections.length + 1,
      webSocket,
      socket,
      clock,
      lingerMs: () => this.lingerMs,
      received: (text) => this.#received(text, connection),
      changed,
    });
    this.connections.push(connection);
    if (isTooMany) {
      this.#disconnect(connection, "too_many_websockets");
      return;
    }
    connection.send({
      type: "hello",
      num_connections: this.open.length,
      debug_info: { host: "applink-1", build_number: 1, approximate_connection_time: Math.floor(lifeMs / 1000) },
      connection_info: { app_id: appId },
    });
    connection.later(lifeMs - WARNING_MS, () => this.#disconnect(connection, "warning"));
    changed();
  }

  #disconnect(connection: SocketConnection, reason: DisconnectReason): void {
    connection.send({ type: "disconnect", reason, debug_info: { host: "applink-1" } });
    if (reason === "warning") {
      connection.later(WARNING_MS, () => this.#disconnect(connection, "refresh_requested"));
      return;
    }
    // The app may go by itself and finish its acks; whoever stays is put out.
    connection.isClosing = true;
    connection.later(WARNING_MS, () => connection.end());
    this.#parts.changed();
  }

  #received(text: string, connection: SocketConnection): void {
    const { violated, changed } = this.#parts;
    if (connection.isDeafToAcks) return;
    const ack = Ack.safeParse(parseJson(text));
    if (!ack.success) {
      violated("malformed-ack", text.slice(0, 200));
      return;
    }
    const envelope = this.#envelopes.get(ack.data.envelope_id);
    if (!envelope) {
      violated("unknown-envelope", ack.data.envelope_id);
      return;
    }
    if (envelope.acksLeft === 0) violated("double-ack", `${envelope.delivery.type} ${ack.data.envelope_id}`);
    else envelope.acksLeft -= 1;
    const payload = ack.data.payload;
    const hasPayload = typeof payload === "object" && payload !== null && Object.keys(payload).length > 0;
    if (hasPayload && envelope.delivery.kind === "events_api") {
      violated("ack-with-payload", "an event does not accept a response payload");
    }
    envelope.answer({ outcome: "acked", ...(hasPayload ? { response: payload } : {}) });
    changed();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
