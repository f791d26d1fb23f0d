// Streams, thread status, sessions and their stop button: the agent side of Slack.

import { expect, test } from "vitest";
import { FakeClock } from "../../support/fake-clock.ts";
import { refusal, start } from "./plain-client.ts";
import type { SlackSimulator } from "./slack-simulator.ts";
import { visibleText } from "./visible-text.ts";

const recipient = (sim: SlackSimulator) => ({ recipient_user_id: sim.users.alice.id, recipient_team_id: sim.teamId });

test("a stream grows for its reader; others see its first piece until it stops", async () => {
  await using slack = await start();
  const { client, channel, sim } = slack;
  const root = sim.people.say("alice", "general", "tell me", { mention: true });
  const started = await client.chat.startStream({
    channel,
    thread_ts: root.ts,
    markdown_text: "One",
    ...recipient(sim),
  });
  const ts = started.ts ?? "";
  await client.chat.appendStream({ channel, ts, markdown_text: " two" });
  const message = sim.world.message(channel, ts) ?? expect.unreachable();
  expect([visibleText(message), visibleText(message, sim.users.bob.id)]).toEqual(["One two", "One"]);
  expect(await refusal(client.chat.update({ channel, ts, text: "other" }))).toBe("streaming_state_conflict");
  await client.chat.stopStream({ channel, ts, markdown_text: " three" });
  expect(visibleText(message, sim.users.bob.id)).toBe("One two three");
  expect(await refusal(client.chat.appendStream({ channel, ts, markdown_text: "x" }))).toBe(
    "message_not_in_streaming_state",
  );
  const heard = sim.deliveries.map(({ payload }) => payload.event);
  expect(heard.slice(-2)).toMatchObject([
    { type: "message", ts, bot_id: sim.botId, streaming_state: "in_progress" },
    { subtype: "message_changed", message: { ts, streaming_state: "completed" } },
  ]);
});

test("the SDK's own streamer works, with tasks", async () => {
  await using slack = await start();
  const { client, channel, sim } = slack;
  const root = sim.people.say("alice", "general", "tell me");
  const stream = client.chatStream({ channel, thread_ts: root.ts, buffer_size: 4, ...recipient(sim) });
  await stream.append({ markdown_text: "Hello " });
  await stream.append({ chunks: [{ type: "task_update", id: "1", title: "Look", status: "in_progress" }] });
  await stream.append({ chunks: [{ type: "task_update", id: "1", title: "Look", status: "complete" }] });
  await stream.stop({ markdown_text: "world" });
  expect(sim.world.texts("general", root.ts)[1]).toBe("[complete] Look\nHello world");
  expect(sim.violations).toEqual([]);
});

test("a stream needs its reader in a channel and a root everywhere", async () => {
  await using slack = await start();
  const { client, channel, sim } = slack;
  const root = sim.people.say("alice", "general", "tell me");
  const in_dm = sim.people.dm("alice", "tell me");
  expect(await refusal(client.chat.startStream({ channel, thread_ts: root.ts }))).toBe("missing_recipient_user_id");
  const { recipient_user_id } = recipient(sim);
  const half = { channel, thread_ts: root.ts, recipient_user_id };
  expect(await refusal(client.chat.startStream(half))).toBe("missing_recipient_team_id");
  const nowhere = { channel, thread_ts: "1700000000.000100", ...recipient(sim) };
  expect(await refusal(client.chat.startStream(nowhere))).toBe("invalid_thread_ts");
  expect(await refusal(client.chat.startStream({ channel: in_dm.channel, thread_ts: in_dm.ts }))).toBe("no refusal");
});

test("a stream dies after five minutes, and does not grow past 11 kB", async () => {
  const clock = new FakeClock();
  await using slack = await start({ clock });
  const { client, channel, sim } = slack;
  const root = sim.people.say("alice", "general", "tell me");
  const begin = async () =>
    (await client.chat.startStream({ channel, thread_ts: root.ts, ...recipient(sim) })).ts ?? "";
  const append = async (ts: string, text: string) =>
    refusal(client.chat.appendStream({ channel, ts, markdown_text: text }));
  const long = await begin();
  expect(await append(long, "é".repeat(5_400))).toBe("no refusal");
  expect(await append(long, "é".repeat(200))).toBe("msg_too_long");
  expect(await append(long, "")).toBe("no_text");
  const old = await begin();
  clock.advance(299_999);
  expect(await append(old, "a")).toBe("no refusal");
  const rescue = () => refusal(client.chat.update({ channel, ts: old, text: "ended" }));
  expect(await rescue()).toBe("streaming_state_conflict");
  clock.advance(1);
  expect(await rescue()).toBe("no refusal");
  expect(await append(old, "b")).toBe("message_not_in_streaming_state");
  expect(sim.world.texts("general", root.ts)[2]).toBe("ended");
});

test("the stop button is there while the session is processing, and ends its streams", async () => {
  await using slack = await start();
  const { client, channel, sim } = slack;
  const root = sim.people.say("alice", "general", "tell me", { mention: true });
  expect(() => sim.people.stopSession("alice", "general", root.ts)).toThrow(/no stop button/);
  const { ts = "" } = await client.chat.startStream({ channel, thread_ts: root.ts, ...recipient(sim) });
  sim.people.stopSession("alice", "general", root.ts);
  expect(sim.deliveries.at(-1)?.payload.event).toMatchObject({
    type: "agent_session_stopped",
    channel,
    user: sim.users.alice.id,
    thread_ts: root.ts,
    streaming_message_ts: [ts],
  });
  expect(await refusal(client.chat.appendStream({ channel, ts, markdown_text: "x" }))).toBe("stopped_by_user");
  expect(sim.world.session("general", root.ts)?.status).toBe("processing");
});

test("a thread's status goes with the next post, with an empty one, or after two minutes", async () => {
  const clock = new FakeClock();
  await using slack = await start({ clock });
  const { client, channel, sim } = slack;
  const root = sim.people.say("alice", "general", "tell me");
  const thread = { channel_id: channel, thread_ts: root.ts };
  const set = (status: string) => client.assistant.threads.setStatus({ ...thread, status });
  const shown = () => sim.world.status("general", root.ts)?.text;
  await set("is thinking");
  expect(shown()).toBe("is thinking");
  await client.chat.postMessage({ channel, thread_ts: root.ts, text: "done" });
  expect(shown()).toBeUndefined();
  await set("is thinking");
  clock.advance(120_000);
  expect(shown()).toBeUndefined();
  const many = { ...thread, status: "s", loading_messages: Array.from({ length: 11 }, () => "m") };
  expect(await refusal(client.assistant.threads.setStatus(many))).toBe("invalid_arguments");
});

test("without the stop event the session's status is taken with a warning", async () => {
  await using slack = await start({ events: ["app_mention"] });
  const { client, channel, sim } = slack;
  const root = sim.people.say("alice", "general", "tell me");
  const set = await client.apiCall("agents.sessions.setStatus", {
    ...{ channel_id: channel, thread_ts: root.ts, status: "processing", title: "Telling" },
  });
  expect(set).toMatchObject({ ok: true, warning: "missing_agent_session_stopped_event_subscription" });
  expect(sim.world.session("general", root.ts)).toEqual({ status: "processing", title: "Telling" });
  expect(sim.deliveries).toEqual([]);
});
