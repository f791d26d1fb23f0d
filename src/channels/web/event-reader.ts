// Reads a session for one onlooker: durable events in order, and between them the text that is being written. Pulled, not
// pushed: what a slow reader has not taken yet waits in the ledger, so a reader costs its cursor and nothing else.
//
// A place is two numbers: the last event read, and how much of the text after it has been read. As one rising number they are
// the id an onlooker comes back with, also after a crash: text it missed is cut out of the committed reply.

import type { Live } from "../../core/live.ts";
import type { SessionKey } from "../../core/message.ts";
import type { SessionEvent, SessionEventBody } from "../../core/session-event.ts";
import { fileAddress } from "./file-response.ts";

/** More than a reply can have characters; the largest event number stays a safe integer. */
const PLACES_PER_EVENT = 10_000_000;
const EVENTS_PER_READ = 100;

export interface Place {
  readonly event: number;
  readonly chars: number;
}

export const idOf = (place: Place): number =>
  place.event * PLACES_PER_EVENT + Math.min(place.chars, PLACES_PER_EVENT - 1);

export const placeOf = (id: number): Place => ({
  event: Math.floor(id / PLACES_PER_EVENT),
  chars: id % PLACES_PER_EVENT,
});

/** What goes over the wire. */
export interface WireEvent {
  readonly id: number;
  readonly type: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface EventSource {
  eventsAfter(session: SessionKey, n: number, limit: number): Promise<readonly SessionEvent[]>;
}

export class EventReader {
  readonly #session: SessionKey;
  readonly #source: EventSource;
  readonly #live: Live;
  #event: number;
  #chars: number;

  constructor(session: SessionKey, from: Place, source: EventSource, live: Live) {
    this.#session = session;
    this.#source = source;
    this.#live = live;
    this.#event = from.event;
    this.#chars = from.chars;
  }

  /** What is new since the last read; empty when there is nothing. */
  async read(): Promise<readonly WireEvent[]> {
    const wire: WireEvent[] = [];
    const events = await this.#source.eventsAfter(this.#session, this.#event, EVENTS_PER_READ);
    for (const event of events) this.#readEvent(event, wire);
    if (events.length < EVENTS_PER_READ) this.#readDraft(wire);
    return wire;
  }

  #readEvent({ n, at, body }: SessionEvent, wire: WireEvent[]): void {
    if (body.type === "text_end" && this.#chars < body.text.length) {
      const text = body.text.slice(this.#chars);
      this.#chars = body.text.length;
      wire.push(this.#wire("text_delta", { taskId: body.taskId, text, at }));
    }
    if (endsText(body)) this.#chars = 0;
    this.#event = n;
    wire.push(this.#wire(body.type, { ...shown(body, this.#session), at }));
  }

  /** The text that is being written belongs after the event it was opened at; if that is not read yet, it waits. */
  #readDraft(wire: WireEvent[]): void {
    const draft = this.#live.draft(this.#session);
    if (!draft || draft.after > this.#event || draft.text.length <= this.#chars) return;
    const text = draft.text.slice(this.#chars);
    this.#chars = draft.text.length;
    wire.push(this.#wire("text_delta", { taskId: draft.task, text }));
  }

  #wire(type: string, fields: WireEvent["fields"]): WireEvent {
    return { id: idOf({ event: this.#event, chars: this.#chars }), type, fields };
  }
}

/**
 * Text read so far is complete with these, or void. The end of a task is not among them: it may be another task's, stopped while
 * it waited, and the next text begins after an `execution_start` anyway.
 */
const endsText = ({ type }: SessionEventBody): boolean =>
  type === "text_end" || type === "text_reset" || type === "execution_start";

function shown(body: SessionEventBody, session: SessionKey): Readonly<Record<string, unknown>> {
  if (body.type === "text_end") return { taskId: body.taskId };
  const { type: _type, ...fields } = body;
  return body.type === "file_sent" ? { ...fields, url: fileAddress(session, body.fileId) } : fields;
}
