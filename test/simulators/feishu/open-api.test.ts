// Tokens, scopes, rates, faults and idempotency, as the real client meets them.

import * as lark from "@larksuiteoapi/node-sdk";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeClock } from "../../support/fake-clock.ts";
import { type FeishuSimulator, startFeishuSimulator } from "./feishu-simulator.ts";
import { HOUR_MS, MINUTE_MS } from "./platform-limits.ts";
import { answerTo, codeOf, connectClient } from "./real-bot.ts";
import type { Chat } from "./world/world-records.ts";

let clock: FakeClock;
let sim: FeishuSimulator;
let client: lark.Client;
let chat: Chat;

beforeEach(async () => {
  clock = new FakeClock(Date.now());
  sim = await startFeishuSimulator({ clock });
  client = connectClient(sim);
  chat = sim.world.addGroup({ members: [sim.world.addUser("Ann")] });
});
afterEach(() => sim.close());

const send = (text: string, uuid?: string): Promise<unknown> =>
  client.im.message.create({
    params: { receive_id_type: "chat_id" },
    data: { receive_id: chat.chatId, msg_type: "text", content: JSON.stringify({ text }), ...(uuid ? { uuid } : {}) },
  });
const texts = (): readonly string[] => sim.world.posts(chat).map((message) => sim.world.visibleText(message));

test("the same token is handed out until half an hour is left of it", async () => {
  const token = (): unknown => sim.tokens.issue({ app_id: sim.appId, app_secret: sim.appSecret }).tenant_access_token;
  const first = token();
  clock.advance(HOUR_MS + 29 * MINUTE_MS);
  expect(token()).toBe(first);
  clock.advance(2 * MINUTE_MS);
  expect(token()).not.toBe(first);
});

test("a wrong secret is refused with HTTP 200", async () => {
  const wrong = connectClient({ ...sim, appId: sim.appId, appSecret: "wrong" });
  await expect(wrong.im.message.get({ path: { message_id: "om_1" } })).rejects.toThrow("10014");
  expect(sim.callsOf("token").map(({ httpStatus, code }) => [httpStatus, code])).toEqual([[200, 10014]]);
});

test("a revoked token is refused until the client drops it from its cache", async () => {
  await send("one", "u1");
  sim.tokens.revoke();
  expect(await codeOf(send("two", "u2"))).toBe(99991663);
  expect(await codeOf(send("two", "u2"))).toBe(99991663);
  await lark.internalCache.set(lark.CTenantAccessToken, "", 0, { namespace: sim.appId });
  expect(await codeOf(send("two", "u2"))).toBe(0);
  expect(texts()).toEqual(["one", "two"]);
});

test("a missing scope is named, with the place to grant it", async () => {
  for (const scope of ["im:message", "im:message:send_as_bot"]) sim.scopes.delete(scope);
  const { code, status, text } = await answerTo(send("hi", "u1"));
  expect([code, status]).toEqual([99991672, 400]);
  expect(text).toContain("im:message:send_as_bot");
  expect(text).toContain(`/app/${sim.appId}/auth?q=`);
});

test("one uuid is one message for an hour, whatever else is sent under it", async () => {
  await send("first", "same");
  await send("first", "same");
  expect(sim.violations).toEqual([]);
  await send("other", "same");
  expect(texts()).toEqual(["first"]);
  expect(sim.violations.map(({ kind }) => kind)).toEqual(["uuid-reused"]);
  clock.advance(HOUR_MS);
  await send("later", "same");
  expect(texts()).toEqual(["first", "later"]);
  await send("bare");
  expect(sim.violations.map(({ kind }) => kind)).toEqual(["uuid-reused", "no-uuid"]);
});

test("while a message is on its way its uuid is answered with 230049", async () => {
  const fault = sim.fault({ operation: "message.create", how: "sending" });
  const first = send("hi", "same");
  await sim.until(() => fault.hits === 1);
  expect(await codeOf(send("hi", "same"))).toBe(230049);
  fault.release();
  expect(await codeOf(first)).toBe(0);
  expect(texts()).toEqual(["hi"]);
});

test("a fault before leaves nothing behind, one after it only takes the answer", async () => {
  sim.fault({ operation: "message.create", when: "before", how: "reset" });
  await expect(send("a", "a")).rejects.toThrow();
  expect(texts()).toEqual([]);
  sim.fault({ path: "/im/v1/messages", when: "after", how: "reset" });
  await expect(send("b", "b")).rejects.toThrow();
  expect(texts()).toEqual(["b"]);
  sim.fault({ operation: "message.create", when: "after", how: "http500" });
  await expect(send("c", "c")).rejects.toThrow("500");
  const gateway = { code: 99991400, httpStatus: 429, headers: { "x-ogw-ratelimit-reset": "2" } };
  sim.fault({ operation: "message.create", how: gateway, skip: 1 });
  await send("b", "b");
  const { code, status, headers } = await answerTo(send("d", "d"));
  expect([code, status, headers["x-ogw-ratelimit-reset"]]).toEqual([99991400, 429, "2"]);
  expect(texts()).toEqual(["b", "c"]);
  expect(sim.callsOf("message.create").map(({ outcome }) => outcome)).toEqual([
    "lost",
    "lost",
    "answered",
    "answered",
    "answered",
  ]);
});

test("a hanging call hangs until it is released", async () => {
  const fault = sim.fault({ operation: "message.create", when: "after", how: "hang" });
  const call = send("hi", "u").catch((error: Error) => error.message);
  await sim.until(() => fault.hits === 1);
  expect(texts()).toEqual(["hi"]);
  fault.release();
  expect(await call).toMatch(/hang up|ECONNRESET/);
});

test("five messages a second and chat; the sixth is 230020", async () => {
  sim.rules.rateLimits = true;
  const codes: number[] = [];
  for (let count = 0; count < 6; count += 1) codes.push(await codeOf(send(`${count}`, `u${count}`)));
  expect(codes).toEqual([0, 0, 0, 0, 0, 230020]);
  clock.advance(1000);
  expect(await codeOf(send("6", "u6"))).toBe(0);
});

test("an unknown address is 404, a wrong field is named", async () => {
  await expect(client.request({ method: "GET", url: "/open-apis/im/v1/nothing" })).rejects.toThrow("404");
  const call = client.request({ method: "POST", url: "/open-apis/im/v1/messages?receive_id_type=chat_id", data: {} });
  expect(await codeOf(call)).toBe(99992402);
});
