// Cards through the real client: what is refused, and CardKit's streaming with its sequences and its ten minutes.

import * as lark from "@larksuiteoapi/node-sdk";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeClock } from "../../support/fake-clock.ts";
import { type FeishuSimulator, startFeishuSimulator } from "./feishu-simulator.ts";
import { STREAMING_MS_MAX } from "./platform-limits.ts";
import { answerTo, codeOf, connectClient } from "./real-bot.ts";
import type { Chat, User } from "./world/world-records.ts";

let clock: FakeClock;
let sim: FeishuSimulator;
let client: lark.Client;
let ann: User;
let chat: Chat;
let count = 0;

beforeEach(async () => {
  clock = new FakeClock(Date.now());
  sim = await startFeishuSimulator({ clock });
  client = connectClient(sim);
  ann = sim.world.addUser("Ann");
  chat = sim.world.p2p(ann);
});
afterEach(() => sim.close());

type Json = Readonly<Record<string, unknown>>;

const two = (elements: readonly Json[], config: Json = {}): Json => ({ schema: "2.0", config, body: { elements } });
const markdown = (content: string, more: Json = {}): Json => ({ tag: "markdown", content, ...more });
const send = (content: unknown) => {
  count += 1;
  return client.im.message.create({
    params: { receive_id_type: "chat_id" },
    data: { receive_id: chat.chatId, msg_type: "interactive", content: JSON.stringify(content), uuid: `card-${count}` },
  });
};
const createCard = async (card: Json): Promise<string> => {
  const { data } = await client.cardkit.v1.card.create({ data: { type: "card_json", data: JSON.stringify(card) } });
  return data?.card_id ?? "";
};
const streamingCard = () => createCard(two([markdown("", { element_id: "answer" })], { streaming_mode: true }));
const stream = (cardId: string, content: string, sequence: number, uuid?: string) =>
  client.cardkit.v1.cardElement.content({
    path: { card_id: cardId, element_id: "answer" },
    data: { content, sequence, ...(uuid ? { uuid } : {}) },
  });
const setStreaming = (cardId: string, isOn: boolean, sequence: number) =>
  client.cardkit.v1.card.settings({
    path: { card_id: cardId },
    data: { settings: JSON.stringify({ config: { streaming_mode: isOn } }), sequence },
  });
const table = "|a|\n|---|\n|1|\n\n";
const nested = (depth: number): Json =>
  depth === 0 ? markdown("x") : { tag: "collapsible_panel", header: {}, elements: [nested(depth - 1)] };

/** ErrCode of the envelope 230099. */
const errCode = async (call: Promise<unknown>): Promise<string | number> => {
  const { code, text } = await answerTo(call);
  return code === 230099 ? `230099/${/ErrCode: (\d+)/.exec(text)?.[1]}` : code;
};

test.each([
  ["five tables", two([markdown(table.repeat(5))]), 0],
  [
    "six tables, two of them in a panel",
    two([markdown(table.repeat(4)), { tag: "collapsible_panel", elements: [markdown(table.repeat(2))] }]),
    "230099/11310",
  ],
  ["tables in a code fence are text", two([markdown(`\`\`\`\n${table.repeat(6)}\n\`\`\``)]), 0],
  ["200 elements", two(Array.from({ length: 200 }, () => ({ tag: "hr" }))), 0],
  [
    "201 elements, plain_text counted",
    two([
      ...Array.from({ length: 199 }, () => ({ tag: "hr" })),
      { tag: "div", text: { tag: "plain_text", content: "x" } },
    ]),
    "230099/11310",
  ],
  ["nesting of five", two([nested(5)]), 0],
  ["nesting of six", two([nested(6)]), "230099/200621"],
  ["a note in 2.0", two([{ tag: "note", elements: [] }]), "230099/200861"],
  ["a note in 1.0", { elements: [{ tag: "note", elements: [{ tag: "plain_text", content: "x" }] }] }, 0],
  [
    "a form inside of something",
    two([{ tag: "column_set", columns: [{ tag: "column", elements: [{ tag: "form", elements: [] }] }] }]),
    "230099/200621",
  ],
  ["an id that starts with a digit", two([markdown("x", { element_id: "1a" })]), "230099/200621"],
  ["an id twice", two([markdown("x", { element_id: "a" }), markdown("y", { element_id: "a" })]), "230099/200621"],
  [
    "a subtitle that is a string",
    { ...two([]), header: { title: { tag: "plain_text", content: "t" }, subtitle: "s" } },
    "230099/200621",
  ],
  [
    "a button text of 101",
    two([{ tag: "button", text: { tag: "plain_text", content: "x".repeat(101) } }]),
    "230099/200621",
  ],
  ["a nameless input in a form", two([{ tag: "form", name: "f", elements: [{ tag: "input" }] }]), "230099/200530"],
  ["a remote image", two([markdown("![](https://example.com/a.png)")]), "230099/200570"],
  ["a person nobody knows", two([markdown("<at id=ou_nobody></at>")]), "230099/100290"],
  ["31 KB", two([markdown("字".repeat(10_600))]), 230025],
] as const)("%s", async (_, card, expected) => {
  expect(await errCode(send(card))).toBe(expected);
  expect(sim.world.posts(chat)).toHaveLength(expected === 0 ? 1 : 0);
});

