// A process is killed at the worst moments; the next one, over the same ledger and the same platform, ends what it began: whole, once.

import { describe, expect, test } from "vitest";
import type { Store } from "../../../../src/core/store.ts";
import type { FeishuSimulator } from "../../../simulators/feishu/feishu-simulator.ts";
import { eventually } from "../../../support/eventually.ts";
import {
  type FeishuBot,
  gate,
  isClosed,
  lettersIn,
  lettersOf,
  paragraphs,
  saidIn,
  startFeishuBot,
  waitingTool,
} from "./feishu-bot.ts";
import { MovedClock } from "./moved-clock.ts";

const HOUR_MS = 60 * 60_000;

function direct(sim: FeishuSimulator) {
  const ann = sim.world.addUser("Ann");
  const chat = sim.world.p2p(ann);
  return { ann, chat, say: (text: string) => sim.people.say(ann, chat, text) };
}

/** A ledger in which this write of the process is the one it does not live to see; `reached` when it gets there. */
function dyingAt(isIt: (method: string, key: string, value: unknown) => boolean) {
  const { opened: reached, open } = gate();
  let isDying = false;
  const stop = (method: string, key: string, value: unknown): boolean => {
    if (!isDying && !isIt(method, key, value)) return false;
    isDying = true;
    open();
    return true;
  };
  const never = new Promise<never>(() => {});
  const wrapStore = (store: Store): Store => ({
    ...store,
    deliveryDone: (key, receipt, now) => (stop("done", key, receipt) ? never : store.deliveryDone(key, receipt, now)),
    putMemo: (channel, key, value, now) => (stop("put", key, value) ? never : store.putMemo(channel, key, value, now)),
    dropMemo: (channel, key) => (stop("drop", key, undefined) ? never : store.dropMemo(channel, key)),
  });
  return { reached, wrapStore };
}

/** The live card is sent, which is not known yet. */
const isCardSent = (method: string, key: string, value: unknown): boolean =>
  method === "put" && key.startsWith("live:") && JSON.stringify(value).includes("messageId");

async function delivered(bot: FeishuBot): Promise<void> {
  await bot.app.idle();
  expect(await bot.store.pendingDeliveries(null, 10)).toEqual([]);
}

