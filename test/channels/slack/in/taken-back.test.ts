// What people deleted while nobody listened, and whose event never came, is not answered; what may only not be seen is.

import { expect, test } from "vitest";
import { createTakenBack } from "../../../../src/channels/slack/in/taken-back.ts";
import { silentLog } from "../../../../src/core/log.ts";
import type { StoredMessage } from "../../../../src/core/message.ts";
import type { Message } from "../../../simulators/slack/records.ts";
import { AwakeClock } from "../../../support/awake-clock.ts";
import { type SlackApp, startSlackApp } from "../start-slack-app.ts";

/** A model that answers the first question only when it is told to. */
function gated() {
  const gate = Promise.withResolvers<void>();
  return { script: { text: "First.", until: gate.promise }, open: gate.resolve };
}

const never = { text: "Working", until: new Promise<never>(() => {}) };
/** What is told while nobody listens is lost. */
const simulator = { retryDelaysMs: [] };
const LEARNED = "taken back meanwhile";

async function acked({ sim }: SlackApp): Promise<void> {
  await sim.until(() => sim.deliveries.every(({ state }) => state === "acked"));
}

const logged = ({ lines }: SlackApp, event: string): boolean => lines.some((line) => line.event === event);

async function taskState({ store, sim }: SlackApp, said: Message, called = ""): Promise<string | undefined> {
  const stored = await store.messageOf(`slack:${sim.teamId}:${said.channel}:${said.ts}${called}`);
  return (await store.task(stored?.task ?? ""))?.state;
}

/** One question is being worked, two more wait in its thread, then the server dies. */
async function deadWithReplies() {
  const first = await startSlackApp({ model: [never], simulator });
  const { sim } = first;
  const root = sim.people.say("alice", "general", "one", { mention: true });
  await sim.until(() => first.model.requests.length === 1);
  const waiting = sim.people.say("alice", "general", "two", { thread: root });
  sim.people.say("alice", "general", "three", { thread: root });
  await acked(first);
  await first.stop();
  return { first, sim, root, waiting };
}

test("a reply that waited is withdrawn, the one that stands is answered", async () => {
  const { first, sim, waiting } = await deadWithReplies();
  sim.people.delete(waiting);
  const { script, open } = gated();
  await using bot = await startSlackApp({ sim, folder: first.folder, model: [script] });
  await sim.until(() => logged(bot, LEARNED));
  await bot.sim.until(() => logged(bot, "message taken back"));
  open();
  await sim.until(() => bot.model.requests.length === 2);
  await bot.app.idle();
  expect(bot.asked()).toEqual(["alice: one", "alice: three"]);
  expect(bot.lines.filter(({ event }) => event === LEARNED)).toHaveLength(1);
  await first[Symbol.asyncDispose]();
});

test("a direct message that waited is withdrawn", async () => {
  const first = await startSlackApp({ model: [never], simulator });
  const { sim, folder } = first;
  sim.people.dm("alice", "one");
  await sim.until(() => first.model.requests.length === 1);
  const waiting = sim.people.dm("alice", "two");
  await acked(first);
  await first.stop();
  sim.people.delete(waiting);
  const { script, open } = gated();
  await using bot = await startSlackApp({ sim, folder, model: [script] });
  await sim.until(() => logged(bot, "message taken back"));
  open();
  await bot.app.idle();
  expect(bot.asked()).toEqual(["alice: one"]);
  await first[Symbol.asyncDispose]();
});

test.each([
  ["alone", false],
  ["with a reply under it, which leaves a tombstone", true],
])("a message that was being worked is stopped: %s", async (_name, hasReply) => {
  const first = await startSlackApp({ model: [never], simulator });
  const { sim, folder } = first;
  const said = sim.people.say("alice", "general", "one", { mention: true });
  await sim.until(() => first.model.requests.length === 1);
  await first.stop();
  if (hasReply) sim.people.say("bob", "general", "@alice really?", { thread: said });
  sim.people.delete(said);
  await using bot = await startSlackApp({ sim, folder, model: [never] });
  await sim.until(() => logged(bot, "message taken back"));
  await bot.app.idle();
  expect(await taskState(bot, said)).toBe("cancelled");
  await first[Symbol.asyncDispose]();
});

test("the agents that a message called are stopped", async () => {
  const agents = [{ name: "researcher" }];
  const config = "approvals: { capabilities: [] }";
  const first = await startSlackApp({ model: [never], simulator, agents, config });
  const { sim, folder } = first;
  const said = sim.people.say("alice", "general", "@researcher find it", { mention: true });
  await sim.until(() => first.model.requests.length === 1);
  await first.stop();
  sim.people.delete(said);
  await using bot = await startSlackApp({ sim, folder, model: [never], agents, config });
  await sim.until(() => logged(bot, LEARNED));
  await bot.app.idle();
  expect(await taskState(bot, said, "/agent/1")).toBe("cancelled");
  await first[Symbol.asyncDispose]();
});

