// The lean way answers as the common way does, whatever the server does.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createLeanFetch, leanFetch } from "../../src/lib/lean-fetch.ts";

/** What the server was asked, as it was heard. */
const heard: string[] = [];
let url = "";
let nobody = "";

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const piece of request) text += piece;
  return text;
}

const answers: Readonly<Record<string, (response: ServerResponse, body: string) => void>> = {
  "/echo": (response, body) => response.writeHead(200, { "x-told": "yes", "set-cookie": ["a=1", "b=2"] }).end(body),
  "/refused": (response) => response.writeHead(429, { "retry-after": "7" }).end("slowly"),
  "/empty": (response) => response.writeHead(204).end(),
  "/packed": (response) => response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("unpacked")),
  "/elsewhere": (response) => response.writeHead(308, { location: "/echo" }).end(),
  "/broken": (response) => {
    response.writeHead(200).write("half an ");
    setImmediate(() => response.destroy());
  },
  "/short": (response) =>
    response.writeHead(200, { "content-type": "application/json", "content-length": "11" }).end('{"ok":true}'),
  "/half": (response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": "100" }).write('{"half":');
    setImmediate(() => response.destroy());
  },
  "/slow": (response) => void response.writeHead(200).write("first "),
  "/deaf": () => {},
};

const server = createServer((request, response) => {
  void textOf(request).then((body) => {
    heard.push(`${request.method} ${request.headers["content-type"] ?? ""} ${request.headers.authorization ?? ""}`);
    answers[request.url ?? ""]?.(response, body);
  });
});
async function listening(one: Server): Promise<string> {
  await new Promise<void>((resolve) => one.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(one.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  url = await listening(server);
  const gone = createServer();
  nobody = await listening(gone);
  await new Promise((resolve) => gone.close(resolve));
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe.each([
  ["lean", leanFetch],
  ["common", fetch],
] as const)("%s", (_, ask) => {
  test("connections are used again", async () => {
    let connections = 0;
    const other = createServer((_request, response) => response.end("here"));
    other.on("connection", () => {
      connections += 1;
    });
    const where = await listening(other);
    for (let count = 0; count < 10; count += 1) await (await ask(where)).text();
    expect(connections).toBeLessThan(4);
    other.closeAllConnections();
    other.close();
  });

  test("a text arrives with its headers, and is answered with headers and text", async () => {
    const headers = { "content-type": "application/json", authorization: "Bearer x" };
    const response = await ask(`${url}/echo`, { method: "POST", headers, body: '{"city":"北京"}' });
    expect(heard.at(-1)).toBe("POST application/json Bearer x");
    expect([response.status, response.ok, response.headers.get("x-told")]).toEqual([200, true, "yes"]);
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(await response.json()).toEqual({ city: "北京" });
  });

  test("a text without a type is one", async () => {
    await (await ask(`${url}/echo`, { method: "POST", body: "hello" })).text();
    expect(heard.at(-1)).toBe("POST text/plain;charset=UTF-8 ");
  });

  test("a form arrives as one", async () => {
    const form = new FormData();
    form.set("name", "value");
    const answer = await (await ask(`${url}/echo`, { method: "POST", body: form })).text();
    expect(answer).toContain('name="name"');
  });

  test("headers arrive in whatever form they are given", async () => {
    for (const headers of [
      { Authorization: "one" },
      [["authorization", "one"]] as [string, string][],
      new Headers({ authorization: "one" }),
    ]) {
      await (await ask(`${url}/echo`, { method: "POST", headers, body: "x" })).text();
      expect(heard.at(-1)).toBe("POST text/plain;charset=UTF-8 one");
    }
    const typed = { "Content-Type": "text/csv" };
    await (await ask(`${url}/echo`, { method: "POST", headers: typed, body: "x" })).text();
    expect(heard.at(-1)).toBe("POST text/csv ");
    expect(typed).toEqual({ "Content-Type": "text/csv" });
  });

  test("a short answer is whole, or none", async () => {
    expect(await (await ask(`${url}/short`)).json()).toEqual({ ok: true });
    await expect(ask(`${url}/half`).then((response) => response.text())).rejects.toThrow(TypeError);
  });

  test("a refusal is an answer", async () => {
    const response = await ask(`${url}/refused`);
    expect([response.status, response.ok, response.headers.get("retry-after")]).toEqual([429, false, "7"]);
    expect(await response.text()).toBe("slowly");
  });

  test("an empty answer is empty", async () => {
    const response = await ask(`${url}/empty`);
    expect([response.status, response.body]).toEqual([204, null]);
  });

  test("what is packed is unpacked", async () => {
    expect(await (await ask(`${url}/packed`)).text()).toBe("unpacked");
  });

  test("what is sent on arrives there, unless that is an error", async () => {
    const sent = { method: "POST", body: "goes on" };
    expect(await (await ask(`${url}/elsewhere`, sent)).text()).toBe("goes on");
    await expect(ask(`${url}/elsewhere`, { ...sent, redirect: "error" })).rejects.toThrow(TypeError);
  });

  test("an answer that breaks off is no whole one", async () => {
    const response = await ask(`${url}/broken`);
    await expect(response.text()).rejects.toThrow();
  });

  test("nobody there is told with the system's code", async () => {
    const failure: unknown = await ask(nobody).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TypeError);
    expect(failure).toMatchObject({ cause: { code: "ECONNREFUSED" } });
  });

  test.each(["/deaf", "/slow"])("who leaves is told why, and waits no longer: %s", async (path) => {
    const leaving = new AbortController();
    const reason = new Error("enough");
    const work = ask(url + path, { signal: leaving.signal }).then((response) => response.text());
    setTimeout(() => leaving.abort(reason), 20);
    await expect(work).rejects.toBe(reason);
    await expect(ask(`${url}/echo`, { signal: leaving.signal })).rejects.toBe(reason);
  });
});

test.each(["/deaf", "/slow"])("a server that says nothing is not waited for: %s", async (path) => {
  const ask = createLeanFetch(50);
  const work = ask(url + path).then((response) => response.text());
  await expect(work).rejects.toThrow();
});
