// What the app is told when people act, in Slack's own shapes.

import { expect, test } from "vitest";
import { plainClient, refusal, start } from "./plain-client.ts";
import { startSlackSimulator } from "./slack-simulator.ts";

const told = (sim: Awaited<ReturnType<typeof startSlackSimulator>>) =>
  sim.deliveries.map(({ payload }) => payload.event);

test("what is typed is kept escaped, with mentions and links in angle brackets", async () => {
  await using sim = await startSlackSimulator();
  const said = sim.people.say("alice", "general", "a < b & @bob in #random: https://example.com/?a=1&b=2");
  const { bob } = sim.users;
  expect(said.text).toBe(
    `a &lt; b &amp; <@${bob.id}> in <#${sim.channels.random.id}|random>: <https://example.com/?a=1&amp;b=2>`,
  );
  expect(sim.world.texts("general")).toEqual([
    `a < b & <@${bob.id}> in <#${sim.channels.random.id}>: https://example.com/?a=1&b=2`,
  ]);
});

test("a direct message is one event, with the agent's token and no mention", async () => {
  await using sim = await startSlackSimulator();
  const said = sim.people.dm("alice", "hello @bot");
  expect(told(sim)).toMatchObject([
    {
      type: "message",
      channel_type: "im",
      ts: said.ts,
      event_ts: said.ts,
      assistant_thread: { action_token: expect.any(String) },
    },
  ]);
  expect(sim.deliveries[0]?.payload).toMatchObject({
    type: "event_callback",
    team_id: sim.teamId,
    context_team_id: sim.teamId,
    api_app_id: sim.appId,
    event_id: expect.stringMatching(/^Ev/),
    authorizations: [{ team_id: sim.teamId, user_id: sim.botUserId, is_bot: true, is_enterprise_install: false }],
    is_ext_shared_channel: false,
  });
});

test("a reply names its parent, and nothing is told of channels without the bot", async () => {
  await using sim = await startSlackSimulator();
  const root = sim.people.say("alice", "general", "root");
  sim.people.say("bob", "general", "reply", { thread: root });
  sim.people.say("bob", "random", "unheard", { mention: true });
  expect(told(sim)).toMatchObject([
    { text: "root", channel_type: "channel" },
    { text: "reply", thread_ts: root.ts, parent_user_id: sim.users.alice.id },
  ]);
  expect(told(sim)[0]).not.toHaveProperty("thread_ts");
});

test("a mention added by an edit is a mention; a link's preview is a change without an edit", async () => {
  await using sim = await startSlackSimulator();
  const said = sim.people.say("alice", "general", "hello");
  sim.people.unfurl(said);
  sim.people.edit("alice", said, "hello @bot");
  expect(told(sim)).toMatchObject([
    { type: "message" },
    { subtype: "message_changed", message: { text: "hello", attachments: [{}] } },
    {
      subtype: "message_changed",
      message: { edited: { user: sim.users.alice.id } },
      previous_message: { text: "hello" },
    },
    { type: "app_mention", ts: said.ts, edited: { user: sim.users.alice.id } },
  ]);
  expect(told(sim)[1]).not.toHaveProperty("message.edited");
});

test("a root with replies leaves a tombstone, any other message nothing", async () => {
  await using sim = await startSlackSimulator();
  const root = sim.people.say("alice", "general", "root");
  const reply = sim.people.say("bob", "general", "reply", { thread: root });
  sim.people.delete(root);
  sim.people.delete(reply);
  expect(told(sim).slice(2)).toMatchObject([
    { subtype: "message_changed", message: { subtype: "tombstone", ts: root.ts }, previous_message: { text: "root" } },
    { subtype: "message_deleted", deleted_ts: reply.ts, previous_message: { text: "reply" } },
  ]);
  expect(sim.world.texts("general")).toEqual(["This message was deleted."]);
});

test("a stranger over Slack Connect: the outer team is theirs, ours is in the authorization, files are hidden", async () => {
  await using slack = await start();
  const { sim, client } = slack;
  sim.people.say("zoe", "shared", "look", { mention: true, files: [{ name: "a.txt", content: "hello" }] });
  const [message, mention] = sim.deliveries.map(({ payload }) => payload);
  const { zoe } = sim.users;
  expect(message).toMatchObject({ team_id: zoe.teamId, context_team_id: sim.teamId, is_ext_shared_channel: true });
  expect(mention).toMatchObject({ team_id: zoe.teamId, authorizations: [{ team_id: sim.teamId }] });
  expect(message?.event).toMatchObject({
    subtype: "file_share",
    user_team: zoe.teamId,
    source_team: zoe.teamId,
    user_profile: { team: zoe.teamId },
    files: [{ mode: "file_access", file_access: "check_file_info" }],
  });
  expect(mention?.event).toMatchObject({ type: "app_mention", files: [{ mode: "file_access" }] });
  expect(mention?.event).not.toHaveProperty("subtype");
  expect((await client.users.info({ user: zoe.id })).user).toMatchObject({ is_stranger: true });
});

