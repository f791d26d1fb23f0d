// What people see while an answer is being written, and that it always ends as the whole answer, once.

import { describe, expect, test } from "vitest";
import type { FeishuSimulator } from "../../../simulators/feishu/feishu-simulator.ts";
import type { Chat } from "../../../simulators/feishu/world/world-records.ts";
import { eventually } from "../../../support/eventually.ts";
import { gate, isClosed, lettersIn, lettersOf, paragraphs, saidIn, startFeishuBot, waitingTool } from "./feishu-bot.ts";
import { MovedClock } from "./moved-clock.ts";

const PATIENT = "limits: { firstTokenSeconds: 3600, idleTokenSeconds: 3600, taskSeconds: 3600 }\n";

function direct(sim: FeishuSimulator) {
  const ann = sim.world.addUser("Ann");
  const chat = sim.world.p2p(ann);
  return { ann, chat, say: (text: string) => sim.people.say(ann, chat, text) };
}

const shows = (sim: FeishuSimulator, chat: Chat, text: string) =>
  sim.until(() => saidIn(sim, chat).some((said) => said.includes(text)), { what: `"${text}" is shown` });

describe.concurrent("while it is written", () => {
  test("a card is typed on, then it is the answer: one message, no button, no open stream", async () => {
    const more = gate();
    await using bot = await startFeishuBot({
      model: [{ text: "Hello **Ann**, it takes a while.", until: more.opened }],
    });
    const { sim } = bot;
    const { chat, say } = direct(sim);
    say("hi");
    await shows(sim, chat, "Hello **Ann**, it takes a while.");
    expect(sim.world.openStreams()).toHaveLength(1);
    expect(saidIn(sim, chat)).toEqual(["Hello **Ann**, it takes a while.\n[■]"]);
    more.open();
    await sim.until(() => isClosed(sim), { what: "the stream is closed" });
    await bot.app.idle();
    expect(saidIn(sim, chat)).toEqual(["Hello **Ann**, it takes a while."]);
    expect(sim.violations).toEqual([]);
  });

  test("the tool that runs is named, and each frame is the whole text so far", async () => {
    const slow = gate();
    const more = gate();
    await using bot = await startFeishuBot({
      model: [
        { text: "I look. ", calls: [{ name: "dig_deep" }] },
        { text: "It was below.", until: more.opened },
      ],
      tools: [waitingTool("dig_deep", slow.opened)],
    });
    const { sim } = bot;
    const { chat, say } = direct(sim);
    say("where?");
    await shows(sim, chat, "🔧 `dig_deep`");
    slow.open();
    await shows(sim, chat, "It was below.");
    expect(saidIn(sim, chat)[0]).not.toContain("dig");
    more.open();
    await sim.until(() => isClosed(sim), { what: "the stream is closed" });
    await bot.app.idle();
    expect(lettersIn(sim, chat)).toBe("IlookItwasbelow");
    const [card] = [...sim.world.cards.values()];
    expect(card?.streamed.map(({ content }) => content).every((content) => /^(I look|…|🔧)/.test(content))).toBe(true);
    expect(sim.violations).toEqual([]);
  });

  test("a long one rolls over into further cards and ends whole", async () => {
    const more = gate();
    const answer = paragraphs(
      30,
      "Text that goes on and on until a card is full, and then in the next one. ".repeat(15),
    );
    await using bot = await startFeishuBot({ model: [{ text: answer, until: more.opened }] });
    const { sim } = bot;
    const { chat, say } = direct(sim);
    say("tell me");
    await shows(sim, chat, "Nr 28");
    expect(sim.world.posts(chat).length).toBeGreaterThan(1);
    more.open();
    await sim.until(() => isClosed(sim) && lettersIn(sim, chat) === lettersOf(answer), { what: "the whole answer" });
    await bot.app.idle();
    expect(lettersIn(sim, chat)).toBe(lettersOf(answer));
    expect(saidIn(sim, chat).join()).not.toContain("■");
    expect(sim.violations).toEqual([]);
  });

  test("streaming is switched on again before its ten minutes are over", async () => {
    const clock = new MovedClock();
    const more = gate();
    await using bot = await startFeishuBot({
      model: [{ text: "Patience.", until: more.opened }],
      clock,
      config: PATIENT,
    });
    const { sim } = bot;
    const { chat, say } = direct(sim);
    say("hi");
    await shows(sim, chat, "Patience.");
    const isArmed = (): boolean => clock.isAwaited(8 * 60_000, 9 * 60_000);
    for (let round = 1; round <= 3; round += 1) {
      await eventually(() => expect(isArmed()).toBe(true));
      clock.move(9 * 60_000);
      await sim.until(() => sim.callsOf("card.settings").length === round, { what: `on again, ${round}` });
    }
    await eventually(() => expect(isArmed()).toBe(true));
    expect(sim.world.openStreams()).toMatchObject([{ isExpired: false }]);
    more.open();
    await sim.until(() => isClosed(sim), { what: "the stream is closed" });
    await bot.app.idle();
    expect(saidIn(sim, chat)).toEqual(["Patience."]);
  });
});

