// Socket Mode is never deaf for longer than it must be: refreshes without a gap, lost, silent and deaf sockets replaced, every error
// survived; and what was said meanwhile is caught up with, once and in order.

import { describe, expect, test } from "vitest";
import type { Clock } from "../../../../src/core/clock.ts";
import { systemClock } from "../../../../src/lib/system-clock.ts";
import { type SlackSimulator, startSlackSimulator } from "../../../simulators/slack/slack-simulator.ts";
import { type SlackApp, startSlackApp } from "../start-slack-app.ts";

async function answered(
  { sim, app }: SlackApp,
  said: { readonly channel: string; readonly ts: string },
): Promise<void> {
  await sim.until(() => sim.world.texts(said.channel, said.ts).length > 1);
  await app.idle();
}

const open = (sim: SlackSimulator): readonly number[] => sim.sockets.open.map(({ number }) => number);

describe("connections", () => {
  test.each(["warning", "refresh_requested"] as const)(
    "%s: the next one is up before the old one goes",
    async (reason) => {
      await using bot = await startSlackApp({ simulator: { retryDelaysMs: [] } });
      const { sim } = bot;
      let fewest = 1;
      sim.onChange(() => {
        fewest = Math.min(fewest, sim.sockets.connections.filter(({ isOpen }) => isOpen).length);
      });
      sim.sockets.disconnect(reason);
      await sim.until(() => sim.sockets.connections.length === 2);
      await answered(bot, sim.people.dm("alice", "in the middle of it"));
      await sim.until(() => open(sim).join() === "2");
      await answered(bot, sim.people.dm("alice", "after it"));
      expect(fewest).toBe(1);
      expect(bot.lines.map(({ event }) => event)).not.toContain("catching up");
      expect(sim.deliveries.flatMap(({ attempts }) => attempts.map(({ outcome }) => outcome))).not.toContain(
        "no_socket",
      );
      expect(sim.violations).toEqual([]);
    },
  );

  test("an event that is being stored while the socket is refreshed is acknowledged on the old one", async () => {
    const slow = Promise.withResolvers<void>();
    await using bot = await startSlackApp({
      wrapStore: (store) => ({
        ...store,
        accept: async (message, options) => {
          if (message.text === "slow") await slow.promise;
          return store.accept(message, options);
        },
      }),
    });
    const { sim } = bot;
    const said = sim.people.dm("alice", "slow");
    sim.sockets.disconnect("refresh_requested");
    await sim.until(() => sim.sockets.connections.length === 2);
    await answered(bot, sim.people.dm("bob", "over the new one"));
    slow.resolve();
    await answered(bot, said);
    expect(sim.deliveries[0]?.attempts.map(({ outcome }) => outcome)).toEqual(["acked"]);
  });

  test("a reset socket is replaced", async () => {
    await using bot = await startSlackApp();
    for (const connection of bot.sim.sockets.open) connection.reset();
    await bot.sim.until(() => open(bot.sim).join() === "2");
    await answered(bot, bot.sim.people.dm("alice", "hello"));
  });

  test("a silent socket is noticed by its pings, and what was said into it is caught up with", async () => {
    await using bot = await startSlackApp({
      timing: { pingMs: 20, silentMs: 60 },
      simulator: { retryDelaysMs: [] },
    });
    const { sim } = bot;
    const known = sim.people.dm("alice", "hello");
    await answered(bot, known);
    for (const connection of sim.sockets.open) connection.isSilent = true;
    const missed = sim.people.dm("alice", "is anybody there?");
    await answered(bot, missed);
    expect(sim.world.texts(missed.channel, missed.ts)).toHaveLength(2);
    expect(bot.asked()).toEqual(["alice: hello", "alice: is anybody there?"]);
  });

  test("a deaf socket that answers pings is replaced too", async () => {
    await using bot = await startSlackApp({
      timing: { pingMs: 20, silentMs: 5_000, quietMs: 100 },
      simulator: { retryDelaysMs: [] },
    });
    const { sim } = bot;
    await answered(bot, sim.people.dm("alice", "hello"));
    for (const connection of sim.sockets.open) connection.isDeaf = true;
    const missed = sim.people.dm("alice", "is anybody there?");
    await answered(bot, missed);
    expect(bot.asked()).toEqual(["alice: hello", "alice: is anybody there?"]);
  });

  test("a TCP connection that lingers after the close holds nothing up", async () => {
    await using bot = await startSlackApp();
    bot.sim.sockets.lingerMs = 60_000;
    bot.sim.sockets.disconnect("refresh_requested");
    await bot.sim.until(() => bot.sim.sockets.connections.length === 2);
    await answered(bot, bot.sim.people.dm("alice", "hello"));
  });

  test.each([
    ...["invalid_auth", "not_authed", "account_inactive", "team_disabled", "internal_error", "ratelimited"],
    ...["http500", "reset"],
  ])("reconnecting survives %s, and says so while it lasts", async (how) => {
    await using bot = await startSlackApp();
    const { sim } = bot;
    const times = how === "ratelimited" ? 1 : 3;
    const isWord = how === "http500" || how === "reset" || how === "ratelimited";
    sim.fault({
      method: "apps.connections.open",
      how: isWord ? how : { error: how },
      times,
    });
    for (const connection of sim.sockets.open) connection.reset();
    await sim.until(() => sim.callsOf("apps.connections.open").length >= Math.min(times + 1, 3));
    expect(bot.channel.trouble()).toBeTypeOf("string");
    const ready = await bot.app.http.fetch(new Request("http://127.0.0.1/readyz"));
    expect(ready.status).toBe(503);
    await sim.until(() => sim.sockets.open.length === 1);
    await answered(bot, sim.people.dm("alice", "hello"));
    expect(bot.channel.trouble()).toBeUndefined();
  });

  test("frames that are no JSON, strange envelopes and app_rate_limited end nothing", async () => {
    await using bot = await startSlackApp();
    const { sim } = bot;
    for (const text of ["not json", "[]", '{"type":"new_thing"}', '{"type":"events_api"}', "null"])
      sim.sockets.open[0]?.sendRaw(text);
    sim.sockets.open[0]?.sendRaw('{"type":"events_api","envelope_id":"e1","payload":{"event":"a string"}}');
    sim.events.rateLimited(sim.teamId);
    await answered(bot, sim.people.dm("alice", "hello"));
    expect(sim.sockets.connections).toHaveLength(1);
    expect(bot.lines.some(({ event }) => event.includes("holds events back"))).toBe(true);
  });

  test("two sockets that are taken away at once come back as one", async () => {
    await using bot = await startSlackApp();
    const { sim } = bot;
    sim.sockets.disconnect("warning");
    sim.sockets.disconnect("refresh_requested");
    await sim.until(() => open(sim).join() === "2");
    sim.sockets.disconnect("link_disabled");
    await sim.until(() => open(sim).join() === "3");
    await answered(bot, sim.people.dm("alice", "hello"));
  });
});

