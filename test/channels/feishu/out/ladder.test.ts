// What is refused in one form comes in the next; what is refused for good says so to nobody but the log, and harms nothing else.

import { describe, expect, test } from "vitest";
import { lettersIn, saidIn, startFeishuBot } from "./feishu-bot.ts";

const CARD_CODES = [
  { code: 230099, text: "Failed to create card content, ext=ErrCode: 11310; ErrMsg: card table number over limit; " },
  { code: 230099, text: "Failed to create card content, ext=ErrCode: 100290; ErrMsg: invalid user id; " },
  { code: 230025, text: "The length of the message content reaches its limit." },
  { code: 200860, text: "ErrMsg: card content size over limit; " },
  { code: 200861, text: "unsupported tag" },
  { code: 999999, text: "a code nobody has heard of" },
];

async function ask(times: number, how: { code: number; text: string }) {
  const bot = await startFeishuBot({ model: ["It is **here**, all of it."] });
  const { sim } = bot;
  const ann = sim.world.addUser("Ann");
  const chat = sim.world.p2p(ann);
  sim.fault({ operation: "message.reply", how, times });
  sim.people.say(ann, chat, "where?");
  await sim.until(() => sim.world.posts(chat).length > 0, { what: "the answer" });
  await bot.app.idle();
  return { bot, sim, chat, post: sim.world.posts(chat)[0] };
}

describe.concurrent("the ladder", () => {
  test.each(CARD_CODES)("a card refused with $code $text becomes a post", async (how) => {
    const { bot, sim, chat, post } = await ask(1, how);
    await using _ = bot;
    expect(post?.messageType).toBe("post");
    expect(lettersIn(sim, chat)).toBe("Itishereallofit");
    expect(sim.world.posts(chat)).toHaveLength(1);
    expect(sim.violations).toEqual([]);
  });

  test("a post refused too becomes text, text refused too a file", async () => {
    const how = CARD_CODES[2] ?? { code: 0, text: "" };
    const text = await ask(2, how);
    await using _ = text.bot;
    expect(text.post?.messageType).toBe("text");
    expect(lettersIn(text.sim, text.chat)).toBe("Itishereallofit");
    const file = await ask(3, how);
    await using __ = file.bot;
    expect(file.post?.messageType).toBe("file");
    expect([...file.sim.world.files.values()][0]?.bytes.toString()).toContain("all of it");
  });

  test.each([230022, 230028])("what the audit stops (%i) becomes a neutral sentence", async (code) => {
    const { bot, sim, chat, post } = await ask(1, { code, text: "audit" });
    await using _ = bot;
    expect(post?.messageType).toBe("text");
    expect(saidIn(sim, chat)).toHaveLength(1);
    expect(saidIn(sim, chat)[0]).toContain("did not let this answer through");
  });
});

test.concurrent.each([230002, 230013, 230018, 230035, 230053, 232009])(
  "a chat that takes nothing (%i) is given up, others go on",
  async (code) => {
    await using bot = await startFeishuBot({ model: ["One.", "Two."] });
    const { sim } = bot;
    const [ann, bob] = [sim.world.addUser("Ann"), sim.world.addUser("Bob")];
    const closed = sim.world.p2p(ann);
    closed.refusal = code;
    sim.people.say(ann, closed, "hi");
    await sim.until(() => sim.calls.some((call) => call.code === code), { what: "the refusal" });
    await bot.app.idle();
    sim.people.say(bob, sim.world.p2p(bob), "hi");
    await sim.until(() => sim.world.posts(sim.world.p2p(bob)).length === 1, { what: "Bob's answer" });
    await bot.app.idle();
    expect(sim.callsOf("message.reply").filter((call) => call.code === code)).toHaveLength(1);
    expect(await bot.store.pendingDeliveries(null, 10)).toEqual([]);
  },
);

describe.concurrent("a question that is gone when its answer comes", () => {
  test.each([230011, 230050, 230110, 231003, 230072])(
    "%i: outside of topics it is said without a reply",
    async (code) => {
      const { bot, sim, chat, post } = await ask(1, { code, text: "gone" });
      await using _ = bot;
      expect(saidIn(sim, chat)).toEqual(["It is **here**, all of it."]);
      expect(post?.parentId).toBeUndefined();
    },
  );

  test("in a topic it stays in the topic", async () => {
    await using bot = await startFeishuBot({ model: ["First.", "Second."] });
    const { sim } = bot;
    const ann = sim.world.addUser("Ann");
    const chat = sim.world.addGroup({ mode: "topic", members: [ann] });
    const root = sim.people.say(ann, chat, { text: "@_user_1 first" }, { mentions: ["bot"] });
    await sim.until(() => saidIn(sim, chat).length === 1, { what: "the first" });
    sim.fault({ operation: "message.reply", how: { code: 230011, text: "recalled" } });
    sim.people.say(ann, chat, { text: "@_user_1 second" }, { mentions: ["bot"], replyTo: root });
    await sim.until(() => saidIn(sim, chat).length === 2, { what: "the second" });
    await bot.app.idle();
    expect(saidIn(sim, chat, root.threadId)).toEqual(["First.", "Second."]);
    expect(sim.violations).toEqual([]);
  });

  test("where the topic itself is gone the answer is not put elsewhere", async () => {
    await using bot = await startFeishuBot({ model: ["First."] });
    const { sim } = bot;
    const ann = sim.world.addUser("Ann");
    const chat = sim.world.addGroup({ mode: "topic", members: [ann] });
    const root = sim.people.say(ann, chat, { text: "@_user_1 first" }, { mentions: ["bot"] });
    sim.world.closeTopic(root.threadId ?? "");
    await sim.until(() => sim.calls.some((call) => call.code === 230019), { what: "the refusal" });
    await bot.app.idle();
    expect(saidIn(sim, chat)).toEqual([]);
    expect(await bot.store.pendingDeliveries(null, 10)).toEqual([]);
  });
});