describe.concurrent("when showing it goes wrong, the answer is there all the same", () => {
  const refusals = [
    { operation: "element.content", how: { code: 200850, text: "timed out" }, times: 1 },
    { operation: "element.content", how: { code: 300309, text: "closed" }, times: 50 },
    { operation: "element.content", how: { code: 300317, text: "sequence" }, times: 1 },
    { operation: "element.content", how: { code: 230020, text: "busy" }, times: 3 },
    { operation: "element.content", how: "http500" as const, times: 2 },
    { operation: "element.content", how: "reset" as const, when: "after" as const, times: 2 },
    { operation: "card.create", how: { code: 200621, text: "bad" }, times: 9 },
    { operation: "card.create", how: "reset" as const, when: "after" as const, times: 1 },
    { operation: "message.reply", how: "reset" as const, when: "after" as const, times: 2 },
    { operation: "message.reply", how: "http500" as const, when: "after" as const, times: 1 },
    { operation: "message.reply", how: { code: 230099, text: "ErrCode: 200740; " }, times: 1 },
    { operation: "card.update", how: "http500" as const, times: 2 },
    { operation: "card.update", how: "reset" as const, when: "after" as const, times: 1 },
    { operation: "card.update", how: { code: 300317, text: "sequence" }, times: 1 },
    { operation: "card.update", how: { code: 200810, text: "a click is pending" }, times: 1 },
    { operation: "card.update", how: { code: 200860, text: "too large" }, times: 1 },
    {
      operation: "card.update",
      how: { code: 99991400, text: "limit", headers: { "x-ogw-ratelimit-reset": "1" } },
      times: 1,
    },
  ];
  test.each(refusals)("$operation $when $how", async (fault) => {
    const second = gate();
    const more = gate();
    await using bot = await startFeishuBot({
      model: [
        { text: "First half,", calls: [{ name: "wait_here" }] },
        { text: " second half.", until: more.opened },
      ],
      tools: [waitingTool("wait_here", second.opened)],
    });
    const { sim } = bot;
    const { chat, say } = direct(sim);
    const planned = sim.fault(fault);
    say("hi");
    await sim.until(() => planned.hits > 0 || saidIn(sim, chat).join().includes("First half"), {
      what: "something is shown",
    });
    second.open();
    const isShown = (): boolean => planned.hits > 0 || saidIn(sim, chat).join().includes("second half");
    await sim.until(isShown, { what: "the second half, or the fault" });
    more.open();
    await sim.until(() => lettersIn(sim, chat) === "Firsthalfsecondhalf" && isClosed(sim) && planned.hits > 0, {
      what: "the whole answer, once",
    });
    await bot.app.idle();
    expect(lettersIn(sim, chat)).toBe("Firsthalfsecondhalf");
    expect(saidIn(sim, chat)).toHaveLength(1);
    // Only a card that cannot become the answer is taken back.
    const isRefused = fault.operation === "card.update" && typeof fault.how === "object" && fault.how.code === 200860;
    expect(sim.callsOf("message.delete")).toHaveLength(isRefused ? 1 : 0);
    expect(sim.violations.filter(({ kind }) => kind !== "sequence")).toEqual([]);
  });

  test("without the scope for CardKit it is a card that is replaced now and then", async () => {
    const more = gate();
    await using bot = await startFeishuBot({ model: [{ text: "Shown anyway.", until: more.opened }, "Again."] });
    const { sim } = bot;
    sim.scopes.delete("cardkit:card:write");
    const { chat, say } = direct(sim);
    say("hi");
    await shows(sim, chat, "Shown anyway.\n[■]");
    more.open();
    await sim.until(() => saidIn(sim, chat)[0] === "Shown anyway.", { what: "the answer" });
    say("and now?");
    await shows(sim, chat, "Again.");
    await bot.app.idle();
    expect(saidIn(sim, chat)).toEqual(["Shown anyway.", "Again."]);
    expect(sim.callsOf("card.create")).toHaveLength(1);
    expect(sim.violations).toEqual([]);
  });
});

