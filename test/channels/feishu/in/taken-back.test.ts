// What people recalled while nobody listened, and whose event never came, is not answered; what may only not be read is.

import { expect, test } from "vitest";
import { createBoundedMap } from "../../../../src/channels/feishu/bounded-map.ts";
import { createTakenBack } from "../../../../src/channels/feishu/in/taken-back.ts";
import { type Log, silentLog } from "../../../../src/core/log.ts";
import type { StoredMessage } from "../../../../src/core/message.ts";
import type { Message } from "../../../simulators/feishu/world/world-records.ts";
import { AwakeClock } from "../../../support/awake-clock.ts";
import { type FeishuApp, type FeishuAppOptions, startFeishuApp } from "../start-feishu-app.ts";

/** A model that answers the first question only when it is told to. */
function gated() {
  const gate = Promise.withResolvers<void>();
  return { script: { text: "First.", until: gate.promise }, open: gate.resolve };
}

const never = { text: "half", until: new Promise<never>(() => {}) };
const isUntold = true;

function listeningLog(): { readonly log: Log; readonly events: string[] } {
  const events: string[] = [];
  const note = (event: string): void => void events.push(event);
  const log: Log = { ...silentLog, info: note, warn: note, child: () => log };
  return { log, events };
}

const lastWords = ({ model }: FeishuApp): readonly string[] =>
  model.requests.map(({ items }) => {
    const said = items.flatMap((item) => (item.role === "person" && !item.text.includes("[file") ? [item.text] : []));
    return said.at(-1) ?? "";
  });

async function taskOf({ store, sim }: FeishuApp, { messageId }: Message) {
  return store.task((await store.messageOf(`feishu:${sim.appId}:${messageId}`))?.task ?? "");
}

/** One question is being worked, two more wait in its topic, then the server dies. */
async function deadWithReplies() {
  const clock = new AwakeClock();
  const first = await startFeishuApp({ model: [never], clock, sim: { clock } });
  const { sim } = first;
  const ann = sim.world.addUser("Ann");
  const group = sim.world.addGroup({ members: [ann] });
  const root = sim.people.say(ann, group, "a topic");
  // What was said in the very millisecond of the call may have been said after it, and is answered.
  clock.advance(1);
  const inTopic = { mentions: ["bot"], replyTo: root, opensTopic: true } as const;
  sim.people.say(ann, group, "one", inTopic);
  await sim.until(() => first.model.requests.length === 1);
  const waiting = sim.people.say(ann, group, "two", inTopic);
  sim.people.say(ann, group, "three", inTopic);
  await sim.settled();
  await first.stop();
  const again = (options: FeishuAppOptions): Promise<FeishuApp> =>
    startFeishuApp({ platform: sim, folder: first.folder, ...options });
  return { first, sim, ann, group, inTopic, waiting, again };
}

test.each(["ws", "webhook"] as const)(
  "one that waited is withdrawn, one that ran is stopped, over %s",
  async (transport) => {
    await using first = await startFeishuApp({ transport, model: [never, never] });
    const { sim } = first;
    const ann = sim.world.addUser("Ann");
    const bob = sim.world.addUser("Bob");
    const running = sim.people.say(ann, sim.world.p2p(ann), "runs");
    sim.people.say(bob, sim.world.p2p(bob), "stays");
    await sim.until(() => first.model.requests.length === 2);
    const waiting = sim.people.say(bob, sim.world.p2p(bob), "waits");
    await sim.settled();
    await first.stop();
    for (const message of [running, waiting]) sim.people.recall(message, { isUntold });
    const { log, events } = listeningLog();
    const { script, open } = gated();
    await using second = await startFeishuApp({
      ...{ transport, platform: sim, folder: first.folder, log },
      model: [script, script],
    });
    await sim.until(() => events.filter((event) => event === "message taken back").length === 2);
    open();
    await second.app.idle();
    expect((await taskOf(second, running))?.state).toBe("cancelled");
    expect((await taskOf(second, waiting))?.state).toBe("cancelled");
    expect(lastWords(second).filter((words) => words !== "Ann: runs")).toEqual(["Bob: stays"]);
  },
);

test("of the replies in a topic the one that was recalled is withdrawn, the one that stands is answered", async () => {
  const { first, sim, waiting, again } = await deadWithReplies();
  await using _ = first;
  sim.people.recall(waiting, { isUntold });
  const { log, events } = listeningLog();
  const { script, open } = gated();
  await using second = await again({ model: [script], log });
  await sim.until(() => events.includes("message taken back"));
  open();
  await sim.until(() => second.model.requests.length === 2);
  await second.app.idle();
  expect(lastWords(second)).toEqual(["Ann: one", "Ann: three"]);
});

test("a drop of the connection is made up for as well", async () => {
  const { log, events } = listeningLog();
  await using bot = await startFeishuApp({ model: [never], log });
  const { sim } = bot;
  const ann = sim.world.addUser("Ann");
  const running = sim.people.say(ann, sim.world.p2p(ann), "runs");
  await sim.until(() => bot.model.requests.length === 1);
  await sim.settled();
  sim.longConnection.connections[0]?.reset();
  sim.people.recall(running, { isUntold });
  await sim.until(() => events.includes("message taken back"));
  await bot.app.idle();
  expect((await taskOf(bot, running))?.state).toBe("cancelled");
});

