// The webhook: what the platform sends is taken once it is stored, what strangers send is refused and costs nothing.

import { expect, test } from "vitest";
import { createWebhook } from "../../../../src/channels/feishu/in/webhook.ts";
import { silentLog } from "../../../../src/core/log.ts";
import { FakeClock } from "../../../support/fake-clock.ts";
import { type FeishuApp, startFeishuApp } from "../start-feishu-app.ts";

const statusOf = (answer: { readonly kind: string; readonly status?: number }): number | undefined => answer.status;

/** Only what the test's own people said is stored. */
async function stored(bot: FeishuApp): Promise<number> {
  return (await bot.store.counts()).sessions;
}

test("hostile requests are refused with 4xx, nothing is stored, and the process goes on", async () => {
  await using bot = await startFeishuApp({ transport: "webhook" });
  const { sim } = bot;
  const hostile = sim.hostile();
  const answers = {
    forged: statusOf(await hostile.forged()),
    unsigned: statusOf(await hostile.unsigned()),
    stale: statusOf(await hostile.stale()),
    fromTheFuture: statusOf(await hostile.stale(-60 * 60_000)),
    wrongToken: statusOf(await hostile.wrongToken()),
    wrongApp: statusOf(await hostile.wrongApp()),
    garbageCipher: statusOf(await hostile.garbageCipher()),
    deepJson: statusOf(await hostile.deepJson()),
    notJson: statusOf(await hostile.notJson()),
    get: statusOf(await hostile.get()),
    wrongChallenge: statusOf(await hostile.wrongChallenge()),
  };
  expect(answers).toEqual({
    forged: 401,
    unsigned: 400,
    stale: 401,
    fromTheFuture: 401,
    wrongToken: 401,
    wrongApp: 403,
    garbageCipher: 400,
    deepJson: 400,
    notJson: 400,
    get: 405,
    wrongChallenge: 401,
  });
  expect((await hostile.crashers()).map(statusOf)).toEqual([400, 400, 400, 400, 400]);
  const oversized = await hostile.oversized();
  // The answer may be lost to a client that goes on sending.
  expect(oversized.kind === "failed" || oversized.status === 413).toBe(true);
  expect(statusOf(await hostile.oversized(1_100_000))).toBe(413);
  expect(await stored(bot)).toBe(0);
  expect(statusOf((await hostile.replayed())[1] ?? { kind: "none" })).toBe(401);
  expect(await stored(bot)).toBe(1);

  const ann = sim.world.addUser("Ann");
  sim.people.say(ann, sim.world.p2p(ann), "still there?");
  await bot.idle();
  expect(bot.shown()).toBe("Ann: still there?");
});

test("a body that never comes, or never ends, is not waited for", async () => {
  const clock = new FakeClock();
  const heard: unknown[] = [];
  const { fetch } = createWebhook({
    encryptKey: undefined,
    verificationToken: "token",
    appId: "cli_1",
    clock,
    log: silentLog,
    isReady: () => true,
    handle: async (event) => void heard.push(event),
  });
  const send = async (body: ReadableStream): Promise<Response> => {
    const post: RequestInit & { duplex: "half" } = { method: "POST", body, duplex: "half" };
    return fetch(new Request("http://localhost/feishu/events", post));
  };
  const silent = send(new ReadableStream());
  clock.advance(5_000);
  expect((await silent).status).toBe(408);
  const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(100_000)) });
  expect((await send(endless)).status).toBe(413);
  const broken = new ReadableStream({ pull: (controller) => controller.error(new Error("gone")) });
  expect((await send(broken)).status).toBe(400);
  expect(heard).toEqual([]);
});

test("the console's challenge is answered, signed or not, but only with our token", async () => {
  await using bot = await startFeishuApp({ transport: "webhook" });
  expect(await bot.sim.webhook.verifyUrl()).toMatchObject({ isAccepted: true });
  expect(await bot.sim.webhook.verifyUrl({ isSigned: true })).toMatchObject({ isAccepted: true });
});

test("without a key the token is what counts", async () => {
  await using bot = await startFeishuApp({ transport: "webhook", sim: { isEncrypted: false } });
  const { sim } = bot;
  const ann = sim.world.addUser("Ann");
  sim.people.say(ann, sim.world.p2p(ann), "plain");
  await bot.idle();
  expect(bot.shown()).toBe("Ann: plain");
  expect(await sim.webhook.verifyUrl()).toMatchObject({ isAccepted: true });
  const post = (body: unknown): Promise<Response> =>
    fetch(`${bot.url}/feishu/events`, { method: "POST", body: JSON.stringify(body) });
  const header = { event_id: "e", event_type: "im.message.receive_v1", app_id: sim.appId, token: "guessed" };
  expect((await post({ schema: "2.0", header, event: {} })).status).toBe(401);
  expect((await post({ type: "url_verification", challenge: "c", token: "guessed" })).status).toBe(401);
  const right = { ...header, token: sim.verificationToken };
  // Its own, but nothing can be read in it: taken, logged, no poison.
  expect((await post({ schema: "2.0", header: right, event: {} })).status).toBe(200);
  expect(
    (await post({ uuid: "u", token: sim.verificationToken, type: "event_callback", event: { type: "x" } })).status,
  ).toBe(200);
});

test("200 only once it is stored: until then the platform sends it again", async () => {
  let failures = 2;
  await using bot = await startFeishuApp({
    transport: "webhook",
    sim: { redeliveryScale: 0.001 },
    wrapStore: (store) => ({
      ...store,
      accept: (message, options) => {
        failures -= 1;
        if (failures >= 0) throw new Error("the disk is full");
        return store.accept(message, options);
      },
    }),
  });
  const { sim } = bot;
  const ann = sim.world.addUser("Ann");
  sim.people.say(ann, sim.world.p2p(ann), "keep");
  await bot.idle();
  expect(sim.deliveries[0]?.attempts.map(({ detail }) => detail)).toEqual(["POST 500", "POST 500", "POST 200"]);
  expect(bot.model.requests).toHaveLength(1);
});

test("before the bot is known, and while it leaves, requests are asked to come again", async () => {
  await using bot = await startFeishuApp({ transport: "webhook", isUnstarted: true, sim: { redeliveryScale: 0.01 } });
  const { sim } = bot;
  const ann = sim.world.addUser("Ann");
  sim.people.say(ann, sim.world.p2p(ann), "early");
  await sim.until(() => sim.deliveries[0]?.attempts[0]?.outcome === "refused");
  await bot.app.start();
  await bot.idle();
  expect(bot.shown()).toBe("Ann: early");
  await bot.channel.stop();
  const hostile = await sim.hostile().replayed(1);
  expect(hostile.map(statusOf)).toEqual([503]);
});
