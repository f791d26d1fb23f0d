// Who is called, and by whom: mentions, commands, other bots, names.

import { expect, test } from "vitest";
import { startFeishuApp } from "../start-feishu-app.ts";

test("a group is answered when the bot is mentioned, by its id and not by its name", async () => {
  await using bot = await startFeishuApp();
  const { sim } = bot;
  const ann = sim.world.addUser("Ann");
  const namesake = sim.world.addUser("Signalbox");
  const group = sim.world.addGroup({ members: [ann, namesake] });
  sim.people.say(ann, group, "nobody in particular");
  sim.people.say(ann, group, "@Signalbox by hand");
  sim.people.say(ann, group, "to the other one", { mentions: [namesake] });
  sim.people.say(ann, group, "to everybody", { mentions: ["all"] });
  sim.people.say(ann, group, "to everybody", { mentions: ["all"], allEntry: false });
  await bot.idle();
  expect(bot.model.requests).toHaveLength(0);
  sim.people.say(ann, group, "<@0> and <@1>: lunch?", { mentions: ["bot", "all"] });
  await bot.idle();
  expect(bot.shown()).toBe("Ann: and @all: lunch?");
  expect(sim.world.posts(group)).toHaveLength(1);
});

test("without the rule everything in a group is for the bot", async () => {
  await using bot = await startFeishuApp({ rules: { mentionRequired: false } });
  const { sim } = bot;
  const ann = sim.world.addUser("Ann");
  sim.people.say(ann, sim.world.addGroup({ members: [ann] }), "just so");
  await bot.idle();
  expect(bot.shown()).toBe("Ann: just so");
});

test("twelve mentions keep their names, and what looks like one by hand stays", async () => {
  await using bot = await startFeishuApp();
  const { sim } = bot;
  const people = Array.from({ length: 12 }, (_, index) => sim.world.addUser(`Person${index + 1}`));
  const [ann] = people;
  if (!ann) throw new Error("nobody");
  const group = sim.world.addGroup({ members: people });
  const marks = people.map((_, index) => `<@${index}>`).join(" ");
  sim.people.say(ann, group, `${marks} <@12> @_user_99 @_user_1x 好`, { mentions: [...people, "bot"] });
  await bot.idle();
  const names = people.map(({ name }) => `@${name}`).join(" ");
  expect(bot.shown()).toBe(`Person1: ${names} @_user_99 @Person1x 好`);
});

test("a command behind the mention is one, and a mention alone is a call", async () => {
  await using bot = await startFeishuApp();
  const { sim } = bot;
  const ann = sim.world.addUser("Ann");
  const group = sim.world.addGroup({ members: [ann] });
  const question = sim.people.say(ann, group, "earlier");
  sim.people.say(ann, group, "/help", { mentions: ["bot"], replyTo: question });
  await bot.idle();
  expect(bot.model.requests).toHaveLength(0);
  expect(sim.world.transcript(group).at(-1)).toContain("/stop");
  sim.people.say(ann, group, "", { mentions: ["bot"] });
  await bot.idle();
  expect(bot.shown()).toBe("Ann: @Signalbox");
});

test("names come from the contacts, from the chat's members, or are done without", async () => {
  await using bot = await startFeishuApp();
  const { sim } = bot;
  const ann = sim.world.addUser("Ann");
  sim.people.say(ann, sim.world.p2p(ann), "one");
  sim.people.say(ann, sim.world.p2p(ann), "two");
  await bot.idle();
  expect(bot.shown()).toContain("Ann: two");
  expect(sim.callsOf("user.get")).toHaveLength(1);

  sim.scopes.delete("contact:user.base:readonly");
  const bob = sim.world.addUser("Bob");
  const group = sim.world.addGroup({ members: [bob] });
  sim.people.say(bob, group, "hi", { mentions: ["bot"] });
  await bot.idle();
  expect(bot.shown()).toBe("Bob: hi");

  sim.scopes.delete("im:chat:readonly");
  const cara = sim.world.addUser("Cara");
  sim.people.say(cara, sim.world.p2p(cara), "hi");
  await bot.idle();
  expect(bot.shown()).toBe(`user ${cara.openId.slice(-6)}: hi`);
});

test("a platform that does not tell names in time holds nobody up", async () => {
  await using bot = await startFeishuApp();
  const { sim } = bot;
  sim.fault({ operation: "user.get", how: "hang", times: 9 });
  sim.fault({ operation: "chat.members", how: "hang", times: 9 });
  const ann = sim.world.addUser("Ann");
  sim.people.say(ann, sim.world.p2p(ann), "hi");
  await bot.idle();
  expect(sim.deliveries[0]?.attempts.map(({ outcome }) => outcome)).toEqual(["acknowledged"]);
  expect(bot.shown()).toContain(": hi");
});

test.each(["bot", "app"] as const)(
  "another bot (%s) is answered when it mentions ours, but not for ever",
  async (botSenderType) => {
    await using bot = await startFeishuApp();
    const { sim } = bot;
    const ann = sim.world.addUser("Ann");
    const other = sim.world.addUser("Other", { isBot: true });
    const group = sim.world.addGroup({ members: [ann] });
    const ask = (): void => void sim.people.say(other, group, "and?", { mentions: ["bot"], botSenderType });
    sim.people.say(other, group, "to nobody", { botSenderType });
    for (let count = 0; count < 8; count += 1) ask();
    await bot.idle();
    expect(bot.model.requests).toHaveLength(5);
    sim.people.say(ann, group, "go on, you two");
    ask();
    await bot.idle();
    expect(bot.model.requests).toHaveLength(6);
  },
);

test("who belongs to another organisation is marked so", async () => {
  await using bot = await startFeishuApp();
  const { sim } = bot;
  const ann = sim.world.addUser("Ann");
  const chat = sim.world.p2p(ann);
  const message = sim.people.say(ann, chat, "from inside");
  await bot.idle();
  const [delivery] = sim.delivery.of(message.messageId);
  if (!delivery) throw new Error("nothing was told");
  const stranger = structuredClone(delivery.envelope);
  Object.assign(stranger.event, {
    sender: { sender_id: { open_id: "ou_stranger" }, sender_type: "user", tenant_key: "another" },
    message: { ...Object(stranger.event.message), message_id: "om_stranger" },
  });
  await sim.delivery.send(stranger);
  await bot.idle();
  const stored = await bot.store.messageOf(`feishu:${sim.appId}:om_stranger`);
  expect(stored?.sender.id).toBe("feishu:ou_stranger@external");
  expect((await bot.store.messageOf(`feishu:${sim.appId}:${message.messageId}`))?.sender.id).toBe(
    `feishu:${ann.openId}`,
  );
});
