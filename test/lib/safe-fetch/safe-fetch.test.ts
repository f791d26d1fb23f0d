// Fetching what an untrusted URL leads to, over real connections: names that change their answer, redirects inwards, and servers that
// send too much, too slowly or for ever.

import { once } from "node:events";
import type { Writable } from "node:stream";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import type { FetchBounds } from "../../../src/lib/safe-fetch/safe-fetch.ts";
import { guardedFetch, openFetch, serve, serveBytes, signal } from "./loopback.ts";

const MIB = 1024 * 1024;
const bounds = (some: Partial<FetchBounds>) => ({ bounds: some });
const answersOf = (...addresses: string[]) =>
  addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));

describe("names", () => {
  test.each([
    ["one private address", ["10.0.0.1"]],
    ["loopback", ["127.0.0.1"]],
    ["IPv6 loopback", ["::1"]],
    ["metadata in mapped form", ["::ffff:169.254.169.254"]],
    ["a private answer after a public one", ["93.184.216.34", "127.0.0.1"]],
    ["a private answer before a public one", ["127.0.0.1", "93.184.216.34"]],
    ["a private IPv6 answer beside a public IPv4 one", ["93.184.216.34", "fd00::1"]],
  ])("%s is refused and nothing is dialled", async (_, addresses) => {
    await using server = await serve((_request, answer) => answer.end("inside"));
    const { fetch } = guardedFetch({ ports: [server.port], resolve: async () => answersOf(...addresses) });
    await expect(fetch(`http://innocent.example:${server.port}/`, { signal })).rejects.toThrow(/may not be reached/);
    expect(server.connections()).toBe(0);
  });

  test("a name that turns private between the check and the dialling is dialled where it was checked", async () => {
    await using server = await serve((_request, answer) => answer.end("inside"));
    let lookups = 0;
    const { fetch } = guardedFetch({
      ports: [server.port],
      // Documentation addresses, allowed: they are checked, and lead nowhere.
      allowCidrs: ["192.0.2.0/24"],
      bounds: { headerMs: 150 },
      resolve: async () => answersOf(lookups++ === 0 ? "192.0.2.1" : "127.0.0.1"),
    });
    const url = `http://rebinding.example:${server.port}/`;
    await expect(fetch(url, { signal })).rejects.toThrow();
    await expect(fetch(url, { signal })).rejects.toThrow(/may not be reached/);
    expect([lookups, server.connections()]).toEqual([2, 0]);
  });

  test("the machine's own name for itself is refused", async () => {
    await using server = await serve((_request, answer) => answer.end("inside"));
    const { fetch } = guardedFetch({ ports: [server.port] });
    for (const name of ["localhost", "LOCALHOST", "localhost."]) {
      await expect(fetch(`http://${name}:${server.port}/`, { signal })).rejects.toThrow(/reached/);
    }
    expect(server.connections()).toBe(0);
  });

  test("a proxy of the environment is not asked", async () => {
    await using proxy = await serve((_request, answer) => answer.end("by proxy"));
    await using server = await serve((_request, answer) => answer.end("straight"));
    const before = { ...process.env };
    Object.assign(process.env, { http_proxy: proxy.url, HTTP_PROXY: proxy.url, NODE_USE_ENV_PROXY: "1", no_proxy: "" });
    try {
      const { body } = await openFetch(server).fetch(server.url, { signal });
      expect([body?.toString(), proxy.connections()]).toEqual(["straight", 0]);
    } finally {
      process.env = before;
    }
  });
});

