// What people see when they press a button, and what the bot may do with its card meanwhile.

import { afterEach, expect, test } from "vitest";
import { FakeClock } from "../../support/fake-clock.ts";
import { type FeishuSimulator, type FeishuSimulatorOptions, startFeishuSimulator } from "./feishu-simulator.ts";
import { ACK_MS_MAX } from "./platform-limits.ts";
import { codeOf, connectClient, startLongBot } from "./real-bot.ts";
import { CLICK_CODES, type ClickEnd } from "./world/clicks.ts";
import type { Message, User } from "./world/world-records.ts";

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function start(options?: FeishuSimulatorOptions): Promise<FeishuSimulator> {
  const sim = await startFeishuSimulator(options);
  opened.push(sim.close);
  return sim;
}

const CARD = {
  schema: "2.0",
  body: {
    elements: [
      { tag: "markdown", content: "May I?" },
      {
        tag: "button",
        text: { tag: "plain_text", content: "Yes" },
        behaviors: [{ type: "callback", value: { id: 1 } }],
      },
      {
        tag: "form",
        name: "form",
        elements: [
          { tag: "input", name: "why" },
          { tag: "button", name: "send", form_action_type: "submit", text: { tag: "plain_text", content: "Send" } },
        ],
      },
    ],
  },
};

interface Asked {
  readonly sim: FeishuSimulator;
  readonly ann: User;
  readonly post: Message;
  readonly heard: readonly unknown[];
}

async function ask(answer: () => unknown, options?: FeishuSimulatorOptions): Promise<Asked> {
  const sim = await start(options);
  const heard: unknown[] = [];
  const bot = await startLongBot(sim, {
    "card.action.trigger": (event) => {
      heard.push(event);
      return answer();
    },
  });
  opened.push(bot.close);
  const ann = sim.world.addUser("Ann");
  const chat = sim.world.p2p(ann);
  await connectClient(sim).im.message.create({
    params: { receive_id_type: "chat_id" },
    data: { receive_id: chat.chatId, msg_type: "interactive", content: JSON.stringify(CARD), uuid: "card" },
  });
  const [post] = sim.world.posts(chat);
  if (!post) throw new Error("nothing was posted");
  return { sim, ann, post, heard };
}

test("a click is answered with a toast; the form's values come along", async () => {
  const { sim, ann, post, heard } = await ask(() => ({ toast: { type: "success", content: "Done" } }));
  const end = await sim.people.click(ann, post, "Yes");
  expect(end).toMatchObject({ toast: { type: "success", content: "Done" }, errorCode: undefined });
  await sim.people.click(ann, post, "send", { form: { why: "because" } });
  expect(heard).toMatchObject([
    {
      operator: { open_id: ann.openId },
      action: { tag: "button", value: { id: 1 } },
      context: { open_message_id: post.messageId },
    },
    { action: { tag: "button", name: "send", form_value: { why: "because" } } },
  ]);
  await expect(sim.people.click(ann, post, "No")).rejects.toThrow("no such button");
});

test("the answer may replace the card; a bad one, or one of another schema, is 200673", async () => {
  const answers: unknown[] = [
    { card: { type: "raw", data: { elements: [] } } },
    { card: { type: "raw", data: { schema: "2.0", body: { elements: [{ tag: "note" }] } } } },
    {
      card: {
        type: "raw",
        data: { schema: "2.0", body: { elements: [{ tag: "markdown", content: "Ann said yes" }] } },
      },
    },
  ];
  const { sim, ann, post } = await ask(() => answers.shift());
  const codes: ClickEnd["errorCode"][] = [];
  for (let count = 0; count < 3; count += 1)
    codes.push((await sim.people.click(ann, post, { value: { id: 1 } })).errorCode);
  expect(codes).toEqual([CLICK_CODES.badCard, CLICK_CODES.badCard, undefined]);
  expect(sim.world.visibleText(post)).toBe("Ann said yes");
  await expect(sim.people.click(ann, post, "Yes")).rejects.toThrow("no such button");
  expect((await sim.people.click(ann, post, { value: { id: 1 } }, { isStale: true })).errorCode).toBe(
    CLICK_CODES.badBody,
  );
});

