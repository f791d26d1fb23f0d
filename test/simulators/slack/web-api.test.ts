// What the Web API takes, refuses and cuts, asked through the real WebClient.

import { expect, test } from "vitest";
import { FakeClock } from "../../support/fake-clock.ts";
import { plainClient, refusal, start } from "./plain-client.ts";
import type { SlackSimulator } from "./slack-simulator.ts";

const raw = async (sim: SlackSimulator, method: string, body: string, contentType: string): Promise<unknown> => {
  const headers = { Authorization: `Bearer ${sim.botToken}`, "Content-Type": contentType };
  return (await fetch(`${sim.apiUrl}${method}`, { method: "POST", headers, body })).json();
};

test("texts are cut at 40 000 with a warning, refused in an update beyond 4 000, Markdown beyond 12 000", async () => {
  await using slack = await start();
  const { client, channel, sim } = slack;
  const posted = await client.chat.postMessage({ channel, text: "x".repeat(40_001) });
  expect(posted.response_metadata?.warnings).toEqual(["message_truncated"]);
  expect(sim.world.texts("general")[0]).toHaveLength(40_000);
  const ts = posted.ts ?? "";
  expect(await refusal(client.chat.update({ channel, ts, text: "x".repeat(4_001) }))).toBe("msg_too_long");
  expect(await refusal(client.chat.postMessage({ channel, markdown_text: "x".repeat(12_001) }))).toBe("msg_too_long");
  expect(await refusal(client.chat.postMessage({ channel, text: " " }))).toBe("no_text");
  const both = { channel, markdown_text: "a", text: "b" };
  expect(await refusal(client.chat.postMessage(both))).toBe("markdown_text_conflict");
});

test("blocks are refused as Slack refuses them, with the place of the fault", async () => {
  await using slack = await start();
  const { client, channel } = slack;
  const post = (blocks: readonly object[]) => client.chat.postMessage({ channel, text: "t", blocks: blocks as never });
  const section = (length: number) => ({ type: "section", text: { type: "mrkdwn", text: "x".repeat(length) } });
  const tooLong = await post([section(3_001)]).catch((error: { data: unknown }) => error.data);
  expect(tooLong).toMatchObject({
    error: "invalid_blocks",
    response_metadata: { messages: ["[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"] },
  });
  expect(await refusal(post(Array.from({ length: 51 }, () => ({ type: "divider" }))))).toBe("invalid_blocks");
  expect(await refusal(post(Array.from({ length: 5 }, () => section(2_700))))).toBe("msg_blocks_too_long");
  expect(await refusal(post([{ type: "markdown", text: "para\n\n".repeat(51) }]))).toBe("invalid_blocks");
  expect(await refusal(post([{ type: "markdown", text: "para\n\n".repeat(50) }]))).toBe("no refusal");
  expect(await refusal(post([{ type: "sparkles" }]))).toBe("invalid_blocks");
  expect(await refusal(post([{ type: "section", text: { type: "mrkdwn", text: "" } }]))).toBe("invalid_blocks");
  const button = { type: "button", action_id: "a", text: { type: "plain_text", text: "A" } };
  expect(await refusal(post([{ type: "actions", elements: [button, button] }]))).toBe("invalid_blocks");
});

test("a thread hangs under a root, never under a reply", async () => {
  await using slack = await start();
  const { client, channel, sim } = slack;
  const root = sim.people.say("alice", "general", "root");
  const reply = await client.chat.postMessage({ channel, text: "reply", thread_ts: root.ts });
  expect(await refusal(client.chat.postMessage({ channel, text: "x", thread_ts: reply.ts ?? "" }))).toBe(
    "thread_not_found",
  );
  expect(sim.violations.map(({ rule }) => rule)).toEqual(["reply-as-thread"]);
});

