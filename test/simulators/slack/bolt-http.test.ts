// The simulator seen through a real Bolt app over HTTP: signed events, retries, buttons and commands.

import { createServer } from "node:http";
import { expect, test } from "vitest";
import { httpBot } from "./bolt-bots.ts";
import { signedHeaders } from "./http-delivery.ts";
import { type SlackSimulator, startSlackSimulator } from "./slack-simulator.ts";

const BUTTONS = [
  { type: "section", text: { type: "mrkdwn", text: "Shall I?" } },
  {
    type: "actions",
    elements: [
      { type: "button", action_id: "approve", text: { type: "plain_text", text: "Approve" }, value: "42" },
      { type: "button", action_id: "reject", text: { type: "plain_text", text: "Reject" }, value: "42" },
    ],
  },
];

const blockIdOf = (actions: unknown): unknown =>
  Array.isArray(actions) && typeof actions[0] === "object" ? actions[0].block_id : undefined;

/** A server that answers the challenge and then each delivery with the next status; a redirect leads to itself. */
async function answers(sim: SlackSimulator, statuses: readonly number[], headers: Readonly<Record<string, string>>) {
  const retries: unknown[] = [];
  const server = createServer((request, response) => {
    const [delivery] = sim.deliveries;
    if (!delivery) {
      request.pipe(response);
      return;
    }
    retries.push([request.headers["x-slack-retry-num"], request.headers["x-slack-retry-reason"]]);
    const status = statuses[delivery.attempts.length - 1] ?? 200;
    response.writeHead(status, status === 302 ? { location: "/" } : headers).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  await sim.deliverTo({ url: `http://127.0.0.1:${port}/` });
  return {
    retries,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test("a bare Bolt bot echoes direct messages over HTTP", async () => {
  await using sim = await startSlackSimulator();
  await using bot = await httpBot(sim);
  await sim.deliverTo({ url: bot.url });
  bot.app.message(async ({ message, say }) => {
    if (message.subtype === undefined) await say({ text: `echo: ${message.text}`, thread_ts: message.ts });
  });
  const asked = sim.people.dm("alice", "hello");
  await sim.until(() => sim.world.messages(asked.channel, asked.ts).length === 2);
  expect(sim.world.texts(asked.channel, asked.ts)[1]).toBe("echo: hello");
  await sim.settled();
  expect(sim.violations).toEqual([]);
});

test("a URL that does not answer the challenge is refused", async () => {
  await using sim = await startSlackSimulator();
  await expect(sim.deliverTo({ url: `${sim.apiUrl}nothing` })).rejects.toThrow(/challenge/);
});

test("an event answered with a failure comes again, and says why", async () => {
  await using sim = await startSlackSimulator({ retryMs: 2_000, retryDelaysMs: [0, 0, 0] });
  await using server = await answers(sim, [500, 302, 200], {});
  sim.people.dm("alice", "hello");
  await sim.until(() => sim.deliveries[0]?.state === "acked");
  const redirects = Array.from({ length: 3 }, () => ["1", "http_error"]);
  expect(server.retries).toEqual([[undefined, undefined], ...redirects, ["2", "too_many_redirects"]]);
});

test("a failure that asks for no retry gets none", async () => {
  await using sim = await startSlackSimulator({ retryDelaysMs: [0, 0, 0] });
  await using server = await answers(sim, [500], { "x-slack-no-retry": "1" });
  sim.people.dm("alice", "hello");
  await sim.until(() => sim.deliveries[0]?.state === "lost");
  expect(server.retries).toHaveLength(1);
});

test("a click carries the button's value, and the answer changes the message", async () => {
  await using sim = await startSlackSimulator();
  await using bot = await httpBot(sim);
  await sim.deliverTo({ url: bot.url });
  bot.app.action("approve", async ({ ack, body, action, client }) => {
    await ack();
    if (body.type !== "block_actions" || action.type !== "button" || !body.message || !body.channel) return;
    const text = `approved ${action.value} by ${body.user.id}`;
    await client.chat.update({ channel: body.channel.id, ts: body.message.ts, text, blocks: [] });
  });
  const channel = sim.channels.general.id;
  const { ts = "" } = await bot.app.client.chat.postMessage({ channel, text: "Shall I?", blocks: BUTTONS });
  const prompt = sim.world.message(channel, ts) ?? expect.unreachable();
  const click = sim.people.click("bob", prompt, "Approve");
  await sim.until(() => prompt.text.startsWith("approved"));
  expect(sim.world.texts("general")).toEqual([`approved 42 by ${sim.users.bob.id}`]);
  const { actions, message } = click.payload;
  expect(actions).toMatchObject([{ action_id: "approve", value: "42", block_id: expect.stringMatching(/./) }]);
  expect(message).toMatchObject({ ts, blocks: [{}, { block_id: blockIdOf(actions) }] });
  expect(() => sim.people.click("bob", prompt, "Approve")).toThrow(/nothing to click/);
});

test("a command's acknowledgement is shown to its sender alone, and its response URL works five times", async () => {
  await using sim = await startSlackSimulator();
  await using bot = await httpBot(sim);
  await sim.deliverTo({ url: bot.url });
  bot.app.command("/assistant", async ({ ack, command }) => {
    expect(command.is_enterprise_install).toBe("false");
    await ack(`you said ${command.text}`);
  });
  const delivery = sim.people.command("alice", "/assistant", "help", "general");
  await sim.until(() => delivery.state === "acked");
  expect(sim.world.ephemerals).toMatchObject([{ to: sim.users.alice.id, text: "you said help" }]);
  const answers: number[] = [];
  for (let use = 0; use < 6; use++) {
    const url = String(delivery.payload.response_url);
    const body = JSON.stringify({ text: `answer ${use}`, response_type: "in_channel" });
    answers.push((await fetch(url, { method: "POST", body })).status);
  }
  expect(answers).toEqual([200, 200, 200, 200, 200, 404]);
  expect(sim.world.texts("general")).toHaveLength(5);
});

test("a click that nobody answers is lost, and the person is told", async () => {
  await using sim = await startSlackSimulator();
  await using bot = await httpBot(sim);
  const channel = sim.channels.general.id;
  const { ts = "" } = await bot.app.client.chat.postMessage({ channel, text: "Shall I?", blocks: BUTTONS });
  const click = sim.people.click("bob", sim.world.message(channel, ts) ?? expect.unreachable(), "reject");
  expect(click.state).toBe("lost");
  expect(sim.world.notices).toMatchObject([{ user: sim.users.bob.id }]);
});

test("signatures are Slack's: Bolt takes a true one and refuses a changed body", async () => {
  await using sim = await startSlackSimulator();
  await using bot = await httpBot(sim);
  const body = JSON.stringify({ type: "url_verification", challenge: "c" });
  const headers = { ...signedHeaders(sim.signingSecret, { now: Date.now, after: () => () => {} }, body) };
  const json = { ...headers, "Content-Type": "application/json" };
  expect((await fetch(bot.url, { method: "POST", body, headers: json })).status).toBe(200);
  expect((await fetch(bot.url, { method: "POST", body: `${body} `, headers: json })).status).toBe(401);
});
