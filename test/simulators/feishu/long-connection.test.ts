// The real SDK's long connection against the simulated one.

import { afterEach, expect, test } from "vitest";
import { type FeishuSimulator, type FeishuSimulatorOptions, startFeishuSimulator } from "./feishu-simulator.ts";
import { ENDPOINT_CODES } from "./push/long-connection.ts";
import {
  connectClient,
  connectLongBot,
  type Handlers,
  type LongBot,
  type LongBotOptions,
  readReceived,
  startLongBot,
} from "./real-bot.ts";

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function start(options?: FeishuSimulatorOptions): Promise<FeishuSimulator> {
  const sim = await startFeishuSimulator(options);
  opened.push(sim.close);
  return sim;
}

async function bot(sim: FeishuSimulator, handlers: Handlers, options?: LongBotOptions): Promise<LongBot> {
  const started = await startLongBot(sim, handlers, options);
  opened.push(started.close);
  return started;
}

test("an echo bot hears, answers, and what it says is seen", async () => {
  const sim = await start();
  const client = connectClient(sim);
  await bot(sim, {
    "im.message.receive_v1": async (event) => {
      const { message } = readReceived(event);
      await client.im.message.reply({
        path: { message_id: message.message_id },
        data: { msg_type: "text", content: message.content, uuid: message.message_id.slice(0, 50) },
      });
    },
  });
  const ann = sim.world.addUser("Ann");
  const chat = sim.world.p2p(ann);
  sim.people.say(ann, chat, "你好");
  await sim.settled();
  expect(sim.world.transcript(chat)).toEqual(["Ann: 你好", "Signalbox: 你好"]);
  expect(sim.deliveries.map(({ state, attempts }) => [state, attempts.length])).toEqual([["acknowledged", 1]]);
  expect(sim.violations).toEqual([]);
});

test("an event in pieces arrives whole, its characters unbroken", async () => {
  const sim = await start({ frameBytes: 101 });
  const heard: string[] = [];
  await bot(sim, { "im.message.receive_v1": (event) => void heard.push(readReceived(event).message.content) });
  const ann = sim.world.addUser("Ann");
  const text = "字".repeat(500);
  sim.people.say(ann, sim.world.p2p(ann), text);
  await sim.settled();
  expect(heard).toEqual([JSON.stringify({ text })]);
});

test("a handler that throws is told again, four times at most", async () => {
  const sim = await start({ redeliveryScale: 0 });
  const ids: string[] = [];
  await bot(sim, {
    "im.message.receive_v1": (event) => {
      ids.push(readReceived(event).event_id);
      throw new Error("not today");
    },
  });
  const ann = sim.world.addUser("Ann");
  sim.people.say(ann, sim.world.p2p(ann), "hi");
  await sim.settled();
  expect(ids).toHaveLength(5);
  expect(new Set(ids).size).toBe(1);
  expect(sim.deliveries[0]?.attempts.map(({ outcome }) => outcome)).toEqual(Array(5).fill("refused"));
  expect(sim.deliveries[0]?.state).toBe("given-up");
});

test("an answer after the time is late, and the event comes again", async () => {
  const sim = await start({ redeliveryScale: 0, ackMs: 30 });
  const release = Promise.withResolvers<void>();
  let heard = 0;
  await bot(sim, {
    "im.message.receive_v1": async () => {
      heard += 1;
      if (heard === 1) await release.promise;
    },
  });
  const ann = sim.world.addUser("Ann");
  sim.people.say(ann, sim.world.p2p(ann), "hi");
  await sim.settled();
  release.resolve();
  await sim.until(() => sim.deliveries[0]?.attempts.some((one) => one.wasLate));
  expect(sim.deliveries[0]?.attempts.map(({ outcome }) => outcome)).toEqual(["timeout", "acknowledged"]);
});