describe("redirects", () => {
  test.each([
    "http://10.0.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[::1]/",
    "//0x0a000001/",
    "file:///etc/passwd",
    "http://user:pass@127.0.0.1/",
    "http://127.0.0.1:6379/",
    "http://[",
  ])("to %s is refused", async (location) => {
    await using server = await serve((_request, answer) => answer.writeHead(302, { location }).end());
    await expect(openFetch(server).fetch(server.url, { signal })).rejects.toThrow(
      /may not be reached|Only http|user name|Port 6379|whole URL/,
    );
  });

  test("five are followed and the sixth is not; no cookie goes along", async () => {
    const seen: unknown[] = [];
    await using server = await serve(({ url = "/", headers }, answer) => {
      seen.push(headers.cookie ?? headers.authorization);
      const n = Number(url.slice(1));
      if (n === 0) answer.end("there");
      else answer.writeHead(307, { location: `/${n - 1}`, "set-cookie": "session=1" }).end("x".repeat(MIB));
    });
    const { fetch } = openFetch(server);
    const fetched = await fetch(`${server.url}/5`, { signal });
    expect([fetched.body?.toString(), fetched.url]).toEqual(["there", `${server.url}/0`]);
    await expect(fetch(`${server.url}/6`, { signal })).rejects.toThrow("over 5 redirects");
    expect(seen.every((one) => one === undefined)).toBe(true);
  });

  test("a 304 or a redirect without a place is an answer", async () => {
    await using server = await serve((_request, answer) => answer.writeHead(302).end("nowhere"));
    expect((await openFetch(server).fetch(server.url, { signal })).status).toBe(302);
  });
});

describe("size", () => {
  const zeros = Buffer.alloc(64 * MIB);
  test.each([
    ["gzip", gzipSync(zeros)],
    ["deflate", deflateSync(zeros)],
    ["br", brotliCompressSync(zeros)],
  ])("a %s bomb is cut at the bound", async (encoding, packed) => {
    await using server = await serve((_request, answer) =>
      answer.writeHead(200, { "content-encoding": encoding }).end(packed),
    );
    const { body, isCut } = await openFetch(server, bounds({ bodyBytesMax: MIB })).fetch(server.url, { signal });
    expect([body?.length, isCut]).toEqual([MIB, true]);
  });

  test.each([undefined, "gzip"])("an endless body (%s) is cut, and the server's connection ended", async (encoding) => {
    let ended: Promise<unknown> | undefined;
    await using server = await serve((_request, answer) => {
      ended = once(answer, "close");
      answer.writeHead(200, encoding ? { "content-encoding": encoding } : {});
      const block = encoding ? gzipSync("x") : Buffer.alloc(256 * 1024, "x");
      if (encoding) answer.write(gzipSync(crypto.getRandomValues(new Uint8Array(60_000))).subarray(0, 50_000));
      const more = (): void => {
        while (!answer.destroyed && answer.write(encoding ? crypto.getRandomValues(new Uint8Array(65_536)) : block));
      };
      answer.on("drain", more);
      more();
    });
    const fetching = openFetch(server, bounds({ wireBytesMax: MIB })).fetch(server.url, { signal });
    if (encoding) await expect(fetching).rejects.toThrow(/not packed as it says/);
    else expect(await fetching).toMatchObject({ isCut: true, body: { length: MIB } });
    await ended;
  });

  test("bytes on the wire have their own bound, and what was unpacked until then is kept", async () => {
    const noise = Buffer.from(crypto.getRandomValues(new Uint8Array(60_000)));
    await using server = await serve((_request, answer) =>
      answer.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(Buffer.concat(Array(20).fill(noise)))),
    );
    const { body, isCut } = await openFetch(server, bounds({ wireBytesMax: 50_000 })).fetch(server.url, { signal });
    expect(isCut).toBe(true);
    expect(body?.equals(noise.subarray(0, body.length))).toBe(true);
  });

  test.each(["gzip, gzip", "br, gzip", "compress", "nonsense"])("a body packed by %s is refused", async (encoding) => {
    await using server = await serve((_request, answer) =>
      answer.writeHead(200, { "content-encoding": encoding }).end("x"),
    );
    await expect(openFetch(server).fetch(server.url, { signal })).rejects.toThrow(/packed in a way/);
  });

  test("a body that is not packed as it says is refused", async () => {
    await using server = await serve((_request, answer) =>
      answer.writeHead(200, { "content-encoding": "gzip" }).end("plain"),
    );
    await expect(openFetch(server).fetch(server.url, { signal })).rejects.toThrow(/not packed as it says/);
  });

  test("a body of an unwanted kind is not read", async () => {
    await using server = await serve((_request, answer) =>
      answer.writeHead(200, { "content-type": "Video/MP4; x=y", "content-length": 9 * MIB }).write("x"),
    );
    const isWanted = (type: string): boolean => type !== "video/mp4";
    const fetched = await openFetch(server).fetch(server.url, { signal, isWanted });
    expect(fetched).toMatchObject({ mediaType: "video/mp4", length: 9 * MIB });
    expect(fetched.body).toBeUndefined();
  });
});

