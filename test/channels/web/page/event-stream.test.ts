// The page's line to the server: it goes on where it broke, waits longer each time, and does not trust silence.

import { createParser } from "eventsource-parser";
import { describe, expect, test } from "vitest";
import type { WireEvent } from "../../../../src/channels/web/page/conversation.d.ts";
import { createEventParser, openEventStream } from "../../../../src/channels/web/page/event-stream.js";
import { FakeClock } from "../../../support/fake-clock.ts";

/** Lets everything happen that needs no time. */
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

interface Connection {
  readonly headers: Headers;
  readonly signal: AbortSignal;
  send(text: string): void;
  close(): void;
}

/** A server of event streams: the first answers have these statuses (0: no answer at all), then streams are opened. */
function startLine(...refuse: number[]) {
  const clock = new FakeClock();
  const connections: Connection[] = [];
  const events: WireEvent[] = [];
  const states: string[] = [];
  const refused: number[] = [];
  const stream = openEventStream({
    url: "/api/sessions/s/events?channel=web",
    clock,
    random: () => 1,
    onEvent: (event) => events.push(event),
    onState: (state) => states.push(state),
    onRefused: (status) => refused.push(status),
    fetch: async (_url, init) => {
      const status = refuse.shift();
      if (status === 0) throw new TypeError("fetch failed");
      if (status !== undefined) return new Response(null, { status });
      const encoder = new TextEncoder();
      const signal = init.signal ?? new AbortController().signal;
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          signal.addEventListener("abort", () => controller.error(signal.reason));
          connections.push({
            headers: new Headers(init.headers),
            signal,
            send: (text) => controller.enqueue(encoder.encode(text)),
            close: () => controller.close(),
          });
        },
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    },
  });
  const connection = (index: number): Connection => {
    const found = connections[index];
    if (!found) throw new Error(`there is no connection ${index}`);
    return found;
  };
  return { clock, connections, connection, events, states, refused, stream };
}

const delta = (id: number, text: string): string =>
  `id: ${id}\nevent: text_delta\ndata: ${JSON.stringify({ taskId: "t1", text })}\n\n`;

describe("the line to the server", () => {
  test("hands on events with their type, fields and number", async () => {
    const line = startLine();
    await settled();
    line.connection(0).send(`: hello\n\n${delta(7, "hi")}event: odd\ndata: not json\n\n`);
    await settled();
    expect(line.events).toEqual([{ type: "text_delta", id: 7, taskId: "t1", text: "hi" }]);
    expect(line.states).toEqual(["connecting", "open"]);
    expect(line.connection(0).headers.has("last-event-id")).toBe(false);
    line.stream.close();
  });

  test("goes on after the last event it saw", async () => {
    const line = startLine();
    await settled();
    line.connection(0).send(delta(7, "hi"));
    await settled();
    line.connection(0).close();
    await settled();
    expect(line.states.at(-1)).toBe("broken");
    line.clock.advance(500);
    await settled();
    expect(line.connection(1).headers.get("last-event-id")).toBe("7");
    expect(line.states.at(-1)).toBe("open");
    line.stream.close();
  });

  test("waits longer after each failure, and short again once something was told", async () => {
    const line = startLine(0, 503, 500);
    await settled();
    for (const wait of [500, 1000, 2000]) {
      line.clock.advance(wait - 1);
      await settled();
      expect(line.connections).toHaveLength(0);
      line.clock.advance(1);
      await settled();
    }
    expect(line.connections).toHaveLength(1);
    line.connection(0).send(delta(1, "a"));
    await settled();
    line.connection(0).close();
    await settled();
    line.clock.advance(500);
    await settled();
    expect(line.connections).toHaveLength(2);
    line.stream.close();
  });

  test("takes 45 s of silence for a broken line, but not when there are signs of life", async () => {
    const line = startLine();
    await settled();
    for (let sign = 0; sign < 4; sign += 1) {
      line.clock.advance(15_000);
      line.connection(0).send(": still here\n\n");
      await settled();
    }
    expect(line.connections).toHaveLength(1);
    line.clock.advance(90_000);
    await settled();
    line.clock.advance(500);
    await settled();
    expect(line.connection(0).signal.aborted).toBe(true);
    expect(line.connections).toHaveLength(2);
    line.stream.close();
  });

  test("a nudge ends the waiting", async () => {
    const line = startLine(0);
    await settled();
    line.stream.nudge();
    await settled();
    expect(line.connections).toHaveLength(1);
    line.stream.nudge();
    await settled();
    expect(line.connections).toHaveLength(1);
    line.stream.close();
  });

  test("does not ask again where it was refused, and leaves nothing behind", async () => {
    const line = startLine(401);
    await settled();
    expect(line.refused).toEqual([401]);
    expect(line.clock.pending).toBe(0);
    const closed = startLine();
    await settled();
    closed.stream.close();
    await settled();
    expect(closed.connection(0).signal.aborted).toBe(true);
    expect(closed.clock.pending).toBe(0);
  });
});

test.each([1, 2, 3, 7, 1000])("the parser agrees with a proven one, fed %i characters at a time", (size) => {
  const text =
    ': comment\n\nid: 1\nevent: a\ndata: one\ndata: two\n\nevent:b\r\ndata:{"x": "中文"}\r\n\r\nid\ndata\n\n' +
    "data: only\n\nevent: nothing\n\nretry: 5\n\nid: 9\nunknown: x\ndata:  two spaces\n\n";
  const proven: unknown[] = [];
  const parser = createParser({
    onEvent: ({ id, event, data }) =>
      proven.push({ ...(id === undefined ? {} : { id }), event: event ?? "message", data }),
  });
  const ours: unknown[] = [];
  const parse = createEventParser((fields) => ours.push(fields));
  for (let at = 0; at < text.length; at += size) {
    parser.feed(text.slice(at, at + size));
    parse(text.slice(at, at + size));
  }
  expect(ours).toEqual(proven);
  expect(proven).toHaveLength(5);
});
