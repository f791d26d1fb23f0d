// A half answer that stands there when its task is over: taken back with its question, kept where its delivery is only late.

import { describe, expect, test } from "vitest";
import type { Store } from "../../../../src/core/store.ts";
import type { FeishuSimulator } from "../../../simulators/feishu/feishu-simulator.ts";
import type { Chat } from "../../../simulators/feishu/world/world-records.ts";
import { eventually } from "../../../support/eventually.ts";
import { gate, isClosed, saidIn, startFeishuBot } from "./feishu-bot.ts";
import { MovedClock } from "./moved-clock.ts";

function direct(sim: FeishuSimulator) {
  const ann = sim.world.addUser("Ann");
  const chat = sim.world.p2p(ann);
  return { chat, say: (text: string) => sim.people.say(ann, chat, text) };
}

const shows = (sim: FeishuSimulator, chat: Chat, text: string) =>
  sim.until(() => saidIn(sim, chat).some((said) => said.includes(text)), { what: `"${text}" is shown` });

describe.concurrent("half an answer", () => {
  test.each([
    { recall: "is recalled with it", code: undefined, left: [] },
    { recall: "stays, closed and without its button, where it cannot be recalled", code: 230026, left: ["About that"] },
    { recall: "is recalled later where it cannot be now", code: 500, left: [] },
  ])("a question that is taken back ends it in silence, and the half answer $recall", async ({ code, left }) => {
    const clock = new MovedClock();
    await using bot = await startFeishuBot({ model: [{ text: "About that", until: gate().opened }], clock });
    const { sim } = bot;
    const { chat, say } = direct(sim);
    const question = say("forget it");
    await shows(sim, chat, "About that");
    if (code !== undefined) sim.fault({ operation: "message.delete", how: code === 500 ? "http500" : { code } });
    sim.people.recall(question);
    await sim.until(() => sim.deliveries.every(({ state }) => state === "acknowledged"), { what: "it is told" });
    await bot.app.idle();
    const isSilence = (): boolean => clock.isAwaited(15_000, 20_000);
    for (let tries = code === 500 ? 2 : 1; tries > 0; tries -= 1) {
      await eventually(() => expect(isSilence()).toBe(true));
      clock.move(20_000);
    }
    await eventually(async () => expect(await bot.store.memos("feishu", "live:", 10)).toEqual([]));
    expect(saidIn(sim, chat)).toEqual(left);
    expect(isClosed(sim)).toBe(true);
    expect(sim.violations).toEqual([]);
  });

  test("a card that was not sent yet when its question was taken back is not sent after the next answer", async () => {
    const noted = gate();
    const atNote = gate();
    const wrapStore = (store: Store): Store => ({
      ...store,
      putMemo: async (...given) => {
        if (given[1].startsWith("live:")) {
          atNote.open();
          await noted.opened;
        }
        return store.putMemo(...given);
      },
    });
    const clock = new MovedClock();
    const model = [{ text: "About that", until: gate().opened }, "Better.", "Best."];
    await using bot = await startFeishuBot({ model, wrapStore, clock });
    const { sim } = bot;
    const { chat, say } = direct(sim);
    const question = say("forget it");
    await atNote.opened;
    sim.people.recall(question);
    await sim.settled();
    await bot.app.idle();
    noted.open();
    say("and this?");
    await sim.until(() => saidIn(sim, chat).includes("Better."), { what: "the next answer" });
    // Long enough for the card, and not for what clears it away.
    clock.move(5_000);
    say("and now?");
    await sim.until(() => saidIn(sim, chat).includes("Best."), { what: "the answer after it" });
    await bot.app.idle();
    expect(saidIn(sim, chat)).toEqual(["Better.", "Best."]);
  });

  test("an answer that the platform does not take for long is late, not taken back", async () => {
    const clock = new MovedClock();
    const more = gate();
    await using bot = await startFeishuBot({ model: [{ text: "Late but whole", until: more.opened }], clock });
    const { sim } = bot;
    const { chat, say } = direct(sim);
    say("hi");
    await shows(sim, chat, "Late but whole");
    const fault = sim.fault({ operation: "card.update", how: "http500", times: 1_000 });
    more.open();
    await sim.until(() => fault.hits > 0, { what: "it is tried" });
    await eventually(() => expect(clock.isAwaited(15_000, 20_000)).toBe(true));
    const before = fault.hits;
    clock.move(20_000);
    await sim.until(() => fault.hits > before, { what: "it is tried again" });
    fault.remove();
    for (let round = 0; round < 10 && !isClosed(sim); round += 1) {
      clock.move(60_000);
      await sim.settled();
    }
    await sim.until(() => isClosed(sim), { what: "the stream is closed" });
    await bot.app.idle();
    expect(saidIn(sim, chat)).toEqual(["Late but whole"]);
    expect(sim.callsOf("message.delete")).toEqual([]);
  });
});
