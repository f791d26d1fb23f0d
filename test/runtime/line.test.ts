// The session line seen from outside: who waits, who is told, what joins what, and that nobody starves.

import { expect, test } from "vitest";
import type { Script } from "../support/fake-model.ts";
import { startTestApp } from "../support/start-test-app.ts";

interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

function gate(): Gate {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

const bob = { sender: { id: "slack:bob", name: "Bob" } };

test("a message that waits is told its position, and a full line says so (P1)", async () => {
  const first = gate();
  await using bot = await startTestApp({
    model: [{ text: "one", until: first.opened }],
    config: "queue: { waitingPerSession: 2 }",
  });
  const results = [await bot.say("1")];
  await expect.poll(() => bot.model.requests.length).toBe(1);
  for (const text of ["2", "3", "4"]) results.push(await bot.say(text));
  expect(results.map((result) => (result.status === "accepted" ? result.position : result.status))).toEqual([
    0,
    1,
    2,
    "full",
  ]);
  await expect
    .poll(() => bot.answers)
    .toEqual(["2 messages are already waiting here, which is as many as fit. Please send this one again later."]);
  first.open();
  await bot.idle();
  expect(bot.answers).toHaveLength(4);
});

test("a busy session does not starve a quiet one (P2)", async () => {
  const order: string[] = [];
  const model: Script[] = Array.from({ length: 12 }, () => ({ items }) => {
    const last = items.at(-1);
    order.push(last?.role === "person" ? last.text : "");
    return "ok";
  });
  await using bot = await startTestApp({ model, config: "queue: { running: 1 }" });
  await Promise.all(Array.from({ length: 10 }, (_, index) => bot.say(`busy ${index}`)));
  await bot.say("quiet", { session: "slack:quiet" });
  await bot.idle();
  expect(order.findIndex((text) => text.includes("quiet"))).toBeLessThanOrEqual(2);
});

test("as many sessions run at once as allowed, and no more", async () => {
  const all = gate();
  let running = 0;
  let most = 0;
  const model: Script[] = Array.from({ length: 10 }, () => () => {
    running += 1;
    most = Math.max(most, running);
    const leave = (): void => {
      running -= 1;
    };
    return { text: "ok", until: all.opened.then(leave) };
  });
  await using bot = await startTestApp({ model, config: "queue: { running: 3 }" });
  await Promise.all(Array.from({ length: 10 }, (_, index) => bot.say("hi", { session: `slack:${index}` })));
  await expect.poll(() => most).toBe(3);
  all.open();
  await bot.idle();
  expect([most, bot.answers.length]).toEqual([3, 10]);
});

test("collect merges what the same person sent while it waited, and keeps who said what", async () => {
  const first = gate();
  await using bot = await startTestApp({
    model: [{ text: "one", until: first.opened }, "both", "bob's"],
    config: "queue: { whileBusy: collect }",
  });
  await bot.say("1");
  await expect.poll(() => bot.model.requests.length).toBe(1);
  await bot.say("2");
  await bot.say("3");
  await bot.say("4", bob);
  first.open();
  await bot.idle();
  expect(bot.answers).toEqual(["one", "both", "bob's"]);
  expect(bot.model.requests[1]?.items.slice(-2)).toMatchObject([{ text: "Ann: 2" }, { text: "Ann: 3" }]);
  expect(bot.model.requests[2]?.items.at(-1)).toMatchObject({ text: "Bob: 4" });
  const ends = await bot.eventsOf("execution_complete");
  expect(ends.map((end) => end.messageIds.length)).toEqual([1, 2, 1]);
});

test("steer adds the same person's message before the next model call; somebody else's waits for its turn", async () => {
  const tool = gate();
  const look = {
    name: "look",
    description: "",
    capabilities: [],
    parameters: { type: "object" },
    run: () => tool.opened.then(() => "seen"),
  };
  await using bot = await startTestApp({
    tools: [look],
    model: [{ calls: [{ name: "look" }] }, "with the addition", "bob's"],
    config: "queue: { whileBusy: steer }",
  });
  await bot.say("do it");
  await expect.poll(() => bot.eventsOf("tool_start")).toHaveLength(1);
  await bot.say("in blue");
  await bot.say("me too", bob);
  tool.open();
  await bot.idle();
  expect(bot.answers).toEqual(["with the addition", "bob's"]);
  expect(bot.model.requests[1]?.items.at(-1)).toMatchObject({ role: "person", text: "Ann: in blue" });
  expect(await bot.eventsOf("message_joined")).toHaveLength(1);
});

test("commands are answered at once, outside of the line", async () => {
  const first = gate();
  await using bot = await startTestApp({ model: [{ text: "slow answer", until: first.opened }] });
  await bot.say("work");
  await expect.poll(() => bot.model.requests.length).toBe(1);
  expect(await bot.say("/status")).toMatchObject({
    status: "answered",
    text: expect.stringContaining("1 running, 0 waiting here."),
  });
  expect(await bot.say("/help")).toMatchObject({ status: "answered" });
  expect(await bot.say("/tasks")).toMatchObject({ text: expect.stringMatching(/chat-turn 🔄 running · \d+ s · work/) });
  expect(await bot.say("/帮助")).toMatchObject({ status: "accepted" });
  first.open();
  await bot.idle();
  expect(bot.answers.filter((answer) => answer === "slow answer")).toHaveLength(1);
});

test("/new hides what was said before from the model", async () => {
  await using bot = await startTestApp({ model: ["one", "two"] });
  await bot.say("my name is Ann");
  await bot.idle();
  await bot.say("/new");
  await bot.say("who am I?");
  await bot.idle();
  expect(bot.model.requests[1]?.items).toHaveLength(1);
});
