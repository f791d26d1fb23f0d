// Buttons, the stop button, the slash command and reactions: each acknowledged at once, done once, answered to whoever did it.

import { describe, expect, test } from "vitest";
import type { Message } from "../../../simulators/slack/records.ts";
import { type SlackApp, startSlackApp } from "../start-slack-app.ts";

const whispersTo = ({ sim }: SlackApp, user: string): readonly string[] =>
  sim.world.ephemerals.filter(({ to }) => to === sim.world.user(user).id).map(({ text }) => text);

async function answered({ sim, app }: SlackApp, channel: string, ts: string): Promise<void> {
  await sim.until(() => sim.world.texts(channel, ts).length > 1);
  await app.idle();
}

/** Alice asks something that goes on until it is stopped; a message of ours under it has a stop button. */
async function working(bot: SlackApp): Promise<{ readonly asked: Message; readonly shown: Message }> {
  const { sim } = bot;
  const asked = sim.people.say("alice", "general", "work long", { mention: true });
  await sim.until(() => bot.model.requests.length === 1);
  const { id: channel } = sim.channels.general;
  const task = (await bot.store.messageOf(`slack:${sim.teamId}:${channel}:${asked.ts}`))?.task ?? "";
  const value = await bot.buttons.make("stop", task);
  const button = { type: "button", action_id: "signalbox:stop", value, text: { type: "plain_text", text: "Stop it" } };
  const shown = sim.world.post({
    ...{ channel, userId: sim.botUserId, botId: sim.botId, threadTs: asked.ts, text: "working" },
    blocks: [{ type: "actions", block_id: "b1", elements: [button] }],
  });
  return { asked, shown };
}

const endless = { text: "Working", until: new Promise(() => {}) };

describe.each(["socket", "http"] as const)("over %s", (transport) => {
  test("a button is for those who may, once; everybody is told", async () => {
    await using bot = await startSlackApp({ transport, model: [endless] });
    const { sim } = bot;
    const { asked, shown } = await working(bot);
    const byBob = sim.people.click("bob", shown, "Stop it");
    await sim.until(() => whispersTo(bot, "bob").length === 1);
    expect(whispersTo(bot, "bob")[0]).toContain("Only the person who asked");
    sim.people.click("alice", shown, "Stop it");
    await sim.until(() => whispersTo(bot, "alice").length === 1);
    sim.people.click("alice", shown, "Stop it");
    await sim.until(() => whispersTo(bot, "alice").length === 2);
    expect(whispersTo(bot, "alice")).toEqual(["Stopping.", "Somebody pressed this already."]);
    await sim.until(() => sim.world.texts("general", asked.ts).some((text) => text.includes("Stopped.")));
    expect(byBob.state).toBe("acked");
    expect(sim.violations).toEqual([]);
  });

  test("a slash command of ours is answered to the person alone", async () => {
    await using bot = await startSlackApp({ transport });
    const { sim } = bot;
    const command = sim.people.command("alice", "/assistant", "status", "general");
    await sim.until(() => whispersTo(bot, "alice").length === 1);
    expect(whispersTo(bot, "alice")[0]).toContain("0 running");
    sim.people.command("alice", "/assistant", "");
    await sim.until(() => whispersTo(bot, "alice").length === 2);
    expect(whispersTo(bot, "alice")[1]).toContain("/stop");
    expect(command.state).toBe("acked");
    expect(sim.world.texts("general")).toEqual([]);
    expect(bot.model.requests).toEqual([]);
  });

  test("a question by slash command is worked in a thread under who asks what", async () => {
    await using bot = await startSlackApp({ transport });
    const { sim } = bot;
    sim.people.command("alice", "/assistant", "new ideas for <@U0|bob>, a &lt; b?", "general");
    await sim.until(() => sim.world.texts("general").length === 2);
    await bot.app.idle();
    const [anchor, answer] = sim.world.messages("general");
    expect(anchor?.text).toContain(`<@${sim.users.alice.id}> asks: new ideas for @bob, a &lt; b?`);
    expect(answer?.threadTs).toBe(anchor?.ts);
    expect(bot.asked()).toEqual(["alice: new ideas for @bob, a < b?"]);
    sim.people.say("bob", "general", "and more?", { thread: anchor?.ts ?? "" });
    await sim.until(() => sim.world.texts("general").length === 4);
    expect(sim.violations).toEqual([]);
  });
});

