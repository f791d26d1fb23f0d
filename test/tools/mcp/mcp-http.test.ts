// MCP servers over streamable HTTP: the SDK's own server, and ones that hang, flood, redirect or are not theirs to reach.

import { createServer, type RequestListener, type ServerResponse } from "node:http";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { mcpSchema } from "../../../src/config/mcp-schema.ts";
import { silentLog } from "../../../src/core/log.ts";
import { systemClock } from "../../../src/lib/system-clock.ts";
import { createMcpServers, type McpServers } from "../../../src/tools/mcp/mcp-servers.ts";
import type { Pins } from "../../../src/tools/mcp/tool-pins.ts";
import { type Loopback, serve } from "../../lib/safe-fetch/loopback.ts";
import { toolContext } from "../tool-context.ts";

const LOOPBACK = { allowCidrs: ["127.0.0.0/8"] };
let opened: McpServers[] = [];
afterEach(async () => {
  await Promise.all(opened.map((one) => one.stop()));
  opened = [];
});

/** Waiting takes a part of its time; a server that works is given all of it, since a machine may be slow. */
async function open(settings: object, haste = 50): Promise<McpServers> {
  let kept: Pins = {};
  const mcp = createMcpServers({
    servers: mcpSchema.parse({ servers: { web: settings } }).servers,
    pins: {
      read: async () => kept,
      write: async (pins) => {
        kept = pins;
      },
    },
    variable: (name) => (name === "TOKEN" ? "token-1" : undefined),
    homes: "/nonexistent",
    sandbox: { off: "not asked for" },
    clock: { ...systemClock, after: (ms, call) => systemClock.after(ms / haste, call) },
    random: () => 0.5,
    log: silentLog,
  });
  opened.push(mcp);
  await mcp.start();
  return mcp;
}

const status = (mcp: McpServers) => mcp.status()[0];
const call = async (mcp: McpServers, words: string): Promise<unknown> =>
  await mcp.current()[0]?.run({ words }, toolContext());

/** The SDK's server; `seen` gets the headers of each request. */
function good(seen: unknown[] = []): RequestListener {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  return async (request, answer) => {
    seen.push(request.headers.authorization);
    const known = sessions.get(String(request.headers["mcp-session-id"]));
    if (known) return await known.handleRequest(request, answer);
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => `session-${sessions.size}`,
      onsessioninitialized: (id) => void sessions.set(id, transport),
    });
    const server = new McpServer({ name: "web", version: "1" });
    const say = { description: "Says it.", inputSchema: { words: z.string() } };
    server.registerTool("say", say, ({ words }) => ({ content: [{ type: "text", text: `said: ${words}` }] }));
    await server.connect(transport);
    await transport.handleRequest(request, answer);
  };
}

/** Answers the first messages as it should, then as the test says. */
function scripted(onCall: (answer: ServerResponse, id: number) => void): RequestListener {
  return (request, answer) => {
    if (request.method !== "POST") return void answer.writeHead(405).end();
    let body = "";
    request.on("data", (piece) => {
      body += piece;
    });
    request.on("end", () => {
      const { id, method, params } = JSON.parse(body);
      const reply = (result: object): void =>
        void answer
          .writeHead(200, { "content-type": "application/json" })
          .end(JSON.stringify({ jsonrpc: "2.0", id, result }));
      if (id === undefined) answer.writeHead(202).end();
      else if (method === "initialize")
        reply({
          protocolVersion: params.protocolVersion,
          capabilities: { tools: {} },
          serverInfo: { name: "x", version: "1" },
        });
      else if (method === "tools/list") reply({ tools: [{ name: "say", inputSchema: { type: "object" } }] });
      else onCall(answer, id);
    });
  };
}

