// One stream: nothing is read without room for it, no listener and no timer outlives it, and nothing is written after its end.

import { describe, expect, test } from "vitest";
import { EventReader, placeOf } from "../../../src/channels/web/event-reader.ts";
import { createEventStream } from "../../../src/channels/web/event-stream.ts";
import type { Live } from "../../../src/core/live.ts";
import { EventConnection } from "../../support/event-connection.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { SESSION, SessionStory } from "./session-story.ts";

const SIGN_OF_LIFE_MS = 15_000;

/** Lets everything happen that needs no time. */
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

function open() {
  const story = new SessionStory();
  const clock = new FakeClock();
  const leaving = new AbortController();
  const failures: unknown[] = [];
  let listeners = 0;
  let reads = 0;
  let isBroken = false;
  const live: Live = {
    draft: (session) => story.live.draft(session),
    watchAll: (listener) => story.live.watchAll(listener),
    watch: (session, listener) => {
      const unwatch = story.live.watch(session, listener);
      listeners += 1;
      let isWatching = true;
      return () => {
        if (isWatching) listeners -= 1;
        isWatching = false;
        unwatch();
      };
    },
  };
  const source = {
    eventsAfter: async (session: string, n: number, limit: number) => {
      reads += 1;
      if (isBroken) throw new Error("the disk is gone");
      return story.eventsAfter(session, n, limit);
    },
  };
  const stream = createEventStream({
    reader: new EventReader(SESSION, placeOf(0), source, live),
    session: SESSION,
    live,
    after: clock.after,
    leaving: leaving.signal,
    onFailure: (error) => failures.push(error),
  });
  return {
    story,
    clock,
    leaving,
    failures,
    stream,
    connect: () => new EventConnection(new Response(stream)),
    listeners: () => listeners,
    reads: () => reads,
    break: () => {
      isBroken = true;
    },
  };
}

describe("an event stream", () => {
  test("tells the browser when to come back, what is there already, and what happens later", async () => {
    const line = open();
    line.story.message();
    const page = line.connect();
    await page.readUntil("message_accepted");
    const later = page.readUntil("execution_start");
    await settled();
    line.story.start();
    await later;
    expect(page.types).toEqual(["message_accepted", "execution_start"]);
    await page.leave();
  });

  test("its bytes are the wire format: id, type and one line of data", async () => {
    const line = open();
    line.story.message();
    line.story.start();
    line.story.write("line one\nline two\r\u2028end");
    const reader = line.stream.getReader();
    const bytes = [await reader.read(), await reader.read()].map(({ value }) => new TextDecoder().decode(value));
    expect(bytes[0]).toBe("retry: 1000\n\n");
    const blocks = bytes[1]?.trimEnd().split("\n\n") ?? [];
    expect(blocks).toHaveLength(3);
    for (const block of blocks) expect(block).toMatch(/^id: \d+\nevent: [a-z_]+\ndata: \{[^\n\r]*\}$/);
    await reader.cancel();
  });

  test("a silent session gives a sign of life, again and again", async () => {
    const line = open();
    const page = line.connect();
    await page.read();
    for (let sign = 1; sign <= 3; sign += 1) {
      const next = page.read();
      await settled();
      line.clock.advance(SIGN_OF_LIFE_MS);
      await next;
      expect(page.comments).toHaveLength(sign);
    }
    await page.leave();
  });

  test("who does not read costs no reading: what they have not taken stays in the ledger", async () => {
    const line = open();
    for (let index = 0; index < 5_000; index += 1) line.story.command();
    const page = line.connect();
    await page.read();
    await settled();
    const before = line.reads();
    expect(before).toBeLessThanOrEqual(1);
    for (let index = 0; index < 5_000; index += 1) line.story.command();
    await settled();
    expect(line.reads()).toBe(before);
    await page.readUntil("message_closed", 10_000);
    expect(page.events).toHaveLength(10_000);
    await page.leave();
  });

  test("who leaves takes listener and timer along, also in the middle of waiting", async () => {
    const line = open();
    const page = line.connect();
    await page.read();
    const waiting = page.read();
    await settled();
    expect([line.listeners(), line.clock.pending]).toEqual([1, 1]);
    await page.leave();
    await waiting;
    expect([line.listeners(), line.clock.pending]).toEqual([0, 0]);
  });

  test("what is told after somebody left, or while a read is under way, is harmless", async () => {
    const line = open();
    const page = line.connect();
    await page.read();
    line.story.message();
    const reading = page.read();
    const leaving = page.leave();
    line.story.start();
    line.story.write("nobody reads this");
    await Promise.all([reading, leaving]);
    line.story.answer();
    line.clock.advance(SIGN_OF_LIFE_MS * 2);
    await settled();
    expect([line.listeners(), line.clock.pending, line.failures]).toEqual([0, 0, []]);
  });

  test("a stream that nobody ever reads has no listener and no timer", async () => {
    const line = open();
    await settled();
    expect([line.listeners(), line.clock.pending]).toEqual([0, 0]);
  });

  test("ends when the server leaves, whether it waits or has something to tell", async () => {
    for (const hasNews of [false, true]) {
      const line = open();
      const page = line.connect();
      await page.read();
      const rest = page.readToEnd();
      await settled();
      if (hasNews) line.story.message();
      line.leaving.abort();
      await rest;
      expect(page.isEnded).toBe(true);
      expect([line.listeners(), line.clock.pending]).toEqual([0, 0]);
      line.story.message();
      await settled();
    }
  });

  test("ends when the ledger cannot be read, says so to the operator, and leaves nothing behind", async () => {
    const line = open();
    const page = line.connect();
    await page.read();
    line.break();
    line.story.message();
    await page.readToEnd();
    expect(page.isEnded).toBe(true);
    expect(line.failures).toMatchObject([{ message: "the disk is gone" }]);
    expect([line.listeners(), line.clock.pending]).toEqual([0, 0]);
  });
});
