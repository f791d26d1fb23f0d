// The simulator seen through a real Bolt app in Socket Mode, with the traps that are known of it.

import { expect, test } from "vitest";
import { FakeClock } from "../../support/fake-clock.ts";
import { socketBot } from "./bolt-bots.ts";
import { rawSocket } from "./raw-socket.ts";
import { startSlackSimulator } from "./slack-simulator.ts";

const acked = (sim: Awaited<ReturnType<typeof startSlackSimulator>>) => () =>
  sim.deliveries.every(({ state }) => state === "acked");

test("a bare Bolt bot echoes in the thread of a mention", async () => {
  await using sim = await startSlackSimulator();
  await using bot = await socketBot(sim);
  bot.app.event("app_mention", async ({ event, say }) => {
    await say({ text: `echo: ${event.text}`, thread_ts: event.thread_ts ?? event.ts });
  });
  const asked = sim.people.say("alice", "general", "hello & <you>", { mention: true });
  await sim.until(() => sim.world.messages("general", asked.ts).length === 2);
  expect(sim.world.texts("general", asked.ts)[1]).toBe(`echo: <@${sim.botUserId}> hello &amp; &lt;you&gt;`);
  await sim.until(acked(sim));
  expect(sim.violations).toEqual([]);
});

test("a mention in a channel gives two events of one message, and Bolt runs both", async () => {
  await using sim = await startSlackSimulator();
  await using bot = await socketBot(sim);
  const heard: {
    readonly type: string;
    readonly ts: string;
    readonly id: string | undefined;
    readonly eventId: string;
  }[] = [];
  bot.app.event("app_mention", async ({ event, body }) => {
    heard.push({ type: event.type, ts: event.ts, id: event.client_msg_id, eventId: body.event_id });
    expect(event).not.toHaveProperty("channel_type");
    expect(body).not.toHaveProperty("context_team_id");
  });
  bot.app.event("message", async ({ event, body }) => {
    if (event.subtype === undefined)
      heard.push({ type: event.type, ts: event.ts, id: event.client_msg_id, eventId: body.event_id });
  });
  const said = sim.people.say("alice", "general", "who is there?", { mention: true });
  await sim.until(() => heard.length === 2);
  expect(heard.map(({ type }) => type).sort()).toEqual(["app_mention", "message"]);
  expect(new Set(heard.map(({ ts, id }) => `${ts} ${id}`))).toEqual(new Set([`${said.ts} ${said.clientMsgId}`]));
  expect(new Set(heard.map(({ eventId }) => eventId)).size).toBe(2);
});

test("the bot's own posts and updates come back to it", async () => {
  await using sim = await startSlackSimulator();
  await using bot = await socketBot(sim);
  const { ts = "" } = await bot.app.client.chat.postMessage({ channel: sim.channels.general.id, text: "one" });
  await bot.app.client.chat.update({ channel: sim.channels.general.id, ts, text: "two" });
  await sim.until(() => sim.deliveries.length === 2 && acked(sim)());
  expect(sim.deliveries.map(({ payload }) => payload.event)).toMatchObject([
    { type: "message", bot_id: sim.botId, user: sim.botUserId, app_id: sim.appId, text: "one" },
    { subtype: "message_changed", message: { bot_id: sim.botId, text: "two" }, previous_message: { text: "one" } },
  ]);
  expect(sim.deliveries[0]?.payload.event).not.toHaveProperty("subtype");
});

test("a refresh closes the socket, the client takes a new ticket, and what was sent in between is retried", async () => {
  await using sim = await startSlackSimulator({ retryDelaysMs: [60_000, 60_000, 60_000] });
  await using bot = await socketBot(sim);
  const heard: string[] = [];
  bot.app.message(async ({ message }) => void heard.push(message.ts));
  const connected = bot.connected();
  sim.sockets.disconnect("refresh_requested");
  await sim.until(() => sim.sockets.open.length === 0);
  const missed = sim.people.dm("alice", "are you there?");
  expect(sim.deliveries.at(-1)?.attempts[0]?.outcome).toBe("no_socket");
  await connected;
  expect(heard).toEqual([]);
  sim.delivery.retryNow();
  await sim.until(() => heard.length === 1);
  expect(heard).toEqual([missed.ts]);
  expect(sim.callsOf("apps.connections.open")).toHaveLength(2);
  expect(sim.deliveries.at(-1)?.attempts.map(({ retryNum, reason }) => [retryNum, reason])).toEqual([
    [0, undefined],
    [1, "timeout"],
  ]);
});

test("a reset connection is opened again", async () => {
  await using sim = await startSlackSimulator();
  await using bot = await socketBot(sim);
  const connected = bot.connected();
  for (const connection of sim.sockets.open) connection.reset();
  await connected;
  expect(sim.sockets.connections.map(({ isOpen }) => isOpen)).toEqual([false, true]);
});

test("after the close handshake TCP lingers, and the client waits for it", async () => {
  const clock = new FakeClock();
  await using sim = await startSlackSimulator({ clock });
  await using socket = await rawSocket(sim);
  sim.sockets.lingerMs = 5_000;
  socket.close();
  await sim.until(() => sim.sockets.connections[0]?.isLingering === true);
  expect(socket.isClosed).toBe(false);
  clock.advance(5_000);
  await socket.until(() => socket.isClosed);
});