test("of several connections one gets an event, and not always the same", async () => {
  let turn = 0;
  const sim = await start({ random: () => (turn++ % 2 === 0 ? 0.1 : 0.9) });
  const heard = [0, 0];
  for (const index of [0, 1]) {
    const count = (): void => {
      heard[index] = (heard[index] ?? 0) + 1;
    };
    await bot(sim, { "im.message.receive_v1": count });
  }
  const ann = sim.world.addUser("Ann");
  for (let count = 0; count < 4; count += 1) sim.people.say(ann, sim.world.p2p(ann), `${count}`);
  await sim.settled();
  expect(heard).toEqual([2, 2]);
});

test("after a TCP reset the client comes back, and what was said meanwhile is pushed", async () => {
  const sim = await start({
    redeliveryScale: 0.001,
    clientConfig: { ReconnectNonce: 0, ReconnectInterval: 0.02, PingInterval: 1 },
  });
  const heard: string[] = [];
  await bot(sim, { "im.message.receive_v1": (event) => void heard.push(readReceived(event).message.content) });
  sim.longConnection.resetAll();
  await sim.until(() => sim.longConnection.connections.length === 0);
  const ann = sim.world.addUser("Ann");
  sim.people.say(ann, sim.world.p2p(ann), "are you there");
  await sim.settled();
  expect(heard).toEqual(['{"text":"are you there"}']);
  expect(sim.deliveries[0]?.attempts[0]?.outcome).toBe("unreachable");
});

test("a half-open connection answers no ping; a client that watches for it reconnects", async () => {
  const sim = await start({ clientConfig: { ReconnectNonce: 0, ReconnectInterval: 0.02, PingInterval: 0.05 } });
  await bot(sim, {}, { pingTimeout: 0.02 });
  const [first] = sim.longConnection.connections;
  if (!first) throw new Error("no connection");
  await sim.until(() => first.pings > 0);
  first.isHalfOpen = true;
  await sim.until(() => sim.longConnection.connections.some((one) => one !== first && one.pings > 0));
  expect(sim.longConnection.connections).not.toContain(first);
});

test("the endpoint refuses a wrong secret, and fails as it is told", async () => {
  const sim = await start();
  const wrong = connectLongBot({ ...sim, appSecret: "wrong" }, {});
  opened.push(wrong.close);
  await sim.until(() => sim.longConnection.endpointCalls === 1);
  await expect.poll(() => wrong.errors.join()).toContain(String(ENDPOINT_CODES.authFailed));
  sim.longConnection.failEndpoint({ code: ENDPOINT_CODES.tooManyConnections, times: 1 });
  const second = connectLongBot(sim, {});
  opened.push(second.close);
  await expect.poll(() => second.errors.join()).toContain(String(ENDPOINT_CODES.tooManyConnections));
  await bot(sim, {});
  expect(sim.longConnection.connections).toHaveLength(1);
});

test("an event may come twice, under its own id or another; and any event can be pushed", async () => {
  const sim = await start();
  const heard: string[] = [];
  await bot(sim, {
    "im.message.receive_v1": (event) => void heard.push(readReceived(event).event_id),
    "im.chat.disbanded_v1": () => void heard.push("disbanded"),
  });
  const ann = sim.world.addUser("Ann");
  sim.people.say(ann, sim.world.p2p(ann), "hi");
  await sim.settled();
  const [first] = sim.deliveries;
  if (!first) throw new Error("nothing was pushed");
  await sim.delivery.again(first);
  await sim.delivery.againAs("another", first);
  await sim.push("im.chat.disbanded_v1", { chat_id: "oc_1" });
  expect(heard).toEqual([first.eventId, first.eventId, "another", "disbanded"]);
});

test("held events come in the order that is asked for", async () => {
  const sim = await start();
  const heard: string[] = [];
  await bot(sim, { "im.message.receive_v1": (event) => void heard.push(readReceived(event).message.content) });
  const ann = sim.world.addUser("Ann");
  sim.delivery.hold();
  for (const text of ["a", "b"]) sim.people.say(ann, sim.world.p2p(ann), text);
  sim.delivery.release(() => [1, 0]);
  await sim.settled();
  expect(heard).toEqual(['{"text":"b"}', '{"text":"a"}']);
});