test("what a person sees when the bot fails: thrown, silent, strange, not there", async () => {
  const answers = [
    () => {
      throw new Error("no");
    },
    () => undefined,
    () => "a string",
  ];
  const { sim, ann, post } = await ask(() => answers.shift()?.(), { redeliveryScale: 0 });
  const press = async () => (await sim.people.click(ann, post, "Yes")).errorCode;
  expect([await press(), await press(), await press()]).toEqual([
    CLICK_CODES.notOk,
    CLICK_CODES.badBody,
    CLICK_CODES.badBody,
  ]);
  sim.rules.callbacks = false;
  expect(await press()).toBe(CLICK_CODES.notDelivered);
  sim.rules.callbacks = true;
  sim.longConnection.resetAll();
  await sim.until(() => sim.longConnection.connections.length === 0);
  expect(await press()).toBe(CLICK_CODES.notDelivered);
  // Callbacks are never brought again.
  const callbacks = sim.deliveries.filter(({ isCallback }) => isCallback);
  expect(callbacks.map(({ state, attempts }) => [state, attempts.length])).toEqual([
    ["given-up", 1],
    ["acknowledged", 1],
    ["acknowledged", 1],
    ["given-up", 1],
  ]);
});

test("while a click waits the card is locked, and the later update must wait; afterwards it works twice", async () => {
  const gate = Promise.withResolvers<object>();
  const clock = new FakeClock(Date.now());
  const { sim, ann, post } = await ask(() => gate.promise, { clock });
  const click = sim.people.click(ann, post, "Yes");
  await sim.until(() => sim.deliveries.some(({ isCallback }) => isCallback));
  const client = connectClient(sim);
  const update = (token: string) =>
    codeOf(
      client.request({ method: "POST", url: "/open-apis/interactive/v1/card/update", data: { token, card: CARD } }),
    );
  const token = String(sim.deliveries.at(-1)?.envelope.event.token);
  const patch = () =>
    client.im.message.patch({ path: { message_id: post.messageId }, data: { content: JSON.stringify(CARD) } });
  expect(await codeOf(patch())).toBe(230099);
  expect(await update(token)).not.toBe(0);
  expect(sim.violations.map(({ kind }) => kind)).toEqual(["update-before-answer"]);
  gate.resolve({});
  expect((await click).token).toBe(token);
  expect(await codeOf(patch())).toBe(0);
  expect([await update(token), await update(token)]).toEqual([0, 0]);
  expect(await update(token)).not.toBe(0);
});

test("three seconds without an answer are 200341; until then CardKit is locked", async () => {
  const gate = Promise.withResolvers<object>();
  const clock = new FakeClock(Date.now());
  const { sim, ann } = await ask(() => gate.promise, { clock });
  const client = connectClient(sim);
  const { data } = await client.cardkit.v1.card.create({ data: { type: "card_json", data: JSON.stringify(CARD) } });
  const path = { card_id: data?.card_id ?? "" };
  const chat = sim.world.p2p(ann);
  await client.im.message.create({
    params: { receive_id_type: "chat_id" },
    data: {
      receive_id: chat.chatId,
      msg_type: "interactive",
      content: JSON.stringify({ type: "card", data: path }),
      uuid: "entity",
    },
  });
  const post = sim.world.posts(chat).at(-1);
  if (!post) throw new Error("nothing was posted");
  const update = () =>
    codeOf(
      client.cardkit.v1.card.update({
        path,
        data: { card: { type: "card_json", data: JSON.stringify(CARD) }, sequence: 1 },
      }),
    );
  const click = sim.people.click(ann, post, "Yes");
  expect(await update()).toBe(200810);
  clock.advance(ACK_MS_MAX);
  expect((await click).errorCode).toBe(CLICK_CODES.timeout);
  expect(await update()).toBe(0);
  gate.resolve({});
});