describe.concurrent("how it can end", () => {
  test("the stop button stops it, keeps what was said, and is gone", async () => {
    await using bot = await startFeishuBot({ model: [{ text: "A very long story", until: gate().opened }] });
    const { sim } = bot;
    const { ann, chat, say } = direct(sim);
    say("a story");
    await shows(sim, chat, "A very long story\n[■]");
    const card = sim.world.posts(chat)[0];
    if (!card) throw new Error("no card");
    const end = await sim.people.click(ann, card, "■");
    expect(end).toMatchObject({ toast: { content: "Stopping." } });
    await sim.until(() => isClosed(sim), { what: "the stream is closed" });
    await bot.app.idle();
    expect(saidIn(sim, chat)).toEqual(["A very long story\n\nStopped."]);
  });

  test("a failure ends it with what was said and one sentence", async () => {
    const fail = gate();
    await using bot = await startFeishuBot({
      model: [{ text: "Half of ", until: fail.opened, stop: "refused" }],
    });
    const { sim } = bot;
    const { chat, say } = direct(sim);
    say("hi");
    await shows(sim, chat, "Half of");
    fail.open();
    await sim.until(() => isClosed(sim), { what: "the stream is closed" });
    await bot.app.idle();
    expect(saidIn(sim, chat)).toHaveLength(1);
    expect(saidIn(sim, chat)[0]).toContain("Half of");
    expect(saidIn(sim, chat)[0]).toContain("did not accept");
  });

  test("an answer that the audit stops ends as a neutral sentence, what was shown is taken back", async () => {
    const more = gate();
    await using bot = await startFeishuBot({ model: [{ text: "Secret things", until: more.opened }] });
    const { sim } = bot;
    const { chat, say } = direct(sim);
    say("tell");
    await shows(sim, chat, "Secret things");
    sim.fault({ operation: "card.update", how: { code: 230028 } });
    sim.fault({ operation: "message.reply", how: { code: 230028 } });
    more.open();
    await sim.until(() => isClosed(sim) && sim.world.posts(chat).length === 1, { what: "it is over" });
    await bot.app.idle();
    expect(saidIn(sim, chat)).toEqual([expect.stringContaining("did not let this answer through")]);
  });

  test("a bot that is removed meanwhile gives up", async () => {
    const more = gate();
    await using bot = await startFeishuBot({ model: [{ text: "Still here", until: more.opened }] });
    const { sim } = bot;
    const ann = sim.world.addUser("Ann");
    const chat = sim.world.addGroup({ mode: "topic", members: [ann] });
    sim.people.say(ann, chat, { text: "@_user_1 hi" }, { mentions: ["bot"] });
    await shows(sim, chat, "Still here");
    sim.fault({ operation: "card.update", how: { code: 230002 } });
    chat.refusal = 230002;
    more.open();
    await sim.until(() => isClosed(sim), { what: "the stream is closed" });
    await bot.app.idle();
    expect(await bot.store.pendingDeliveries(null, 10)).toEqual([]);
    expect(await bot.store.memos("feishu", "live:", 10)).toEqual([]);
  });

  test("the stop button does nothing for somebody else", async () => {
    const more = gate();
    await using bot = await startFeishuBot({ model: [{ text: "For Ann", until: more.opened }] });
    const { sim } = bot;
    const [ann, bob] = [sim.world.addUser("Ann"), sim.world.addUser("Bob")];
    const chat = sim.world.addGroup({ mode: "topic", members: [ann, bob] });
    sim.people.say(ann, chat, { text: "@_user_1 hi" }, { mentions: ["bot"] });
    await shows(sim, chat, "For Ann\n[■]");
    const card = sim.world.posts(chat)[0];
    if (!card) throw new Error("no card");
    await sim.people.click(bob, card, "■");
    more.open();
    await sim.until(() => isClosed(sim), { what: "the stream is closed" });
    await bot.app.idle();
    expect(saidIn(sim, chat)).toEqual(["For Ann"]);
  });
});
