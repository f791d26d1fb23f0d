// Who may speak to the server: attacks by other sites, re-bound names, guessed tokens and odd spellings of paths.

import { describe, expect, test } from "vitest";
import type { Channel } from "../../src/core/channel.ts";
import { silentLog } from "../../src/core/log.ts";
import { createHttpServer, type HttpServer } from "../../src/http/server.ts";
import { ask } from "../support/ask.ts";

const TOKEN = "correct-horse-battery-staple";

interface Guarded extends HttpServer {
  /** Requests that reached a channel. */
  readonly reached: string[];
}

function serverWith(adminToken?: string, host = "127.0.0.1"): Guarded {
  const reached: string[] = [];
  const channel = (name: string, paths: readonly string[], isSigned = false): Channel => ({
    name,
    start: async () => {},
    stop: async () => {},
    trouble: () => undefined,
    http: {
      paths,
      isSigned,
      fetch: (request) => {
        reached.push(`${name}: ${request.method} ${new URL(request.url).pathname}`);
        return new Response("in");
      },
    },
  });
  const server = createHttpServer({
    channels: [channel("web", ["/api", "/page", "/"]), channel("slack", ["/slack/events"], true)],
    troubles: async () => [],
    metricsText: async () => "up 1\n",
    log: silentLog,
    guard: { adminToken, host },
    port: 0,
  });
  return { ...server, reached };
}

const statusOf = async (
  server: HttpServer,
  path: string,
  headers: Record<string, string>,
  method = "GET",
): Promise<number> => (await ask(server, path, { method, headers })).status;

