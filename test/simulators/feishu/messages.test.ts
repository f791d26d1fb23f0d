// Messages, topics, files and reactions through the real client.

import type * as lark from "@larksuiteoapi/node-sdk";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type FeishuSimulator, startFeishuSimulator } from "./feishu-simulator.ts";
import { codeOf, connectClient } from "./real-bot.ts";
import type { Message, User } from "./world/world-records.ts";

let sim: FeishuSimulator;
let client: lark.Client;
let ann: User;
let count = 0;

beforeEach(async () => {
  sim = await startFeishuSimulator();
  client = connectClient(sim);
  ann = sim.world.addUser("Ann");
});
afterEach(() => sim.close());

const reply = (to: Message, text: string, inThread?: boolean) => {
  count += 1;
  return client.im.message.reply({
    path: { message_id: to.messageId },
    data: {
      msg_type: "text",
      content: JSON.stringify({ text }),
      uuid: `reply-${count}`,
      ...(inThread === undefined ? {} : { reply_in_thread: inThread }),
    },
  });
};
const create = (chatId: string, messageType: string, content: unknown) => {
  count += 1;
  return client.im.message.create({
    params: { receive_id_type: "chat_id" },
    data: { receive_id: chatId, msg_type: messageType, content: JSON.stringify(content), uuid: `create-${count}` },
  });
};

test("in a topic group replies stay in the topic, and a create leaves it", async () => {
  const group = sim.world.addGroup({ mode: "topic", members: [ann] });
  const opening = sim.people.say(ann, group, "a question");
  const other = sim.people.say(ann, group, "another one");
  expect(opening.threadId).toMatch(/^omt_/);
  expect(other.threadId).not.toBe(opening.threadId);
  const { data } = await reply(opening, "an answer");
  expect(data).toMatchObject({ thread_id: opening.threadId, root_id: opening.messageId, parent_id: opening.messageId });
  expect(sim.world.transcript(group, opening.threadId)).toEqual(["Ann: a question", "Signalbox: an answer"]);
  expect(sim.violations).toEqual([]);
  await create(group.chatId, "text", { text: "lost" });
  expect(sim.violations.map(({ kind }) => kind)).toEqual(["left-topic"]);
  sim.world.closeTopic(opening.threadId ?? "");
  expect(await codeOf(reply(opening, "too late"))).toBe(230019);
});

test("a plain message gets a topic by reply_in_thread only, and only where topics are", async () => {
  const group = sim.world.addGroup({ members: [ann] });
  const question = sim.people.say(ann, group, "a question");
  expect((await reply(question, "quoted")).data?.thread_id).toBeUndefined();
  const inTopic = await reply(question, "in a topic", true);
  expect(inTopic.data?.thread_id).toBe(question.threadId);
  const later = sim.people.say(ann, group, "and?", { topic: question.threadId ?? "" });
  expect([later.rootId, later.parentId]).toEqual([question.messageId, question.messageId]);
  const poor = sim.world.addGroup({ members: [ann], supportsTopics: false });
  expect(await codeOf(reply(sim.people.say(ann, poor, "hi"), "no", true))).toBe(230071);
});

test("history: a chat shows the roots of topics, the topic shows all; pages, order, recalled", async () => {
  const group = sim.world.addGroup({ members: [ann] });
  const root = sim.people.say(ann, group, "root");
  await reply(root, "inside", true);
  sim.people.recall(sim.people.say(ann, group, "oops"));
  const list = async (params: Record<string, string | number>): Promise<readonly string[]> => {
    const { data } = await client.request({ method: "GET", url: "/open-apis/im/v1/messages", params });
    return data.items.map((item: { body: { content: string } }) => item.body.content);
  };
  const chat = { container_id_type: "chat", container_id: group.chatId };
  expect(await list(chat)).toEqual(['{"text":"root"}', "This message was recalled"]);
  expect(await list({ ...chat, sort_type: "ByCreateTimeDesc", page_size: 1 })).toEqual(["This message was recalled"]);
  const thread = { container_id_type: "thread", container_id: root.threadId ?? "" };
  expect(await list(thread)).toEqual(['{"text":"root"}', '{"text":"inside"}']);
  expect(await codeOf(list({ ...chat, page_size: 51 }))).toBe(99992402);
  sim.scopes.delete("im:message.group_msg");
  expect(await codeOf(list(chat))).toBe(99991672);
});

