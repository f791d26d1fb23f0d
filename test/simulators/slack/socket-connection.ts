// One Socket Mode connection: its life, and the ways it fails without saying so.

import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { Clock } from "../../../src/core/clock.ts";

export interface ConnectionParts {
  readonly number: number;
  readonly webSocket: WebSocket;
  readonly socket: Duplex;
  readonly clock: Clock;
  readonly lingerMs: () => number;
  readonly received: (text: string) => void;
  readonly changed: () => void;
}

export class SocketConnection {
  readonly number: number;
  /** It is asked to go: nothing new is sent to it. */
  isClosing = false;
  /** What is sent to it goes nowhere, and nothing says so: connected, but no events. */
  isDeaf = false;
  /** Pings stay unanswered too: half-open TCP. */
  isSilent = false;
  /** Slack does not hear what the app sends. */
  isDeafToAcks = false;
  /** The close handshake is done and TCP is still open. */
  isLingering = false;
  readonly #parts: ConnectionParts;
  readonly #timers = new Set<() => void>();
  #isOpen = true;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.number = parts.number;
    const { webSocket, socket } = parts;
    const end = socket.end.bind(socket);
    // The library ends TCP right after the close handshake; Slack leaves it open for seconds.
    socket.end = () => {
      const lingerMs = parts.lingerMs();
      this.isLingering = lingerMs > 0;
      if (this.isLingering) this.later(lingerMs, () => end());
      else end();
      this.#parts.changed();
      return socket;
    };
    webSocket.on("message", (data) => parts.received(String(data)));
    webSocket.on("ping", (data) => {
      if (!this.isSilent) webSocket.pong(data);
    });
    webSocket.on("close", () => this.#closed());
    socket.on("close", () => this.#closed());
    // A reset is an ordinary end here.
    webSocket.on("error", () => this.#closed());
  }

  get isOpen(): boolean {
    return this.#isOpen && this.#parts.webSocket.readyState === this.#parts.webSocket.OPEN;
  }

  send(frame: unknown): void {
    if (this.isDeaf || this.isSilent || !this.isOpen) return;
    this.#parts.webSocket.send(JSON.stringify(frame));
  }

  /** A frame as it stands, also one that is no JSON. */
  sendRaw(text: string): void {
    this.#parts.webSocket.send(text);
  }

  ping(): void {
    this.#parts.webSocket.ping();
  }

  /** The close handshake, begun by Slack. */
  end(): void {
    if (this.isOpen) this.#parts.webSocket.close(1000);
  }

  /** A TCP reset. */
  reset(): void {
    if (this.#parts.socket instanceof Socket) this.#parts.socket.resetAndDestroy();
    else this.#parts.socket.destroy();
  }

  terminate(): void {
    this.#parts.webSocket.terminate();
    this.#parts.socket.destroy();
    this.#closed();
  }

  later(delayMs: number, call: () => void): void {
    this.#timers.add(this.#parts.clock.after(delayMs, call));
  }

  #closed(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const cancel of this.#timers) cancel();
    this.#parts.changed();
  }
}
