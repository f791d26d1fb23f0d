// Whatever people send in a chat reaches the model as words and files it can read, over both transports.

import { expect, test } from "vitest";
import type { Said } from "../../../simulators/feishu/world/spoken.ts";
import type { Chat, User } from "../../../simulators/feishu/world/world-records.ts";
import { type FeishuApp, startFeishuApp } from "../start-feishu-app.ts";

const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

/** Ann says it in her direct chat; what the model is shown last. */
async function said(bot: FeishuApp, ann: User, chat: Chat, words: Said): Promise<string> {
  bot.sim.people.say(ann, chat, words);
  await bot.idle();
  return bot.shown();
}

test.each(["ws", "webhook"] as const)("a direct message is answered, over %s", async (transport) => {
  await using bot = await startFeishuApp({ transport, model: ["Hello Ann."] });
  const { sim } = bot;
  const ann = sim.world.addUser("Ann");
  const chat = sim.world.p2p(ann);
  sim.people.say(ann, chat, "喂");
  await bot.idle();
  expect(bot.shown()).toBe("Ann: 喂");
  expect(sim.world.transcript(chat)).toEqual(["Ann: 喂", "Signalbox: Hello Ann."]);
  expect(sim.deliveries.map(({ attempts }) => attempts.length)).toEqual(sim.deliveries.map(() => 1));
});

test("a rich text comes with its title, links, mentions, code and images", async () => {
  await using bot = await startFeishuApp();
  const { sim } = bot;
  const ann = sim.world.addUser("Ann");
  const bob = sim.world.addUser("Bob");
  const chat = sim.world.p2p(ann);
  sim.world.files.set("img_1", { key: "img_1", kind: "image", type: "png", name: "", bytes: PNG, isOwn: false });
  sim.people.say(
    ann,
    chat,
    {
      post: {
        title: "Plan",
        content: [
          [
            { tag: "text", text: "see ", style: ["bold"] },
            { tag: "a", text: "the page", href: "https://example.com/a" },
            { tag: "text", text: " with " },
            { tag: "at", user_id: "<@0>", user_name: "Bob" },
            { tag: "emotion", emoji_type: "SMILE" },
          ],
          [{ tag: "img", image_key: "img_1" }],
          [{ tag: "code_block", language: "GO", text: "x := 1\n" }],
          [{ tag: "hr" }],
          [{ tag: "something_new", text: "still read" }, "not even an element"],
        ].map((row) => row.filter((one): one is Record<string, unknown> & { tag: string } => typeof one === "object")),
      },
    },
    { mentions: [bob] },
  );
  await bot.idle();
  const shown = bot.shown();
  expect(shown).toContain("Ann: Plan\n\nsee [the page](https://example.com/a) with @Bob[SMILE]\n[image]\n");
  expect(shown).toContain("```go\nx := 1\n```");
  expect(shown).toContain("---");
  expect(shown).toContain("still read");
  const images = bot.model.requests.at(-1)?.items.flatMap((item) => ("images" in item ? (item.images ?? []) : []));
  expect(images).toEqual([{ mediaType: "image/png", base64: PNG.toString("base64") }]);
});

