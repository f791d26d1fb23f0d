// Health, readiness, failures, and the real thing: sockets, slow readers, readers that vanish, a server that leaves.

import { connect, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { createWebChannel } from "../../src/channels/web/web-channel.ts";
import type { Channel } from "../../src/core/channel.ts";
import { AppError } from "../../src/core/errors.ts";
import type { Live } from "../../src/core/live.ts";
import { type Log, type LogFields, silentLog } from "../../src/core/log.ts";
import type { SessionEvent } from "../../src/core/session-event.ts";
import type { Store } from "../../src/core/store.ts";
import { createHttpServer, type HttpParts } from "../../src/http/server.ts";
import { createLiveBoard } from "../../src/runtime/live.ts";
import { ask, jsonOf } from "../support/ask.ts";
import { EventConnection } from "../support/event-connection.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { startTestApp } from "../support/start-test-app.ts";

const MEGABYTE = 1024 * 1024;

const partsWith = (parts: Partial<HttpParts> = {}): HttpParts => ({
  channels: [],
  troubles: async () => [],
  metricsText: async () => "",
  log: silentLog,
  guard: { adminToken: undefined, host: "127.0.0.1" },
  port: 0,
  ...parts,
});

const channelThat = (fetch: () => Response | Promise<Response>): Channel => ({
  name: "odd",
  start: async () => {},
  stop: async () => {},
  trouble: () => undefined,
  http: { paths: ["/odd"], fetch },
});

describe("health", () => {
  test("a process that is up says so", async () => {
    await using bot = await startTestApp();
    expect(await jsonOf(await ask(bot.app.http, "/healthz"))).toEqual({ status: "ok" });
  });

  test("ready with an open ledger and connected channels", async () => {
    await using bot = await startTestApp();
    const response = await ask(bot.app.http, "/readyz");
    expect([response.status, await response.json()]).toEqual([200, { status: "ready" }]);
  });

  test("not ready when the ledger cannot be written or a channel has trouble: 503 with all the reasons", async () => {
    await using bot = await startTestApp({
      wrapStore: (store: Store): Store => ({
        ...store,
        probe: async () => {
          throw new AppError("storage-full", "the ledger /data/signalbox.db: SQLITE_FULL");
        },
      }),
    });
    Object.assign(bot.chat, { trouble: () => "the token was revoked" });
    const response = await ask(bot.app.http, "/readyz");
    expect(response.status).toBe(503);
    const text = await response.text();
    expect(JSON.parse(text)).toEqual({
      status: "not ready",
      reasons: ["slack: the token was revoked", "the ledger cannot be written"],
    });
    // What is wrong inside is the log's to tell.
    expect(text).not.toMatch(/SQLITE|signalbox\.db/);
  });

  test("a server that is leaving is not ready any more, but up", async () => {
    await using bot = await startTestApp();
    await bot.stop();
    const response = await ask(bot.app.http, "/readyz");
    expect(response.status).toBe(503);
    expect((await jsonOf(response)).reasons).toContain("stopping");
    expect((await ask(bot.app.http, "/healthz")).status).toBe(200);
  });
});

describe("what a channel throws", () => {
  const failures: readonly (readonly [name: string, error: unknown, status: number, sentence: RegExp])[] = [
    ["an error nobody foresaw", new TypeError("x of undefined at /srv/secret.ts"), 500, /went wrong on our side/],
    ["a full disk", new AppError("storage-full", "/data: SQLITE_FULL"), 503, /could not be stored/],
    ["a locked ledger", new AppError("storage-locked", "/data"), 503, /could not be stored/],
    ["leaving", new AppError("shutting-down", "the ledger is closed"), 503, /restarting/],
  ];

  test.each(failures)(
    "%s becomes a sentence, and the operator reads the rest",
    async (_name, error, status, sentence) => {
      const lines: LogFields[] = [];
      const log: Log = {
        ...silentLog,
        info: (_, fields) => lines.push(fields ?? {}),
        error: (_, fields) => lines.push(fields ?? {}),
      };
      const server = createHttpServer(
        partsWith({
          log,
          channels: [
            channelThat(() => {
              throw error;
            }),
          ],
        }),
      );
      const response = await ask(server, "/odd");
      const text = await response.text();
      expect(response.status).toBe(status);
      expect(text).toMatch(sentence);
      expect(text).not.toMatch(/secret|SQLITE|\/data|\bundefined\b/);
      expect(lines).toMatchObject([{ path: "/odd", status, error }]);
    },
  );
});

describe("listening", () => {
  test("without a token it binds to nothing but this machine", async () => {
    for (const host of ["0.0.0.0", "::", "192.168.0.1", "example.com"]) {
      const server = createHttpServer(partsWith({ guard: { adminToken: undefined, host } }));
      await expect(server.listen()).rejects.toMatchObject({
        code: "bad-config",
        message: expect.stringMatching(/SIGNALBOX_ADMIN_TOKEN.*127\.0\.0\.1/),
      });
      await server.close();
    }
  });

  test("with a token it binds to all addresses", async () => {
    const server = createHttpServer(partsWith({ guard: { adminToken: "0123456789abcdef", host: "0.0.0.0" } }));
    const url = new URL(await server.listen());
    const response = await fetch(`http://127.0.0.1:${url.port}/metrics`);
    expect(response.status).toBe(401);
    await server.close();
  });

  test("a taken port is named, with what to do", async () => {
    const first = createHttpServer(partsWith());
    const port = Number(new URL(await first.listen()).port);
    const second = createHttpServer(partsWith({ port }));
    await expect(second.listen()).rejects.toMatchObject({
      code: "port-taken",
      message: expect.stringMatching(new RegExp(`port ${port} .* is taken: .*PORT`)),
    });
    await second.close();
    await first.close();
  });

  test("an address that is not this machine's is named", async () => {
    const server = createHttpServer(partsWith({ guard: { adminToken: "0123456789abcdef", host: "203.0.113.7" } }));
    await expect(server.listen()).rejects.toMatchObject({ message: expect.stringContaining("203.0.113.7") });
    await server.close();
  });

  test("bytes that are not HTTP, or are odd HTTP, are refused and harm nobody", async () => {
    const server = createHttpServer(partsWith());
    const url = new URL(await server.listen());
    for (const bytes of [
      "\u0016\u0003\u0001\u0002",
      "GET / HTTP/9.9\r\n\r\n",
      "GET / HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
      "GET \\..\\x HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "GET http://evil.example/api/x HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "POST /api/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST /api/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: nonsense\r\n\r\n",
      `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(100_000)}\r\n\r\n`,
    ]) {
      expect(await firstLineFor(url, bytes)).toMatch(/^HTTP\/1\.1 4\d\d /);
    }
    expect((await fetch(`${url.origin}/healthz`)).status).toBe(200);
    await server.close();
  });
});

/** What the server says first to these bytes. */
function firstLineFor(url: URL, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(url.port), url.hostname, () => socket.write(bytes));
    socket.once("data", (data) => {
      resolve(data.toString().split("\r\n")[0] ?? "");
      socket.destroy();
    });
    socket.once("error", reject);
    socket.once("close", () => resolve("closed"));
  });
}

