// The long connection under every trouble the platform and the network can make, with the real channel and real frames.

import { expect, test } from "vitest";
import type { Clock } from "../../../../src/core/clock.ts";
import type { Log } from "../../../../src/core/log.ts";
import { systemClock } from "../../../../src/lib/system-clock.ts";
import { ENDPOINT_CODES } from "../../../simulators/feishu/push/long-connection.ts";
import { type FeishuApp, startFeishuApp } from "../start-feishu-app.ts";

const FAST = { redeliveryScale: 0.01 };

/** Waits pass ten times as fast. */
const hurried: Clock = { now: systemClock.now, after: (delayMs, call) => systemClock.after(delayMs / 10, call) };

/** Ann says it in her direct chat and is answered. */
async function isAnswered(bot: FeishuApp, text: string): Promise<void> {
  const { sim } = bot;
  const ann = sim.world.addUser("Ann");
  const chat = sim.world.p2p(ann);
  sim.people.say(ann, chat, text);
  await sim.until(() => sim.world.posts(chat).length === 1, { what: `an answer to ${text}` });
  await bot.app.idle();
}

const storageFull =
  (failures: { left: number }) =>
  (store: FeishuApp["store"]): FeishuApp["store"] => ({
    ...store,
    accept: (message, options) => {
      failures.left -= 1;
      if (failures.left >= 0) throw new Error("the disk is full");
      return store.accept(message, options);
    },
  });

test("an event is acknowledged once it is stored, and comes again where it could not be", async () => {
  const failures = { left: 2 };
  await using bot = await startFeishuApp({ sim: { redeliveryScale: 0.001 }, wrapStore: storageFull(failures) });
  await isAnswered(bot, "keep this");
  const [delivery] = bot.sim.deliveries;
  expect(delivery?.attempts.map(({ outcome }) => outcome)).toEqual(["refused", "refused", "acknowledged"]);
  expect(bot.model.requests).toHaveLength(1);
});

test("the acknowledgement does not wait for the work", async () => {
  const work = Promise.withResolvers<void>();
  await using bot = await startFeishuApp({ model: [{ text: "done", until: work.promise }] });
  const { sim } = bot;
  const ann = sim.world.addUser("Ann");
  sim.people.say(ann, sim.world.p2p(ann), "slow one");
  await sim.until(() => sim.deliveries[0]?.state === "acknowledged");
  expect(bot.sim.world.posts(sim.world.p2p(ann)).map((post) => sim.world.visibleText(post))).not.toContain("done");
  work.resolve();
  await bot.idle();
});

test("what is delivered twice is one message, also after a restart", async () => {
  await using first = await startFeishuApp({ sim: FAST });
  const { sim } = first;
  await isAnswered(first, "once");
  const [delivery] = sim.deliveries;
  if (!delivery) throw new Error("nothing was told");
  await Promise.all([sim.delivery.again(delivery), sim.delivery.again(delivery)]);
  await first.stop();
  await using second = await startFeishuApp({ platform: sim, folder: first.folder });
  await sim.delivery.again(delivery);
  // The same message under another event id.
  const other = structuredClone(delivery.envelope);
  await sim.delivery.send({ ...other, header: { ...other.header, event_id: "another" } });
  await second.idle();
  expect(first.model.requests.length + second.model.requests.length).toBe(1);
});

test("an event in many pieces is put together", async () => {
  await using bot = await startFeishuApp({ sim: { frameBytes: 100 } });
  const { sim } = bot;
  const ann = sim.world.addUser("Ann");
  sim.people.say(ann, sim.world.p2p(ann), "长".repeat(3_000));
  await bot.idle();
  expect(bot.shown()).toBe(`Ann: ${"长".repeat(3_000)}`);
  expect(sim.longConnection.oddFrames).toEqual([]);
});

test("events that come with the handshake are not lost", async () => {
  await using bot = await startFeishuApp({ isUnstarted: true, sim: FAST });
  const { sim } = bot;
  sim.longConnection.pushesBeforePing = true;
  const ann = sim.world.addUser("Ann");
  await bot.app.start();
  sim.people.say(ann, sim.world.p2p(ann), "early");
  await bot.idle();
  expect(bot.shown()).toBe("Ann: early");
});

test("a connection that is reset or closed comes back", async () => {
  await using bot = await startFeishuApp({ sim: FAST, clock: hurried });
  const { sim } = bot;
  for (const end of ["reset", "close"] as const) {
    const [connection] = sim.longConnection.connections;
    connection?.[end]();
    await sim.until(() => bot.channel.trouble() !== undefined || sim.longConnection.connections[0] !== connection);
    await sim.until(() => sim.longConnection.connections.some((one) => one !== connection));
    await isAnswered(bot, `after ${end}`);
  }
  expect(bot.channel.trouble()).toBeUndefined();
});

test("a dead connection that looks open is noticed", async () => {
  await using bot = await startFeishuApp({ sim: { ...FAST, clientConfig: { PingInterval: 1 } } });
  const { sim } = bot;
  const [connection] = sim.longConnection.connections;
  if (!connection) throw new Error("not connected");
  connection.isHalfOpen = true;
  await sim.until(() => sim.longConnection.connections.some((one) => one.number !== connection.number));
  await isAnswered(bot, "alive again");
});

