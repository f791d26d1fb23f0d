// One session over HTTP: its events, resumed where they broke; messages, repeated under one id until the server has answered;
// and stopping a task. Whether `fetch` crosses a network or goes straight into an app in this process is not known here.

import { z } from "zod";
import type { Clock, Random } from "../../core/clock.ts";
import { childController, sleep } from "../../lib/abort.ts";
import { readEventFields, SILENCE_MS_MAX } from "./event-fields.ts";
import { backoffMs, type Fetch, requestWhole, ServerRefusal, throwIfRefused, within } from "./server-request.ts";
import { toWireEvent, type WireEvent } from "./wire-event.ts";

export interface SessionClientParts {
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly random: Random;
  /** Makes idempotency keys. */
  readonly newId: () => string;
  /** `http://127.0.0.1:8787` */
  readonly server: string;
  readonly session: string;
  /** Sent with each request: the admin token. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface EventsOptions {
  /** From the first event that is kept, from now on, or after the event with this id. */
  readonly from: "start" | "now" | number;
  readonly signal: AbortSignal;
  readonly onLine?: (state: "open" | "broken") => void;
}

export interface NumberedEvent {
  readonly id: number | undefined;
  readonly event: WireEvent;
}

export interface PostOptions {
  readonly signal: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
  /** The server did not take it; it is tried again until the signal aborts. */
  readonly onTrouble?: () => void;
}

const receipt = z.object({
  id: z.string(),
  taskId: z.string().default(""),
  seq: z.number().default(0),
  position: z.number().default(0),
  /** `answered`: a command, `text` is its answer. `full`: no place in the line, `error` says so. */
  status: z.enum(["accepted", "duplicate", "answered", "full"]),
  text: z.string().default(""),
  error: z.string().default(""),
});

export type Receipt = z.infer<typeof receipt>;

export interface SessionClient {
  /** Ends when the signal aborts; throws only a `ServerRefusal`. */
  events(options: EventsOptions): AsyncGenerator<NumberedEvent, void>;
  /** Throws a `ServerRefusal`, or the signal's reason. */
  post(text: string, options: PostOptions): Promise<Receipt>;
  /** Whether the server took the wish. Must not throw. */
  cancel(taskId: string): Promise<boolean>;
}

const POST_MS_MAX = 30_000;
const CANCEL_MS_MAX = 5000;
/** A line that stays up this long, or tells something, was worth coming back for: the backoff begins anew. */
const STEADY_MS = 5000;

export function createSessionClient(parts: SessionClientParts): SessionClient {
  const { fetch, clock, random, session } = parts;
  const base = `${parts.server.replace(/\/$/, "")}/api`;
  const sessionBase = `${base}/sessions/${encodeURIComponent(session)}`;
  /** The first message this client sent: what came before it is old. */
  let firstSeq: number | undefined;

  async function* events({ from, signal, onLine }: EventsOptions): AsyncGenerator<NumberedEvent, void> {
    let lastId = typeof from === "number" ? String(from) : "";
    let isSkipping = false;
    for (let failures = 0; !signal.aborted; ) {
      const isUnplaced = from === "now" && lastId === "";
      // A line that broke before it said where it is: what was sent since is looked for in the whole.
      if (isUnplaced && failures > 0 && firstSeq !== undefined) isSkipping = true;
      const { controller, release } = childController(signal);
      let openedAt = Number.POSITIVE_INFINITY;
      try {
        const request = new Request(
          `${sessionBase}/events?channel=terminal${isUnplaced && !isSkipping ? "&after=now" : ""}`,
          {
            headers: {
              ...parts.headers,
              accept: "text/event-stream",
              ...(lastId === "" ? {} : { "last-event-id": lastId }),
            },
            signal: controller.signal,
          },
        );
        const response = await within(clock, SILENCE_MS_MAX, controller, () => fetch(request));
        await throwIfRefused(response);
        if (response.ok && response.body) {
          openedAt = clock.now();
          onLine?.("open");
          for await (const { id, type, json } of readEventFields(response.body, clock, controller.signal)) {
            if (id !== undefined) lastId = id;
            const event = toWireEvent(type, json);
            if (!event) continue;
            failures = 0;
            if (event.type === "message_accepted" && event.seq >= (firstSeq ?? 0)) isSkipping = false;
            if (!isSkipping) yield { id: /^\d+$/.test(id ?? "") ? Number(id) : undefined, event };
          }
        }
      } catch (error) {
        // Any other end of the line, a deadline among them, is mended by coming back.
        if (error instanceof ServerRefusal) throw error;
      } finally {
        controller.abort();
        release();
      }
      if (signal.aborted) return;
      onLine?.("broken");
      if (clock.now() - openedAt >= STEADY_MS) failures = 0;
      await sleep(clock, backoffMs(failures, random), signal).catch(() => {});
      failures += 1;
    }
  }

  function send(path: string, body: string | null, headers: Readonly<Record<string, string>>): Request {
    return new Request(path, {
      method: "POST",
      body,
      headers: {
        ...parts.headers,
        ...headers,
        "signalbox-channel": "terminal",
        ...(body === null ? {} : { "content-type": "application/json" }),
      },
    });
  }

  async function post(text: string, { signal, headers = {}, onTrouble }: PostOptions): Promise<Receipt> {
    const body = JSON.stringify({ text, id: parts.newId() });
    for (let failures = 0; ; failures += 1) {
      try {
        const request = send(`${sessionBase}/messages`, body, headers);
        const response = await requestWhole({ fetch, clock, request, deadlineMs: POST_MS_MAX, signal });
        const isFull = response.status === 429;
        const answer: unknown = await response
          .clone()
          .json()
          .catch(() => undefined);
        const taken = receipt.safeParse(isFull ? { ...Object(answer), status: "full" } : answer);
        if (taken.success && (response.ok || isFull)) {
          firstSeq ??= taken.data.seq;
          return taken.data;
        }
        await throwIfRefused(response);
      } catch (error) {
        if (error instanceof ServerRefusal || signal.aborted) throw error;
      }
      onTrouble?.();
      await sleep(clock, backoffMs(failures, random), signal);
    }
  }

  async function cancel(taskId: string): Promise<boolean> {
    const request = send(`${base}/tasks/${encodeURIComponent(taskId)}/cancel`, null, {});
    const { signal } = new AbortController();
    try {
      return (await requestWhole({ fetch, clock, request, deadlineMs: CANCEL_MS_MAX, signal })).ok;
    } catch {
      return false;
    }
  }

  return { events, post, cancel };
}