describe.concurrent("killed", () => {
  test("while it types: the next process goes on in the same card", async () => {
    const more = gate();
    const goOn = gate();
    await using first = await startFeishuBot({
      tools: [waitingTool("wait", goOn.opened)],
      model: [
        { text: "The old ", calls: [{ name: "wait" }] },
        { text: "begin", until: gate().opened },
      ],
    });
    const { sim } = first;
    const { chat, say } = direct(sim);
    say("hi");
    await sim.until(() => saidIn(sim, chat).join().includes("The old"), { what: "it is shown" });
    goOn.open();
    await sim.until(() => saidIn(sim, chat).join().includes("begin"), { what: "more is shown" });
    await first.crash();
    expect(isClosed(sim)).toBe(false);
    const begun = gate();
    await using second = await startFeishuBot({
      after: first,
      tools: [waitingTool("wait", begun.opened)],
      model: [{ calls: [{ name: "wait" }] }, { text: "The new answer.", until: more.opened }],
    });
    begun.open();
    await sim.until(() => saidIn(sim, chat).join().includes("The new answer.\n[■]"), { what: "it goes on" });
    more.open();
    await sim.until(() => isClosed(sim), { what: "the stream is closed" });
    await delivered(second);
    expect(saidIn(sim, chat)).toHaveLength(1);
    expect(lettersIn(sim, chat)).toBe("TheoldThenewanswer");
    expect(sim.violations).toEqual([]);
    expect(sim.calls.filter(({ path, code }) => path.includes("/cardkit/") && code !== 0)).toEqual([]);
  });

  test("while it types: the answer comes at once and takes the card over", async () => {
    await using first = await startFeishuBot({ model: [{ text: "The old begin", until: gate().opened }] });
    const { sim } = first;
    const { chat, say } = direct(sim);
    say("hi");
    await sim.until(() => saidIn(sim, chat).join().includes("The old begin"), { what: "it is shown" });
    await first.crash();
    await using second = await startFeishuBot({ after: first, model: ["The answer."] });
    await sim.until(() => isClosed(sim), { what: "the stream is closed" });
    await delivered(second);
    expect(saidIn(sim, chat)).toEqual(["The answer."]);
  });

  const moments = [
    [
      "when the platform has it and the memo has not",
      (method: string, key: string) => method === "put" && key.startsWith("sent:"),
    ],
    ["when the memo has it and the ledger does not know", (method: string) => method === "done"],
  ] as const;
  for (const [moment, isIt] of moments) {
    for (const laterMs of [0, 3 * HOUR_MS]) {
      for (const refused of [0, 1, 2]) {
        const form = ["card", "post", "text"][refused];
        test(`${moment}, a ${form}, back ${laterMs === 0 ? "at once" : "hours later"}: once`, async () => {
          const clock = new MovedClock();
          const death = dyingAt(isIt);
          await using first = await startFeishuBot({
            model: ["The answer to all of it."],
            clock,
            wrapStore: death.wrapStore,
          });
          const { sim } = first;
          const { chat, say } = direct(sim);
          if (refused > 0) sim.fault({ operation: "message.reply", how: { code: 230025 }, times: refused });
          say("hi");
          await death.reached;
          await first.crash();
          clock.move(laterMs);
          // A card that was refused would be refused again.
          if (refused > 0) sim.fault({ operation: "message.reply", how: { code: 230025 }, times: refused });
          await using second = await startFeishuBot({ after: first, clock });
          await delivered(second);
          expect(saidIn(sim, chat)).toHaveLength(1);
          expect(lettersIn(sim, chat)).toBe("Theanswertoallofit");
          expect(sim.violations).toEqual([]);
        });
      }
    }
  }

  test("between two parts of a long answer: the rest follows, hours later too", async () => {
    const clock = new MovedClock();
    const answer = paragraphs(20, "每一段都必须出现，而且只能出现一次。".repeat(40));
    let saves = 0;
    const death = dyingAt((method, key) => method === "put" && key.startsWith("sent:") && ++saves === 2);
    await using first = await startFeishuBot({ model: [answer], clock, wrapStore: death.wrapStore });
    const { sim } = first;
    const { chat, say } = direct(sim);
    say("请说");
    await death.reached;
    await first.crash();
    clock.move(3 * HOUR_MS);
    await using second = await startFeishuBot({ after: first, clock });
    await delivered(second);
    expect(sim.world.posts(chat).length).toBeGreaterThan(2);
    expect(lettersIn(sim, chat)).toBe(lettersOf(answer));
  });

  test("between showing the live card and knowing its message: no second one", async () => {
    const death = dyingAt(isCardSent);
    await using first = await startFeishuBot({
      model: [{ text: "Begun", until: gate().opened }],
      wrapStore: death.wrapStore,
    });
    const { sim } = first;
    const { chat, say } = direct(sim);
    say("hi");
    await death.reached;
    await first.crash();
    await using second = await startFeishuBot({ after: first, model: ["The answer."] });
    await sim.until(() => isClosed(sim), { what: "the stream is closed" });
    await delivered(second);
    expect(saidIn(sim, chat)).toEqual(["The answer."]);
  });

  test("between finishing the card and forgetting it: it is left in peace", async () => {
    const death = dyingAt((method, key) => method === "drop" && key.startsWith("live:"));
    const more = gate();
    await using first = await startFeishuBot({
      model: [{ text: "All of it.", until: more.opened }],
      wrapStore: death.wrapStore,
    });
    const { sim } = first;
    const { chat, say } = direct(sim);
    say("hi");
    await sim.until(() => saidIn(sim, chat).join().includes("All of it."), { what: "it is shown" });
    more.open();
    await death.reached;
    await first.crash();
    const changes = sim.callsOf("card.update").length;
    await using second = await startFeishuBot({ after: first });
    await delivered(second);
    expect(saidIn(sim, chat)).toEqual(["All of it."]);
    expect(sim.callsOf("card.update")).toHaveLength(changes);
    await eventually(async () => expect(await second.store.memos("feishu", "live:", 10)).toEqual([]));
  });

  test.each([
    ["and its card is known", () => false],
    ["and nobody knows whether its card was sent", isCardSent],
  ] as const)("after its question was taken back, %s: the next one recalls the half answer", async (_, isIt) => {
    const death = dyingAt(isIt);
    await using first = await startFeishuBot({
      model: [{ text: "Half of it", until: gate().opened }],
      wrapStore: death.wrapStore,
    });
    const { sim } = first;
    const { chat, say } = direct(sim);
    const question = say("hi");
    await sim.until(() => saidIn(sim, chat).join().includes("[■]"), { what: "it is shown" });
    const isNoted = async (): Promise<boolean | undefined> => {
      const [memo] = await first.store.memos("feishu", "live:", 10);
      return memo && JSON.stringify(memo.value).includes("messageId");
    };
    await eventually(async () => expect(await isNoted()).toBe(isIt !== isCardSent));
    if (isIt === isCardSent) await death.reached;
    sim.people.recall(question);
    await sim.until(() => sim.deliveries.every(({ state }) => state === "acknowledged"), { what: "it is told" });
    await first.app.idle();
    await first.crash();
    expect(saidIn(sim, chat)).toHaveLength(1);
    await using second = await startFeishuBot({ after: first });
    await eventually(async () => expect(await second.store.memos("feishu", "live:", 10)).toEqual([]));
    expect(saidIn(sim, chat)).toEqual([]);
    expect(isClosed(sim)).toBe(true);
    expect(sim.callsOf("message.reply")).toHaveLength(1);
  });

  test("with its sign on the message: the next one takes it away", async () => {
    const death = dyingAt((method, key) => method === "drop" && key.startsWith("sign:"));
    const more = gate();
    await using first = await startFeishuBot({
      model: [{ text: "Done.", until: more.opened }],
      wrapStore: death.wrapStore,
    });
    const { sim } = first;
    const { say } = direct(sim);
    sim.fault({ operation: "reaction.delete", how: "http500", times: 1 });
    const question = say("hi");
    await sim.until(() => question.reactions.length === 1, { what: "the sign" });
    more.open();
    await sim.until(() => sim.callsOf("reaction.delete").length > 0, { what: "it is tried" });
    await first.crash();
    expect(question.reactions).toHaveLength(1);
    await using second = await startFeishuBot({ after: first });
    await sim.until(() => question.reactions.length === 0, { what: "the sign is gone" });
    await delivered(second);
  });

  /** The platform took it, and nothing of it reached the disk. */
  const withoutSigns = (store: Store): Store => ({
    ...store,
    putMemo: async (channel, key, ...rest) => {
      if (!key.startsWith("sign:")) await store.putMemo(channel, key, ...rest);
    },
  });

  const oldBegin = () => [{ text: "The old begin", until: gate().opened }];

  async function crashedWithSign(bot: Awaited<ReturnType<typeof startFeishuBot>>) {
    const question = direct(bot.sim).say("hi");
    await bot.sim.until(() => question.reactions.length === 1, { what: "the sign" });
    await bot.crash();
    return question;
  }

  test("by a power cut that takes back what was kept of the sign: the next one finds it", async () => {
    await using first = await startFeishuBot({ model: oldBegin(), wrapStore: withoutSigns });
    const { sim } = first;
    const question = await crashedWithSign(first);
    await using second = await startFeishuBot({ after: first, model: ["Done."] });
    await sim.until(() => question.reactions.length === 0, { what: "the sign is gone" });
    await delivered(second);
    expect(sim.violations).toEqual([]);
  });

  test("while it looks for a sign of which nothing was kept: the one after it takes the sign away", async () => {
    await using first = await startFeishuBot({ model: oldBegin(), wrapStore: withoutSigns });
    const { sim } = first;
    const question = await crashedWithSign(first);
    const hanging = sim.fault({ operation: "reaction.delete", how: "hang" });
    await using second = await startFeishuBot({ after: first, model: ["Done."] });
    await sim.until(() => hanging.hits > 0, { what: "it is about to be taken away" });
    await delivered(second);
    await second.crash();
    hanging.remove();
    hanging.release();
    await using third = await startFeishuBot({ after: second });
    await sim.until(() => question.reactions.length === 0, { what: "the sign is gone" });
    await delivered(third);
  });
});

test("stopped in good order while it types: nothing looks as if it were typed, and the next process ends it", async () => {
  await using first = await startFeishuBot({ model: [{ text: "The old begin", until: gate().opened }] });
  const { sim } = first;
  const { chat, say } = direct(sim);
  say("hi");
  await sim.until(() => saidIn(sim, chat).join().includes("The old begin"), { what: "it is shown" });
  await first.stop();
  expect(isClosed(sim)).toBe(true);
  await using second = await startFeishuBot({ after: first, model: ["The answer."] });
  await sim.until(() => saidIn(sim, chat)[0] === "The answer.", { what: "the answer" });
  await delivered(second);
  expect(saidIn(sim, chat)).toEqual(["The answer."]);
});