/** A web channel over a ledger of one long session, with its listeners counted. */
async function startWeb(count: number, charsEach: number) {
  const board = createLiveBoard();
  let listeners = 0;
  let charsRead = 0;
  let events = count;
  const live: Live = {
    ...board,
    watch: (session, listener) => {
      listeners += 1;
      const unwatch = board.watch(session, listener);
      return () => {
        listeners -= 1;
        unwatch();
      };
    },
  };
  const eventAt = (n: number): SessionEvent => ({
    session: "web:s",
    n,
    at: 0,
    body: { type: "message_closed", messageId: `m${n}`, disposition: "answered", text: "x".repeat(charsEach) },
  });
  const clock = new FakeClock();
  const store = {
    eventsAfter: async (_session: string, after: number, limit: number) => {
      const found = Array.from({ length: Math.max(0, Math.min(limit, events - after)) }, (_, index) =>
        eventAt(after + index + 1),
      );
      charsRead += found.length * charsEach;
      return found;
    },
    lastEvent: async () => events,
    tasks: async () => [],
    task: async () => undefined,
    sentFile: async () => undefined,
    fileContent: async () => undefined,
    progress: async () => undefined,
  };
  const web = createWebChannel({
    log: silentLog,
    inbox: {
      accept: () => Promise.reject(new Error("nobody writes here")),
      amend: async () => "unknown",
      withdraw: async () => "unknown",
    },
    buttons: { press: async () => ({ isDone: false, text: "" }) },
    store,
    cancel: async () => "unknown",
    redact: (text) => text,
    live,
    clock,
    ids: { next: (prefix) => prefix },
  });
  const server = createHttpServer(partsWith({ channels: [web] }));
  const url = await server.listen();
  return {
    url,
    web,
    server,
    clock,
    charsRead: () => charsRead,
    listeners: () => listeners,
    tell: () => {
      events += 1;
      board.changed("web:s");
    },
  };
}