describe("streamable HTTP", () => {
  test("the SDK's own server works, with a header filled from a variable", async () => {
    const seen: unknown[] = [];
    await using server = await serve(good(seen));
    const mcp = await open({ url: server.url, headers: { Authorization: `Bearer \${TOKEN}` }, ...LOOPBACK }, 1);
    expect(status(mcp)).toMatchObject({ state: "ready", tools: ["mcp_web_say"] });
    expect(await call(mcp, "你好")).toContain("said: 你好");
    expect(new Set(seen)).toEqual(new Set(["Bearer token-1"]));
  });

  test("a server that lies on a private network, unallowed, is never dialled", async () => {
    await using server = await serve(good());
    const mcp = await open({ url: server.url });
    expect(status(mcp)?.state).toBe("resting");
    expect(server.connections()).toBe(0);
  });

  test("a variable that is not set keeps it off, and no empty header is sent", async () => {
    await using server = await serve(good());
    const mcp = await open({ url: server.url, headers: { Authorization: `Bearer \${MISSING}` }, ...LOOPBACK });
    expect(status(mcp)).toMatchObject({ state: "off", reason: "the variable MISSING is not set" });
    expect(server.connections()).toBe(0);
  });

  test("a redirect to another place is not followed, and no header goes there", async () => {
    const seen: unknown[] = [];
    await using other = await serve(good(seen));
    await using server = await serve((_request, answer) => answer.writeHead(307, { location: other.url }).end());
    const mcp = await open({ url: server.url, headers: { Authorization: `Bearer \${TOKEN}` }, ...LOOPBACK });
    expect([status(mcp)?.state, seen]).toEqual(["resting", []]);
  });

  test.each([
    ["hangs", () => {}, /did not answer within/],
    ["breaks off", (answer: ServerResponse) => void answer.socket?.destroy(), /MCP server web failed/],
    ["fails", (answer: ServerResponse) => void answer.writeHead(500).end("stack trace"), /MCP server web failed/],
    [
      "answers what is no message",
      (answer: ServerResponse) => void answer.writeHead(200, { "content-type": "application/json" }).end("<html>"),
      /MCP server web failed/,
    ],
    [
      "answers without end",
      (answer: ServerResponse) => {
        answer.writeHead(200, { "content-type": "text/event-stream" });
        const more = (): void => {
          while (!answer.destroyed && answer.write("x".repeat(65_536)));
          answer.once("drain", more);
        };
        more();
      },
      /MCP server web failed/,
    ],
  ])("one that %s in a call: the call fails", async (_, onCall, message) => {
    await using server = await serve(scripted(onCall));
    const mcp = await open({ url: server.url, ...LOOPBACK });
    await expect(call(mcp, "x")).rejects.toThrow(message);
  });

  test("one that is gone for a while comes back by itself", async () => {
    let current: Loopback = await serve(good());
    const { port, url } = current;
    const mcp = await open({ url, ...LOOPBACK });
    await current[Symbol.asyncDispose]();
    await expect(call(mcp, "x")).rejects.toThrow("failed");
    while (status(mcp)?.state === "ready") await new Promise((resolve) => setImmediate(resolve));
    const server = createServer(good());
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    current = { ...current, [Symbol.asyncDispose]: async () => void server.close().closeAllConnections() };
    while (status(mcp)?.state !== "ready") await new Promise((resolve) => setImmediate(resolve));
    expect(await call(mcp, "back")).toContain("said: back");
    await current[Symbol.asyncDispose]();
  });
});

describe("the settings", () => {
  test.each([
    [{ Git: { command: ["x"] } }, /server's name is small letters/],
    [{ my_git: { command: ["x"] } }, /server's name is small letters/],
    [{ git: { command: [] } }, /command/],
    [{ git: { command: ["x"], env: ["A=b"] } }, /./],
    [{ git: { command: ["x"], environment: [] } }, /./],
    [{ git: { url: "ftp://example.com" } }, /./],
    [{ git: { url: "https://example.com", command: ["x"] } }, /./],
    [{ git: {} }, /write command/],
  ])("%j is refused", (servers, message) => {
    expect(JSON.stringify(mcpSchema.safeParse({ servers }).error?.issues ?? "none")).toMatch(message);
    expect(mcpSchema.safeParse({ servers }).success).toBe(false);
  });

  test("nothing at all is no servers", () => {
    expect(mcpSchema.parse(undefined)).toEqual({ servers: {} });
  });
});