test("bad JSON is 200621, everyone is a violation", async () => {
  const call = client.im.message.create({
    params: { receive_id_type: "chat_id" },
    data: { receive_id: chat.chatId, msg_type: "interactive", content: "{", uuid: "u" },
  });
  expect(await errCode(call)).toBe("230099/200621");
  await send(two([markdown("<at id=all></at>")]));
  expect(sim.violations.map(({ kind }) => kind)).toEqual(["at-all"]);
});

test("a streamed card shows what was streamed last, and is closed in the end", async () => {
  const cardId = await streamingCard();
  expect(cardId).toMatch(/^\d{19}$/);
  await send({ type: "card", data: { card_id: cardId } });
  expect(await errCode(send({ type: "card", data: { card_id: cardId } }))).toBe("230099/200750");
  await stream(cardId, "Hel", 1, "a");
  await stream(cardId, "Hello **you**", 2, "b");
  const [post] = sim.world.posts(chat);
  if (!post) throw new Error("nothing was posted");
  expect(sim.world.visibleText(post)).toBe("Hello **you**");
  expect(sim.world.openStreams()).toEqual([{ cardId, messageId: post.messageId, isExpired: false }]);
  expect(await codeOf(stream(cardId, "x", 3, "b"))).toBe(200770);
  expect(await codeOf(stream(cardId, "x", 2, "c"))).toBe(300317);
  expect(sim.violations.map(({ kind }) => kind)).toEqual(["sequence"]);
  await setStreaming(cardId, false, 3);
  expect(sim.world.openStreams()).toEqual([]);
  expect(await codeOf(stream(cardId, "y", 4))).toBe(300309);
  const patch = client.im.message.patch({
    path: { message_id: post.messageId },
    data: { content: JSON.stringify(two([])) },
  });
  expect(await codeOf(patch)).toBe(230099);
});

test("streaming ends after ten minutes: 200850 once, then 300309, until it is switched on again", async () => {
  const cardId = await streamingCard();
  clock.advance(STREAMING_MS_MAX - 1);
  expect(await codeOf(stream(cardId, "a", 1))).toBe(0);
  clock.advance(1);
  expect(await codeOf(stream(cardId, "b", 2))).toBe(200850);
  expect(await codeOf(stream(cardId, "b", 2))).toBe(300309);
  expect(await codeOf(stream(cardId, "b", 2))).toBe(300309);
  expect(sim.world.openStreams()).toMatchObject([{ isExpired: true }]);
  await setStreaming(cardId, true, 2);
  expect(await codeOf(stream(cardId, "b", 3))).toBe(0);
  clock.advance(STREAMING_MS_MAX);
  const card = { type: "card_json" as const, data: JSON.stringify(two([markdown("whole")])) };
  expect(await codeOf(client.cardkit.v1.card.update({ path: { card_id: cardId }, data: { card, sequence: 4 } }))).toBe(
    0,
  );
  expect(sim.world.openStreams()).toEqual([]);
});

