// What people say in Slack becomes work once, in order, under the right name; what is not for us is left alone.

import { describe, expect, test } from "vitest";
import { AwakeClock } from "../../../support/awake-clock.ts";
import { type SlackApp, startSlackApp } from "../start-slack-app.ts";

/** Alice's next direct message is worked: whatever was said before it in that chat was judged before. */
async function settled({ app, sim }: SlackApp, channel = "general"): Promise<void> {
  const last = sim.people.say("alice", channel, "that is all", { mention: true });
  await sim.until(() => sim.world.texts(channel, last.ts).length > 1);
  await app.idle();
}

const answersIn = ({ sim }: SlackApp, channel: string, ts: string): readonly string[] =>
  sim.world.texts(channel, ts).slice(1);

describe.each(["socket", "http"] as const)("over %s", (transport) => {
  test("a mention is answered once, in its thread, though it is told twice", async () => {
    await using bot = await startSlackApp({ transport, model: ["Hello Alice."] });
    const said = bot.sim.people.say("alice", "general", "hi there", { mention: true });
    await bot.sim.until(() => answersIn(bot, "general", said.ts).length > 0);
    await bot.sim.until(() => bot.sim.deliveries.every(({ state }) => state === "acked"));
    await bot.app.idle();
    expect(bot.sim.deliveries.map(({ type }) => type).slice(0, 2)).toEqual(["message", "app_mention"]);
    expect(answersIn(bot, "general", said.ts)).toEqual(["Hello Alice."]);
    expect(bot.asked()).toEqual(["alice: hi there"]);
    expect(bot.sim.violations).toEqual([]);
  });

  test("a direct message needs no mention", async () => {
    await using bot = await startSlackApp({ transport, model: ["Here."] });
    const said = bot.sim.people.dm("alice", "are you there?");
    const { id } = bot.sim.people.direct("alice");
    await bot.sim.until(() => answersIn(bot, id, said.ts).length > 0);
    expect(bot.asked()).toEqual(["alice: are you there?"]);
    const stored = await bot.store.messageOf(`slack:${bot.sim.teamId}:${id}:${said.ts}`);
    expect(stored).toMatchObject({
      session: `slack:${bot.sim.teamId}:${id}`,
      sender: { id: `slack:${bot.sim.users.alice.id}`, name: "alice" },
    });
  });

  test("nothing is acknowledged before it is stored, and what could not be stored comes again", async () => {
    let failures = 2;
    await using bot = await startSlackApp({
      transport,
      simulator: { retryMs: 500, retryDelaysMs: [5, 5, 5] },
      wrapStore: (store) => ({
        ...store,
        accept: async (message, options) => {
          failures -= 1;
          if (failures >= 0) throw new Error("the disk is full");
          return store.accept(message, options);
        },
      }),
    });
    const said = bot.sim.people.dm("alice", "hello");
    const { id } = bot.sim.people.direct("alice");
    await bot.sim.until(() => answersIn(bot, id, said.ts).length > 0);
    await bot.sim.until(() => bot.sim.deliveries.every(({ state }) => state === "acked"));
    const attempts = bot.sim.deliveries[0]?.attempts ?? [];
    expect(attempts).toHaveLength(3);
    expect(attempts.map(({ outcome }) => outcome === "acked")).toEqual([false, false, true]);
    expect(answersIn(bot, id, said.ts)).toEqual(["Done."]);
  });

  test("a store that is too slow gets the message again, and it is one message", async () => {
    const slow = Promise.withResolvers<void>();
    await using bot = await startSlackApp({
      transport,
      // Over HTTP a retry within the same second has the same signature, and would be a replay.
      simulator: { retryMs: 60, retryDelaysMs: transport === "http" ? [1_000, 1_000, 1_000] : [5, 5, 5] },
      timing: { ackMs: 60 },
      wrapStore: (store) => ({
        ...store,
        accept: async (message, options) => {
          await slow.promise;
          return store.accept(message, options);
        },
      }),
    });
    const said = bot.sim.people.dm("alice", "hello");
    await bot.sim.until(() => (bot.sim.deliveries[0]?.attempts.length ?? 0) > 1);
    slow.resolve();
    const { id } = bot.sim.people.direct("alice");
    await bot.sim.until(() => bot.sim.deliveries.every(({ state }) => state === "acked"));
    await bot.sim.until(() => answersIn(bot, id, said.ts).length > 0);
    await bot.app.idle();
    expect(answersIn(bot, id, said.ts)).toEqual(["Done."]);
    expect(bot.model.requests).toHaveLength(1);
  });

  test("the same envelope again is the same message", async () => {
    await using bot = await startSlackApp({ transport });
    const said = bot.sim.people.dm("alice", "hello");
    const { id } = bot.sim.people.direct("alice");
    await bot.sim.until(() => answersIn(bot, id, said.ts).length > 0);
    const [delivery] = bot.sim.deliveries;
    if (!delivery) throw new Error("nothing was delivered");
    bot.sim.delivery.repeat(delivery);
    await bot.sim.until(() => delivery.attempts[1]?.answeredAt !== undefined);
    await bot.app.idle();
    expect(bot.model.requests).toHaveLength(1);
  });
});

