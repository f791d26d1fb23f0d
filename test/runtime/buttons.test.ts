// Buttons: who may press, once, also after a restart.

import { describe, expect, test } from "vitest";
import { startTestApp, type TestApp } from "../support/start-test-app.ts";

const never = new Promise<void>(() => {});
const ann = { id: "slack:ann", name: "Ann" };
const bob = { id: "slack:bob", name: "Bob" };
const ADMIN = 'roles: { admin: { users: ["slack:root"], grants: ["*"] }, member: { users: ["*"], grants: [] } }';
const DAY_MS = 24 * 60 * 60 * 1_000;

async function busy(): Promise<{ bot: TestApp; task: string; button: string }> {
  const bot = await startTestApp({ model: [{ text: "working", until: never }], config: ADMIN });
  const { message } = await bot.say("停不下来的工作");
  await expect.poll(() => bot.model.requests.length).toBe(1);
  return { bot, task: message.task, button: await bot.chat.buttons.make("stop", message.task) };
}

describe("a stop button", () => {
  test("stops for the one who asked, in their language, and only once", async () => {
    const { bot, button } = await busy();
    await using _ = bot;
    const both = await Promise.all([
      bot.chat.buttons.press({ id: button, by: ann }),
      bot.chat.buttons.press({ id: button, by: ann }),
    ]);
    expect(both.map(({ isDone }) => isDone).sort()).toEqual([false, true]);
    expect(both.map(({ text }) => text).sort()).toEqual(["已经有人按过了。", "正在停止。"].sort());
    await bot.idle();
    expect(bot.chat.posts.map(({ kind }) => kind)).toEqual(["cancelled"]);
  });

  test("does nothing for a stranger, leaves a record, and stays for those who may", async () => {
    const { bot, button, task } = await busy();
    await using _ = bot;
    const outsider = { id: "slack:ann@external", name: "Ann" };
    for (const by of [bob, outsider])
      expect(await bot.chat.buttons.press({ id: button, by })).toMatchObject({ isDone: false });
    expect((await bot.store.account(task)).decisions).toMatchObject([
      { subject: "stop", decision: "denied" },
      { subject: "stop", decision: "denied" },
    ]);
    expect(bot.app.runner.running).toBe(1);
    expect(await bot.chat.buttons.press({ id: button, by: { id: "slack:root", name: "Root" } })).toMatchObject({
      isDone: true,
    });
    await bot.idle();
  });

  test("works after a restart, and is too old after a day", async () => {
    const { bot, button } = await busy();
    await bot.stop();
    await using next = await startTestApp({
      folder: bot.folder,
      model: [{ text: "again", until: never }],
      config: ADMIN,
    });
    await expect.poll(() => next.model.requests.length).toBe(1);
    expect(await next.chat.buttons.press({ id: "button_made_up", by: ann })).toMatchObject({ isDone: false });
    expect(await next.chat.buttons.press({ id: button, by: ann })).toMatchObject({ isDone: true });
    await next.idle();
    const { message } = await next.say("more", { key: "slack:more" });
    await next.idle();
    const late = await next.chat.buttons.make("stop", message.task);
    next.clock.advance(DAY_MS);
    expect(await next.chat.buttons.press({ id: late, by: ann })).toEqual({
      isDone: false,
      text: "This button is too old.",
    });
  });
});

test("/stop is for the one who asked, too", async () => {
  const { bot } = await busy();
  await using _ = bot;
  await bot.say("/stop", { sender: bob });
  await expect.poll(() => bot.answers.length).toBe(1);
  expect(bot.answers[0]).toContain("Only the person who asked");
  expect(bot.app.runner.running).toBe(1);
  await bot.say("/stop");
  await bot.idle();
  expect(bot.chat.posts.at(-1)?.kind).toBe("cancelled");
});
