// What the HTTP way in lets through, byte by byte: only what Slack signed, just now, once, and not too large.

import { expect, test } from "vitest";
import { slackSignature } from "../../../simulators/slack/http-delivery.ts";
import { type SlackApp, startSlackApp } from "../start-slack-app.ts";

interface Sent {
  readonly body?: string;
  readonly timestamp?: string;
  readonly signature?: string;
  readonly type?: string;
}

const now = (): number => Math.floor(Date.now() / 1_000);

function send(
  { sim, app }: SlackApp,
  { body = "{}", timestamp = String(now()), signature, type }: Sent,
): Promise<Response> {
  const headers = {
    "content-type": type ?? "application/json",
    "x-slack-request-timestamp": timestamp,
    "x-slack-signature": signature ?? slackSignature(sim.signingSecret, timestamp, body),
  };
  return app.http.fetch(new Request("http://example.com/slack/events", { method: "POST", body, headers }));
}

const event = (sim: SlackApp["sim"], text: string, ts = `${now()}.000100`): string =>
  JSON.stringify({
    ...{ type: "event_callback", event_id: `Ev${text}`, team_id: sim.teamId, api_app_id: sim.appId },
    event: {
      type: "message",
      channel: sim.people.direct("alice").id,
      channel_type: "im",
      user: sim.users.alice.id,
      text,
      ts,
    },
  });

test("only what Slack signed just now is taken", async () => {
  await using bot = await startSlackApp({ transport: "http" });
  const { sim } = bot;
  const body = event(sim, "hello");
  const wrong: readonly [string, Sent][] = [
    ["another secret", { body, signature: slackSignature("guess", String(now()), body) }],
    ["a changed body", { body: `${body} `, signature: slackSignature(sim.signingSecret, String(now()), body) }],
    ["no signature", { body, signature: "" }],
    [
      "another version",
      { body, signature: slackSignature(sim.signingSecret, String(now()), body).replace("v0=", "v1=") },
    ],
    ["too old", { body, timestamp: String(now() - 301) }],
    ["too far ahead", { body, timestamp: String(now() + 301) }],
    ["no number", { body, timestamp: "soon" }],
    ["not a number either", { body, timestamp: "1e9" }],
  ];
  for (const [name, sent] of wrong) expect([name, (await send(bot, sent)).status]).toEqual([name, 401]);
  const bare = new Request("http://example.com/slack/events", { method: "POST", body });
  expect((await bot.app.http.fetch(bare)).status).toBe(401);
  expect(bot.model.requests).toEqual([]);
  expect((await send(bot, { body, timestamp: String(now() - 290) })).status).toBe(200);
});

test("the same request again is refused, the same event signed anew is known", async () => {
  await using bot = await startSlackApp({ transport: "http" });
  const body = event(bot.sim, "hello");
  const timestamp = String(now());
  expect((await send(bot, { body, timestamp })).status).toBe(200);
  expect((await send(bot, { body, timestamp })).status).toBe(401);
  expect((await send(bot, { body, timestamp: String(now() - 10) })).status).toBe(200);
  await bot.app.idle();
  expect(bot.model.requests).toHaveLength(1);
});

test("too large, malformed and misplaced requests cost nothing", async () => {
  await using bot = await startSlackApp({ transport: "http" });
  expect((await send(bot, { body: "x".repeat(1024 * 1024 + 1) })).status).toBe(413);
  for (const body of ["", "not json", "[]", "null", '"text"']) expect((await send(bot, { body })).status).toBe(400);
  const form = "application/x-www-form-urlencoded";
  for (const body of ["payload=%7B", "nothing=here", "payload=1"])
    expect((await send(bot, { body, type: form })).status).toBe(400);
  for (const body of [
    '{"event":1}',
    '{"type":"event_callback"}',
    '{"type":"event_callback","event":{"type":"message"}}',
  ])
    expect((await send(bot, { body })).status).toBe(200);
  expect((await bot.app.http.fetch(new Request("http://example.com/slack/events"))).status).toBe(405);
  expect((await bot.app.http.fetch(new Request("http://example.com/slack/other", { method: "POST" }))).status).toBe(
    404,
  );
});

test("a body without a length is bounded while it comes", async () => {
  await using bot = await startSlackApp({ transport: "http" });
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      sent += 65_536;
      if (sent > 64 * 1024 * 1024) controller.close();
      else controller.enqueue(new Uint8Array(65_536));
    },
  });
  const init: RequestInit & { readonly duplex: "half" } = { method: "POST", body, duplex: "half" };
  const response = await bot.app.http.fetch(new Request("http://example.com/slack/events", init));
  expect(response.status).toBe(413);
  expect(sent).toBeLessThan(2 * 1024 * 1024);
});

test("the challenge is answered, signed ones only", async () => {
  await using bot = await startSlackApp({ transport: "http" });
  const body = JSON.stringify({ type: "url_verification", challenge: "abc" });
  expect(await (await send(bot, { body })).text()).toBe("abc");
  expect((await send(bot, { body, signature: "v0=00" })).status).toBe(401);
});

test("no admin token is asked of Slack, and no other name is refused", async () => {
  await using bot = await startSlackApp({ transport: "http" });
  expect((await send(bot, { body: event(bot.sim, "hello") })).status).toBe(200);
});
