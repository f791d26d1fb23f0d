// One conversation a topic, however the platform names it; nobody's words in another one's.

import { expect, test } from "vitest";
import { createTopics } from "../../../../src/channels/feishu/in/topics.ts";
import { FakeClock } from "../../../support/fake-clock.ts";
import { startFeishuApp } from "../start-feishu-app.ts";

test("a group, its topics and a direct chat are conversations of their own", async () => {
  await using bot = await startFeishuApp();
  const { sim } = bot;
  const ann = sim.world.addUser("Ann");
  const group = sim.world.addGroup({ members: [ann] });
  sim.people.say(ann, group, "in the group", { mentions: ["bot"] });
  const root = sim.people.say(ann, group, "an idea");
  await bot.idle();
  sim.people.say(ann, group, "in the topic", { mentions: ["bot"], replyTo: root, opensTopic: true });
  await bot.idle();
  // The root is news to the bot the first time it is called into the topic, and only then.
  expect(bot.shown()).toContain("Ann: an idea");
  expect(bot.shown()).not.toContain("in the group");
  sim.people.say(ann, group, "without calling", { replyTo: root });
  await bot.idle();
  expect(bot.shown().match(/an idea/g)).toHaveLength(1);
  expect(bot.shown()).toContain("Ann: without calling");
  sim.people.say(ann, sim.world.p2p(ann), "in private");
  await bot.idle();
  expect(bot.shown()).toBe("Ann: in private");
  sim.people.say(ann, group, "again", { mentions: ["bot"] });
  await bot.idle();
  expect(bot.shown()).toContain("in the group");
  expect(bot.shown()).not.toContain("in the topic");
  expect(sim.violations).toEqual([]);
});

test("a topic group: the opening message and every odd form of a reply are one conversation", async () => {
  await using bot = await startFeishuApp();
  const { sim } = bot;
  const ann = sim.world.addUser("Ann");
  const forum = sim.world.addGroup({ members: [ann], mode: "topic" });
  const root = sim.people.say(ann, forum, "question", { mentions: ["bot"] });
  sim.people.say(ann, forum, "reply", { replyTo: root });
  sim.people.say(ann, forum, "no root", { replyTo: root, oddity: "no-root" });
  sim.people.say(ann, forum, "no thread", { replyTo: root, oddity: "no-thread" });
  sim.people.say(ann, forum, "thread as root", { replyTo: root, oddity: "thread-as-root" });
  const other = sim.people.say(ann, forum, "another question", { mentions: ["bot"] });
  await bot.idle();
  const session = `feishu:${sim.appId}:${forum.chatId}:${root.threadId}`;
  const said = (await bot.store.transcript(session)).flatMap(({ body }) => (body.kind === "said" ? [body.text] : []));
  expect(said).toEqual(["question", "reply", "no root", "no thread", "thread as root"]);
  expect(await bot.store.hasSession(`feishu:${sim.appId}:${forum.chatId}:${other.threadId}`)).toBe(true);
  const answers = sim.world.posts(forum, root.threadId).filter((post) => sim.world.visibleText(post) === "(an answer)");
  expect(answers).toHaveLength(5);
});

test("a topic stays one conversation across a restart, also when its ids come in other forms", async () => {
  await using first = await startFeishuApp({ sim: { redeliveryScale: 0.01 } });
  const { sim } = first;
  const ann = sim.world.addUser("Ann");
  const forum = sim.world.addGroup({ members: [ann], mode: "topic" });
  const root = sim.people.say(ann, forum, "before", { mentions: ["bot"] });
  await first.idle();
  await first.stop();
  await using second = await startFeishuApp({ platform: sim, folder: first.folder });
  sim.people.say(ann, forum, "after", { replyTo: root, oddity: "no-thread" });
  await second.idle();
  expect(second.shown()).toContain("before");
  expect(second.shown()).toContain("Ann: after");
});

test("a reply whose topic the event does not name is asked for", async () => {
  await using bot = await startFeishuApp();
  const { sim } = bot;
  const ann = sim.world.addUser("Ann");
  const group = sim.world.addGroup({ members: [ann] });
  const root = sim.people.say(ann, group, "idea", { isUntold: true });
  sim.people.say(ann, group, "x", { replyTo: root, opensTopic: true, isUntold: true });
  sim.people.say(ann, group, "first", { mentions: ["bot"], replyTo: root, oddity: "no-thread" });
  await bot.idle();
  expect(await bot.store.hasSession(`feishu:${sim.appId}:${group.chatId}:${root.threadId}`)).toBe(true);
  // A plain reply is part of the group's conversation.
  const plain = sim.people.say(ann, group, "plain", { isUntold: true });
  sim.people.say(ann, group, "to it", { mentions: ["bot"], replyTo: plain });
  await bot.idle();
  expect(await bot.store.hasSession(`feishu:${sim.appId}:${group.chatId}`)).toBe(true);
});

