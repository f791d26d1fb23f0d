// A session over HTTP, as it is when servers restart, answers get lost and lines fall silent.

import { describe, expect, test } from "vitest";
import { ServerRefusal } from "../../../src/channels/terminal/server-request.ts";
import { createSessionClient, type EventsOptions } from "../../../src/channels/terminal/session-client.ts";
import { toWireEvent, type WireEvent } from "../../../src/channels/terminal/wire-event.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeServer, settled } from "./fake-server.ts";

function start() {
  const server = new FakeServer();
  const clock = new FakeClock();
  let keys = 0;
  const client = createSessionClient({
    fetch: server.fetch,
    clock,
    random: () => 1,
    newId: () => {
      keys += 1;
      return `key-${keys}`;
    },
    server: "http://localhost:8787/",
    session: "s 1",
    headers: { authorization: "Bearer token" },
  });
  const leaving = new AbortController();
  /** Listens in the background, and collects what comes. */
  const listen = (from: EventsOptions["from"]) => {
    const heard: WireEvent[] = [];
    const lines: string[] = [];
    const over = (async () => {
      const onLine = (state: string): void => void lines.push(state);
      for await (const { event } of client.events({ from, signal: leaving.signal, onLine })) heard.push(event);
    })();
    return { heard, lines, over };
  };
  const { signal } = leaving;
  return { server, clock, client, leaving, signal, listen };
}

const delta = (text: string): WireEvent => ({ type: "text_delta", taskId: "t1", text });
const texts = (events: readonly WireEvent[]): readonly string[] =>
  events.map((event) => ("text" in event ? event.text : event.type));

describe("events", () => {
  test("come from the start, from now, or from where one stopped reading", async () => {
    const { server, listen, leaving } = start();
    server.tell(delta("a"), delta("b"));
    const all = listen("start");
    const fresh = listen("now");
    const rest = listen(1);
    await settled();
    server.tell(delta("c"));
    await settled();
    expect(texts(all.heard)).toEqual(["a", "b", "c"]);
    expect(texts(fresh.heard)).toEqual(["c"]);
    expect(texts(rest.heard)).toEqual(["b", "c"]);
    expect(server.streams.map(({ query }) => query)).toContain("?channel=terminal&after=now");
    leaving.abort();
    await Promise.all([all.over, fresh.over, rest.over]);
    expect(server.listeners).toBe(0);
  });

  test("go on after the last one when the line breaks, without a gap or a double", async () => {
    const { server, clock, listen, leaving } = start();
    const { heard, lines } = listen("start");
    await settled();
    server.tell(delta("a"), delta("b"));
    await settled();
    server.breakStreams();
    await settled();
    server.tell(delta("c"));
    server.hindrances.push("no answer", [503, { error: "restarting" }]);
    for (const wait of [250, 500, 1000]) {
      clock.advance(wait);
      await settled();
    }
    expect(texts(heard)).toEqual(["a", "b", "c"]);
    expect(server.streams.at(-1)?.lastId).toBe("2");
    expect(lines).toEqual(["open", "broken", "broken", "broken", "open"]);
    leaving.abort();
  });

  test("a line that is silent for 45 s is left for a new one; signs of life keep it", async () => {
    const { server, clock, listen, leaving } = start();
    const { lines } = listen("start");
    await settled();
    for (let sign = 0; sign < 4; sign += 1) {
      clock.advance(15_000);
      server.mutter(": still here\n\n");
      await settled();
    }
    expect(server.streams).toHaveLength(1);
    clock.advance(45_000);
    await settled();
    clock.advance(250);
    await settled();
    expect(lines).toEqual(["open", "broken", "open"]);
    expect(server.listeners).toBe(1);
    leaving.abort();
    await settled();
    expect(server.listeners).toBe(0);
    expect(clock.pending).toBe(0);
  });

  test("a line that broke before it said where it is loses nothing that was sent since", async () => {
    const { server, clock, client, signal, listen, leaving } = start();
    server.tell({
      type: "message_accepted",
      messageId: "m0",
      taskId: "t0",
      seq: 0,
      sender: "x",
      senderId: "x",
      text: "old",
      position: 0,
    });
    const { heard } = listen("now");
    await settled();
    server.breakStreams();
    await client.post("new", { signal });
    server.answer("m1", "answer");
    clock.advance(250);
    await settled();
    expect(texts(heard)).toEqual(["new", "execution_start", "answer", "text_end", "answer"]);
    leaving.abort();
  });

  test("a refusal ends them with the server's sentence", async () => {
    const { server, listen } = start();
    server.hindrances.push([401, { error: "Please log in." }]);
    await expect(listen("start").over).rejects.toThrow(new ServerRefusal(401, "Please log in."));
  });

  test("what is unknown or broken is passed over", () => {
    expect(toWireEvent("confetti", "{}")).toBeUndefined();
    expect(toWireEvent("text_delta", '{"taskId":"t1"}')).toBeUndefined();
    expect(toWireEvent("text_delta", "not json")).toBeUndefined();
    expect(toWireEvent("text_delta", '{"taskId":"t1","text":"a","more":1}')).toEqual(delta("a"));
  });
});

