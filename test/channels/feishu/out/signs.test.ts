// The sign on a message that is worked on, and the place in the line.

import { describe, expect, test } from "vitest";
import type { FeishuSimulator } from "../../../simulators/feishu/feishu-simulator.ts";
import type { Message } from "../../../simulators/feishu/world/world-records.ts";
import { eventually } from "../../../support/eventually.ts";
import { gate, saidIn, startFeishuBot } from "./feishu-bot.ts";

function direct(sim: FeishuSimulator) {
  const ann = sim.world.addUser("Ann");
  const chat = sim.world.p2p(ann);
  return { ann, chat, say: (text: string) => sim.people.say(ann, chat, text) };
}

const isSigned = (message: Message): boolean => message.reactions.some(({ emojiType }) => emojiType === "Typing");

describe.concurrent("the sign", () => {
  test("is there while it works, and gone with the answer", async () => {
    const more = gate();
    await using bot = await startFeishuBot({ model: [{ text: "One.", until: more.opened }] });
    const { sim } = bot;
    const { say } = direct(sim);
    const question = say("hi");
    await sim.until(() => isSigned(question), { what: "the sign" });
    more.open();
    await sim.until(() => !isSigned(question), { what: "it is gone" });
    await eventually(async () => expect(await bot.store.memos("feishu", "sign:", 10)).toEqual([]));
  });

  test.each([
    { operation: "reaction.create", how: { code: 231003 }, times: 1 },
    { operation: "reaction.create", how: { code: 231001 }, times: 1 },
    { operation: "reaction.create", how: "http500" as const, times: 1 },
    { operation: "reaction.create", how: "reset" as const, when: "after" as const, times: 1 },
    { operation: "reaction.delete", how: "http500" as const, times: 1 },
    { operation: "reaction.delete", how: { code: 231003 }, times: 1 },
  ])("trouble with it ($operation $how) does not touch the answer", async (fault) => {
    const more = gate();
    await using bot = await startFeishuBot({ model: [{ text: "One.", until: more.opened }] });
    const { sim } = bot;
    const { chat, say } = direct(sim);
    const planned = sim.fault(fault);
    const question = say("hi");
    // What is answered sooner carries none.
    await sim.until(() => isSigned(question) || planned.hits === 1, { what: "the sign" });
    more.open();
    await sim.until(() => saidIn(sim, chat).length === 1 && planned.hits === 1, { what: "the answer" });
    await bot.app.idle();
    expect(saidIn(sim, chat)).toEqual(["One."]);
    const isStuck = fault.operation === "reaction.delete" && fault.how !== "http500";
    await sim.until(() => isSigned(question) === isStuck, { what: "the sign is gone, where it can be" });
  });

  test("a call that hangs holds nothing up", async () => {
    const more = gate();
    await using bot = await startFeishuBot({ model: [{ text: "One.", until: more.opened }] });
    const { sim } = bot;
    const { chat, say } = direct(sim);
    const planned = sim.fault({ operation: "reaction.create", how: "hang" });
    say("hi");
    await sim.until(() => planned.hits === 1, { what: "the call" });
    more.open();
    await sim.until(() => saidIn(sim, chat).join() === "One.", { what: "the answer" });
  });

  test("a command is answered and carries none", async () => {
    await using bot = await startFeishuBot();
    const { sim } = bot;
    const { chat, say } = direct(sim);
    const question = say("/status");
    await sim.until(() => saidIn(sim, chat).length === 1, { what: "the answer" });
    await bot.app.idle();
    expect(saidIn(sim, chat)[0]).toContain("0 running");
    expect(sim.callsOf("reaction.create")).toEqual([]);
    expect(isSigned(question)).toBe(false);
  });

  test("who waits is told the place in the line, in the language of the question", async () => {
    const more = gate();
    await using bot = await startFeishuBot({ model: [{ text: "One.", until: more.opened }, "二。", "Three."] });
    const { sim } = bot;
    const { chat, say } = direct(sim);
    const questions = [say("first")];
    await sim.until(() => isSigned(questions[0] as Message), { what: "the first is worked on" });
    questions.push(say("第二个问题"));
    await sim.until(() => saidIn(sim, chat).join().includes("前面还有 1 条消息。"), { what: "the place" });
    more.open();
    await sim.until(() => saidIn(sim, chat).join().includes("二。"), { what: "the second answer" });
    await sim.until(() => questions.every((question) => !isSigned(question)), { what: "no sign is left" });
    await bot.app.idle();
    const answers = saidIn(sim, chat).filter((said) => !said.includes("前面"));
    expect(answers).toEqual(["One.", "二。"]);
    expect(sim.violations).toEqual([]);
  });
});
