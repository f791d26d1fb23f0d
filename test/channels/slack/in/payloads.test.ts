// Payloads as Slack has been seen to send them, in the shapes that the simulator does not make: older, barer, of an enterprise.

import { expect, test } from "vitest";
import { startSlackApp } from "../start-slack-app.ts";

interface Shape {
  readonly name: string;
  readonly envelope?: Readonly<Record<string, unknown>>;
  readonly event: Readonly<Record<string, unknown>>;
  /** What the model is asked; absent: it is not for us. */
  readonly asked?: string;
}

const shapes: readonly Shape[] = [
  {
    name: "a mention without context fields",
    envelope: { context_team_id: undefined, is_ext_shared_channel: undefined },
    event: {
      type: "app_mention",
      user: "USER",
      text: "<@BOT> one",
      client_msg_id: "c-1",
      blocks: [{ type: "rich_text" }],
    },
    asked: "alice: one",
  },
  {
    name: "an enterprise-wide installation, which names no workspace",
    envelope: { context_team_id: null, authorizations: [{ enterprise_id: "E1", team_id: null, user_id: "BOT" }] },
    event: { type: "message", channel_type: "channel", user: "USER", text: "<@BOT|bot> two", team: "TEAM" },
    asked: "alice: two",
  },
  {
    name: "a colleague of another workspace of the same enterprise",
    envelope: { is_ext_shared_channel: false },
    event: { type: "message", channel_type: "channel", user: "USER", text: "<@BOT> three", team: "T0OTHER" },
    asked: "alice: three",
  },
  {
    name: "fields that are null, and of kinds nobody expects",
    event: {
      type: "message",
      user: "USER",
      text: "<@BOT> four",
      thread_ts: null,
      files: "x",
      attachments: [7],
      bot_id: null,
    },
    asked: "alice: four",
  },
  {
    name: "/me",
    event: { type: "message", subtype: "me_message", user: "USER", text: "asks <@BOT> five" },
    asked: "alice: asks five",
  },
  {
    name: "an old integration without a user",
    event: { type: "message", subtype: "bot_message", bot_id: "B0OLD", username: "Cron", text: "<@BOT> six" },
    asked: "Cron: six",
  },
  { name: "the text of the platform", event: { type: "message", user: "USLACKBOT", text: "<@BOT> hello" } },
  { name: "a join", event: { type: "message", subtype: "channel_join", user: "USER", text: "<@BOT> has joined" } },
  { name: "our own, by user", event: { type: "message", user: "BOT", text: "<@BOT> me" } },
  {
    name: "our own, by bot id",
    event: { type: "message", subtype: "bot_message", bot_id: "OURBOT", text: "<@BOT> me" },
  },
  { name: "our own, by app id", event: { type: "message", bot_id: "B0X", app_id: "OURAPP", text: "<@BOT> me" } },
  {
    name: "our own, changed",
    event: {
      type: "message",
      subtype: "message_changed",
      message: { ts: "1700000000.000100", bot_id: "OURBOT", text: "<@BOT> more", edited: { user: "BOT" } },
      previous_message: { ts: "1700000000.000100", bot_id: "OURBOT", text: "less" },
    },
  },
  { name: "a message of no words", event: { type: "message", channel_type: "im", channel: "D0ALICE", user: "USER" } },
  { name: "a change without its message", event: { type: "message", subtype: "message_changed", hidden: true } },
  {
    name: "another workspace's",
    envelope: { context_team_id: "T0OTHER" },
    event: { type: "message", user: "USER", text: "<@BOT> x" },
  },
];

test.each(shapes)("$name", async ({ envelope, event, asked }) => {
  await using bot = await startSlackApp();
  const { sim } = bot;
  const names = {
    USER: sim.users.alice.id,
    OURBOT: sim.botId,
    OURAPP: sim.appId,
    BOT: sim.botUserId,
    TEAM: sim.teamId,
  };
  const payload = {
    ...{ type: "event_callback", event_id: "Ev0SHAPE", api_app_id: sim.appId, team_id: sim.teamId },
    ...{ context_team_id: sim.teamId, authorizations: [{ enterprise_id: null, team_id: sim.teamId, is_bot: true }] },
    is_ext_shared_channel: false,
    ...envelope,
    event: { channel: sim.channels.general.id, ts: "1700000000.000100", event_ts: "1700000000.000100", ...event },
  };
  const text = Object.entries(names).reduce(
    (filled, [name, id]) => filled.replaceAll(new RegExp(`\\b${name}\\b`, "g"), id),
    JSON.stringify(payload),
  );
  const delivery = sim.delivery.send("events_api", JSON.parse(text));
  await sim.until(() => delivery.state === "acked");
  // The answer cannot be posted under a message that the simulator never had; what was asked is what counts.
  if (asked !== undefined) await expect.poll(() => bot.asked()).toEqual([asked]);
  else expect(bot.asked()).toEqual([]);
  if (asked === undefined) expect(await bot.store.waitingSessions(10)).toEqual([]);
});
