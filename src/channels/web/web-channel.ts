// The web channel: the session API, its event streams, and the page. Its people are whoever the HTTP server let in. The terminal
// client speaks the same API under its own channel name; on both people read a session's events, nothing is pushed.

import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { z } from "zod";
import type { Buttons, Channel, Inbox } from "../../core/channel.ts";
import type { Clock, Ids } from "../../core/clock.ts";
import { AppError } from "../../core/errors.ts";
import type { Live } from "../../core/live.ts";
import type { Log } from "../../core/log.ts";
import type { AcceptResult, InboundMessage, SessionKey } from "../../core/message.ts";
import type { CancelResult, Store } from "../../core/store.ts";
import { TASK_KINDS } from "../../core/task-kind.ts";
import { progressText } from "../../core/task-text.ts";
import { languageOf, userText } from "../../core/user-text.ts";
import { withCleanTools } from "./clean-tools.ts";
import { EventReader, placeOf } from "./event-reader.ts";
import { createEventStream } from "./event-stream.ts";
import { fileResponse } from "./file-response.ts";
import { createPageFiles } from "./page-files.ts";

export interface WebChannelParts {
  readonly inbox: Inbox;
  readonly buttons: Pick<Buttons, "press">;
  readonly store: Pick<Store, "eventsAfter" | "lastEvent" | "tasks" | "task" | "progress" | "sentFile" | "fileContent">;
  readonly cancel: (task: string) => Promise<CancelResult>;
  /** Takes secrets out of what is shown of tools. */
  readonly redact: (text: string) => string;
  readonly live: Live;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

const BODY_BYTES_MAX = 8 * 1024 * 1024;
const TEXT_CHARS_MAX = 200_000;
const TASKS_MAX = 200;

const channelName = z.enum(["web", "terminal"]).default("web");
const sessionId = z
  .string()
  .regex(/^[A-Za-z0-9_.:-]{1,128}$/, { error: "a session id has 1 to 128 letters, digits or . _ : -" });
const image = z.strictObject({
  mediaType: z.enum(["image/png", "image/jpeg", "image/gif", "image/webp"]),
  base64: z.base64().min(1, { error: "it is empty" }),
});
const newMessage = z.strictObject({
  text: z
    .string()
    .trim()
    .min(1, { error: "it is empty" })
    .max(TEXT_CHARS_MAX, { error: `it has over ${TEXT_CHARS_MAX} characters` }),
  id: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,100}$/)
    .optional(),
  images: z.array(image).max(8).optional(),
});
const headers = z.object({
  channel: channelName,
  kind: z.enum(TASK_KINDS).optional(),
  agent: z
    .string()
    .regex(/^[a-z0-9_-]{1,64}$/)
    .optional(),
  once: z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, { error: "an idempotency key has 1 to 200 visible characters" })
    .optional(),
});