test("metadata is kept for who asks for it, up to its size", async () => {
  await using slack = await start();
  const { client, channel, sim } = slack;
  const root = sim.people.say("alice", "general", "root");
  const metadata = { event_type: "delivery", event_payload: { id: "d1" } };
  await client.chat.postMessage({ channel, text: "a", thread_ts: root.ts, metadata });
  const plain = await client.conversations.replies({ channel, ts: root.ts });
  const full = await client.conversations.replies({ channel, ts: root.ts, include_all_metadata: true });
  expect(plain.messages?.[1]).not.toHaveProperty("metadata");
  expect(full.messages?.[1]?.metadata).toEqual(metadata);
  const large = { event_type: "delivery", event_payload: { id: "x".repeat(8_000) } };
  expect(await refusal(client.chat.postMessage({ channel, text: "a", metadata: large }))).toBe("metadata_too_large");
});

test("history is newest first without replies, in pages; a thread is read root first", async () => {
  await using slack = await start();
  const { client, channel, sim } = slack;
  const roots = ["one", "two", "three"].map((text) => sim.people.say("alice", "general", text));
  const [first = expect.unreachable(), second] = roots;
  for (const text of ["a", "b", "c"]) sim.people.say("bob", "general", text, { thread: first });
  const page = await client.conversations.history({ channel, limit: 2 });
  expect(page.messages?.map(({ text }) => text)).toEqual(["three", "two"]);
  const cursor = page.response_metadata?.next_cursor ?? "";
  const rest = await client.conversations.history({ channel, limit: 2, cursor });
  expect(rest.messages?.map(({ text, reply_count }) => [text, reply_count])).toEqual([["one", 3]]);
  const since = await client.conversations.history({ channel, oldest: second?.ts ?? "" });
  expect(since.messages?.map(({ text }) => text)).toEqual(["three"]);
  const thread = await client.conversations.replies({ channel, ts: first.ts, limit: 2 });
  expect(thread.messages?.map(({ text }) => text)).toEqual(["one", "a"]);
  expect(thread.has_more).toBe(true);
  expect(await refusal(client.conversations.history({ channel, cursor: "nonsense" }))).toBe("invalid_cursor");
});

test("what the bot is not in cannot be read, and what is secret does not exist", async () => {
  await using slack = await start();
  const { client, sim } = slack;
  const hidden = sim.world.addChannel("private", "hidden", [sim.teamId], [sim.users.alice.id]);
  expect(await refusal(client.conversations.history({ channel: sim.channels.random.id }))).toBe("not_in_channel");
  expect(await refusal(client.chat.postMessage({ channel: sim.channels.random.id, text: "a" }))).toBe("not_in_channel");
  expect(await refusal(client.conversations.info({ channel: hidden.id }))).toBe("channel_not_found");
});

test("methods that take no JSON do not read it, and a number is not a timestamp", async () => {
  await using slack = await start();
  const { sim, channel } = slack;
  const json = "application/json; charset=utf-8";
  expect(await raw(sim, "conversations.info", JSON.stringify({ channel }), json)).toMatchObject({
    error: "invalid_arguments",
    response_metadata: { messages: ["[ERROR] missing required field: channel"] },
  });
  const posted = await raw(sim, "chat.postMessage", JSON.stringify({ channel, text: "a" }), json);
  expect(posted).toMatchObject({ ok: true });
  const floating = JSON.stringify({ channel, text: "a", thread_ts: 1_700_000_000.5 });
  expect(await raw(sim, "chat.postMessage", floating, json)).toMatchObject({ error: "invalid_arguments" });
  expect(sim.violations.map(({ rule }) => rule)).toEqual(["json-body", "invalid-arguments", "invalid-arguments"]);
});

test("tokens, scopes and unknown methods", async () => {
  await using slack = await start({ scopes: ["chat:write"] });
  const { client, channel, sim } = slack;
  expect(await client.auth.test()).toMatchObject({ team_id: sim.teamId, user_id: sim.botUserId, bot_id: sim.botId });
  expect(await refusal(client.auth.test({ token: "xoxb-made-up" }))).toBe("invalid_auth");
  expect(await refusal(client.apps.connections.open({}))).toBe("not_allowed_token_type");
  expect(await refusal(client.users.info({ user: sim.users.alice.id }))).toBe("missing_scope");
  expect(await refusal(client.apiCall("made.up"))).toBe("unknown_method");
  sim.disabledMethods.add("chat.postMessage");
  expect(await refusal(client.chat.postMessage({ channel, text: "a" }))).toBe("unknown_method");
});

