// What was said while nobody listened is caught up with: once, in order, within bounds, by the same rules as what is pushed.

import { expect, test } from "vitest";
import { createFeishuApi } from "../../../../src/channels/feishu/feishu-api.ts";
import { createBackFill } from "../../../../src/channels/feishu/in/back-fill.ts";
import { createPresence } from "../../../../src/channels/feishu/in/presence.ts";
import { type Log, silentLog } from "../../../../src/core/log.ts";
import { createOneByOne } from "../../../../src/lib/one-by-one.ts";
import { systemClock } from "../../../../src/lib/system-clock.ts";
import { startFeishuSimulator } from "../../../simulators/feishu/feishu-simulator.ts";
import { AwakeClock } from "../../../support/awake-clock.ts";
import { FakeClock } from "../../../support/fake-clock.ts";
import { settingsOf, startFeishuApp } from "../start-feishu-app.ts";

function listeningLog(): { readonly log: Log; readonly warnings: Record<string, unknown>[] } {
  const warnings: Record<string, unknown>[] = [];
  const log: Log = {
    ...silentLog,
    warn: (event, fields) => void warnings.push({ event, ...fields }),
    child: () => log,
  };
  return { log, warnings };
}

const texts = (transcript: readonly { readonly body: { readonly kind: string } }[]): readonly string[] =>
  transcript.flatMap(({ body }) => (body.kind === "said" && "text" in body ? [String(body.text)] : []));

test.each(["ws", "webhook"] as const)(
  "after an outage every known conversation is caught up with, over %s",
  async (transport) => {
    const clock = new AwakeClock();
    await using first = await startFeishuApp({ transport, clock, sim: { clock } });
    const { sim } = first;
    const ann = sim.world.addUser("Ann");
    const bob = sim.world.addUser("Bob");
    const direct = sim.world.p2p(ann);
    const group = sim.world.addGroup({ members: [ann, bob] });
    const root = sim.people.say(ann, group, "start", { isUntold: true });
    // What was said in the very millisecond of the call may have been said after it, and is answered.
    clock.advance(1);
    sim.people.say(ann, direct, "hello");
    sim.people.say(ann, group, "hello", { mentions: ["bot"] });
    sim.people.say(ann, group, "topic", { mentions: ["bot"], replyTo: root, opensTopic: true });
    await first.idle();
    await first.stop();

    const isUntold = true;
    sim.people.say(ann, direct, "missed 1", { isUntold });
    sim.people.say(bob, group, "not for the bot", { isUntold });
    sim.people.say(bob, group, "missed in the group", { mentions: ["bot"], isUntold });
    sim.people.say(ann, group, "missed in the topic", { replyTo: root, isUntold });
    const fresh = sim.people.say(bob, group, "a new idea", { isUntold });
    sim.people.say(bob, group, "missed in a new topic", {
      mentions: ["bot"],
      replyTo: fresh,
      opensTopic: true,
      isUntold,
    });
    sim.people.recall(sim.people.say(ann, direct, "taken back", { isUntold }));
    sim.people.say(ann, direct, "missed 2", { isUntold });

    await using second = await startFeishuApp({ transport, clock, platform: sim, folder: first.folder });
    await sim.until(() => second.model.requests.length >= 5, { what: "all that was missed is worked" });
    await second.app.idle();
    expect(second.model.requests).toHaveLength(5);
    const session = (chat: string, part = ""): string => `feishu:${sim.appId}:${chat}${part}`;
    const said = async (key: string): Promise<readonly string[]> => texts(await second.store.transcript(key));
    expect(await said(session(direct.chatId))).toEqual(["hello", "missed 1", "missed 2"]);
    expect(await said(session(group.chatId))).toContain("missed in the group");
    expect(await said(session(group.chatId))).not.toContain("not for the bot");
    expect(await said(session(group.chatId, `:${root.threadId}`))).toContain("missed in the topic");
    expect(await said(session(group.chatId, `:${fresh.threadId}`))).toContain("missed in a new topic");
  },
);

test("a drop of the connection is caught up with as well", async () => {
  await using bot = await startFeishuApp();
  const { sim } = bot;
  const ann = sim.world.addUser("Ann");
  const direct = sim.world.p2p(ann);
  sim.people.say(ann, direct, "hello");
  await bot.idle();
  const [connection] = sim.longConnection.connections;
  connection?.reset();
  sim.people.say(ann, direct, "said meanwhile", { isUntold: true });
  await sim.until(() => bot.model.requests.length >= 2);
  await bot.app.idle();
  expect(bot.shown()).toContain("Ann: said meanwhile");
});

test("catching up does not answer what was said in a topic before the bot was called into it", async () => {
  await using first = await startFeishuApp();
  const { sim } = first;
  const ann = sim.world.addUser("Ann");
  const group = sim.world.addGroup({ members: [ann] });
  const root = sim.people.say(ann, group, "an idea");
  sim.people.say(ann, group, "among ourselves", { replyTo: root, opensTopic: true });
  await first.idle();
  sim.people.say(ann, group, "now you", { mentions: ["bot"], replyTo: root });
  await first.idle();
  await first.stop();
  sim.people.say(ann, group, "missed", { replyTo: root, isUntold: true });
  await using second = await startFeishuApp({ platform: sim, folder: first.folder });
  await sim.until(() => second.model.requests.length > 0);
  await second.app.idle();
  const session = `feishu:${sim.appId}:${group.chatId}:${root.threadId}`;
  const told = texts(await second.store.transcript(session)).filter((text) => !text.startsWith("[file"));
  expect(told).toEqual(["now you", "missed"]);
});