describe("who is heard", () => {
  test("a thread we take part in needs no further mention, also after a restart; other talk does", async () => {
    const first = await startSlackApp();
    const { sim, folder } = first;
    const root = sim.people.say("alice", "general", "start", { mention: true });
    await sim.until(() => answersIn(first, "general", root.ts).length > 0);
    await first.app.idle();
    await first.stop();
    const other = sim.people.say("bob", "general", "nobody asked");
    sim.people.say("bob", "general", "nor here", { thread: other });
    await using bot = await startSlackApp({ sim, folder });
    const follow = sim.people.say("bob", "general", "and then?", { thread: root });
    await sim.until(() => answersIn(bot, "general", root.ts).length === 3);
    await settled(bot);
    expect(bot.asked().slice(0, 1)).toEqual(["bob: and then?"]);
    expect(bot.model.requests).toHaveLength(2);
    expect(follow.threadTs).toBe(root.ts);
    await sim.close();
    await first[Symbol.asyncDispose]();
  });

  test("a word to somebody else in our thread is not ours", async () => {
    await using bot = await startSlackApp();
    const root = bot.sim.people.say("alice", "general", "start", { mention: true });
    await bot.sim.until(() => answersIn(bot, "general", root.ts).length > 0);
    bot.sim.people.say("alice", "general", "@bob what do you think?", { thread: root });
    await settled(bot);
    expect(answersIn(bot, "general", root.ts)).toHaveLength(2);
    expect(bot.lines.map(({ fields }) => fields.why)).toContain("said to somebody else");
  });

  test("a group's direct messages are like a channel: a mention begins, then its thread goes on", async () => {
    await using bot = await startSlackApp();
    const { sim } = bot;
    const { alice, bob } = sim.users;
    const { id } = sim.world.direct(sim.teamId, [alice.id, bob.id, sim.botUserId]);
    sim.people.say("bob", id, "between us");
    const root = sim.people.say("alice", id, "and you?", { mention: true });
    await sim.until(() => answersIn(bot, id, root.ts).length === 1);
    sim.people.say("bob", id, "go on", { thread: root });
    await sim.until(() => answersIn(bot, id, root.ts).length === 3);
    expect(bot.asked()).toEqual(["alice: and you?", "bob: go on"]);
  });

  test("a reply that is shown in the channel as well is one message of its thread", async () => {
    await using bot = await startSlackApp();
    const { sim } = bot;
    const root = sim.people.say("alice", "general", "start", { mention: true });
    await sim.until(() => answersIn(bot, "general", root.ts).length === 1);
    sim.people.say("bob", "general", "for all to see", { thread: root, broadcast: true });
    await sim.until(() => answersIn(bot, "general", root.ts).length === 3);
    await bot.app.idle();
    expect(bot.asked()).toEqual(["alice: start", "bob: for all to see"]);
  });

  test("without mentionRequired everything in a channel is for us", async () => {
    await using bot = await startSlackApp({ rules: { mentionRequired: false } });
    const said = bot.sim.people.say("alice", "general", "anybody?");
    await bot.sim.until(() => answersIn(bot, "general", said.ts).length > 0);
  });

  test("joins, other bots without a mention and our own words are ignored, each with its reason", async () => {
    await using bot = await startSlackApp();
    const { sim } = bot;
    const robot = sim.world.addUser({ name: "robot", teamId: sim.teamId, isBot: true });
    sim.people.join("robot", "general");
    const { id: channel } = sim.channels.general;
    sim.world.post({ channel, userId: robot.id, subtype: "bot_message", text: "build done" });
    await settled(bot);
    const reasons = bot.lines.filter(({ event }) => event === "ignored").map(({ fields }) => fields.why);
    expect(reasons).toEqual(
      expect.arrayContaining(["subtype channel_join", "another bot that does not mention us", "our own"]),
    );
    expect(bot.model.requests).toHaveLength(1);
  });

  test("another bot is answered three times in a row, and again when a person has spoken", async () => {
    // Its answers come a second apart.
    const clock = new AwakeClock({ speed: 4 });
    await using bot = await startSlackApp({ clock, simulator: { clock } });
    const { sim } = bot;
    const robot = sim.world.addUser({ name: "robot", teamId: sim.teamId, isBot: true });
    const root = sim.people.say("alice", "general", "start", { mention: true });
    await sim.until(() => answersIn(bot, "general", root.ts).length === 1);
    const ping = (count: number): void => {
      for (let n = 0; n < count; n += 1)
        sim.world.post({
          ...{ channel: sim.channels.general.id, userId: robot.id, subtype: "bot_message", threadTs: root.ts },
          text: `<@${sim.botUserId}> ping`,
        });
    };
    const judged = async (): Promise<void> => {
      await sim.until(() => sim.deliveries.every(({ state }) => state === "acked"));
      await bot.app.idle();
    };
    ping(5);
    await judged();
    expect(bot.asked().filter((text) => text.startsWith("robot: "))).toHaveLength(3);
    sim.people.say("alice", "general", "@bob still there?", { thread: root });
    ping(1);
    await judged();
    expect(bot.asked().filter((text) => text.startsWith("robot: "))).toHaveLength(4);
  });

  test("a stranger over Slack Connect is heard with least rights", async () => {
    await using bot = await startSlackApp();
    const { sim } = bot;
    const said = sim.people.say("zoe", "shared", "hello", { mention: true });
    const own = sim.people.say("alice", "shared", "hello too", { mention: true });
    await sim.until(() => answersIn(bot, "shared", said.ts).length + answersIn(bot, "shared", own.ts).length === 2);
    const key = (ts: string): string => `slack:${sim.teamId}:${sim.channels.shared.id}:${ts}`;
    expect((await bot.store.messageOf(key(said.ts)))?.sender.id).toBe(`slack:${sim.users.zoe.id}@external`);
    expect((await bot.store.messageOf(key(own.ts)))?.sender.id).toBe(`slack:${sim.users.alice.id}`);
  });

  test("what another workspace's installation is told is not ours", async () => {
    await using bot = await startSlackApp();
    const { sim } = bot;
    const other = sim.addTeam("Initech");
    const bot2 = other.installation?.botUserId ?? "";
    const theirs = sim.world.addChannel("public", "theirs", [other.id], [bot2]);
    const mark = sim.world.addUser({ name: "mark", teamId: other.id });
    theirs.members.add(mark.id);
    sim.people.say("mark", "theirs", `<@${bot2}> hello`, { isKeptText: true });
    await settled(bot);
    expect(bot.model.requests).toHaveLength(1);
    expect(bot.lines.map(({ fields }) => fields.why)).toContain("another workspace's");
  });
});