describe("time", () => {
  const more: (() => void)[] = [];
  afterEach(() => more.splice(0).forEach((stop) => void stop()));

  const drip = (to: Writable, text: string): void => {
    const timer = setInterval(() => (to.destroyed ? clearInterval(timer) : void to.write(text)), 5);
    more.push(() => clearInterval(timer));
  };

  test("a server that says nothing", async () => {
    await using server = await serveBytes(() => {});
    await expect(openFetch(server, bounds({ headerMs: 60 })).fetch(server.url, { signal })).rejects.toThrow(
      /did not answer within 0.06 seconds/,
    );
  });

  test("a header that drips", async () => {
    await using server = await serveBytes((socket) => {
      socket.write("HTTP/1.1 200 OK\r\n");
      drip(socket, "a");
    });
    await expect(openFetch(server, bounds({ headerMs: 80 })).fetch(server.url, { signal })).rejects.toThrow(
      /did not answer within/,
    );
  });

  test("headers without end", async () => {
    await using server = await serveBytes((socket) => {
      socket.write("HTTP/1.1 200 OK\r\n");
      drip(socket, "X-More: yes and yes and yes\r\n".repeat(200));
    });
    await expect(openFetch(server).fetch(server.url, { signal })).rejects.toThrow(/header is too long/);
  });

  test("early answers without end", async () => {
    await using server = await serveBytes((socket) => {
      drip(socket, "HTTP/1.1 103 Early Hints\r\n\r\n");
    });
    await expect(openFetch(server, bounds({ headerMs: 80 })).fetch(server.url, { signal })).rejects.toThrow(
      /did not answer within/,
    );
  });

  test("a body that drips", async () => {
    await using server = await serve((_request, answer) => drip(answer, "a"));
    await expect(openFetch(server, bounds({ totalMs: 100 })).fetch(server.url, { signal })).rejects.toThrow(
      /not complete within 0.1 seconds/,
    );
  });

  test("redirects that take long one after the other", async () => {
    await using server = await serve((_request, answer) => {
      setTimeout(() => answer.writeHead(302, { location: "/again" }).end(), 40);
    });
    const slow = bounds({ totalMs: 120, redirectsMax: 50 });
    await expect(openFetch(server, slow).fetch(server.url, { signal })).rejects.toThrow(/not complete within/);
  });

  test("a name whose lookup hangs", async () => {
    const { fetch } = guardedFetch({ bounds: { headerMs: 50 }, resolve: () => new Promise(() => {}) });
    await expect(fetch("http://slow.example/", { signal })).rejects.toThrow(/did not answer within/);
  });

  test("a stop ends it with the stop's own reason, while waiting and in the middle of the body", async () => {
    for (const isBody of [false, true]) {
      const arrived = Promise.withResolvers<void>();
      await using server = await serve((_request, answer) => {
        if (isBody) answer.write("some");
        arrived.resolve();
      });
      const stop = new AbortController();
      const fetching = openFetch(server).fetch(server.url, { signal: stop.signal });
      await arrived.promise;
      stop.abort(new Error("stopped by hand"));
      await expect(fetching).rejects.toThrow("stopped by hand");
    }
  });
});

test("what breaks off says so and names no system call", async () => {
  await using server = await serveBytes((socket) => {
    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome");
    socket.end();
  });
  await expect(openFetch(server).fetch(server.url, { signal })).rejects.toThrow(/^The answer broke off/);
});