test("a conversation that may not be listed does not stop the others, and the right is named", async () => {
  await using first = await startFeishuApp();
  const { sim } = first;
  const ann = sim.world.addUser("Ann");
  const group = sim.world.addGroup({ members: [ann] });
  sim.people.say(ann, group, "hello", { mentions: ["bot"] });
  await first.idle();
  sim.people.say(ann, sim.world.p2p(ann), "hello");
  await first.idle();
  await first.stop();
  sim.scopes.delete("im:message.group_msg");
  sim.people.say(ann, group, "unreachable", { mentions: ["bot"], isUntold: true });
  sim.people.say(ann, sim.world.p2p(ann), "missed", { isUntold: true });
  const { log, warnings } = listeningLog();
  await using second = await startFeishuApp({ platform: sim, folder: first.folder, log });
  await sim.until(() => second.model.requests.length >= 1);
  await second.app.idle();
  expect(second.shown()).toContain("Ann: missed");
  expect(warnings).toContainEqual(
    expect.objectContaining({
      scopes: expect.stringContaining("im:message.group_msg"),
      grantUrl: expect.stringContaining("https://open.feishu.cn/app/"),
    }),
  );
});

test("what is too much is told in the log, and the latest is taken", async () => {
  await using first = await startFeishuApp();
  const { sim } = first;
  const ann = sim.world.addUser("Ann");
  const group = sim.world.addGroup({ members: [ann] });
  sim.people.say(ann, group, "hello", { mentions: ["bot"] });
  await first.idle();
  await first.stop();
  const isUntold = true;
  const oldest = sim.people.say(ann, group, "too long ago", { mentions: ["bot"], isUntold });
  for (let count = 1; count <= 260; count += 1) sim.people.say(ann, group, `talk ${count}`, { isUntold });
  sim.people.say(ann, group, "the latest", { mentions: ["bot"], isUntold });
  const { log, warnings } = listeningLog();
  await using second = await startFeishuApp({ platform: sim, folder: first.folder, log });
  await sim.until(() => second.model.requests.length > 0);
  await second.app.idle();
  expect(second.shown()).toContain("Ann: the latest");
  expect(await second.store.messageOf(`feishu:${sim.appId}:${oldest.messageId}`)).toBeUndefined();
  expect(warnings.map(({ event }) => event)).toContainEqual(expect.stringContaining("more was missed"));
});

test("what was said in one millisecond is taken in its order, over pages and in a topic", async () => {
  const clock = new FakeClock(Date.now());
  const stopped = { now: clock.now, after: systemClock.after };
  await using sim = await startFeishuSimulator({ clock: stopped });
  const ann = sim.world.addUser("Ann");
  const group = sim.world.addGroup({ members: [ann] });
  const said = (words: string, options = {}) => sim.people.say(ann, group, words, { isUntold: true, ...options });
  const inGroup = Array.from({ length: 60 }, (_, n) => said(`talk ${n}`).messageId);
  const root = said("an idea");
  const inTopic = ["one", "two", "three"].map((text) => said(text, { replyTo: root, opensTopic: true }).messageId);
  const taken: string[] = [];
  const { appId } = sim;
  const parts = { channel: "feishu", appId, clock: stopped, log: silentLog };
  const backFill = createBackFill({
    ...parts,
    api: createFeishuApi({ ...parts, settings: settingsOf(sim, "ws") }),
    ledger: { sessionsSince: async () => [`feishu:${appId}:${group.chatId}`] },
    topics: { listId: () => undefined },
    lines: createOneByOne(),
    takenBack: { open: async () => new Map(), check: async () => true },
    incoming: { take: async ({ id }) => void taken.push(id) },
  });
  expect(await backFill(clock.now(), new AbortController().signal)).toBe(true);
  expect(taken).toEqual([...inGroup, root.messageId, ...inTopic]);
});

test("a list that breaks off is asked for again, before time goes on", async () => {
  const clock = new FakeClock(Date.now());
  const since = clock.now() - 60_000;
  const outcomes = [false, true];
  const asked: number[] = [];
  let memo = { key: "connected", value: true, at: since };
  const presence = createPresence({
    channel: "feishu",
    clock,
    log: silentLog,
    isConnected: () => true,
    ledger: {
      memo: async () => memo,
      putMemo: async (_channel, key, _value, at) => {
        memo = { key, value: true, at };
      },
    },
    backFill: async (from) => {
      asked.push(from);
      return outcomes.shift() ?? true;
    },
  });
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  presence.connected();
  await turn();
  expect([asked, memo.at]).toEqual([[since], since]);
  clock.advance(30_000);
  await turn();
  expect(asked).toEqual([since, since]);
  expect(memo.at).toBe(clock.now());
  // Renewed while it is connected, and caught up with from there after the next opening.
  clock.advance(30_000);
  await turn();
  const renewed = memo.at;
  expect(renewed).toBe(clock.now());
  clock.advance(10_000);
  presence.connected();
  await turn();
  expect(asked.at(-1)).toBe(renewed);
  presence.stop();
});