test("an interval that is none makes no flood of pings", async () => {
  await using bot = await startFeishuApp({ sim: { clientConfig: { PingInterval: Number.NaN } } });
  await isAnswered(bot, "hello");
  expect(bot.sim.longConnection.connections[0]?.pings).toBe(1);
});

test.each([{ appSecret: "wrong" }, { appId: "cli_aaaaaaaaaaaaaaaa" }, { appId: "not even an id" }])(
  "wrong credentials (%o) end the start with what to mend",
  async (settings) => {
    await expect(startFeishuApp({ settings })).rejects.toMatchObject({
      code: "bad-config",
      message: expect.stringMatching(/FEISHU_APP_ID.*FEISHU_APP_SECRET/),
    });
  },
);

test("an app that may have no long connection is told so", async () => {
  await using bot = await startFeishuApp({ isUnstarted: true });
  bot.sim.longConnection.failEndpoint({ code: ENDPOINT_CODES.forbidden });
  await expect(bot.channel.start()).rejects.toMatchObject({ message: expect.stringContaining("FEISHU_MODE=webhook") });
});

test.each([
  ["busy", { code: ENDPOINT_CODES.busy, times: 1 }],
  ["an inner failure", { code: ENDPOINT_CODES.internal, times: 1 }],
  ["a failure without data", { code: 9, withoutData: true, times: 1 }],
  ["a broken gateway", { code: 1, httpStatus: 502, times: 1 }],
])("%s at the start is visible and passes", async (_name, failure) => {
  await using bot = await startFeishuApp({ isUnstarted: true, clock: hurried });
  bot.sim.longConnection.failEndpoint(failure);
  await bot.channel.start();
  expect(bot.channel.trouble()).toContain(`${failure.code}`);
  await bot.sim.until(() => bot.sim.longConnection.connections.length > 0);
  expect(bot.channel.trouble()).toBeUndefined();
});

test("too many connections are said, and not stormed", async () => {
  await using bot = await startFeishuApp({ isUnstarted: true });
  bot.sim.longConnection.failEndpoint({ code: ENDPOINT_CODES.tooManyConnections });
  await bot.channel.start();
  expect(bot.channel.trouble()).toContain("too many long connections");
  expect(bot.sim.longConnection.endpointCalls).toBe(1);
});

test("a platform that cannot be reached does not hold up the house; it is tried again", async () => {
  await using bot = await startFeishuApp({ isUnstarted: true, clock: hurried });
  const down = bot.sim.fault({ operation: "bot.info", how: "http500", times: 2 });
  await bot.app.start();
  expect(bot.channel.trouble()).toContain("cannot be reached");
  expect((await bot.app.http.fetch(new Request("http://localhost/readyz"))).status).toBe(503);
  await bot.sim.until(() => bot.sim.longConnection.connections.length > 0);
  expect(down.hits).toBe(2);
  await isAnswered(bot, "there you are");
});

test("a refusal that is mended in the console passes; until then it says what to mend", async () => {
  await using bot = await startFeishuApp({ isUnstarted: true, clock: hurried });
  const { sim } = bot;
  sim.fault({ operation: "bot.info", how: "http500" });
  const refused = sim.fault({ operation: "bot.info", how: { code: 10014 }, skip: 0 });
  await bot.app.start();
  await sim.until(() => refused.hits === 1);
  await sim.until(() => bot.channel.trouble() === undefined);
  await isAnswered(bot, "mended");
});

test("no secret, ticket or word of a person is in the log, whatever goes wrong", async () => {
  const lines: string[] = [];
  const write = (event: string, fields: object = {}): void =>
    void lines.push(
      event,
      JSON.stringify(fields, (_, value) => (value instanceof Error ? `${value.stack} ${value.cause}` : value)),
    );
  const log: Log = { debug: write, info: write, warn: write, error: write, child: () => log };
  await using bot = await startFeishuApp({ log, sim: { redeliveryScale: 0.001 }, wrapStore: storageFull({ left: 1 }) });
  const { sim } = bot;
  sim.fault({ operation: "user.get", how: "http500" });
  sim.fault({ operation: "chat.get", how: { code: 99991663 } });
  const ann = sim.world.addUser("Ann");
  sim.people.say(ann, sim.world.addGroup({ members: [ann] }), "the launch code is 0000", { mentions: ["bot"] });
  await bot.idle();
  sim.longConnection.failEndpoint({ code: 1, times: 1 });
  sim.longConnection.resetAll();
  await sim.until(() => lines.some((line) => line.includes("connection failed")));
  const told = lines.join("\n");
  expect(told).toContain("feishu event not taken");
  expect(told).not.toContain("launch code");
  expect(told).not.toContain(sim.appSecret);
  expect(told).not.toMatch(/ticket-|access_key|Bearer|t-[A-Za-z0-9]{20}/);
});
