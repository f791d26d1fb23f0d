// Recalls, reactions and clicks: what people do with messages, over both transports.

import { expect, test } from "vitest";
import { type FeishuApp, startFeishuApp } from "../start-feishu-app.ts";

const never = new Promise<never>(() => {});

/** A task that works until it is stopped, and the id of a button that stops it. */
async function working(bot: FeishuApp, session: string): Promise<string> {
  await bot.sim.until(() => bot.model.requests.length > 0, { what: "the work has begun" });
  const [task] = await bot.store.tasks({ session, isOpen: true, limit: 1 });
  if (!task) throw new Error("nothing works");
  await bot.store.addButton(
    { id: "button_1", kind: "stop", session, task: task.id, expiresAt: Date.now() + 60_000 },
    Date.now(),
  );
  return task.id;
}

test.each(["ws", "webhook"] as const)("a recall drops what waits and stops what runs, over %s", async (transport) => {
  await using bot = await startFeishuApp({ transport, model: [{ text: "half", until: never }] });
  const { sim } = bot;
  const ann = sim.world.addUser("Ann");
  const chat = sim.world.p2p(ann);
  const running = sim.people.say(ann, chat, "runs");
  await sim.until(() => bot.model.requests.length >= 1);
  const waiting = sim.people.say(ann, chat, "waits");
  await sim.settled();
  sim.people.recall(waiting);
  sim.people.recall(running);
  await bot.idle();
  expect(bot.model.requests).toHaveLength(1);
  expect(sim.world.posts(chat).map((post) => sim.world.visibleText(post))).not.toContain("half");
});

test("a recall that overtakes its message still takes it back", async () => {
  await using bot = await startFeishuApp();
  const { sim } = bot;
  const ann = sim.world.addUser("Ann");
  sim.delivery.hold();
  const message = sim.people.say(ann, sim.world.p2p(ann), "oh no");
  sim.people.recall(message);
  sim.delivery.release((held) => [...Array(held).keys()].toReversed());
  await bot.idle();
  expect(bot.model.requests).toHaveLength(0);
});

test("a reaction of the configuration asks about its message, any other does not", async () => {
  await using bot = await startFeishuApp({ rules: { reactions: { Get: "Summarise this." } } });
  const { sim } = bot;
  const ann = sim.world.addUser("Ann");
  const bob = sim.world.addUser("Bob");
  const group = sim.world.addGroup({ members: [ann, bob] });
  const message = sim.people.say(bob, group, "a very long story");
  sim.people.react(ann, message, "THUMBSUP");
  await bot.idle();
  expect(bot.model.requests).toHaveLength(0);
  sim.people.react(ann, message, "Get");
  await bot.idle();
  expect(bot.shown()).toContain("Ann: Summarise this.");
  expect(bot.shown()).toContain("Bob: a very long story");
  const [delivery] = sim.deliveries.filter(({ eventType }) => eventType === "im.message.reaction.created_v1").slice(1);
  if (delivery) await sim.delivery.again(delivery);
  await bot.idle();
  expect(bot.model.requests).toHaveLength(1);
});

test("a reaction whose message cannot be read for now comes again", async () => {
  await using bot = await startFeishuApp({ rules: { reactions: { Get: "Why?" } }, sim: { redeliveryScale: 0.001 } });
  const { sim } = bot;
  const ann = sim.world.addUser("Ann");
  const group = sim.world.addGroup({ members: [ann] });
  const message = sim.people.say(ann, group, "because");
  sim.fault({ operation: "message.get", how: "http500" });
  sim.people.react(ann, message, "Get");
  await bot.idle();
  expect(bot.shown()).toContain("Ann: Why?");
});

test.each(["ws", "webhook"] as const)(
  "a click on our button is answered with a toast and stops the task, once, over %s",
  async (transport) => {
    await using bot = await startFeishuApp({ transport, model: [{ text: "half", until: never }] });
    const { sim } = bot;
    const ann = sim.world.addUser("Ann");
    const bob = sim.world.addUser("Bob");
    const chat = sim.world.addGroup({ members: [ann, bob] });
    const asked = sim.people.say(ann, chat, "做点什么", { mentions: ["bot"] });
    const task = await working(bot, `feishu:${sim.appId}:${chat.chatId}`);
    const press = (by: typeof ann, value: unknown) => sim.people.click(by, asked, { value }, { isStale: true });

    const notHis = await press(bob, { signalbox: "button_1" });
    expect(notHis.toast?.content).toBe("只有提问者或管理员可以停止这个任务。");
    for (const foreign of [{ signalbox: "button_guessed" }, { signalbox: 7 }, { other: 1 }, "not json {", null, [1]]) {
      const end = await press(ann, foreign);
      expect(end.errorCode).toBeUndefined();
    }
    expect((await bot.store.task(task))?.state).toBe("running");

    const [first, second] = await Promise.all([
      press(ann, { signalbox: "button_1" }),
      press(ann, { signalbox: "button_1" }),
    ]);
    expect([first.toast?.content, second.toast?.content].sort()).toEqual(["已经有人按过了。", "正在停止。"].sort());
    await bot.idle();
    expect((await bot.store.task(task))?.state).toBe("cancelled");
    expect(sim.violations).toEqual([]);
  },
);

test("what the console pushes besides is taken without a word", async () => {
  await using bot = await startFeishuApp();
  const { sim } = bot;
  const ann = sim.world.addUser("Ann");
  const group = sim.world.addGroup({ members: [ann], hasBot: false });
  sim.people.addBot(group, ann);
  sim.people.openDirectChat(ann);
  sim.people.removeBot(group, ann);
  const [told] = sim.deliveries;
  if (!told) throw new Error("nothing was told");
  for (const type of ["im.message.message_read_v1", "im.chat.updated_v1", "never.heard.of"])
    await sim.delivery.send({ ...told.envelope, header: { ...told.envelope.header, event_type: type } });
  await sim.delivery.send({ ...told.envelope, header: { ...told.envelope.header, app_id: "cli_another" } });
  await bot.idle();
  expect(sim.deliveries.every(({ state }) => state === "acknowledged")).toBe(true);
  expect(sim.world.posts()).toEqual([]);
});
