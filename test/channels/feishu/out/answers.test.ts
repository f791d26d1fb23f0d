// Answers arrive whole, once, in order, where they were asked for.

import { expect, test } from "vitest";
import { inOnePiece, lettersIn, lettersOf, paragraphs, saidIn, startFeishuBot } from "./feishu-bot.ts";

test.concurrent("a short answer is one reply to its question", async () => {
  await using bot = await startFeishuBot({ model: ["Hello **Ann**."] });
  const { sim } = bot;
  const ann = sim.world.addUser("Ann");
  const chat = sim.world.p2p(ann);
  const question = sim.people.say(ann, chat, "hi");
  await sim.until(() => sim.world.posts(chat).length === 1, { what: "the answer" });
  await bot.app.idle();
  expect(saidIn(sim, chat)).toEqual(["Hello **Ann**."]);
  expect(sim.world.posts(chat)[0]?.parentId).toBe(question.messageId);
  expect(sim.violations).toEqual([]);
});

test.concurrent("a long Chinese answer is whole over several cards, in order", async () => {
  const answer = paragraphs(60, "我们把消息按顺序保存，崩溃之后也不会丢失，更不会重复发送。".repeat(12));
  await using bot = await startFeishuBot({ model: [answer] });
  const { sim } = bot;
  const ann = sim.world.addUser("安");
  const chat = sim.world.p2p(ann);
  sim.people.say(ann, chat, "请详细说明");
  await sim.until(() => lettersIn(sim, chat) === lettersOf(answer), { what: "all of it" });
  await bot.app.idle();
  expect(sim.world.posts(chat).length).toBeGreaterThan(2);
  expect(lettersIn(sim, chat)).toBe(lettersOf(answer));
  expect(sim.violations).toEqual([]);
});

test.concurrent("an answer nobody would read in cards comes as its beginning and a file", async () => {
  const answer = paragraphs(250, "这一切都是回答的一部分，一个字也不能少。".repeat(25));
  await using bot = await startFeishuBot({ model: inOnePiece(answer) });
  const { sim } = bot;
  const ann = sim.world.addUser("Ann");
  const chat = sim.world.p2p(ann);
  sim.people.say(ann, chat, "everything, please");
  await sim.until(() => sim.world.posts(chat).at(-1)?.messageType === "file", { what: "the file" });
  await bot.app.idle();
  const file = [...sim.world.files.values()][0];
  expect(file?.bytes.toString()).toBe(answer);
  expect(lettersOf(answer).startsWith(lettersOf(saidIn(sim, chat)[0] ?? "x"))).toBe(true);
});

test.concurrent("where no file may be sent, all of it comes in cards", async () => {
  const answer = paragraphs(250, "这一切都是回答的一部分，一个字也不能少。".repeat(25));
  await using bot = await startFeishuBot({ model: inOnePiece(answer) });
  const { sim } = bot;
  sim.fault({ operation: "file.upload", how: { code: 234007, text: "no files" } });
  const ann = sim.world.addUser("Ann");
  const chat = sim.world.p2p(ann);
  sim.people.say(ann, chat, "everything, please");
  await sim.until(() => lettersIn(sim, chat) === lettersOf(answer), { what: "all of it" });
  await bot.app.idle();
  expect(lettersIn(sim, chat)).toBe(lettersOf(answer));
  expect(sim.violations).toEqual([]);
});

test.concurrent("many tables are all shown", async () => {
  const table = (name: string): string => `| ${name} | number |\n| --- | --- |\n| of ${name} | 1 |`;
  const answer = Array.from({ length: 12 }, (_, index) => table(`table${index}`)).join("\n\n");
  await using bot = await startFeishuBot({ model: [answer] });
  const { sim } = bot;
  const ann = sim.world.addUser("Ann");
  const chat = sim.world.p2p(ann);
  sim.people.say(ann, chat, "tables");
  await sim.until(() => lettersIn(sim, chat).includes("table11"), { what: "the last table" });
  await bot.app.idle();
  for (let index = 0; index < 12; index += 1) expect(lettersIn(sim, chat)).toContain(`oftable${index}1`);
});

