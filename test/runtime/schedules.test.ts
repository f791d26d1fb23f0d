// What is scheduled arrives when its time comes: once, as its author's message, with the rights of that moment, whatever crashes.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Tool } from "../../src/core/tool.ts";
import { FakeModel } from "../support/fake-model.ts";
import { startTestApp, type TestApp, type TestAppOptions } from "../support/start-test-app.ts";

const MINUTE = 60_000;
const start = (options: TestAppOptions = {}): Promise<TestApp> =>
  startTestApp({
    model: new FakeModel([], { fallback: ({ items }) => `heard: ${JSON.stringify(items.at(-1))}` }),
    ...options,
    config: `timeZone: UTC\n${options.config ?? ""}`,
  });

const firings = async (bot: TestApp): Promise<readonly string[]> =>
  (await bot.eventsOf("message_accepted")).map(({ text }) => text).filter((text) => text.includes("⏰"));

/** Time goes by in steps, so that each timer has its turn. */
async function pass(bot: TestApp, minutes: number): Promise<void> {
  for (let n = 0; n < minutes; n += 1) {
    bot.clock.advance(MINUTE);
    await new Promise((resolve) => setTimeout(resolve, 1));
    await bot.idle();
  }
}

const idIn = (text: string | undefined): string => /cancel ([0-9a-f]{8})/.exec(text ?? "")?.[1] ?? "none";

describe("/remind", () => {
  test("arrives when its time comes, once, and is answered", async () => {
    await using bot = await start();
    await bot.say("/remind in 10 minutes drink water");
    await bot.idle();
    expect(bot.answers[0]).toMatch(/^Scheduled for .* \(UTC\)\./);
    await pass(bot, 9);
    expect(await firings(bot)).toEqual([]);
    await pass(bot, 20);
    const fired = await firings(bot);
    expect(fired).toEqual([expect.stringMatching(/^⏰ Scheduled by Ann for .*: drink water$/)]);
    expect(bot.answers.length).toBe(2);
    expect(bot.answers[1]).toContain("drink water");
  });

  test("in Chinese", async () => {
    await using bot = await start();
    await bot.say("/remind 10分钟后提醒我喝水");
    await pass(bot, 11);
    expect(await firings(bot)).toEqual([expect.stringMatching(/^⏰ Ann 安排在 .* 的消息：喝水$/)]);
  });

  test("by cron arrives again and again until it is taken back", async () => {
    await using bot = await start();
    await bot.say("/remind cron */10 * * * * stretch");
    await bot.idle();
    const id = idIn(bot.answers[0]);
    await pass(bot, 30);
    expect((await firings(bot)).length).toBe(3);
    await bot.say("/remind");
    await bot.idle();
    expect(bot.answers.at(-1)).toContain(`\`${id}\``);
    await bot.say(`/remind cancel ${id}`);
    await pass(bot, 30);
    expect((await firings(bot)).length).toBe(3);
  });

  test.each([
    ["/remind drink water", /do not see when/],
    ["/remind in 10 minutes", /What should I say/],
    ["/remind 2020-01-01 09:00 tea", /over already/],
    ["/remind cron * * * * * tea", /five minutes/],
    ["/remind cron 0 25 * * * tea", /five parts/],
    ["/remind cancel 00000000", /nothing scheduled of this name/],
    ["/remind 提醒我喝水", /没有看出/],
  ])("%s is answered with what is missing", async (text, answer) => {
    await using bot = await start();
    await bot.say(text);
    await bot.idle();
    expect(bot.answers[0]).toMatch(answer);
  });

  test("is for those who may, and taken back by its author or an administrator alone", async () => {
    await using bot = await start({
      config: 'roles: { team: { users: ["slack:ann", "slack:bob"], grants: [schedule] } }\n',
    });
    await bot.say("/remind in 5 minutes tea", { sender: { id: "slack:eve@external", name: "Eve" } });
    await bot.say("/remind in 5 minutes tea");
    await bot.idle();
    expect(bot.answers[0]).toBe("You may not schedule anything here.");
    await bot.say(`/remind cancel ${idIn(bot.answers[1])}`, { sender: { id: "slack:bob", name: "Bob" } });
    await bot.idle();
    expect(bot.answers[2]).toContain("Only who scheduled it");
    await pass(bot, 6);
    expect((await firings(bot)).length).toBe(1);
  });
});