test("what cannot be answered is refused: recalled, removed bot, a chat that refuses", async () => {
  const group = sim.world.addGroup({ members: [ann] });
  const message = sim.people.say(ann, group, "hi");
  group.refusal = 230018;
  expect(await codeOf(reply(message, "no"))).toBe(230018);
  group.refusal = undefined;
  sim.people.recall(message);
  expect(await codeOf(reply(message, "no"))).toBe(230011);
  sim.people.removeBot(group, ann);
  expect(await codeOf(create(group.chatId, "text", { text: "no" }))).toBe(230002);
});

test("content is checked: size, language around a post, own images, everyone", async () => {
  const { chatId } = sim.world.p2p(ann);
  expect(await codeOf(create(chatId, "text", { text: "a".repeat(160 * 1024) }))).toBe(230025);
  const rows = [[{ tag: "md", text: "**hi**" }]];
  expect(await codeOf(create(chatId, "post", { content: rows }))).toBe(230001);
  expect(await codeOf(create(chatId, "post", { zh_cn: { content: rows } }))).toBe(0);
  expect(
    await codeOf(create(chatId, "post", { zh_cn: { content: [[{ tag: "md", text: "a".repeat(31 * 1024) }]] } })),
  ).toBe(230025);
  const theirs = sim.people.say(ann, sim.world.p2p(ann), { image: PNG });
  expect(await codeOf(create(chatId, "image", JSON.parse(theirs.content)))).toBe(230017);
  await create(chatId, "text", { text: `<at user_id="${ann.openId}">Ann</at> look, <at user_id="all">all</at>` });
  expect(sim.world.transcript(sim.world.p2p(ann)).at(-1)).toBe("Signalbox: @Ann look, @all");
  expect(sim.violations.map(({ kind }) => kind)).toEqual(["at-all"]);
});

const PNG = Buffer.from("89504e470d0a1a0a0000000d4948445200000001000000010806000000", "hex");

test("files go up and down, bytes unbroken; keys of others are of no use", async () => {
  const bytes = Buffer.from([0, 255, 13, 10, 13, 10, 45, 45, 128, 200]);
  const file = await client.im.file.create({ data: { file_type: "stream", file_name: "日.bin", file: bytes } });
  const image = await client.im.image.create({ data: { image_type: "message", image: PNG } });
  const chat = sim.world.p2p(ann);
  await create(chat.chatId, "file", { file_key: file?.file_key });
  await create(chat.chatId, "image", { image_key: image?.image_key });
  expect(sim.world.files.get(file?.file_key ?? "")?.bytes).toEqual(bytes);
  expect(sim.world.files.get(file?.file_key ?? "")?.name).toBe("日.bin");
  expect(await codeOf(create(chat.chatId, "audio", { file_key: file?.file_key }))).toBe(230055);
  const empty = client.im.image.create({ data: { image_type: "message", image: Buffer.alloc(0) } });
  expect(await codeOf(empty)).toBe(234010);

  const said = sim.people.say(ann, chat, { file: { name: "a.txt", bytes } });
  const { file_key: key } = JSON.parse(said.content);
  const got = await client.im.messageResource.get({
    params: { type: "file" },
    path: { message_id: said.messageId, file_key: key },
  });
  const chunks: Buffer[] = [];
  for await (const chunk of got.getReadableStream()) chunks.push(Buffer.from(chunk));
  expect(Buffer.concat(chunks)).toEqual(bytes);
  const forbidden = client.request({ method: "GET", url: `/open-apis/im/v1/files/${key}` });
  expect(await codeOf(forbidden)).toBe(234008);
  const sticker = sim.people.say(ann, chat, { sticker: "s" });
  const unreadable = client.request({
    method: "GET",
    url: `/open-apis/im/v1/messages/${sticker.messageId}/resources/s?type=file`,
  });
  expect(await codeOf(unreadable)).toBe(234043);
});