describe("without a token: this machine only", () => {
  test.each(["localhost", "localhost:8787", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:65535"])(
    "%s is this machine's own name",
    async (host) => {
      expect(await statusOf(serverWith(), "/api/tasks", { host })).toBe(200);
    },
  );

  test.each([
    "evil.example",
    "evil.example:8787",
    "localhost.evil.example",
    "evil.localhost",
    "127.0.0.1.evil.example",
    "127.0.0.1.",
    "127.0.0.2",
    "0.0.0.0:8787",
    "localhost:8787.evil.example",
    "localhost:123456",
    "localhost:",
    "localhost@evil.example",
    "evil.example#localhost",
    "::1",
    " ",
    "",
  ])("the name %j, re-bound to this machine, is refused everywhere", async (host) => {
    const server = serverWith();
    for (const path of ["/", "/api/tasks", "/page/x", "/metrics", "/login", "/nothing"]) {
      expect([path, await statusOf(server, path, { host })]).toEqual([path, 403]);
    }
    expect(await statusOf(server, "/api/x", { host }, "POST")).toBe(403);
    expect(server.reached).toEqual([]);
  });

  test("a request without a name is refused", async () => {
    const server = serverWith();
    expect((await server.fetch(new Request("http://localhost/api/tasks"))).status).toBe(403);
  });

  test("the address it is bound to is its own name", async () => {
    expect(await statusOf(serverWith(undefined, "::1"), "/api/x", { host: "[::1]:8787" })).toBe(200);
  });

  test("nothing of what was asked for is repeated at length, or as markup", async () => {
    const response = await ask(serverWith(), "/", { headers: { host: `<script>${"x".repeat(10_000)}` } });
    expect(response.headers.get("content-type")).toContain("application/json");
    expect((await response.text()).length).toBeLessThan(300);
  });
});

describe("other sites", () => {
  const own = { host: "localhost:8787" };

  test.each(["http://localhost:8787", "https://localhost:8787"])("the page's own origin %s may", async (origin) => {
    expect(await statusOf(serverWith(), "/api/x", { ...own, origin }, "POST")).toBe(200);
  });

  test.each([
    "https://evil.example",
    "http://localhost",
    "http://localhost:3000",
    "http://127.0.0.1:8787",
    "http://localhost:8787.evil.example",
    "http://evil.example?http://localhost:8787",
    "null",
    "",
    "file://",
    "chrome-extension://abc",
  ])("the origin %j is refused for reading and writing, with and without the token", async (origin) => {
    for (const server of [serverWith(), serverWith(TOKEN)]) {
      for (const method of ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
        const headers = { ...own, origin, authorization: `Bearer ${TOKEN}` };
        expect(await statusOf(server, "/api/x", headers, method)).toBe(403);
      }
      expect(server.reached).toEqual([]);
    }
  });

  test("no answer invites other sites to read it", async () => {
    const response = await ask(serverWith(), "/api/x", {
      method: "OPTIONS",
      headers: { ...own, origin: "https://evil.example", "access-control-request-method": "POST" },
    });
    expect([...response.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  test.each([
    ["cross-site", 403],
    ["same-site", 403],
    ["CROSS-SITE", 403],
    ["something new", 403],
    ["same-origin", 200],
    ["none", 200],
  ])("a write the browser calls %s is answered %i", async (site, status) => {
    for (const method of ["POST", "PUT", "DELETE"]) {
      expect(await statusOf(serverWith(), "/api/x", { ...own, "sec-fetch-site": site }, method)).toBe(status);
    }
  });

  test("a link from elsewhere opens the page", async () => {
    expect(await statusOf(serverWith(), "/", { ...own, "sec-fetch-site": "cross-site" })).toBe(200);
  });

  test("a script without a browser needs no origin", async () => {
    expect(await statusOf(serverWith(), "/api/x", own, "POST")).toBe(200);
  });
});

describe("with a token", () => {
  const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

  test("the token opens, under any name", async () => {
    const server = serverWith(TOKEN);
    for (const host of ["localhost", "chat.example.com"]) {
      expect(await statusOf(server, "/api/x", { host, ...bearer(TOKEN) })).toBe(200);
    }
    expect(await statusOf(server, "/api/x", { authorization: `bearer ${TOKEN}` })).toBe(200);
  });

  test.each([
    ["nothing", {}],
    ["an empty one", bearer("")],
    ["another", bearer("wrong-horse-battery-staple")],
    ["its beginning", bearer(TOKEN.slice(0, -1))],
    ["more than it", bearer(`${TOKEN}x`)],
    ["it in capitals", bearer(TOKEN.toUpperCase())],
    ["it as a basic password", { authorization: `Basic ${Buffer.from(`x:${TOKEN}`).toString("base64")}` }],
    ["it in the cookie", { cookie: `signalbox=${TOKEN}` }],
    ["an empty cookie", { cookie: "signalbox=" }],
    ["a huge one", bearer("x".repeat(5_000))],
    ["undefined, spelled out", bearer("undefined")],
  ])("%s does not open: 401 as JSON, by every method", async (_name, headers) => {
    const server = serverWith(TOKEN);
    for (const method of ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"]) {
      for (const path of ["/", "/api/x", "/page/x.js", "/metrics"]) {
        if (path === "/metrics" && method !== "GET" && method !== "HEAD") continue;
        expect([method, path, await statusOf(server, path, headers, method)]).toEqual([method, path, 401]);
      }
    }
    expect(server.reached).toEqual([]);
  });

  test("the token in the address does not open: addresses are logged and remembered", async () => {
    expect(await statusOf(serverWith(TOKEN), `/api/x?token=${TOKEN}&access_token=${TOKEN}`, {})).toBe(401);
  });

  test.each([
    "/api",
    "/api/",
    "//api/x",
    "/api//x",
    "/API/x",
    "/%61pi/x",
    "/api%2fx",
    "/./api/x",
    "/login/../api/x",
    "/healthz/../api/x",
    "/slack/events/../../api/x",
    "/slack/events/%2e%2e/%2e%2e/api/x",
    "/slack/events%2f..%2fapi",
    "/api/x?/slack/events",
    "/api/x#/healthz",
    "/page/x;/healthz",
    "/api\\x",
  ])("%s is no way round it", async (path) => {
    const server = serverWith(TOKEN);
    await ask(server, path);
    await ask(server, path, { method: "POST" });
    expect(server.reached.filter((request) => request.startsWith("web"))).toEqual([]);
  });

  test("health is everybody's, numbers are not", async () => {
    const server = serverWith(TOKEN);
    expect(await statusOf(server, "/healthz", {})).toBe(200);
    expect(await statusOf(server, "/readyz", {})).toBe(200);
    expect(await statusOf(server, "/metrics", {})).toBe(401);
    expect(await statusOf(server, "/metrics", bearer(TOKEN))).toBe(200);
  });

  test("a person is sent to the login, a program is told what is missing", async () => {
    const server = serverWith(TOKEN);
    const page = await ask(server, "/", { headers: { accept: "text/html,*/*" } });
    expect([page.status, page.headers.get("location")]).toEqual([302, "/login"]);
    const api = await ask(server, "/api/x");
    expect(await api.json()).toEqual({ error: expect.stringContaining("Authorization: Bearer") });
    expect(await statusOf(server, "/api/x", { accept: "text/html" }, "POST")).toBe(401);
  });
});

describe("the login", () => {
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const log = (server: HttpServer, token: string, headers: Record<string, string> = {}): Promise<Response> =>
    ask(server, "/login", { body: new URLSearchParams({ token }).toString(), headers: { ...form, ...headers } });

  const cookieOf = (response: Response): string => response.headers.get("set-cookie") ?? "";

  test("the right token sets a cookie that opens, is not the token, and no script or other site gets", async () => {
    const server = serverWith(TOKEN);
    const response = await log(server, TOKEN);
    expect([response.status, response.headers.get("location")]).toEqual([302, "/"]);
    const cookie = cookieOf(response);
    expect(cookie).toMatch(/; HttpOnly/);
    expect(cookie).toMatch(/; SameSite=Strict/);
    expect(cookie).toMatch(/; Path=\//);
    expect(cookie).not.toMatch(/; Secure/);
    expect(cookie).not.toContain(TOKEN);
    const pair = cookie.split(";")[0] ?? "";
    expect(await statusOf(server, "/api/x", { cookie: `other=1; ${pair}` })).toBe(200);
    expect(await statusOf(server, "/api/x", { cookie: pair.slice(0, -1) })).toBe(401);
    expect(await statusOf(server, "/api/x", { cookie: pair, origin: "https://evil.example" }, "POST")).toBe(403);
  });

  test("the cookie is void once the token changes", async () => {
    const [pair = ""] = cookieOf(await log(serverWith(TOKEN), TOKEN)).split(";");
    expect(await statusOf(serverWith(`${TOKEN}-2`), "/api/x", { cookie: pair })).toBe(401);
  });

  test("behind a proxy that speaks TLS the cookie is for TLS only", async () => {
    expect(cookieOf(await log(serverWith(TOKEN), TOKEN, { "x-forwarded-proto": "https" }))).toMatch(/; Secure/);
  });

  test.each(["", " ", "wrong", TOKEN.slice(1), `${TOKEN} `, "<script>alert(1)</script>"])(
    "%j is not the token: told so, without a cookie, and without repeating it",
    async (token) => {
      const response = await log(serverWith(TOKEN), token);
      expect(response.status).toBe(403);
      expect(cookieOf(response)).toBe("");
      const page = await response.text();
      expect(page).toContain("That is not the token.");
      expect(page).not.toContain("alert(1)");
    },
  );

  test.each([
    ["no form", "hello", "text/plain"],
    ["JSON", JSON.stringify({ token: TOKEN }), "application/json"],
    ["a multipart form without its border", "x", "multipart/form-data"],
    ["a broken multipart form", "--x\r\nnonsense", "multipart/form-data; boundary=x"],
    [
      "a file for a token",
      `--x\r\nContent-Disposition: form-data; name="token"; filename="a"\r\n\r\n${TOKEN}\r\n--x--`,
      "multipart/form-data; boundary=x",
    ],
    ["two tokens", `token=wrong&token=${TOKEN}x`, form["content-type"]],
  ])("%s is refused like a wrong token", async (_name, body, type) => {
    const response = await ask(serverWith(TOKEN), "/login", { body, headers: { "content-type": type } });
    expect([response.status, cookieOf(response)]).toEqual([403, ""]);
  });

  test("a body that is too long for a token is refused unread", async () => {
    const response = await log(serverWith(TOKEN), "x".repeat(5_000));
    expect(response.status).toBe(413);
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(1_024).fill(97)),
    });
    expect((await ask(serverWith(TOKEN), "/login", { body: endless, headers: form })).status).toBe(413);
  });

  test("another site cannot log somebody in", async () => {
    const response = await log(serverWith(TOKEN), TOKEN, { origin: "https://evil.example" });
    expect([response.status, cookieOf(response)]).toEqual([403, ""]);
  });

  test("where no token is set nobody logs in", async () => {
    for (const token of ["", "undefined"]) {
      const response = await log(serverWith(), token);
      expect([response.status, cookieOf(response)]).toEqual([403, ""]);
    }
  });
});

describe("signed paths", () => {
  test("a platform's call needs neither token nor our name: its signature is the channel's to check", async () => {
    for (const server of [serverWith(), serverWith(TOKEN)]) {
      const headers = { host: "bot.example.com" };
      expect(await statusOf(server, "/slack/events", headers, "POST")).toBe(200);
      expect(server.reached).toEqual(["slack: POST /slack/events"]);
    }
  });

  test("that opens nothing beside them", async () => {
    const server = serverWith(TOKEN);
    for (const path of ["/slack", "/slack/other", "/slack/eventsx"]) {
      expect(await statusOf(server, path, {}, "POST")).toBe(404);
    }
    expect(server.reached).toEqual([]);
  });
});