describe("a firing", () => {
  test("that was missed while nothing ran is made up for once, and says it is late", async () => {
    const folder = mkdtempSync(join(tmpdir(), "signalbox-schedules-"));
    try {
      {
        await using bot = await start({ folder });
        await bot.say("/remind cron */10 * * * * stretch");
        await bot.idle();
      }
      await using late = await start({ folder, laterMs: 65 * MINUTE });
      await pass(late, 1);
      const fired = await firings(late);
      expect(fired.length).toBe(1);
      expect(fired[0]).toContain("(late)");
      await pass(late, 10);
      expect((await firings(late)).length).toBe(2);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("that a crash interrupts after it was accepted is not doubled", async () => {
    const folder = mkdtempSync(join(tmpdir(), "signalbox-schedules-"));
    try {
      {
        // The process dies between the message and the note that it was fired.
        await using bot = await start({
          folder,
          wrapStore: (store) => ({ ...store, moveSchedule: () => Promise.reject(new Error("died here")) }),
        });
        await bot.say("/remind in 3 minutes tea");
        await pass(bot, 5);
        expect((await firings(bot)).length).toBe(1);
      }
      await using bot = await start({ folder, laterMs: 5 * MINUTE });
      await pass(bot, 3);
      expect((await firings(bot)).length).toBe(1);
      expect(await bot.store.nextSchedule()).toBeUndefined();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("that cannot be stored is tried again and holds no other up", async () => {
    let refusals = 3;
    await using bot = await start({
      wrapStore: (store) => ({
        ...store,
        accept: (message, options) => {
          if (!message.text.includes("⏰") || !message.text.includes("tea") || refusals === 0)
            return store.accept(message, options);
          refusals -= 1;
          return Promise.reject(new Error("the disk is full"));
        },
      }),
    });
    await bot.say("/remind in 3 minutes tea");
    await bot.say("/remind in 4 minutes cake");
    await pass(bot, 10);
    expect(refusals).toBe(0);
    expect((await firings(bot)).map((text) => text.split(": ").at(-1))).toEqual(["cake", "tea"]);
  });

  test("has the rights its author has then (P5)", async () => {
    let runs = 0;
    const look: Tool = {
      name: "look",
      description: "Looks.",
      capabilities: ["fs.read"],
      parameters: { type: "object", properties: {} },
      run: async () => {
        runs += 1;
        return "seen";
      },
    };
    const granting = (grants: string): string =>
      `timeZone: UTC\napprovals: { capabilities: [] }\nroles: { member: { users: ["*"], grants: [${grants}] } }\n`;
    await using bot = await startTestApp({
      config: granting("schedule, fs.read"),
      tools: [look],
      model: [{ calls: [{ name: "look" }] }, "done"],
    });
    await bot.say("/remind in 3 minutes look around");
    await bot.idle();
    bot.reconfigure(granting("schedule"));
    await pass(bot, 4);
    expect((await bot.eventsOf("tool_end")).map(({ status }) => status)).toEqual(["denied"]);
    expect(runs).toBe(0);
  });
});

test("the model schedules by its tool: the same call asked for again is the same order", async () => {
  const order = { name: "schedule", arguments: { action: "create", text: "send the report", time: "in 5 minutes" } };
  await using bot = await start({ model: [{ calls: [order] }, "It is set.", "⏰ the report!"] });
  await bot.say("remind me of the report in 5 minutes");
  await bot.idle();
  expect(bot.answers).toEqual(["It is set."]);
  await pass(bot, 6);
  expect(bot.answers).toEqual(["It is set.", "⏰ the report!"]);
  expect((await firings(bot))[0]).toContain("send the report");
});