test("what was deleted while the connection was lost is stopped", async () => {
  await using bot = await startSlackApp({ model: [never], simulator });
  const { sim } = bot;
  const said = sim.people.say("alice", "general", "one", { mention: true });
  await sim.until(() => bot.model.requests.length === 1);
  await acked(bot);
  for (const connection of sim.sockets.open) connection.reset();
  sim.people.delete(said);
  await sim.until(() => logged(bot, "message taken back"));
  await bot.app.idle();
  expect(logged(bot, LEARNED)).toBe(true);
  expect(await taskState(bot, said)).toBe("cancelled");
});

test.each(["not_in_channel", "missing_scope", "channel_not_found"])(
  "a look-up that is refused with %s withdraws nothing",
  async (error) => {
    const { first, sim, waiting } = await deadWithReplies();
    sim.people.delete(waiting);
    const matches = ({ latest }: Readonly<Record<string, unknown>>): boolean => latest === waiting.ts;
    sim.fault({ method: "conversations.replies", how: { error }, matches });
    const { script, open } = gated();
    await using bot = await startSlackApp({ sim, folder: first.folder, model: [script] });
    await sim.until(() => logged(bot, "it cannot be seen whether a message was taken back"));
    open();
    await sim.until(() => bot.model.requests.length === 3);
    await bot.app.idle();
    expect(bot.asked()).toEqual(["alice: one", "alice: two", "alice: three"]);
    await first[Symbol.asyncDispose]();
  },
);

test("a look-up that fails for now is tried again, and what was missed does not wait for that", async () => {
  const { first, sim, root, waiting } = await deadWithReplies();
  sim.people.delete(waiting);
  sim.people.say("alice", "general", "missed", { thread: root });
  const matches = ({ latest }: Readonly<Record<string, unknown>>): boolean => latest === waiting.ts;
  sim.fault({ method: "conversations.replies", how: "http500", matches });
  const { script, open } = gated();
  // Only the second try comes sooner.
  const hour = 3_600;
  await using bot = await startSlackApp({
    ...{ sim, folder: first.folder, model: [script] },
    clock: new AwakeClock({ speed: 100 }),
    timing: { silentMs: hour * 1_000, quietMs: hour * 1_000 },
    config: `limits: { taskSeconds: ${hour}, firstTokenSeconds: ${hour}, idleTokenSeconds: ${hour} }`,
  });
  await sim.until(() => logged(bot, "what was missed in a chat could not be fetched"));
  expect((await bot.store.openMessages("slack", 10)).map(({ text }) => text)).toContain("missed");
  await sim.until(() => logged(bot, "message taken back"));
  open();
  await sim.until(() => bot.model.requests.length === 3);
  await bot.app.idle();
  expect(bot.asked()).toEqual(["alice: one", "alice: three", "alice: missed"]);
  await first[Symbol.asyncDispose]();
});

test("the latest hundred are looked up, and nothing that only points there: a reminder, a reaction", async () => {
  const lines: string[] = [];
  const note = (event: string): void => void lines.push(event);
  const at = (n: number): string => `1700000000.${String(n).padStart(6, "0")}`;
  const stored = (n: number, key = `slack:T1:C1:${at(n)}`): StoredMessage => ({
    ...{ key, channel: "slack", session: "slack:T1:C1", sender: { id: "slack:U1", name: "alice" }, text: "hi" },
    ...{ id: `msg_${n}`, seq: n, receivedAt: n, task: `task_${n}` },
    replyTo: { team: "T1", channel: "C1", thread: at(n), message: at(n), user: "U1", isDm: false },
  });
  const messages = [
    ...[stored(1, "schedule:1:2"), stored(2, `slack:T1:C1:${at(2)}:eyes:U1`), stored(3, `slack:T2:C1:${at(3)}`)],
    ...[stored(4), stored(5, `slack:T1:C1:${at(5)}/agent/1`), stored(5, `slack:T1:C1:${at(5)}/agent/2`)],
    ...Array.from({ length: 200 }, (_, n) => stored(100 + n)),
  ];
  const takenBack = createTakenBack({
    api: { call: async () => ({}) },
    ledger: { openMessages: async (_channel, limit) => messages.slice(0, limit) },
    taker: { deleted: async () => {} },
    log: { ...silentLog, warn: note },
  });
  const open = (await takenBack.open("T1")).get("C1") ?? [];
  expect(open.map(({ ts }) => ts)).toEqual([at(4), at(5), ...Array.from({ length: 94 }, (_, n) => at(100 + n))]);
  expect(lines).toEqual([expect.stringContaining("too many messages stand open")]);
});
