// The forward proxy for programs that are not trusted with the network, over loopback servers that are allowed in so many words.

import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  type GuardedProxy,
  type GuardedProxyOptions,
  openGuardedProxy,
} from "../../../src/lib/guarded-proxy/guarded-proxy.ts";
import type { ProxyPass } from "../../../src/lib/guarded-proxy/proxy-pass.ts";
import { systemClock } from "../../../src/lib/system-clock.ts";
import { serve } from "../safe-fetch/loopback.ts";

async function proxyWith(options: Partial<GuardedProxyOptions> = {}): Promise<GuardedProxy & AsyncDisposable> {
  const proxy = await openGuardedProxy({ timers: systemClock, ...options });
  return { ...proxy, [Symbol.asyncDispose]: proxy.close };
}

const open = (port: number, more: Partial<GuardedProxyOptions> = {}) =>
  proxyWith({ allowCidrs: ["127.0.0.0/8"], ports: [port], ...more });

const credentials = ({ username, password }: Pick<ProxyPass, "username" | "password">): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;

const doorOf = ({ address }: GuardedProxy) =>
  address.startsWith("/") ? { socketPath: address } : { host: "127.0.0.1", port: Number(new URL(address).port) };

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A plain request through the proxy. */
function ask(proxy: GuardedProxy, url: string, pass?: Pick<ProxyPass, "username" | "password">): Promise<Answer> {
  const headers = { host: "test", ...(pass ? { "proxy-authorization": credentials(pass) } : {}) };
  return new Promise((resolve, reject) => {
    request({ ...doorOf(proxy), path: url, headers, agent: false }, (answer) => {
      let body = "";
      answer.on("data", (piece) => {
        body += piece;
      });
      answer.once("close", () => resolve({ status: answer.statusCode ?? 0, body }));
    })
      .once("error", reject)
      .end();
  });
}

/** A tunnel, and what came out of it for a request sent in. */
function tunnel(
  proxy: GuardedProxy,
  authority: string,
  pass?: Pick<ProxyPass, "username" | "password">,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const door = doorOf(proxy);
  const socket = "socketPath" in door ? connect(door.socketPath) : connect(door);
  let heard = "";
  let hasAsked = false;
  socket.on("data", (piece) => {
    heard += piece.toString();
    if (hasAsked || !heard.startsWith("HTTP/1.1 200")) return;
    hasAsked = true;
    socket.write("GET /inside HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
  });
  socket.once("error", reject).once("close", () => resolve(heard));
  const head = pass ? `Proxy-Authorization: ${credentials(pass)}\r\n` : "";
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${head}\r\n`);
  return promise;
}

describe("whoever has a pass", () => {
  test("gets pages and tunnels, and nothing of the pass goes on", async () => {
    const seen: string[] = [];
    await using site = await serve((asked, answer) => {
      seen.push(JSON.stringify(asked.headers));
      answer.writeHead(201, { "x-own": "kept" }).end(`here ${asked.url}`);
    });
    await using proxy = await open(site.port);
    const pass = proxy.admit();
    expect(await ask(proxy, `${site.url}/a?b`, pass)).toEqual({ status: 201, body: "here /a?b" });
    expect(await tunnel(proxy, `127.0.0.1:${site.port}`, pass)).toMatch(/^HTTP\/1.1 200 .*here \/inside/s);
    expect(seen.join()).not.toMatch(/proxy|basic/i);
  });

  test("may come through a socket file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "signalbox-proxy-"));
    await using site = await serve((_, answer) => answer.end("here"));
    await using proxy = await open(site.port, { socketFile: join(folder, "door") });
    expect(await ask(proxy, site.url, proxy.admit())).toEqual({ status: 200, body: "here" });
    rmSync(folder, { recursive: true, force: true });
  });

  test("without one, or with a wrong or closed one, nobody is let in", async () => {
    await using site = await serve((_, answer) => answer.end("here"));
    await using proxy = await open(site.port);
    const pass = proxy.admit();
    const closed = proxy.admit();
    closed.close();
    for (const wrong of [undefined, { ...pass, password: "x" }, { username: "", password: "" }, closed]) {
      expect(await ask(proxy, site.url, wrong)).toMatchObject({ status: 407 });
      expect(await tunnel(proxy, `127.0.0.1:${site.port}`, wrong)).toMatch(/^HTTP\/1.1 407/);
    }
    expect(site.connections()).toBe(0);
  });
});

describe("refused, with the reason kept", () => {
  const everywhere = [
    "127.0.0.1",
    "127.1",
    "0x7f.1",
    "2130706433",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "localhost",
    "0.0.0.0",
    "169.254.169.254",
  ];

  test.each(everywhere)("%s", async (host) => {
    await using site = await serve((_, answer) => answer.end("inside"));
    await using proxy = await proxyWith({ ports: [site.port] });
    const pass = proxy.admit();
    expect(await ask(proxy, `http://${host}:${site.port}/`, pass)).toMatchObject({ status: 403 });
    expect(await tunnel(proxy, `${host}:${site.port}`, pass)).toMatch(/^HTTP\/1.1 403/);
    expect(pass.refusals()).toHaveLength(2);
    expect(pass.refusals()[0]?.reason).toMatch(/may not be reached|cannot be reached/);
    expect(site.connections()).toBe(0);
  });

  test("a name is looked up once for each connection, and one private answer refuses all of them", async () => {
    await using site = await serve((_, answer) => answer.end("inside"));
    let looks = 0;
    const answers: Record<string, () => string[]> = {
      "turning.test": () => [looks++ === 0 ? "127.0.0.1" : "10.0.0.1"],
      "mixed.test": () => ["93.184.216.34", "10.0.0.1"],
    };
    await using proxy = await open(site.port, {
      resolve: async (name) => (answers[name]?.() ?? []).map((address) => ({ address, family: 4 })),
    });
    const pass = proxy.admit();
    expect(await tunnel(proxy, `turning.test:${site.port}`, pass)).toContain("inside");
    expect(looks).toBe(1);
    for (const name of ["turning.test", "mixed.test", "unknown.test"]) {
      expect(await tunnel(proxy, `${name}:${site.port}`, pass)).toMatch(/^HTTP\/1.1 403/);
    }
    expect(pass.refusals().map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/^turning.test leads to an address that may not be reached: 10.0.0.1/),
      expect.stringMatching(/^mixed.test leads to an address/),
      "unknown.test has no address",
    ]);
    expect(site.connections()).toBe(1);
  });

  test.each(["example.com:22", "example.com", "a b:80", "user@example.com:80", "[zz]:80", "example.com:99999999"])(
    "a tunnel to %s",
    async (authority) => {
      await using proxy = await proxyWith();
      expect(await tunnel(proxy, authority, proxy.admit())).toMatch(/^HTTP\/1.1 40[03]/);
    },
  );

  test.each([
    "ftp://example.com/",
    "/only-a-path",
    "https://example.com/",
    "http://u:p@example.com/",
    "http://example.com:8080/",
  ])("a request for %s", async (url) => {
    await using proxy = await proxyWith();
    expect(await ask(proxy, url, proxy.admit())).toMatchObject({ status: 403 });
  });

  test("what the pass's own rule does not name", async () => {
    await using site = await serve((_, answer) => answer.end("here"));
    await using proxy = await open(site.port, { resolve: async () => [{ address: "127.0.0.1", family: 4 }] });
    const pass = proxy.admit({ refuse: (host) => (host === "good.test" ? undefined : `${host} is not on the list.`) });
    expect(await ask(proxy, `http://good.test:${site.port}/`, pass)).toMatchObject({ status: 200 });
    expect(await ask(proxy, `http://bad.test:${site.port}/`, pass)).toEqual({
      status: 403,
      body: "bad.test is not on the list.",
    });
    expect(pass.refusals()).toEqual([{ host: "bad.test", reason: "bad.test is not on the list." }]);
  });
});