test.concurrent("in a topic all parts stay in the topic, and other topics go their own way", async () => {
  const long = paragraphs(24, "This part belongs to the first topic and stays there. ".repeat(40));
  await using bot = await startFeishuBot({
    model: [
      (request) => (JSON.stringify(request.items).includes("second") ? "Second answer." : long),
      (request) => (JSON.stringify(request.items).includes("second") ? "Second answer." : long),
    ],
  });
  const { sim } = bot;
  const [ann, bob] = [sim.world.addUser("Ann"), sim.world.addUser("Bob")];
  const chat = sim.world.addGroup({ mode: "topic", members: [ann, bob] });
  const one = sim.people.say(ann, chat, { text: "@_user_1 first" }, { mentions: ["bot"] });
  const two = sim.people.say(bob, chat, { text: "@_user_1 second" }, { mentions: ["bot"] });
  await sim.until(() => lettersIn(sim, chat, one.threadId) === lettersOf(long), { what: "the first" });
  await sim.until(() => saidIn(sim, chat, two.threadId).length === 1, { what: "the second" });
  await bot.app.idle();
  expect(sim.world.posts(chat, one.threadId).length).toBeGreaterThan(2);
  expect(saidIn(sim, chat, two.threadId)).toEqual(["Second answer."]);
  expect(sim.violations).toEqual([]);
});

test.concurrent("where several people ask in a group the answer names whom it answers, alone it does not", async () => {
  await using bot = await startFeishuBot({ model: ["One.", "Two."] });
  const { sim } = bot;
  const [ann, bob] = [sim.world.addUser("Ann"), sim.world.addUser("Bob")];
  const chat = sim.world.addGroup({ mode: "topic", members: [ann, bob] });
  const first = sim.people.say(ann, chat, { text: "@_user_1 first" }, { mentions: ["bot"] });
  await sim.until(() => saidIn(sim, chat).length === 1, { what: "the first answer" });
  sim.people.say(bob, chat, { text: "@_user_1 and me" }, { mentions: ["bot"], replyTo: first });
  await sim.until(() => saidIn(sim, chat).length === 2, { what: "the second answer" });
  await bot.app.idle();
  expect(saidIn(sim, chat)).toEqual(["One.", "@Bob\n\nTwo."]);
});

test.concurrent("whom it names is decided once: who asks between two tries changes nothing", async () => {
  await using bot = await startFeishuBot({ model: ["One.", "Two."] });
  const { sim } = bot;
  const [ann, bob] = [sim.world.addUser("Ann"), sim.world.addUser("Bob")];
  const chat = sim.world.addGroup({ mode: "topic", members: [ann, bob] });
  const failing = sim.fault({ operation: "message.reply", how: "http500", times: 1 });
  const first = sim.people.say(ann, chat, { text: "@_user_1 first" }, { mentions: ["bot"] });
  await sim.until(() => failing.hits === 1, { what: "the first try" });
  sim.people.say(bob, chat, { text: "@_user_1 and me" }, { mentions: ["bot"], replyTo: first });
  await sim.until(() => saidIn(sim, chat).length === 2, { what: "both answers" });
  await bot.app.idle();
  expect(saidIn(sim, chat)).toEqual(["One.", "@Bob\n\nTwo."]);
});

test.concurrent("a model cannot ping everyone", async () => {
  await using bot = await startFeishuBot({ model: ['Wake up <at id=all></at> <at user_id="all">all</at> @_all'] });
  const { sim } = bot;
  const ann = sim.world.addUser("Ann");
  const chat = sim.world.p2p(ann);
  sim.people.say(ann, chat, "shout");
  await sim.until(() => sim.world.posts(chat).length === 1, { what: "the answer" });
  await bot.app.idle();
  expect(sim.violations).toEqual([]);
  expect(saidIn(sim, chat)[0]).not.toContain("@all");
});