/** Turns of the event loop, with the kernel's part between them, until this holds. */
async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; !condition(); turn += 1) {
    if (turn > 5_000) throw new Error("it did not come about");
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** As long as the number still changes, it goes on. */
async function settledAt(read: () => number): Promise<number> {
  for (let same = 0, last = read(); ; ) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    same = read() === last ? same + 1 : 0;
    last = read();
    if (same > 200) return last;
  }
}

const openStream = (url: string): Promise<Socket> => {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write("GET /api/sessions/s/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
      resolve(socket);
    });
    socket.once("error", reject);
  });
};

describe("streams over real sockets", () => {
  test("a reader that does not read costs a bounded piece of a long session, and gets the rest when it reads on", async () => {
    const web = await startWeb(4_000, 50_000);
    const socket = await openStream(web.url);
    socket.pause();
    await until(() => web.charsRead() > 0);
    const taken = await settledAt(web.charsRead);
    // What fits into the kernel's buffers, and a few reads more; the session has 200 MB.
    expect(taken).toBeLessThan(60 * MEGABYTE);
    for (let index = 0; index < 1_000; index += 1) web.tell();
    expect(await settledAt(web.charsRead)).toBe(taken);
    let received = 0;
    socket.on("data", (data) => {
      received += data.length;
    });
    socket.resume();
    await until(() => received > 5_000 * 50_000);
    socket.destroy();
    await until(() => web.listeners() === 0);
    await web.server.close();
  });

  test("readers that vanish leave neither listener nor timer, and others go on", async () => {
    const web = await startWeb(3, 10);
    const sockets = await Promise.all(Array.from({ length: 20 }, () => openStream(web.url)));
    const staying = new EventConnection(await fetch(`${web.url}/api/sessions/s/events`));
    await until(() => web.listeners() === 21);
    await staying.readUntil("message_closed", 3);
    for (const [index, socket] of sockets.entries()) {
      if (index % 2 === 0) socket.destroy();
      else socket.resetAndDestroy();
      web.tell();
    }
    await until(() => web.listeners() === 1);
    await staying.readUntil("message_closed", 23);
    expect(staying.events.map(({ fields }) => fields.messageId)).toEqual(
      Array.from({ length: 23 }, (_, index) => `m${index + 1}`),
    );
    await staying.leave();
    await until(() => web.listeners() === 0 && web.clock.pending === 0);
    web.tell();
    await web.server.close();
  });

  test("a channel that stops ends its streams in good order", async () => {
    const web = await startWeb(1, 10);
    const page = new EventConnection(await fetch(`${web.url}/api/sessions/s/events`));
    await page.readUntil("message_closed");
    const end = page.readToEnd();
    await web.web.stop();
    await end;
    expect([page.isEnded, web.listeners(), web.clock.pending]).toEqual([true, 0, 0]);
    await web.server.close();
  });

  test("a server that closes takes the streams along that came while it was leaving", async () => {
    const web = await startWeb(1, 10);
    await web.web.stop();
    const page = new EventConnection(await fetch(`${web.url}/api/sessions/s/events`));
    await page.readUntil("message_closed");
    const end = page.readToEnd();
    await Promise.all([web.server.close(), expect(end).rejects.toThrow()]);
    await until(() => web.listeners() === 0);
    expect(web.clock.pending).toBe(0);
    await expect(fetch(`${web.url}/healthz`)).rejects.toThrow();
  });

  test("closing one that never listened, or twice, is harmless", async () => {
    const server = createHttpServer(partsWith());
    await server.close();
    await server.listen();
    await server.close();
    await server.close();
  });
});