describe("messages", () => {
  test("are sent with channel, token and key, and come back with their place", async () => {
    const { server, client, signal } = start();
    const receipt = await client.post("hi", { signal, headers: { "signalbox-kind": "cli" } });
    expect(receipt).toMatchObject({ id: "m1", taskId: "t1", seq: 1, position: 0, status: "accepted" });
    const [post] = server.posts;
    expect(post).toMatchObject({ session: "s%201", text: "hi", key: "key-1" });
    expect(post?.headers.get("signalbox-channel")).toBe("terminal");
    expect(post?.headers.get("signalbox-kind")).toBe("cli");
    expect(post?.headers.get("authorization")).toBe("Bearer token");
  });

  test("whose answer was lost are sent again under the same key, and arrive once", async () => {
    const { server, clock, client, signal } = start();
    server.hindrances.push("no answer", "answer lost", [500, { error: "oh" }]);
    const troubles: string[] = [];
    const sent = client.post("hi", { signal, onTrouble: () => void troubles.push("trouble") });
    for (const wait of [250, 500, 1000]) {
      await settled();
      clock.advance(wait);
    }
    expect(await sent).toMatchObject({ id: "m1", status: "duplicate" });
    expect(new Set(server.posts.map(({ key }) => key)).size).toBe(1);
    expect(troubles).toHaveLength(3);
    expect(clock.pending).toBe(0);
  });

  test("that nobody answers are given up after 30 s and sent again", async () => {
    const { server, clock, signal } = start();
    let calls = 0;
    const client = createSessionClient({
      fetch: (request) => {
        calls += 1;
        return calls === 1 ? new Promise<Response>(() => {}) : server.fetch(request);
      },
      clock,
      random: () => 1,
      newId: () => "key",
      server: "http://localhost",
      session: "s",
    });
    const sent = client.post("hi", { signal });
    await settled();
    clock.advance(30_000);
    await settled();
    clock.advance(250);
    expect(await sent).toMatchObject({ id: "m1" });
  });

  test("find a full line as a receipt, and a refusal as an error", async () => {
    const { server, client, signal } = start();
    server.hindrances.push(
      [429, { id: "m9", taskId: "", seq: 9, error: "50 are waiting." }],
      [400, { error: "It is empty." }],
    );
    expect(await client.post("hi", { signal })).toMatchObject({ status: "full", error: "50 are waiting." });
    await expect(client.post("hi", { signal })).rejects.toThrow(new ServerRefusal(400, "It is empty."));
  });

  test("are no longer tried when one leaves", async () => {
    const { server, clock, client, leaving, signal } = start();
    server.hindrances.push("no answer");
    const sent = client.post("hi", { signal });
    await settled();
    leaving.abort(new Error("leaving"));
    await expect(sent).rejects.toThrow("leaving");
    expect(clock.pending).toBe(0);
  });
});

test("a task is stopped, and a server that cannot be reached is no error", async () => {
  const { server, client, clock } = start();
  expect(await client.cancel("t 1")).toBe(true);
  expect(server.cancelled).toEqual(["t%201"]);
  const dead = createSessionClient({
    fetch: () => Promise.reject(new TypeError("fetch failed")),
    clock,
    random: () => 1,
    newId: () => "key",
    server: "http://localhost",
    session: "s",
  });
  expect(await dead.cancel("t1")).toBe(false);
});