test("one post a second in a channel, twenty streams a minute, and the wait is told", async () => {
  const clock = new FakeClock();
  await using slack = await start({ clock, enforceRates: true });
  const { client, channel, sim } = slack;
  const root = await client.chat.postMessage({ channel, text: "a" });
  expect(await refusal(client.chat.postMessage({ channel, text: "b" }))).toBe(1);
  expect(sim.violations.map(({ rule }) => rule)).toEqual(["rate"]);
  expect(await refusal(client.chat.postMessage({ channel: sim.channels.secret.id, text: "b" }))).toBe("no refusal");
  clock.advance(1_000);
  expect(await refusal(client.chat.postMessage({ channel, text: "b" }))).toBe("no refusal");
  const recipient = { recipient_user_id: sim.users.alice.id, recipient_team_id: sim.teamId };
  const stream = () => client.chat.startStream({ channel, thread_ts: root.ts ?? "", ...recipient });
  for (let count = 0; count < 20; count++) await stream();
  expect(await refusal(stream())).toBe(60);
});

test("faults: before the work nothing is done, after it only the answer is lost", async () => {
  await using slack = await start();
  const { client, channel, sim } = slack;
  const post = (text: string) => client.chat.postMessage({ channel, text });
  sim.fault({ method: "chat.postMessage", how: "http500" });
  expect(await refusal(post("a"))).toContain("500");
  sim.fault({ method: "chat.postMessage", when: "after", how: "reset" });
  expect(await refusal(post("b"))).not.toBe("no refusal");
  sim.fault({ method: "chat.postMessage", how: "ratelimited", retryAfter: 7 });
  expect(await refusal(post("c"))).toBe(7);
  sim.fault({ method: "chat.postMessage", when: "after", how: { error: "internal_error" } });
  expect(await refusal(post("d"))).toBe("internal_error");
  expect(sim.world.texts("general")).toEqual(["b", "d"]);
  expect(sim.callsOf("chat.postMessage").map(({ isDone }) => isDone)).toEqual([false, true, false, true]);
  const hung = plainClient(sim, { timeout: 50 });
  sim.fault({ how: "hang" });
  expect(await refusal(hung.chat.postMessage({ channel, text: "e" }))).not.toBe("no refusal");
});

test("what Slack lets pass is noted all the same: everybody called, blocks without a text", async () => {
  await using slack = await start();
  const { client, channel, sim } = slack;
  await client.chat.postMessage({ channel, text: "wake up <!channel>" });
  await client.chat.postMessage({ channel, blocks: [{ type: "divider" }] });
  await client.apiCall("chat.postMessage", { channel, text: "a", unfurl_everything: true });
  expect(sim.violations.map(({ rule }) => rule)).toEqual(["broadcast-mention", "no-fallback-text", "unknown-argument"]);
});

test("outside the Marketplace history comes once a minute, fifteen at a time", async () => {
  const clock = new FakeClock();
  await using slack = await start({ clock, enforceRates: true, isCommercial: true });
  const { client, channel, sim } = slack;
  for (let count = 0; count < 20; count++) sim.people.say("alice", "general", `line ${count}`);
  const page = await client.conversations.history({ channel, limit: 100 });
  expect(page.messages).toHaveLength(15);
  expect(page.has_more).toBe(true);
  expect(await refusal(client.conversations.history({ channel }))).toBe(60);
});

test("file contents meet faults too", async () => {
  await using slack = await start();
  const { sim, client, channel } = slack;
  sim.fault({ method: "upload", how: "http500" });
  expect(await refusal(client.filesUploadV2({ channel_id: channel, filename: "a.txt", content: "a" }))).toContain(
    "500",
  );
  sim.fault({ method: "download", how: "reset" });
  const said = sim.people.say("alice", "general", "", { files: [{ name: "a.txt", content: "hello" }] });
  const { file } = await client.files.info({ file: said.fileIds[0] ?? "" });
  const headers = { Authorization: `Bearer ${sim.botToken}` };
  await expect(fetch(file?.url_private_download ?? "", { headers })).rejects.toThrow();
});
