// Messages on their way to the server; outbox.js carries them. Storage, network, clock and chance are handed in.

import type { Clock, Random } from "../../../core/clock.ts";

export interface Unsent {
  /** The idempotency key: whatever happens on the way, one key becomes one message. */
  readonly key: string;
  readonly session: string;
  readonly text: string;
  readonly at: number;
  /** The last place in the line that was known when it was written. */
  readonly afterSeq: number;
  /** The server's sentence why it will not take it. */
  readonly refused?: string;
}

/** Taken by the server, which may not have told its event yet. */
export interface Sent {
  readonly messageId: string;
  readonly session: string;
  readonly text: string;
}

export interface OutboxOptions {
  readonly storage: Storage;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
  readonly onChange: () => void;
  readonly onTaken: (session: string, messageId: string) => void;
  readonly onLogin: () => void;
}

export interface Outbox {
  /** false: no more fit, the text stays in the writer's hands. */
  add(session: string, text: string, afterSeq: number): boolean;
  /** What was refused once under an id stays refused, so trying again is a new message. */
  sendAgain(key: string): void;
  /** Gives back the text. */
  discard(key: string): string;
  /** Another tab sent or wrote something. */
  reload(): void;
  /** The server may be there again. */
  nudge(): void;
  unsentOf(session: string): readonly Unsent[];
  sentOf(session: string): readonly Sent[];
  /** The last attempt did not reach the server. */
  isTroubled(): boolean;
}

export function createOutbox(options: OutboxOptions): Outbox;