test("switching streaming on again in time gives another ten minutes", async () => {
  const cardId = await streamingCard();
  clock.advance(STREAMING_MS_MAX - 1000);
  await setStreaming(cardId, true, 1);
  clock.advance(STREAMING_MS_MAX - 1000);
  expect(await codeOf(stream(cardId, "a", 2))).toBe(0);
});

test("CardKit's own codes: size, elements, tables, tags, unknown element", async () => {
  const create = (card: Json) =>
    errCode(client.cardkit.v1.card.create({ data: { type: "card_json", data: JSON.stringify(card) } }));
  expect(await create(two([markdown("x".repeat(31_000))]))).toBe(200860);
  expect(await create(two(Array.from({ length: 201 }, () => ({ tag: "hr" }))))).toBe(300305);
  expect(await create(two([markdown(table.repeat(6))]))).toBe("230099/11310");
  expect(await create(two([{ tag: "action", actions: [] }]))).toBe(200861);
  expect(await create({ elements: [] })).toBe(200621);
  const cardId = await streamingCard();
  expect(await codeOf(stream(cardId, "x".repeat(31_000), 1))).toBe(200860);
  const elsewhere = client.cardkit.v1.cardElement.content({
    path: { card_id: cardId, element_id: "nowhere" },
    data: { content: "x", sequence: 1 },
  });
  expect(await codeOf(elsewhere)).toBe(300313);
});

test("elements are added, changed, replaced and taken out, alone and in a batch", async () => {
  const cardId = await createCard(two([markdown("one", { element_id: "one" })]));
  await send({ type: "card", data: { card_id: cardId } });
  const path = { card_id: cardId, element_id: "one" };
  const elements = JSON.stringify([markdown("two", { element_id: "two" })]);
  await client.cardkit.v1.cardElement.create({
    path,
    data: { type: "insert_after", target_element_id: "one", elements, sequence: 1 },
  });
  await client.cardkit.v1.cardElement.patch({
    path,
    data: { partial_element: JSON.stringify({ content: "first" }), sequence: 2 },
  });
  const [post] = sim.world.posts(chat);
  if (!post) throw new Error("nothing was posted");
  expect(sim.world.visibleText(post)).toBe("first\ntwo");
  const actions = [
    { action: "delete_elements", params: { element_ids: ["one"] } },
    { action: "add_elements", params: { type: "append", elements: [markdown("three", { element_id: "three" })] } },
    { action: "update_element", params: { element_id: "two", element: { tag: "hr" } } },
  ];
  await client.cardkit.v1.card.batchUpdate({
    path: { card_id: cardId },
    data: { actions: JSON.stringify(actions), sequence: 3 },
  });
  expect(sim.world.visibleText(post)).toBe("---\nthree");
  await client.cardkit.v1.cardElement.delete({ path: { card_id: cardId, element_id: "three" }, data: { sequence: 4 } });
  expect(sim.world.visibleText(post)).toBe("---");
});

test("ten operations a second and card", async () => {
  sim.rules.rateLimits = true;
  const cardId = await streamingCard();
  for (let sequence = 1; sequence <= 10; sequence += 1) await stream(cardId, "x".repeat(sequence), sequence);
  const { code, headers } = await answerTo(stream(cardId, "y", 11));
  expect([code, headers["x-ogw-ratelimit-reset"]]).toEqual([99991400, "1"]);
});

test("a card may be patched, in its own schema only", async () => {
  await send(two([markdown("before")]));
  const [post] = sim.world.posts(chat);
  if (!post) throw new Error("nothing was posted");
  const patch = (card: Json) =>
    errCode(client.im.message.patch({ path: { message_id: post.messageId }, data: { content: JSON.stringify(card) } }));
  expect(await patch({ elements: [] })).toBe("230099/200830");
  expect(await patch(two([markdown("after")]))).toBe(0);
  expect(sim.world.visibleText(post)).toBe("after");
  clock.advance(15 * 24 * 60 * 60 * 1000);
  // The SDK lives by the machine's clock and would keep its token.
  await lark.internalCache.set(lark.CTenantAccessToken, "", 0, { namespace: sim.appId });
  expect(await patch(two([]))).toBe(230031);
});