test("the agents that a message called are stopped", async () => {
  const agents = [{ name: "researcher" }];
  await using first = await startFeishuApp({ model: [never], agents });
  const { sim } = first;
  const ann = sim.world.addUser("Ann");
  const group = sim.world.addGroup({ members: [ann] });
  const said = sim.people.say(ann, group, "@researcher find it", { mentions: ["bot"] });
  await sim.until(() => first.model.requests.length === 1);
  await sim.settled();
  await first.stop();
  sim.people.recall(said, { isUntold });
  const { log, events } = listeningLog();
  await using second = await startFeishuApp({ platform: sim, folder: first.folder, model: [never], agents, log });
  await sim.until(() => events.filter((event) => event === "message taken back").length === 2);
  await second.app.idle();
  const called = await second.store.messageOf(`feishu:${sim.appId}:${said.messageId}/agent/1`);
  expect((await second.store.task(called?.task ?? ""))?.state).toBe("cancelled");
});

test.each(["without the right to read groups", "out of the group"])("%s nothing is withdrawn", async (how) => {
  const { first, sim, ann, group, waiting, again } = await deadWithReplies();
  await using _ = first;
  sim.people.recall(waiting, { isUntold });
  if (how === "out of the group") sim.people.removeBot(group, ann);
  else sim.scopes.delete("im:message.group_msg");
  const { log, events } = listeningLog();
  const { script, open } = gated();
  await using second = await again({ model: [script], log });
  await sim.until(() => events.filter((event) => event.includes("cannot be seen")).length === 3);
  open();
  await sim.until(() => second.model.requests.length === 3);
  await second.app.idle();
  expect(lastWords(second)).toEqual(["Ann: one", "Ann: two", "Ann: three"]);
});

test.each([230011, 230110])("the code %i says that it is gone", async (code) => {
  const { first, sim, again } = await deadWithReplies();
  await using _ = first;
  sim.fault({ operation: "message.get", how: { code } });
  const { log, events } = listeningLog();
  await using second = await again({ model: [never], log });
  await sim.until(() => events.includes("message taken back"));
  expect((await second.store.openMessages("feishu", 10)).length).toBe(2);
});

test("a look-up that fails for now is tried again, and what was missed does not wait for that", async () => {
  const { first, sim, ann, group, inTopic, waiting, again } = await deadWithReplies();
  await using _ = first;
  sim.people.recall(waiting, { isUntold });
  sim.people.say(ann, group, "missed", { ...inTopic, isUntold });
  sim.fault({ operation: "message.get", how: "http500", times: 3 });
  const { log, events } = listeningLog();
  const { script, open } = gated();
  const hour = 3_600;
  await using second = await again({
    ...{ model: [script], log },
    clock: new AwakeClock({ speed: 100 }),
    config: `limits: { taskSeconds: ${hour}, firstTokenSeconds: ${hour}, idleTokenSeconds: ${hour} }`,
  });
  await sim.until(() => events.includes("feishu back-fill"));
  expect((await second.store.openMessages("feishu", 10)).map(({ text }) => text)).toContain("missed");
  await sim.until(() => events.includes("message taken back"));
  open();
  await sim.until(() => second.model.requests.length === 3);
  await second.app.idle();
  expect(lastWords(second)).toEqual(["Ann: one", "Ann: three", "Ann: missed"]);
});

test("the latest hundred are looked up, and nothing that only points there: a reminder, a reaction", async () => {
  const lines: string[] = [];
  const note = (event: string): void => void lines.push(event);
  const stored = (n: number, key = `feishu:cli_1:om_${n}`): StoredMessage => ({
    ...{ key, channel: "feishu", session: "feishu:cli_1:oc_1", sender: { id: "feishu:ou_1", name: "Ann" }, text: "hi" },
    ...{ id: `msg_${n}`, seq: n, receivedAt: n, task: `task_${n}` },
    replyTo: { chat: "oc_1", message: `om_${n}`, user: "ou_1", isP2p: false },
  });
  const messages = [
    ...[stored(1, "schedule:1:2"), stored(2, "feishu:cli_1:event:e1"), stored(3, "feishu:cli_2:om_3")],
    ...[stored(4), stored(5, "feishu:cli_1:om_5/agent/1"), stored(5, "feishu:cli_1:om_5/agent/2")],
    ...Array.from({ length: 200 }, (_, n) => stored(100 + n)),
  ];
  const takenBack = createTakenBack({
    ...{ channel: "feishu", appId: "cli_1", recalled: createBoundedMap<true>({ now: () => 0 }, 1) },
    api: { call: async () => ({}) },
    inbox: { withdraw: async () => "unknown" },
    ledger: { openMessages: async (_channel, limit) => messages.slice(0, limit) },
    log: { ...silentLog, warn: note },
  });
  const open = (await takenBack.open()).get("oc_1");
  expect(open).toEqual(["om_4", "om_5", ...Array.from({ length: 94 }, (_, n) => `om_${100 + n}`)]);
  expect(lines).toEqual([expect.stringContaining("of the older open messages")]);
});