test("what is not acknowledged comes three times more and is lost then", async () => {
  const clock = new FakeClock();
  await using sim = await startSlackSimulator({ clock });
  await using socket = await rawSocket(sim);
  sim.people.dm("alice", "hello?");
  for (const [tries, waitMs] of [3_000, 300, 3_000, 60_000, 3_000, 300_000].entries()) {
    await socket.until(() => socket.envelopes.length === Math.ceil((tries + 1) / 2));
    clock.advance(waitMs);
  }
  await socket.until(() => socket.envelopes.length === 4);
  clock.advance(3_000);
  expect(sim.deliveries[0]?.state).toBe("lost");
  expect(socket.envelopes.map(({ retry_attempt }) => retry_attempt)).toEqual([0, 1, 2, 3]);
  expect(socket.envelopes.map(({ retry_reason }) => retry_reason)).toEqual(["", "timeout", "timeout", "timeout"]);
  expect(new Set(socket.envelopes.map(({ payload }) => payload.event_id)).size).toBe(1);
  expect(sim.violations.map(({ rule }) => rule)).toContain("not-acked-in-time");
});

test("acknowledging twice is noted, and so is an envelope that never was", async () => {
  await using sim = await startSlackSimulator();
  await using socket = await rawSocket(sim);
  sim.people.dm("alice", "hello?");
  await socket.until(() => socket.envelopes.length === 1);
  const { envelope_id } = socket.envelopes[0] ?? {};
  for (const id of [envelope_id, envelope_id, "made-up"]) socket.send({ envelope_id: id });
  await sim.until(() => sim.violations.length === 2);
  expect(sim.violations.map(({ rule }) => rule)).toEqual(["double-ack", "unknown-envelope"]);
});

test("the same envelope may come again after its acknowledgement", async () => {
  await using sim = await startSlackSimulator();
  await using socket = await rawSocket(sim, { acks: true });
  sim.people.dm("alice", "hello?");
  await sim.until(acked(sim));
  sim.delivery.repeat(sim.deliveries[0] ?? expect.unreachable());
  await socket.until(() => socket.envelopes.length === 2);
  expect(socket.envelopes[1]).toEqual(socket.envelopes[0]);
});

test("a ticket opens one socket, and the eleventh socket is sent away", async () => {
  await using sim = await startSlackSimulator();
  const sockets = [];
  for (let count = 0; count < 11; count++) sockets.push(await rawSocket(sim, { waitsForHello: count < 10 }));
  const [first] = sockets;
  const last = sockets.at(-1) ?? expect.unreachable();
  await last.until(() => last.frames.length === 1);
  expect(last.frames[0]).toMatchObject({ type: "disconnect", reason: "too_many_websockets" });
  expect(sockets[9]?.frames[0]).toMatchObject({ type: "hello", num_connections: 10 });
  await expect(first?.reopen()).rejects.toThrow(/404/);
  await Promise.all(sockets.map((socket) => socket[Symbol.asyncDispose]()));
});

test("a deaf socket takes events and loses them without a word", async () => {
  await using sim = await startSlackSimulator({ retryMs: 20 });
  await using socket = await rawSocket(sim, { acks: true });
  for (const connection of sim.sockets.open) connection.isDeaf = true;
  sim.people.dm("alice", "hello?");
  await sim.until(() => sim.deliveries[0]?.attempts[0]?.outcome === "timeout");
  expect(socket.envelopes).toEqual([]);
  expect(sim.violations).toEqual([]);
});

test("a connection lives as long as its hello says: a warning, then a refresh", async () => {
  const clock = new FakeClock();
  await using sim = await startSlackSimulator({ clock });
  await using socket = await rawSocket(sim, { query: "&debug_reconnects=true" });
  clock.advance(350_000);
  clock.advance(10_000);
  await socket.until(() => socket.frames.length === 3);
  expect(socket.frames.map(({ type, reason }) => reason ?? type)).toEqual(["hello", "warning", "refresh_requested"]);
});

test("too many events are told bare, without an event inside", async () => {
  await using sim = await startSlackSimulator();
  await using socket = await rawSocket(sim, { acks: true });
  sim.events.rateLimited(sim.teamId);
  await socket.until(() => socket.envelopes.length === 1);
  expect(socket.envelopes[0]?.payload).toMatchObject({ type: "app_rate_limited", team_id: sim.teamId });
  expect(socket.envelopes[0]?.payload).not.toHaveProperty("event");
});

test("a slow sign-in makes Bolt late for its acknowledgement, and the mention is delivered again", async () => {
  await using sim = await startSlackSimulator({ retryMs: 60 });
  sim.fault({ method: "auth.test", how: { delayMs: 200 } });
  await using bot = await socketBot(sim, { isIdentityKnown: false });
  const heard: string[] = [];
  bot.app.event("app_mention", async ({ event }) => void heard.push(event.ts));
  sim.people.say("alice", "general", "hello", { mention: true });
  await sim.until(() => heard.length === 2);
  expect(new Set(heard).size).toBe(1);
  expect(sim.violations.map(({ rule }) => rule)).toContain("not-acked-in-time");
});