describe("what is read", () => {
  test("names, channels, links and entities are as people see them; our mention is gone", async () => {
    await using bot = await startSlackApp();
    const said = bot.sim.people.say(
      "alice",
      "general",
      "@bot: ask @bob in #random if a < b & c, see https://example.com/?a=1&b=2",
    );
    await bot.sim.until(() => answersIn(bot, "general", said.ts).length > 0);
    expect(bot.asked()).toEqual(["alice: ask @bob in #random if a < b & c, see https://example.com/?a=1&b=2"]);
  });

  test("labels, groups, broadcasts and dates", async () => {
    await using bot = await startSlackApp();
    const text =
      "<https://example.com|the page> <mailto:a@b.example|a@b.example> <!subteam^S1|@team> <!here> <!date^1^{date}|Monday>";
    const said = bot.sim.people.say("alice", "general", text, { mention: true, isKeptText: true });
    await bot.sim.until(() => answersIn(bot, "general", said.ts).length > 0);
    expect(bot.asked()).toEqual(["alice: [the page](https://example.com) a@b.example @team @here Monday"]);
  });

  test("without users:read people are still heard, by their ids", async () => {
    await using bot = await startSlackApp({ simulator: { scopes: ["chat:write", "im:history"] } });
    const said = bot.sim.people.dm("alice", "hello");
    await bot.sim.until(() => answersIn(bot, bot.sim.people.direct("alice").id, said.ts).length > 0);
    expect(bot.asked()).toEqual([`${bot.sim.users.alice.id}: hello`]);
  });

  test("a look-up that hangs holds nobody up for long, and order stays", async () => {
    await using bot = await startSlackApp();
    const { sim } = bot;
    sim.fault({ method: "users.info", how: "hang", matches: ({ user }) => user === sim.users.alice.id });
    const root = sim.people.say("alice", "general", "one", { mention: true });
    sim.people.say("bob", "general", "two", { thread: root, mention: true });
    await sim.until(() => answersIn(bot, "general", root.ts).length === 3);
    expect(bot.asked()).toEqual([`${sim.users.alice.id}: one`, "bob: two"]);
  });

  test("a pasted table and a forwarded message are read too", async () => {
    await using bot = await startSlackApp();
    const cell = (text: string) => ({ type: "raw_text", text });
    const said = bot.sim.people.say("alice", "general", "which is larger?", {
      mention: true,
      attachments: [
        {
          blocks: [
            {
              type: "table",
              rows: [
                [cell("name"), cell("size")],
                [cell("a|b"), cell("2")],
              ],
            },
          ],
        },
        { is_share: true, author_name: "Bob", text: "I think &lt;b&gt;" },
        { fallback: "a preview", title: "not said by anybody" },
      ],
    });
    await bot.sim.until(() => answersIn(bot, "general", said.ts).length > 0);
    expect(bot.asked()).toEqual([
      "alice: which is larger?\n\n| name | size |\n| --- | --- |\n| a\\|b | 2 |\n\n[forwarded from Bob]\nI think <b>",
    ]);
  });

  test("a bare mention asks something, an empty message nothing", async () => {
    await using bot = await startSlackApp();
    const said = bot.sim.people.say("alice", "general", "", { mention: true });
    await bot.sim.until(() => answersIn(bot, "general", said.ts).length > 0);
    expect(bot.asked()).toEqual(["alice: (mentions you without words)"]);
  });

  test("a command after the mention is answered outside of the line", async () => {
    await using bot = await startSlackApp();
    const said = bot.sim.people.say("alice", "general", "/status", { mention: true });
    await bot.sim.until(() => answersIn(bot, "general", said.ts).length > 0);
    expect(answersIn(bot, "general", said.ts)[0]).toContain("0 running");
    expect(bot.model.requests).toEqual([]);
  });
});