describe("bounds", () => {
  test("past its bytes the connections of a pass end, until it is renewed; others go on", async () => {
    await using site = await serve((_, answer) => void answer.end(Buffer.alloc(200_000, "a")));
    await using proxy = await open(site.port);
    const pass = proxy.admit({ bytesMax: 100_000 });
    const cut = await ask(proxy, site.url, pass).catch(() => ({ status: 200, body: "" }));
    expect(cut.body.length).toBeLessThan(200_000);
    expect(pass.isUsedUp()).toBe(true);
    expect(await ask(proxy, site.url, pass)).toMatchObject({ status: 403 });
    expect(await ask(proxy, site.url, proxy.admit())).toMatchObject({ status: 200 });
    pass.renew();
    expect(pass.isUsedUp()).toBe(false);
    expect(pass.refusals()).toEqual([]);
  });

  test("what does not connect in time is given up, and what listens nowhere is told", async () => {
    await using site = await serve((_, answer) => answer.end());
    await using proxy = await proxyWith({ allowCidrs: ["127.0.0.0/8"], ports: [1, site.port] });
    const pass = proxy.admit();
    expect(await ask(proxy, "http://127.0.0.1:1/", pass)).toEqual({
      status: 403,
      body: "127.0.0.1 cannot be reached: nothing listens there.",
    });
  });

  test("a closed pass ends its tunnels, a closed proxy everything", async () => {
    const { promise: isAsked, resolve: asked } = Promise.withResolvers<void>();
    await using site = await serve(() => asked());
    const proxy = await open(site.port);
    const pass = proxy.admit();
    const hanging = tunnel(proxy, `127.0.0.1:${site.port}`, pass);
    await isAsked;
    pass.close();
    expect(await hanging).toMatch(/^HTTP\/1.1 200/);
    const other = tunnel(proxy, `127.0.0.1:${site.port}`, proxy.admit());
    await proxy.close();
    await other.catch(() => "");
    await expect(ask(proxy, site.url)).rejects.toThrow(/ECONNREFUSED/);
  });
});