describe("starting", () => {
  test.each([
    ["a wrong bot token", { botToken: "xoxb-wrong" }, /SLACK_BOT_TOKEN is not valid/],
    ["a wrong app token", { appToken: "xapp-wrong" }, /SLACK_APP_TOKEN is not valid/],
  ])("%s is refused with what to mend", async (_name, credentials, complaint) => {
    await expect(startSlackApp(credentials)).rejects.toMatchObject({
      code: "bad-config",
      message: expect.stringMatching(complaint),
    });
  });

  test("the tokens in each other's place are told apart", async () => {
    const { sim, ...bot } = await startSlackApp();
    await bot.stop();
    await expect(startSlackApp({ sim, botToken: sim.appToken })).rejects.toThrow(/begins with xoxb-/);
    await expect(startSlackApp({ sim, appToken: sim.botToken })).rejects.toThrow(/begins with xapp-/);
    await sim.close();
  });

  test.each(["http500", "reset"] as const)("a Slack that answers %s at the start is waited for", async (how) => {
    await using sim = await startSlackSimulator();
    sim.fault({ method: "auth.test", how, times: 2 });
    sim.fault({ method: "apps.connections.open", how, times: 2 });
    // Waits are a hundred times shorter.
    const clock = { ...systemClock, after: (ms: number, call: () => void) => systemClock.after(ms / 100, call) };
    await using bot = await startSlackApp({ sim, clock, timing: { helloMs: 200_000, drainMs: 30_000 } });
    expect(bot.channel.trouble()).toMatch(/Slack/);
    await sim.until(() => sim.sockets.open.length === 1);
    await answered(bot, sim.people.dm("alice", "hello"));
    expect(bot.channel.trouble()).toBeUndefined();
  });
});

