// Follows a session's events over fetch: goes on after the last id it saw, reconnects with backoff, and takes 45 s of
// silence for a broken line (EventSource cannot see the keep-alives). Knows nothing of what the events mean.

/** @import { WireEvent } from "./conversation.d.ts" */
/** @import { EventStream, StreamFields, StreamOptions } from "./event-stream.d.ts" */

const SILENCE_MS_MAX = 45_000;
const BACKOFF_MS_MIN = 500;
const BACKOFF_MS_MAX = 15_000;
/** A line that stays up this long, or tells something, was worth coming back for: the backoff begins anew. */
const STEADY_MS = 5000;
const LINE_CHARS_MAX = 16_000_000;

/** @param {StreamOptions} options @returns {EventStream} */
export function openEventStream({ url, fetch, clock, random, onEvent, onState, onRefused }) {
  let lastId = "";
  let failures = 0;
  let heardAt = clock.now();
  let closed = false;
  /** @type {AbortController | undefined} */
  let attempt;
  /** @type {(() => void) | undefined} */
  let stopWaiting;

  async function connect() {
    stopWaiting = undefined;
    const mine = new AbortController();
    attempt = mine;
    heardAt = clock.now();
    watchSilence(mine);
    if (failures === 0) onState("connecting");
    try {
      const response = await fetch(url, {
        headers: { accept: "text/event-stream", ...(lastId ? { "last-event-id": lastId } : {}) },
        cache: "no-store",
        signal: mine.signal,
      });
      if (response.ok && response.body) await read(response.body, mine.signal);
      else if (response.status < 500 && response.status !== 429 && response.status !== 408) {
        closed = true;
        mine.abort();
        onRefused(response.status);
        return;
      }
    } catch {
      // A line that breaks is taken up again below, whatever broke it.
    }
    mine.abort();
    if (closed || attempt !== mine) return;
    onState("broken");
    const delay = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** failures) * (0.5 + random() / 2);
    failures += 1;
    stopWaiting = clock.after(delay, connect);
  }

  /** A stream that was left says nothing more, whatever still lies in its buffers.
   * @type {(body: ReadableStream<Uint8Array>, signal: AbortSignal) => Promise<void>} */
  async function read(body, signal) {
    const reader = body.getReader();
    const decoder = new TextDecoder();
    const parse = createEventParser((fields) => {
      if (signal.aborted) return;
      if (fields.id !== undefined) lastId = fields.id;
      const event = toWireEvent(fields);
      if (!event) return;
      failures = 0;
      onEvent(event);
    });
    const openedAt = clock.now();
    onState("open");
    for (;;) {
      const { done, value } = await reader.read();
      if (done || signal.aborted) return;
      heardAt = clock.now();
      if (heardAt - openedAt >= STEADY_MS) failures = 0;
      parse(decoder.decode(value, { stream: true }));
    }
  }

  /** @param {AbortController} mine */
  function watchSilence(mine) {
    const cancel = clock.after(SILENCE_MS_MAX, () => {
      if (mine.signal.aborted) return;
      if (clock.now() - heardAt >= SILENCE_MS_MAX) mine.abort();
      else watchSilence(mine);
    });
    mine.signal.addEventListener("abort", cancel, { once: true });
  }

  function reconnect() {
    stopWaiting?.();
    attempt?.abort();
    attempt = undefined;
    void connect();
  }

  void connect();
  return {
    nudge() {
      if (!closed && (stopWaiting || clock.now() - heardAt >= SILENCE_MS_MAX)) reconnect();
    },
    close() {
      closed = true;
      stopWaiting?.();
      attempt?.abort();
    },
  };
}

/** @type {(onFields: (fields: StreamFields) => void) => (text: string) => void} */
export function createEventParser(onFields) {
  let rest = "";
  let event = "";
  /** @type {string[]} */
  let data = [];
  /** @type {string | undefined} */
  let id;
  return (text) => {
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    if (rest.length > LINE_CHARS_MAX) throw new Error("a line of the event stream is too long");
    for (const line of lines) {
      if (line === "") {
        if (data.length > 0 || id !== undefined) {
          onFields({ ...(id === undefined ? {} : { id }), event: event || "message", data: data.join("\n") });
        }
        event = "";
        data = [];
        id = undefined;
        continue;
      }
      const colon = line.indexOf(":");
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "event") event = value;
      else if (field === "data") data.push(value);
      else if (field === "id" && !value.includes("\0")) id = value;
    }
  };
}

/** @type {(fields: StreamFields) => WireEvent | undefined} */
function toWireEvent({ id, event, data }) {
  if (data === "") return undefined;
  try {
    const body = JSON.parse(data);
    if (typeof body !== "object" || body === null) return undefined;
    return { ...body, type: event, id: id !== undefined && /^\d+$/.test(id) ? Number(id) : undefined };
  } catch {
    return undefined;
  }
}