export function createWebChannel(parts: WebChannelParts): Channel {
  const leaving = new AbortController();
  const pageFile = createPageFiles();
  const { log } = parts;
  const app = new Hono();

  app.onError((error, context) => {
    if (error instanceof AppError && error.code === "bad-input") return context.json({ error: error.message }, 400);
    // What is not the caller's to mend is logged and answered by the server.
    throw error;
  });
  app.use(
    "/api/*",
    bodyLimit({
      maxSize: BODY_BYTES_MAX,
      onError: (context) => context.json({ error: "the body is larger than 8 MB" }, 413),
    }),
  );

  app.post("/api/sessions/:id/messages", async (context) => {
    if (leaving.signal.aborted) throw new AppError("shutting-down", "the server is leaving");
    const request = context.req;
    const { channel, kind, agent, once } = parse(headers, {
      channel: request.header("signalbox-channel"),
      kind: request.header("signalbox-kind"),
      agent: request.header("signalbox-agent"),
      once: request.header("idempotency-key"),
    });
    const id = parse(sessionId, request.param("id"));
    const body = parse(newMessage, await json(request.raw));
    const inbound: InboundMessage = {
      // No session id has a slash: two sessions never share a key, whatever the caller chose.
      key: `${channel}:${id}/${body.id ?? once ?? parts.ids.next("once")}`,
      channel,
      session: `${channel}:${id}`,
      sender: { id: `${channel}:local`, name: "local" },
      text: body.text,
      ...(body.images && body.images.length > 0 ? { images: body.images } : {}),
      ...(kind ? { kind } : {}),
      ...(agent ? { agent } : {}),
    };
    const result = await parts.inbox.accept(inbound);
    return context.json(receipt(result), result.status === "full" ? 429 : 202);
  });

  app.get("/api/sessions/:id/events", async (context) => {
    const channel = parse(channelName, context.req.query("channel"));
    const session: SessionKey = `${channel}:${parse(sessionId, context.req.param("id"))}`;
    const from = context.req.header("last-event-id") ?? context.req.query("after") ?? "0";
    const last = await parts.store.lastEvent(session);
    const asked = from === "now" ? { event: last, chars: 0 } : placeOf(parse(eventId, from));
    // A place past the end is of another ledger, which this one replaced: all that is here is new.
    const place = asked.event > last ? { event: 0, chars: 0 } : asked;
    const stream = createEventStream({
      reader: new EventReader(session, place, withCleanTools(parts.store, parts.redact), parts.live),
      session,
      live: parts.live,
      after: parts.clock.after,
      leaving: leaving.signal,
      onFailure: (error) => log.error("event stream broke", { session, error }),
    });
    return new Response(stream, {
      headers: { "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" },
    });
  });

  app.get("/api/sessions/:id/files/:file", async (context) => {
    const channel = parse(channelName, context.req.query("channel"));
    const session: SessionKey = `${channel}:${parse(sessionId, context.req.param("id"))}`;
    const file = await parts.store.sentFile(session, parse(sessionId, context.req.param("file")));
    const content = file && (await parts.store.fileContent(file.hash));
    return content ? fileResponse(file, content) : context.json({ error: "there is no such file here" }, 404);
  });

  app.get("/api/tasks", async (context) => context.json({ tasks: await parts.store.tasks({ limit: TASKS_MAX }) }));

  app.get("/api/tasks/:id/progress", async (context) => {
    const progress = await parts.store.progress(context.req.param("id"));
    if (!progress) return context.json({ error: "there is no such task" }, 404);
    const text = progressText(progress, parts.clock.now(), languageOf(progress.goal));
    return context.json({ state: progress.task.state, text });
  });

  app.post("/api/tasks/:id/cancel", async (context) => {
    const result = await parts.cancel(context.req.param("id"));
    return result === "unknown" ? context.json({ error: "there is no such task" }, 404) : context.json({ result }, 202);
  });

  app.post("/api/buttons/:id/press", async (context) => {
    const channel = parse(channelName, context.req.header("signalbox-channel"));
    const by = { id: `${channel}:local`, name: "local" };
    return context.json(await parts.buttons.press({ id: parse(sessionId, context.req.param("id")), by }));
  });

  app.all("/api/*", (context) => context.json({ error: "there is nothing at this address" }, 404));
  app.get("/", () => pageFile("index.html"));
  app.get("/page/:file", (context) => pageFile(context.req.param("file")));

  return {
    name: "web",
    carries: ["file", "mention"],
    http: { paths: ["/api", "/page", "/"], fetch: (request) => app.fetch(request) },
    start: async () => {},
    stop: async () => leaving.abort(),
    trouble: () => undefined,
  };
}

const eventId = z.coerce.number({ error: "it must be the id of an event" }).int().min(0).max(Number.MAX_SAFE_INTEGER);

function receipt(result: AcceptResult): Readonly<Record<string, unknown>> {
  const { message } = result;
  const base = { id: message.id, taskId: message.task, seq: message.seq, status: result.status };
  switch (result.status) {
    case "accepted":
      return { ...base, position: result.position };
    case "full":
      return { ...base, error: userText("lineFull", "en", result.waiting) };
    case "answered":
      return { ...base, position: 0, text: result.text };
    case "duplicate":
      return { ...base, position: 0 };
  }
}

async function json(request: Request): Promise<unknown> {
  try {
    return await request.json();
  } catch (error) {
    throw new AppError("bad-input", "the body is not JSON", { cause: error });
  }
}

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) =>
    [issue.path.join("."), issue.message].filter((part) => part !== "").join(": "),
  );
  throw new AppError("bad-input", lines.join("; "));
}
