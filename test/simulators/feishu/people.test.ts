// What the bot is told when people act.

import { afterEach, expect, test } from "vitest";
import { type FeishuSimulator, type FeishuSimulatorOptions, startFeishuSimulator } from "./feishu-simulator.ts";
import { connectClient, type Received, readReceived } from "./real-bot.ts";
import type { SayOptions } from "./world/people.ts";
import type { Said } from "./world/spoken.ts";
import type { Chat, Message, User } from "./world/world-records.ts";

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function start(options?: FeishuSimulatorOptions): Promise<FeishuSimulator> {
  const sim = await startFeishuSimulator(options);
  opened.push(sim.close);
  return sim;
}

/** The event as the platform wrote it. */
function told(sim: FeishuSimulator, message: Message): Received {
  const [delivery] = sim.delivery.of(message.messageId);
  if (!delivery) throw new Error("the bot was not told");
  return readReceived({ ...delivery.envelope.header, ...delivery.envelope.event });
}

async function say(
  user: User,
  chat: Chat,
  said: Said | string,
  options: SayOptions,
  sim: FeishuSimulator,
): Promise<Received> {
  return told(sim, sim.people.say(user, chat, said, options));
}

test("mentions are placeholders in order, ten and more; everyone may lack an entry", async () => {
  const sim = await start();
  const ann = sim.world.addUser("Ann");
  const many = Array.from({ length: 10 }, (_, index) => sim.world.addUser(`U${index + 1}`));
  const group = sim.world.addGroup({ members: [ann, ...many] });
  const { message } = await say(ann, group, "<@9> and <@10>, @_user_99", { mentions: [...many, "bot"] }, sim);
  expect(JSON.parse(message.content).text).toBe("@_user_10 and @_user_11, @_user_99");
  expect(message.mentions?.map(({ key }) => key).slice(9)).toEqual(["@_user_10", "@_user_11"]);
  expect(message.mentions?.[10]?.id).toMatchObject({ open_id: sim.botOpenId, user_id: null });
  const all = await say(ann, group, "hello", { mentions: ["all"] }, sim);
  expect([all.message.content, all.message.mentions?.[0]?.key]).toEqual(['{"text":"@_all hello"}', "@_all"]);
  expect(
    (await say(ann, group, "hello", { mentions: ["all"], allEntry: false }, sim)).message.mentions,
  ).toBeUndefined();
});

test("the odd shapes of topics, and the direct chat that keeps its topic to itself", async () => {
  const sim = await start();
  const ann = sim.world.addUser("Ann");
  const group = sim.world.addGroup({ mode: "topic", members: [ann] });
  const root = sim.people.say(ann, group, "root");
  const shape = async (options: SayOptions): Promise<unknown> => {
    const { root_id, parent_id, thread_id } = (await say(ann, group, "more", options, sim)).message;
    return { root_id, parent_id, thread_id };
  };
  const { messageId: id, threadId: thread } = root;
  if (thread === undefined) throw new Error("no topic");
  expect(told(sim, root).message).toMatchObject({ thread_id: thread });
  expect(told(sim, root).message.root_id).toBeUndefined();
  expect(await shape({ replyTo: root })).toEqual({ root_id: id, parent_id: id, thread_id: thread });
  expect(await shape({ topic: thread, oddity: "no-root" })).toEqual({ thread_id: thread });
  expect(await shape({ replyTo: root, oddity: "no-thread" })).toEqual({ root_id: id, parent_id: id });
  expect(await shape({ replyTo: root, oddity: "thread-as-root" })).toEqual({ root_id: thread, parent_id: id });

  const direct = sim.people.say(ann, sim.world.p2p(ann), "hi");
  const inside = sim.people.say(ann, sim.world.p2p(ann), "inside", { replyTo: direct, opensTopic: true });
  expect(inside.threadId).toMatch(/^omt_/);
  expect(told(sim, inside).message.thread_id).toBeUndefined();
  const { data } = await connectClient(sim).im.message.get({ path: { message_id: inside.messageId } });
  expect(data?.items?.[0]).toMatchObject({ thread_id: inside.threadId });
});

test("what reaches the bot is decided by scopes; ids and other bots by theirs", async () => {
  const sim = await start();
  const ann = sim.world.addUser("Ann");
  const robot = sim.world.addUser("Robot", { isBot: true });
  const group = sim.world.addGroup({ members: [ann, robot] });
  expect((await say(robot, group, "beep", {}, sim)).sender.sender_type).toBe("bot");
  expect((await say(robot, group, "beep", { botSenderType: "app" }, sim)).sender.sender_type).toBe("app");
  sim.scopes.add("contact:user.employee_id:readonly");
  expect((await say(ann, group, "hi", {}, sim)).sender.sender_id.user_id).toBe(ann.userId);
  sim.scopes.delete("im:message.group_msg");
  const before = sim.deliveries.length;
  sim.people.say(ann, group, "not for the bot");
  expect(sim.deliveries).toHaveLength(before);
  sim.people.say(ann, group, "for the bot", { mentions: ["bot"] });
  expect(sim.deliveries).toHaveLength(before + 1);
  sim.people.edit(sim.people.say(ann, group, "x", { mentions: ["bot"] }), "y");
  expect(sim.deliveries).toHaveLength(before + 2);
});

test("every kind of content has its shape", async () => {
  const sim = await start();
  const ann = sim.world.addUser("Ann");
  const chat = sim.world.p2p(ann);
  const kinds: readonly Said[] = [
    { post: { title: "t", content: [[{ tag: "text", text: "x" }]] } },
    { audio: { bytes: Buffer.from("o"), durationMs: 1000 } },
    { video: { name: "v.mp4", bytes: Buffer.from("v"), durationMs: 1000 } },
    { interactive: { elements: [] } },
    { sticker: "s" },
    { unknown: { type: "hologram", content: "not even JSON inside" } },
  ];
  const shapes: unknown[] = [];
  for (const said of kinds) {
    const { message } = await say(ann, chat, said, {}, sim);
    shapes.push([message.message_type, typeof JSON.parse(message.content)]);
  }
  expect(shapes).toEqual([
    ["post", "object"],
    ["audio", "object"],
    ["media", "object"],
    ["interactive", "object"],
    ["sticker", "object"],
    ["hologram", "string"],
  ]);
});

test("a wait that fails prints what the world looks like", async () => {
  const sim = await start();
  const ann = sim.world.addUser("Ann");
  sim.people.say(ann, sim.world.p2p(ann), "hello?");
  const wait = sim.until(() => false, { timeoutMs: 20, what: "the answer" });
  await expect(wait).rejects.toThrow(
    /not within 20 ms: the answer[\s\S]*Ann: hello\?[\s\S]*im\.message\.receive_v1 waiting/,
  );
});