describe("catching up", () => {
  test("what was said while the server was down is answered once, in order, in its threads", async () => {
    const first = await startSlackApp();
    const { sim, folder } = first;
    const root = sim.people.say("alice", "general", "start", { mention: true });
    const dm = sim.people.dm("bob", "hello");
    await answered(first, root);
    await answered(first, dm);
    await first.stop();
    const later = sim.people.say("bob", "general", "a new question", { mention: true });
    sim.people.say("alice", "general", "one", { thread: root });
    sim.people.say("bob", "general", "two", { thread: root });
    sim.people.say("bob", "general", "not for the bot");
    const foreign = sim.people.say("bob", "general", "a foreign thread");
    sim.people.say("alice", "general", "no mention", { thread: foreign });
    sim.people.dm("bob", "three");
    sim.people.dm("bob", "three and a half");
    const inThread = sim.people.dm("bob", "four", { thread: dm });
    await using bot = await startSlackApp({ sim, folder });
    await sim.until(() => sim.world.texts("general", root.ts).length === 6);
    await answered(bot, later);
    await sim.until(() => sim.world.texts(dm.channel, dm.ts).length === 4);
    await bot.app.idle();
    expect(bot.asked().filter((text) => /one|two/.test(text))).toEqual(["alice: one", "bob: two"]);
    expect(bot.asked().filter((text) => /three|four/.test(text))).toEqual([
      "bob: three",
      "bob: three and a half",
      "bob: four",
    ]);
    expect(bot.model.requests).toHaveLength(6);
    expect(inThread.threadTs).toBe(dm.ts);
    await first[Symbol.asyncDispose]();
  });

  test("what was said before we were called into a thread stays unanswered", async () => {
    const first = await startSlackApp();
    const { sim, folder } = first;
    const root = sim.people.say("alice", "general", "a thread of people");
    sim.people.say("bob", "general", "just talk", { thread: root });
    sim.people.say("alice", "general", "your turn", { thread: root, mention: true });
    await sim.until(() => sim.world.texts("general", root.ts).length === 4);
    await first.app.idle();
    await first.stop();
    sim.people.say("bob", "general", "and now?", { thread: root });
    await using bot = await startSlackApp({ sim, folder });
    await sim.until(() => sim.world.texts("general", root.ts).length === 6);
    await bot.app.idle();
    expect(bot.asked()).toEqual(["bob: and now?"]);
    await first[Symbol.asyncDispose]();
  });

  test("what was said otherwise while nobody listened is told to the model with the next question", async () => {
    const first = await startSlackApp({ simulator: { retryDelaysMs: [] } });
    const { sim, folder } = first;
    const root = sim.people.say("alice", "general", "one", { mention: true });
    await answered(first, root);
    await first.app.idle();
    await first.stop();
    sim.people.edit("alice", root, "@bot one, corrected");
    await using bot = await startSlackApp({ sim, folder });
    await sim.until(() => sim.callsOf("conversations.history").length > 0);
    sim.people.say("alice", "general", "go on", { thread: root });
    await sim.until(() => bot.model.requests.length === 1);
    expect(JSON.stringify(bot.model.requests[0]?.items)).toContain("It now reads: one, corrected");
    await bot.app.idle();
    expect(sim.world.texts("general", root.ts)).toHaveLength(4);
    await first[Symbol.asyncDispose]();
  });

  test("what was missed in a thread longer than we would read is found, where we take part", async () => {
    let agoMs = 2 * 60 * 60 * 1_000;
    const clock: Clock = { ...systemClock, now: () => systemClock.now() - agoMs };
    // Such an app is given 15 messages at a time.
    const first = await startSlackApp({ simulator: { clock, isCommercial: true, retryDelaysMs: [] } });
    const { sim, folder } = first;
    const [ours, shorter, foreign] = ["one", "two", "three"].map((name) => sim.people.say("alice", "general", name));
    if (!ours || !shorter || !foreign) throw new Error("nothing was said");
    for (const thread of [ours, foreign])
      for (let n = 0; n < 80; n += 1) sim.people.say("bob", "general", `just talk ${n}`, { thread });
    for (const thread of [ours, shorter]) {
      const before = sim.world.texts("general", thread.ts).length;
      sim.people.say("alice", "general", "your turn", { thread, mention: true });
      await sim.until(() => sim.world.texts("general", thread.ts).length === before + 2);
    }
    await first.app.idle();
    agoMs = 0;
    await first.stop();
    for (const thread of [ours, shorter, foreign]) sim.people.say("bob", "general", "and now?", { thread });
    await using bot = await startSlackApp({ sim, folder });
    for (const thread of [ours, shorter])
      await sim.until(() => sim.world.texts("general", thread.ts).at(-1)?.endsWith("Done.") ?? false);
    await answered(bot, sim.people.say("alice", "general", "something else", { mention: true }));
    expect(bot.asked().toSorted()).toEqual(["alice: something else", "bob: and now?", "bob: and now?"]);
    await first[Symbol.asyncDispose]();
  });

  test("what is new waits behind what was missed in the same chat", async () => {
    const first = await startSlackApp();
    const { sim, folder } = first;
    const root = sim.people.say("alice", "general", "start", { mention: true });
    await answered(first, root);
    await first.stop();
    sim.people.say("alice", "general", "missed", { thread: root });
    const heard = Promise.withResolvers<void>();
    await using bot = await startSlackApp({
      sim,
      folder,
      wrapStore: (store) => ({
        ...store,
        sessionsSince: async (...asked) => {
          await heard.promise;
          return store.sessionsSince(...asked);
        },
      }),
    });
    sim.people.say("alice", "general", "new", { thread: root });
    // Acknowledged at once, so what was said before it has arrived.
    sim.people.openHome("alice");
    await sim.until(() => sim.deliveries.at(-1)?.state === "acked");
    heard.resolve();
    await sim.until(() => sim.world.texts("general", root.ts).length === 6);
    expect(bot.asked()).toEqual(["alice: missed", "alice: new"]);
    await first[Symbol.asyncDispose]();
  });

  test("a history that cannot be read holds nothing up", async () => {
    const first = await startSlackApp();
    const { sim, folder } = first;
    await answered(first, sim.people.dm("alice", "hello"));
    await first.stop();
    sim.fault({ method: "conversations.history", how: { error: "missing_scope" }, times: 5 });
    await using bot = await startSlackApp({ sim, folder });
    await answered(bot, sim.people.dm("alice", "new"));
    expect(bot.lines.map(({ event }) => event)).toContain("what was missed in a chat could not be fetched");
    await first[Symbol.asyncDispose]();
  });
});