test("images and files are fetched through their message when the work begins, and bounded", async () => {
  await using bot = await startFeishuApp();
  const { sim } = bot;
  const ann = sim.world.addUser("Ann");
  const chat = sim.world.p2p(ann);
  sim.people.say(ann, chat, { image: PNG });
  await bot.idle();
  const image = bot.model.requests.at(-1)?.items.flatMap((item) => ("images" in item ? (item.images ?? []) : []));
  expect(image?.[0]?.base64).toBe(PNG.toString("base64"));

  expect(await said(bot, ann, chat, { file: { name: "../notes.txt", bytes: Buffer.from("十二 apples") } })).toContain(
    "十二 apples",
  );
  const huge = { file: { name: "log.txt", bytes: Buffer.alloc(2_000_000, "a") } };
  expect(await said(bot, ann, chat, huge)).toContain("it could not be read");
  sim.fault({ path: "/resources/", how: { code: 234003 } });
  expect(await said(bot, ann, chat, { file: { name: "b.txt", bytes: Buffer.from("never") } })).not.toContain("never");
  expect(sim.calls.some(({ path }) => /\/im\/v1\/(?:images|files)\//.test(path))).toBe(false);
});

test("voice, video, stickers, places, cards and what nobody has heard of are named", async () => {
  await using bot = await startFeishuApp();
  const { sim } = bot;
  const ann = sim.world.addUser("Ann");
  const chat = sim.world.p2p(ann);
  const unknown = (type: string, content: Record<string, unknown> | string): Said => ({ unknown: { type, content } });
  const expected: readonly (readonly [Said, string])[] = [
    [{ audio: { bytes: Buffer.from("OggS"), durationMs: 3_000 } }, "[voice message, 3 s]"],
    [{ video: { name: "tour.mp4", bytes: Buffer.from("mp4"), durationMs: 1 } }, "[video tour.mp4]"],
    [{ sticker: "file_v3_s" }, "[sticker]"],
    [{ interactive: { schema: "2.0" }, degraded: "Build 7 failed" }, "Build 7 failed"],
    [unknown("location", { name: "Office", longitude: "121.4", latitude: "31.2" }), "[location: Office (31.2, 121.4)]"],
    [unknown("share_chat", { chat_id: "oc_9" }), "[a shared chat: oc_9]"],
    [unknown("share_user", { user_id: "ou_9" }), "[a shared contact: ou_9]"],
    [unknown("todo", { task_id: "t", summary: { title: "Tidy up", content: [[]] } }), "[todo: Tidy up]"],
    [unknown("vote", { topic: "Lunch?", options: ["noodles", "rice"] }), "[vote: Lunch?; noodles; rice]"],
    [unknown("system", { template: "{from_user} joined", from_user: ["x"] }), "[system: {from_user} joined]"],
    [unknown("hologram", "no object at all"), "[hologram: no object at all]"],
    [unknown("constructor", { toString: 1 }), "[a message of the type constructor]"],
    [unknown("text", { text: 7 }), "@Signalbox"],
    [unknown("file", "garbage"), "[file: garbage]"],
  ];
  const messages = expected.map(([words]) => sim.people.say(ann, chat, words));
  await sim.settled();
  for (const [index, [, shown]] of expected.entries()) {
    const stored = await bot.store.messageOf(`feishu:${sim.appId}:${messages[index]?.messageId}`);
    expect(stored?.text).toBe(shown);
  }
});

test("a forwarded bundle is shown flat, each line with its speaker", async () => {
  await using bot = await startFeishuApp();
  const { sim } = bot;
  const ann = sim.world.addUser("Ann");
  const bob = sim.world.addUser("Bob");
  const chat = sim.world.p2p(ann);
  const shown = await said(bot, ann, chat, {
    mergeForward: [
      { from: bob, said: { text: "ship it on Friday" } },
      { from: ann, said: { file: { name: "plan.pdf", bytes: Buffer.from("x") } } },
      { from: bob, said: { text: "no, Monday" } },
    ],
  });
  expect(shown).toContain("Bob: ship it on Friday\nAnn: [file plan.pdf]\nBob: no, Monday");
  sim.fault({ operation: "message.get", how: { code: 230110 } });
  expect(await said(bot, ann, chat, { mergeForward: [{ from: bob, said: { text: "x" } }] })).toContain(
    "[forwarded messages]",
  );
  expect(sim.world.posts(chat)).toHaveLength(2);
});

test("a quoted message is shown with its speaker, its files come along, and a slow platform holds nothing up", async () => {
  await using bot = await startFeishuApp();
  const { sim } = bot;
  const ann = sim.world.addUser("Ann");
  const bob = sim.world.addUser("Bob");
  const group = sim.world.addGroup({ members: [ann, bob] });
  const first = sim.people.say(bob, group, "the server is down since 9");
  sim.people.say(ann, group, "since when?", { mentions: ["bot"], replyTo: first });
  await bot.idle();
  expect(bot.shown()).toContain("Bob: the server is down since 9");
  expect(bot.shown()).toContain("Ann: since when?");

  const picture = sim.people.say(bob, group, { image: PNG });
  sim.people.say(ann, group, "what is this?", { mentions: ["bot"], replyTo: picture });
  await bot.idle();
  const images = bot.model.requests.at(-1)?.items.flatMap((item) => ("images" in item ? (item.images ?? []) : []));
  expect(images).toHaveLength(1);

  const hanging = sim.fault({ operation: "message.get", how: "hang" });
  const late = sim.people.say(bob, group, "deploy number 8");
  sim.people.say(ann, group, "which number?", { mentions: ["bot"], replyTo: late });
  await bot.idle();
  expect(hanging.hits).toBe(1);
  expect(sim.deliveries.every(({ attempts }) => attempts.length === 1)).toBe(true);
  // Not read in time before it was stored, it is read when the work begins.
  expect(bot.shown()).toContain("Bob: deploy number 8");
});