test("a topic whose id cannot be had goes by its root, and stays one when the id is told later", async () => {
  await using bot = await startFeishuApp();
  const { sim } = bot;
  const ann = sim.world.addUser("Ann");
  const forum = sim.world.addGroup({ members: [ann], messageForm: "thread" });
  const root = sim.people.say(ann, forum, "question", { isUntold: true });
  sim.fault({ operation: "message.get", how: { code: 230002 }, times: 2 });
  sim.people.say(ann, forum, "first", { mentions: ["bot"], replyTo: root, oddity: "no-thread" });
  await bot.idle();
  sim.people.say(ann, forum, "second", { replyTo: root });
  sim.people.say(ann, forum, "third", { replyTo: root, oddity: "no-root" });
  await bot.idle();
  const said = await bot.store.transcript(`feishu:${sim.appId}:${forum.chatId}:${root.messageId}`);
  const texts = said.flatMap(({ body }) => (body.kind === "said" && !body.isFiles ? [body.text] : []));
  expect(texts).toEqual(["first", "second", "third"]);
});

test("only so many topics are kept; the oldest are forgotten", async () => {
  const dropped: string[] = [];
  const memos = Array.from({ length: 10_100 }, (_, n) => ({
    key: `topic:oc_1:omt_${n}`,
    value: { topic: `omt_${n}`, since: 0 },
    at: n,
  }));
  const topics = createTopics({
    channel: "feishu",
    clock: new FakeClock(),
    asking: { get: async () => undefined },
    ledger: { memos: async () => memos, putMemo: async () => {}, dropMemo: async (_, key) => void dropped.push(key) },
  });
  await topics.load();
  expect(dropped).toHaveLength(100);
  expect(dropped[0]).toBe("topic:oc_1:omt_0");
  expect(topics.listId("oc_1", "omt_10099")).toBe("omt_10099");
});

test("a reply to what was asked needs no mention", async () => {
  await using bot = await startFeishuApp();
  const { sim } = bot;
  const ann = sim.world.addUser("Ann");
  const group = sim.world.addGroup({ members: [ann] });
  const asked = sim.people.say(ann, group, "question", { mentions: ["bot"] });
  await bot.idle();
  sim.people.say(ann, group, "more", { replyTo: asked });
  await bot.idle();
  expect(bot.shown()).toContain("Ann: more");
});

test("the scopes decide: a direct chat by topic, a group by person or as one", async () => {
  await using bot = await startFeishuApp({ rules: { scopes: { dm: "thread", group: "user" } } });
  const { sim } = bot;
  const ann = sim.world.addUser("Ann");
  const bob = sim.world.addUser("Bob");
  const group = sim.world.addGroup({ members: [ann, bob] });
  sim.people.say(ann, group, "Ann's", { mentions: ["bot"] });
  sim.people.say(bob, group, "Bob's", { mentions: ["bot"] });
  await bot.idle();
  expect(await bot.store.hasSession(`feishu:${sim.appId}:${group.chatId}:${ann.openId}`)).toBe(true);
  expect(await bot.store.hasSession(`feishu:${sim.appId}:${group.chatId}:${bob.openId}`)).toBe(true);
  const chat = sim.world.p2p(ann);
  const root = sim.people.say(ann, chat, "hello");
  await bot.idle();
  sim.people.say(ann, chat, "in a topic", { replyTo: root, opensTopic: true });
  await bot.idle();
  expect(await bot.store.hasSession(`feishu:${sim.appId}:${chat.chatId}`)).toBe(true);
  expect(await bot.store.hasSession(`feishu:${sim.appId}:${chat.chatId}:${root.threadId}`)).toBe(true);
});

test("what is said quickly in one chat keeps its order, though one message has to be asked about", async () => {
  await using bot = await startFeishuApp();
  const { sim } = bot;
  const ann = sim.world.addUser("Ann");
  const bob = sim.world.addUser("Bob");
  const group = sim.world.addGroup({ members: [ann, bob] });
  sim.fault({ operation: "user.get", how: "hang" });
  for (let count = 1; count <= 6; count += 1)
    sim.people.say(count % 2 ? ann : bob, group, `${count}`, { mentions: ["bot"] });
  await bot.idle();
  const said = (await bot.store.transcript(`feishu:${sim.appId}:${group.chatId}`)).flatMap(({ body }) =>
    body.kind === "said" ? [body.text] : [],
  );
  expect(said).toEqual(["1", "2", "3", "4", "5", "6"]);
});
