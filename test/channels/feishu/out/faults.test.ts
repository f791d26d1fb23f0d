// Trouble with the platform: whatever it is, each answer is seen once, whole, in its order, and other chats do not wait for it.

import { describe, expect, test } from "vitest";
import { type Log, silentLog } from "../../../../src/core/log.ts";
import type { FeishuSimulator } from "../../../simulators/feishu/feishu-simulator.ts";
import type { Script } from "../../../support/fake-model.ts";
import { lettersIn, lettersOf, paragraphs, saidIn, startFeishuBot } from "./feishu-bot.ts";
import { MovedClock } from "./moved-clock.ts";

function direct(sim: FeishuSimulator, name = "Ann") {
  const user = sim.world.addUser(name);
  const chat = sim.world.p2p(user);
  return { user, chat, say: (text: string) => sim.people.say(user, chat, text) };
}

const LIMITED = { "x-ogw-ratelimit-limit": "50", "x-ogw-ratelimit-reset": "1" };

describe.concurrent("a fault of sending", () => {
  const faults = [
    { how: "http500", when: "before", times: 2 },
    { how: "http500", when: "after", times: 2 },
    { how: "reset", when: "before", times: 2 },
    { how: "reset", when: "after", times: 2 },
    { how: { code: 99991400, httpStatus: 429, headers: LIMITED }, when: "before", times: 2 },
    { how: { code: 99991400, httpStatus: 400, headers: LIMITED }, when: "before", times: 2 },
    { how: { code: 230020 }, when: "before", times: 3 },
    { how: { code: 99991663 }, when: "before", times: 1 },
    { how: { code: 99991677, httpStatus: 200 }, when: "before", times: 1 },
    { how: { code: 230049 }, when: "before", times: 2 },
    {
      how: { code: 230099, text: "ErrCode: 11310; ErrMsg: card action is lock; " },
      when: "before",
      times: 1,
    },
  ] as const;
  test.each(faults)("$how $when: one answer", async (fault) => {
    await using bot = await startFeishuBot({ model: ["One.", "Two."] });
    const { sim } = bot;
    const { chat, say } = direct(sim);
    const planned = sim.fault({ operation: "message.reply", ...fault });
    say("first");
    say("second");
    await sim.until(() => saidIn(sim, chat).filter((said) => !said.includes("before yours")).length === 2, {
      what: "both answers",
      timeoutMs: 15_000,
    });
    await bot.app.idle();
    expect(planned.hits).toBe(fault.times);
    expect(saidIn(sim, chat).filter((said) => !said.includes("before yours"))).toEqual(["One.", "Two."]);
    expect(sim.world.posts(chat).map(({ messageType }) => messageType)).toContain("interactive");
    expect(sim.violations).toEqual([]);
  });

  test("a call that hangs is given up in time and repeated", async () => {
    const clock = new MovedClock();
    await using bot = await startFeishuBot({ model: ["One."], clock });
    const { sim } = bot;
    const { chat, say } = direct(sim);
    sim.fault({ operation: "message.reply", how: "hang", when: "after" });
    say("first");
    await sim.until(() => sim.world.posts(chat).length === 1, { what: "it is there, unanswered" });
    clock.move(11_000);
    await sim.until(() => sim.callsOf("message.reply").length === 2, { what: "it is repeated" });
    await bot.app.idle();
    expect(saidIn(sim, chat)).toEqual(["One."]);
    expect(await bot.store.pendingDeliveries(null, 10)).toEqual([]);
  });

  test("a token that was taken back is renewed once for all", async () => {
    await using bot = await startFeishuBot({ model: ["One.", "Two.", "Three."] });
    const { sim } = bot;
    sim.tokens.revoke();
    const all = ["Ann", "Bob", "Eve"].map((name) => direct(sim, name));
    for (const { say } of all) say("hi");
    await sim.until(() => all.every(({ chat }) => saidIn(sim, chat).length === 1), { what: "all answers" });
    await bot.app.idle();
    expect(sim.callsOf("token")).toHaveLength(2);
  });

  test("rate limits slow down one chat only, and its parts stay in order", async () => {
    const long = paragraphs(60, "这一段属于很长的回答，必须按顺序出现。".repeat(30));
    const longOrShort: Script = (request) => (JSON.stringify(request.items).includes("long") ? long : "Short.");
    await using bot = await startFeishuBot({
      model: [longOrShort, longOrShort],
      simulator: { rules: { rateLimits: true } },
    });
    const { sim } = bot;
    const [ann, bob] = [direct(sim), direct(sim, "Bob")];
    sim.fault({ operation: "message.reply", path: /./, skip: 2, how: { code: 230020 }, times: 1 });
    ann.say("long");
    await sim.until(() => sim.world.posts(ann.chat).length > 0, { what: "the first part" });
    bob.say("short");
    await sim.until(() => sim.world.posts(bob.chat).length === 1, { what: "the short answer" });
    expect(lettersIn(sim, ann.chat)).not.toBe(lettersOf(long));
    await sim.until(() => lettersIn(sim, ann.chat) === lettersOf(long), { what: "all of it" });
    await bot.app.idle();
    expect(lettersIn(sim, ann.chat)).toBe(lettersOf(long));
    expect(sim.violations).toEqual([]);
  });

  test("without the right to send the answer waits, and the operator is told where to grant it", async () => {
    const clock = new MovedClock();
    const warned: string[] = [];
    const log: Log = { ...silentLog, warn: (_, fields) => void warned.push(JSON.stringify(fields)), child: () => log };
    await using bot = await startFeishuBot({ model: ["One."], clock, log });
    const { sim } = bot;
    const missing = ["im:message", "im:message:send_as_bot", "im:message:send"];
    for (const scope of missing) sim.scopes.delete(scope);
    const { chat, say } = direct(sim);
    say("hi");
    await sim.until(() => sim.callsOf("message.reply").length > 0, { what: "the refusal" });
    await bot.app.idle();
    expect(sim.callsOf("message.reply")).toHaveLength(1);
    expect(warned.join()).toContain("im:message:send_as_bot");
    expect(warned.join()).toContain("https://open.feishu.cn/app/");
    for (const scope of missing) sim.scopes.add(scope);
    clock.move(6 * 60_000);
    await sim.until(() => saidIn(sim, chat).length === 1, { what: "the answer" });
    expect(saidIn(sim, chat)).toEqual(["One."]);
  });
});