describe("sessions", () => {
  test.each([
    ["chat", (team: string, channel: string) => `slack:${team}:${channel}`],
    ["thread", (team: string, channel: string, ts: string) => `slack:${team}:${channel}:${ts}`],
    ["user", (team: string, channel: string, _ts: string, user: string) => `slack:${team}:${channel}:${user}`],
  ] as const)("by %s, in channels and direct messages; follow-ups need no mention in any", async (scope, keyOf) => {
    await using bot = await startSlackApp({ rules: { scopes: { dm: scope, group: scope } } });
    const { sim } = bot;
    const dm = sim.people.dm("alice", "hello");
    const root = sim.people.say("alice", "general", "hello", { mention: true });
    await sim.until(() => answersIn(bot, "general", root.ts).length === 1);
    const follow = sim.people.say("alice", "general", "go on", { thread: root });
    await sim.until(() => answersIn(bot, "general", root.ts).length === 3);
    const directs = sim.people.direct("alice").id;
    await sim.until(() => answersIn(bot, directs, dm.ts).length === 1);
    const { teamId: team, users, channels } = sim;
    for (const [channel, ts, of] of [
      [directs, dm.ts, dm.ts],
      [channels.general.id, root.ts, root.ts],
      [channels.general.id, follow.ts, root.ts],
    ] as const) {
      const stored = await bot.store.messageOf(`slack:${team}:${channel}:${ts}`);
      expect(stored?.session).toBe(keyOf(team, channel, of, users.alice.id));
    }
  });
});