test("reactions, joining and opening the home are told", async () => {
  await using slack = await start();
  const { sim, client, channel } = slack;
  const said = sim.people.say("alice", "general", "hello");
  sim.people.react("bob", said, "eyes");
  await client.reactions.add({ channel, timestamp: said.ts, name: "eyes" });
  const add = { channel, timestamp: said.ts, name: "eyes" };
  expect(await refusal(client.reactions.add(add))).toBe("already_reacted");
  await client.reactions.remove(add);
  expect(await refusal(client.reactions.remove(add))).toBe("no_reaction");
  sim.people.inviteBot("alice", "random");
  sim.people.openHome("bob");
  expect(told(sim).slice(1)).toMatchObject([
    { type: "reaction_added", user: sim.users.bob.id, reaction: "eyes", item: { ts: said.ts }, item_user: said.userId },
    { type: "reaction_added", user: sim.botUserId },
    { type: "reaction_removed", user: sim.botUserId },
    { type: "message", subtype: "channel_join" },
    { type: "member_joined_channel", user: sim.botUserId, channel_type: "C", inviter: sim.users.alice.id },
    { type: "app_home_opened", user: sim.users.bob.id, tab: "messages" },
  ]);
});

test("events that were held back come in the wrong order, if one likes", async () => {
  await using sim = await startSlackSimulator();
  sim.delivery.hold();
  for (const text of ["one", "two"]) sim.people.dm("alice", text);
  expect(sim.deliveries.flatMap(({ attempts }) => attempts)).toEqual([]);
  sim.delivery.release("reversed");
  expect(sim.deliveries.map(({ attempts }) => attempts.length)).toEqual([1, 1]);
});

test("files: the SDK's upload, and a download that shows the sign-in page to who has no token", async () => {
  await using slack = await start();
  const { sim, client, channel } = slack;
  const root = sim.people.say("alice", "general", "send it");
  const upload = { channel_id: channel, thread_ts: root.ts, filename: "notes.txt", initial_comment: "here" };
  await client.filesUploadV2({ ...upload, file: Buffer.from("some bytes") });
  const message = sim.world.messages("general", root.ts)[1];
  const file = (await client.files.info({ file: message?.fileIds[0] ?? "" })).file;
  expect(file).toMatchObject({ name: "notes.txt", size: 10, mimetype: "text/plain" });
  expect(file?.shares?.public?.[channel]).toEqual([{ ts: message?.ts, thread_ts: root.ts }]);
  const url = file?.url_private_download ?? "";
  const signedIn = await fetch(url, { headers: { Authorization: `Bearer ${sim.botToken}` } });
  expect(await signedIn.text()).toBe("some bytes");
  const stranger = await fetch(url);
  expect([stranger.status, stranger.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
  expect(sim.violations).toEqual([]);
});

test("a view opens with a fresh trigger, once", async () => {
  await using slack = await start();
  const { sim, client } = slack;
  const trigger_id = String(sim.people.command("alice", "/assistant").payload.trigger_id);
  const view = { type: "modal" as const, title: { type: "plain_text" as const, text: "Ask" }, blocks: [] };
  await client.views.open({ trigger_id, view });
  expect(sim.world.views).toMatchObject([{ kind: "modal", userId: sim.users.alice.id }]);
  expect(await refusal(client.views.open({ trigger_id, view }))).toBe("exchanged_trigger_id");
});

test("two workspaces with the app are told apart by their authorization", async () => {
  await using slack = await start();
  const { sim } = slack;
  const other = sim.addTeam("Initech").installation ?? expect.unreachable();
  const both = sim.world.addChannel("public", "both", [sim.teamId, other.teamId], [sim.users.alice.id]);
  for (const bot of [sim.botUserId, other.botUserId]) both.members.add(bot);
  sim.people.say("alice", "both", "hello");
  expect(sim.deliveries.map(({ payload }) => [payload.team_id, payload.context_team_id])).toEqual([
    [sim.teamId, sim.teamId],
    [sim.teamId, other.teamId],
  ]);
  const theirs = plainClient(sim, { headers: { Authorization: `Bearer ${other.botToken}` } });
  expect(await theirs.auth.test()).toMatchObject({ team_id: other.teamId, user_id: other.botUserId });
});

test("taken out of a workspace, the app is told and its token is dead", async () => {
  await using slack = await start();
  const { sim, client } = slack;
  sim.uninstall();
  expect(told(sim)).toMatchObject([
    { type: "tokens_revoked", tokens: { bot: [sim.botUserId] } },
    { type: "app_uninstalled" },
  ]);
  expect(await refusal(client.auth.test())).toBe("token_revoked");
});
