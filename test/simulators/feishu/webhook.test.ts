// The webhook's requests: sealed and signed so that the SDK's own means open them, and what strangers send.

import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import * as lark from "@larksuiteoapi/node-sdk";
import { afterEach, expect, test } from "vitest";
import { z } from "zod";
import { type FeishuSimulator, type FeishuSimulatorOptions, startFeishuSimulator } from "./feishu-simulator.ts";
import { silent } from "./real-bot.ts";

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function start(options?: FeishuSimulatorOptions): Promise<FeishuSimulator> {
  const sim = await startFeishuSimulator(options);
  opened.push(sim.close);
  return sim;
}

interface Request {
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A bot's endpoint; what it is asked stays in the list. */
async function listen(
  answer: (request: Request, response: ServerResponse) => void,
): Promise<{ url: string; requests: Request[] }> {
  const requests: Request[] = [];
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
    } catch {
      return;
    }
    const request = { headers: incoming.headers, body: Buffer.concat(chunks).toString() };
    requests.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  opened.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no address");
  return { url: `http://127.0.0.1:${address.port}/feishu/events`, requests };
}

const sealed = z.object({ encrypt: z.string() });
const opening = (sim: FeishuSimulator, { body }: Request): unknown =>
  JSON.parse(new lark.AESCipher(sim.encryptKey ?? "").decrypt(sealed.parse(JSON.parse(body)).encrypt));

const isSigned = (sim: FeishuSimulator, { headers, body }: Request): boolean =>
  headers["x-lark-signature"] ===
  createHash("sha256")
    .update(`${headers["x-lark-request-timestamp"]}${headers["x-lark-request-nonce"]}${sim.encryptKey}${body}`)
    .digest("hex");

test("an event is sealed and signed; the SDK opens it and finds the signature right", async () => {
  const sim = await start();
  const heard: unknown[] = [];
  const dispatcher = new lark.EventDispatcher({ encryptKey: sim.encryptKey ?? "", logger: silent }).register({
    "im.message.receive_v1": (event) => void heard.push(event.message.content),
  });
  const { url, requests } = await listen((request, response) => {
    const data = Object.assign(Object.create({ headers: request.headers }), JSON.parse(request.body));
    void dispatcher.invoke(data).then(() => response.end("{}"));
  });
  sim.useWebhook(url);
  const ann = sim.world.addUser("Ann");
  sim.people.say(ann, sim.world.p2p(ann), "喂");
  await sim.settled();
  expect(heard).toEqual(['{"text":"喂"}']);
  const [request] = requests;
  if (!request) throw new Error("nothing came");
  expect(isSigned(sim, request)).toBe(true);
  expect(opening(sim, request)).toMatchObject({
    schema: "2.0",
    header: { token: sim.verificationToken, app_id: sim.appId },
  });
});

test("anything but 200 is told again; a redirect is no 200", async () => {
  const sim = await start({ redeliveryScale: 0 });
  const statuses = [500, 302, 200];
  const { url } = await listen((_, response) => response.writeHead(statuses.shift() ?? 200, { location: "/" }).end());
  sim.useWebhook(url);
  const ann = sim.world.addUser("Ann");
  sim.people.say(ann, sim.world.p2p(ann), "hi");
  await sim.settled();
  expect(sim.deliveries[0]?.attempts.map(({ outcome }) => outcome)).toEqual(["refused", "refused", "acknowledged"]);
});

test("without a key events come plain and unsigned", async () => {
  const sim = await start({ isEncrypted: false });
  const { url, requests } = await listen((_, response) => response.end());
  sim.useWebhook(url);
  const ann = sim.world.addUser("Ann");
  sim.people.say(ann, sim.world.p2p(ann), "hi");
  await sim.settled();
  expect(requests[0]?.headers["x-lark-signature"]).toBeUndefined();
  expect(JSON.parse(requests[0]?.body ?? "")).toMatchObject({ header: { event_type: "im.message.receive_v1" } });
});

test("the console's challenge must come back within a second", async () => {
  const sim = await start();
  const { url } = await listen((request, response) => {
    const { challenge } = z.object({ challenge: z.string() }).parse(opening(sim, request));
    response.end(JSON.stringify({ challenge }));
  });
  sim.webhook.url = url;
  expect(await sim.webhook.verifyUrl()).toEqual({ isAccepted: true, status: 200, reason: "" });
  const deaf = await listen((_, response) => response.writeHead(401).end());
  sim.webhook.url = deaf.url;
  expect(await sim.webhook.verifyUrl()).toMatchObject({ isAccepted: false, status: 401 });
});

test("only this machine is ever spoken to", async () => {
  const sim = await start();
  sim.useWebhook("http://192.0.2.1/feishu");
  await expect(sim.webhook.verifyUrl()).rejects.toThrow("this machine only");
});

test("strangers' requests look as they should", async () => {
  const sim = await start();
  const nonces = new Set<unknown>();
  const { url, requests } = await listen((request, response) => {
    const nonce = request.headers["x-lark-request-nonce"];
    const isReplay = nonces.has(nonce);
    nonces.add(nonce);
    response.writeHead(isSigned(sim, request) && !isReplay ? 200 : 401).end();
  });
  sim.useWebhook(url);
  const hostile = sim.hostile();
  const statusOf = (answer: { kind: string; status?: number }): number | undefined => answer.status;

  expect(statusOf(await hostile.forged())).toBe(401);
  expect(statusOf(await hostile.unsigned())).toBe(401);
  expect((await hostile.replayed()).map(statusOf)).toEqual([200, 401]);
  expect((await hostile.crashers()).map(statusOf)).toEqual(Array(5).fill(401));
  expect(statusOf(await hostile.deepJson())).toBe(401);
  expect(statusOf(await hostile.oversized(3_000_000))).toBe(401);
  expect((await hostile.slowBody(30)).kind).toBe("failed");

  requests.length = 0;
  await hostile.stale();
  await hostile.wrongToken();
  await hostile.wrongApp();
  const [stale, wrongToken, wrongApp] = requests;
  if (!stale || !wrongToken || !wrongApp) throw new Error("not all came");
  for (const request of [stale, wrongToken, wrongApp]) expect(isSigned(sim, request)).toBe(true);
  expect(Date.now() / 1000 - Number(stale.headers["x-lark-request-timestamp"])).toBeGreaterThan(3000);
  expect(opening(sim, wrongToken)).toMatchObject({ header: { token: "another-token" } });
  expect(opening(sim, wrongApp)).toMatchObject({ header: { app_id: "cli_0000000000000000" } });
});