test("a forwarded bundle is read with all its parts", async () => {
  const bob = sim.world.addUser("Bob");
  const chat = sim.world.p2p(ann);
  const bundle = sim.people.say(ann, chat, {
    mergeForward: [
      { from: bob, said: { text: "one" } },
      { from: ann, said: { text: "two" } },
    ],
  });
  const { data } = await client.im.message.get({ path: { message_id: bundle.messageId } });
  expect(data?.items?.map((item) => [item.msg_type, item.upper_message_id])).toEqual([
    ["merge_forward", undefined],
    ["text", bundle.messageId],
    ["text", bundle.messageId],
  ]);
  expect(sim.world.messages(chat)).toHaveLength(1);
});

test("reactions: valid emoji only, own ones removable, and they come back as an app's", async () => {
  const chat = sim.world.p2p(ann);
  const message = sim.people.say(ann, chat, "hi");
  const react = (emoji: string) =>
    client.im.messageReaction.create({
      path: { message_id: message.messageId },
      data: { reaction_type: { emoji_type: emoji } },
    });
  expect(await codeOf(react("EYES"))).toBe(231001);
  const { data } = await react("Typing");
  expect(sim.world.reactions(message)).toEqual(["Typing"]);
  const theirs = sim.people.react(ann, message, "THUMBSUP");
  const remove = (reactionId: string) =>
    client.im.messageReaction.delete({ path: { message_id: message.messageId, reaction_id: reactionId } });
  expect(await codeOf(remove(theirs.reactionId))).toBe(231007);
  await remove(data?.reaction_id ?? "");
  expect(sim.world.reactions(message)).toEqual([]);
  const told = sim.deliveries
    .filter(({ eventType }) => eventType.includes("reaction"))
    .map(({ envelope }) => envelope.event);
  expect(told.map((event) => [event.operator_type, "chat_id" in event])).toEqual([
    ["app", false],
    ["user", false],
    ["app", false],
  ]);
  sim.people.recall(message);
  expect(await codeOf(react("DONE"))).toBe(231003);
});

test("edits: own text, twenty times; recall: own only", async () => {
  const chat = sim.world.p2p(ann);
  await create(chat.chatId, "text", { text: "0" });
  const [post] = sim.world.posts(chat);
  if (!post) throw new Error("nothing was posted");
  const edit = (messageId: string, text: string) =>
    client.im.message.update({
      path: { message_id: messageId },
      data: { msg_type: "text", content: JSON.stringify({ text }) },
    });
  for (let turn = 1; turn <= 20; turn += 1) await edit(post.messageId, `${turn}`);
  expect(await codeOf(edit(post.messageId, "21"))).toBe(230072);
  expect(sim.world.visibleText(post)).toBe("20");
  const theirs = sim.people.say(ann, chat, "mine");
  expect(await codeOf(edit(theirs.messageId, "yours"))).toBe(230071);
  expect(await codeOf(client.im.message.delete({ path: { message_id: theirs.messageId } }))).toBe(230026);
  await client.im.message.delete({ path: { message_id: post.messageId } });
  expect(sim.world.posts(chat)).toEqual([]);
});

test("names are told only with the scope for them; chats tell their mode", async () => {
  const group = sim.world.addGroup({ mode: "topic", members: [ann] });
  const name = async (): Promise<unknown> =>
    (await client.contact.user.get({ path: { user_id: ann.openId }, params: { user_id_type: "open_id" } })).data?.user
      ?.name;
  expect(await name()).toBe("Ann");
  sim.scopes.delete("contact:user.base:readonly");
  expect(await name()).toBeUndefined();
  const { data } = await client.im.chat.get({ path: { chat_id: group.chatId } });
  expect([data?.chat_mode, data?.group_message_type]).toEqual(["topic", "thread"]);
  const { bot } = await client.request({ method: "GET", url: "/open-apis/bot/v3/info" });
  expect(bot.open_id).toBe(sim.botOpenId);
});
