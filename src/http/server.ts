// The HTTP server: health, readiness, metrics, the guard, and the paths that channels answer. Knows channels by their port only.

import { type AddressInfo, isIPv6 } from "node:net";
import { createAdaptorServer, type ServerType } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Channel } from "../core/channel.ts";
import { AppError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { checkOrigin, type GuardOptions, isLoopback, login, loginPage, requireToken } from "./guard.ts";

export interface HttpParts {
  readonly channels: readonly Channel[];
  /** Empty when ready; else the reasons. */
  readonly troubles: () => Promise<readonly string[]>;
  readonly metricsText: () => Promise<string>;
  readonly log: Log;
  readonly guard: GuardOptions;
  readonly port: number;
}

export interface HttpServer {
  /** The whole server as a function: what a test or an in-process client calls. */
  fetch(request: Request): Promise<Response>;
  /** Returns where it listens. */
  listen(): Promise<string>;
  close(): Promise<void>;
}

const HEADERS_MS_MAX = 15_000;
/** Longer than clients keep a connection: one closed just as it is used again costs a repeated request. */
const KEEP_ALIVE_MS = 75_000;
const REQUEST_MS_MAX = 60_000;
const LOGIN_BYTES_MAX = 4_096;

export function createHttpServer(parts: HttpParts): HttpServer {
  const { guard, log } = parts;
  const app = new Hono();
  app.onError((error, context) => {
    const { status, sentence, level } = answerTo(error);
    log[level]("request failed", { path: context.req.path, status, error });
    return context.json({ error: sentence }, status);
  });

  app.get("/healthz", (context) => context.json({ status: "ok" }));
  app.get("/readyz", async (context) => {
    const troubles = await parts.troubles();
    return troubles.length === 0
      ? context.json({ status: "ready" })
      : context.json({ status: "not ready", reasons: troubles }, 503);
  });
  // Before the guard: a signature says more than a name, and a platform calls by the name of whatever proxy is in between.
  for (const channel of parts.channels) if (channel.http?.isSigned) mount(app, channel, guard);
  app.use(checkOrigin(guard));
  app.get("/login", (context) => context.html(loginPage("Type the token from SIGNALBOX_ADMIN_TOKEN.")));
  const tooLarge = (context: Context): Response => context.json({ error: "that is too long for a token" }, 413);
  app.post("/login", bodyLimit({ maxSize: LOGIN_BYTES_MAX, onError: tooLarge }), login(guard));
  app.get("/metrics", requireToken(guard), async (context) =>
    context.text(await parts.metricsText(), 200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }),
  );
  for (const channel of parts.channels) if (!channel.http?.isSigned) mount(app, channel, guard);
  app.notFound((context) => context.json({ error: "there is nothing at this address" }, 404));

  const fetch = async (request: Request): Promise<Response> => app.fetch(request);
  let server: ServerType | undefined;
  return {
    fetch,
    listen: async () => {
      if (guard.adminToken === undefined && !isLoopback(guard.host)) {
        throw new AppError(
          "bad-config",
          `HOST=${guard.host} would let others in: set SIGNALBOX_ADMIN_TOKEN (16 characters or more), or use HOST=127.0.0.1`,
        );
      }
      server = createAdaptorServer({
        fetch: (request) => app.fetch(request),
        serverOptions: {
          requestTimeout: REQUEST_MS_MAX,
          headersTimeout: HEADERS_MS_MAX,
          keepAliveTimeout: KEEP_ALIVE_MS,
        },
      });
      await bind(server, guard.host, parts.port);
      const { port } = server.address() as AddressInfo;
      return `http://${isIPv6(guard.host) ? `[${guard.host}]` : guard.host}:${port}`;
    },
    close: () => closeServer(server),
  };
}

interface FailureAnswer {
  readonly status: 500 | 503;
  readonly sentence: string;
  readonly level: "info" | "error";
}

/** The one place where a request's failure becomes an answer; the caller's own mistakes are answered by the channels. */
function answerTo(error: Error): FailureAnswer {
  const code = error instanceof AppError ? error.code : "internal";
  if (code === "shutting-down") {
    return { status: 503, sentence: "The server is restarting; send this again in a moment.", level: "info" };
  }
  if (code.startsWith("storage-")) {
    const sentence = "The message could not be stored, so it was not taken. Send it again later.";
    return { status: 503, sentence, level: "error" };
  }
  const sentence = "Something went wrong on our side. It was logged; please try again.";
  return { status: 500, sentence, level: "error" };
}

function mount(app: Hono, { http }: Channel, guard: GuardOptions): void {
  if (!http) return;
  for (const path of http.paths) {
    const patterns = path === "/" ? ["/"] : [path, `${path}/*`];
    for (const pattern of patterns) {
      if (http.isSigned) app.all(pattern, (context) => http.fetch(context.req.raw));
      else app.all(pattern, requireToken(guard), (context) => http.fetch(context.req.raw));
    }
  }
}

function bind(server: ServerType, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") {
        reject(
          new AppError("port-taken", `port ${port} on ${host} is taken: stop what uses it, or set PORT to another`, {
            cause: error,
          }),
        );
      } else if (error.code === "EACCES") {
        reject(
          new AppError("port-taken", `port ${port} may not be used by this user: set PORT to one above 1023`, {
            cause: error,
          }),
        );
      } else
        reject(new AppError("port-taken", `cannot listen on ${host}:${port}: set HOST and PORT`, { cause: error }));
    });
    server.listen(port, host, () => resolve());
  });
}

/** Ends what is idle at once and, a moment later, what is still open: event streams end by themselves before. */
function closeServer(server: ServerType | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (!server) {
      resolve();
      return;
    }
    server.close(() => resolve());
    if ("closeAllConnections" in server) server.closeAllConnections();
  });
}
