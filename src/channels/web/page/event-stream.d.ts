// How the page follows a session; event-stream.js does it. The clock, the network and chance are handed in.

import type { Clock, Random } from "../../../core/clock.ts";
import type { WireEvent } from "./conversation.d.ts";

export type LineState = "connecting" | "open" | "broken";

export interface StreamOptions {
  readonly url: string;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly clock: Clock;
  readonly random: Random;
  readonly onEvent: (event: WireEvent) => void;
  readonly onState: (state: LineState) => void;
  /** The server will not talk to us: asking again is of no use. */
  readonly onRefused: (status: number) => void;
}

export interface EventStream {
  /** The machine woke up or is online again: do not wait out the backoff, do not trust a silent line. */
  nudge(): void;
  close(): void;
}

export interface StreamFields {
  readonly id?: string;
  readonly event: string;
  readonly data: string;
}

export function openEventStream(options: StreamOptions): EventStream;
/** The event-stream format of the HTML standard, fed in pieces of any size. */
export function createEventParser(onFields: (fields: StreamFields) => void): (text: string) => void;