describe("a slash command", () => {
  test("where we are not a member is answered with what to do", async () => {
    await using bot = await startSlackApp();
    bot.sim.people.command("alice", "/assistant", "what is new?", "random");
    await bot.sim.until(() => whispersTo(bot, "alice").length === 1);
    expect(whispersTo(bot, "alice")[0]).toContain("invite me");
    expect(bot.model.requests).toEqual([]);
  });

  test("that cannot be shown is refused in words, and not worked", async () => {
    await using bot = await startSlackApp();
    bot.sim.fault({ method: "chat.postMessage", how: "http500" });
    bot.sim.people.command("alice", "/assistant", "what is new?", "general");
    await bot.sim.until(() => whispersTo(bot, "alice").length === 1);
    expect(whispersTo(bot, "alice")[0]).toContain("try again");
    expect(bot.model.requests).toEqual([]);
  });

  test("calls nobody by the words of who asks", async () => {
    await using bot = await startSlackApp();
    bot.sim.people.command("alice", "/assistant", "tell <!channel> & <!here>", "general");
    await bot.sim.until(() => bot.sim.world.texts("general").length === 2);
    expect(bot.sim.violations).toEqual([]);
  });
});

describe("presses that are not ours", () => {
  test.each([
    ["a foreign action", { actions: [{ action_id: "other:stop", value: "x" }] }],
    ["an unknown button", { actions: [{ action_id: "signalbox:stop", value: "button_forged" }] }],
    ["no value", { actions: [{ action_id: "signalbox:stop" }] }],
    ["another workspace", { team: { id: "T0OTHER" }, actions: [{ action_id: "signalbox:stop", value: "x" }] }],
    ["no actions", { actions: [] }],
    ["no user", { user: undefined, actions: [{ action_id: "signalbox:stop", value: "x" }] }],
    [
      "an answer address elsewhere",
      {
        response_url: "http://192.0.2.1/steal",
        actions: [{ action_id: "signalbox:stop", value: "button_forged" }],
      },
    ],
  ])("%s does nothing", async (_name, given) => {
    await using bot = await startSlackApp();
    const { sim } = bot;
    const payload = {
      type: "block_actions",
      user: { id: sim.users.alice.id, team_id: sim.teamId },
      team: { id: sim.teamId },
      channel: { id: sim.channels.general.id },
      container: {},
      ...given,
    };
    const delivery = sim.delivery.send("interactive", payload);
    await sim.until(() => delivery.state !== "waiting");
    expect(delivery.state).toBe("acked");
    const said = sim.people.dm("alice", "hello");
    await answered(bot, said.channel, said.ts);
  });
});

describe("Slack's stop button", () => {
  test("stops what the person asked, and tells others that it is not theirs", async () => {
    await using bot = await startSlackApp({ model: [endless] });
    const { sim } = bot;
    const { asked } = await working(bot);
    sim.world.setSession(asked.channel, asked.ts, { status: "processing" });
    sim.people.stopSession("bob", "general", asked.ts);
    await sim.until(() => whispersTo(bot, "bob").length === 1);
    expect(whispersTo(bot, "bob")[0]).toContain("Only the person who asked");
    sim.world.setSession(asked.channel, asked.ts, { status: "processing" });
    sim.people.stopSession("alice", "general", asked.ts);
    await sim.until(() => sim.world.texts("general", asked.ts).some((text) => text.includes("Stopped.")));
    expect(whispersTo(bot, "alice")).toEqual(["Stopping it."]);
  });
});

describe("reactions", () => {
  const rules = { reactions: { eyes: "Summarise this." } };

  test("a configured emoji asks about the message, in its thread, once a person", async () => {
    await using bot = await startSlackApp({ rules });
    const { sim } = bot;
    const said = sim.people.say("bob", "general", "a long story\nin two lines");
    sim.people.react("alice", said, "tada");
    sim.people.react("alice", said, "eyes");
    await answered(bot, "general", said.ts);
    sim.people.unreact("alice", said, "eyes");
    sim.people.react("alice", said, "eyes");
    await sim.until(() => sim.deliveries.every(({ state }) => state === "acked"));
    await bot.app.idle();
    expect(bot.asked()).toEqual(["alice: Summarise this.\n\nbob wrote:\n> a long story\n> in two lines"]);
  });

  test("a reply is asked about in its own thread", async () => {
    await using bot = await startSlackApp({ rules });
    const { sim } = bot;
    const root = sim.people.say("bob", "general", "root");
    const reply = sim.people.say("bob", "general", "reply", { thread: root });
    sim.people.react("alice", reply, "eyes");
    await sim.until(() => sim.world.texts("general", root.ts).length === 3);
    expect(bot.asked()[0]).toContain("> reply");
  });

  test("a message that is gone asks nothing; a history that fails is asked again", async () => {
    await using bot = await startSlackApp({ rules, simulator: { retryMs: 100, retryDelaysMs: [5, 5, 5] } });
    const { sim } = bot;
    const said = sim.people.say("bob", "general", "story");
    sim.fault({ method: "conversations.replies", how: "http500" });
    sim.people.react("alice", said, "eyes");
    await answered(bot, "general", said.ts);
    expect(bot.model.requests).toHaveLength(1);
  });
});
