// Messages on their way from the page to the server: none is lost, none arrives twice, whatever fails in between.

import { expect, test } from "vitest";
import { memoryStorage } from "../../../../src/channels/web/page/browser-storage.js";
import type { Outbox } from "../../../../src/channels/web/page/outbox.d.ts";
import { createOutbox } from "../../../../src/channels/web/page/outbox.js";
import { FakeClock } from "../../../support/fake-clock.ts";

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

interface Posted {
  readonly url: string;
  readonly text: string;
  readonly id: string;
}
type Answer = readonly [status: number, body: unknown] | "no answer" | "answer lost";

/** A browser with its storage and a server that follows `script`, then takes everything. */
function openPage(script: Answer[] = [], storage = memoryStorage()) {
  const clock = new FakeClock();
  const posts: Posted[] = [];
  const stored = new Map<string, string>();
  const logins: string[] = [];
  const taken: string[] = [];
  let ids = 0;
  const outbox = createOutbox({
    storage,
    clock,
    random: () => 1,
    newId: () => {
      ids += 1;
      return `key-${clock.now()}-${ids}`;
    },
    onChange: () => {},
    onTaken: (_session, messageId) => taken.push(messageId),
    onLogin: () => logins.push("login"),
    fetch: async (url, init) => {
      const answer = script.shift();
      if (answer === "no answer") throw new TypeError("fetch failed");
      const { text, id } = JSON.parse(String(init.body)) as { readonly text: string; readonly id: string };
      posts.push({ url, text, id });
      if (answer !== undefined && answer !== "answer lost") return Response.json(answer[1], { status: answer[0] });
      const messageId = stored.get(id) ?? `m${stored.size + 1}`;
      stored.set(id, messageId);
      if (answer === "answer lost") throw new TypeError("connection reset");
      return Response.json({ id: messageId, taskId: "t", seq: 1, position: 0, status: "accepted" }, { status: 202 });
    },
  });
  return { outbox, clock, posts, stored, logins, taken, storage };
}

const unsent = (outbox: Outbox): readonly string[] => outbox.unsentOf("s").map((entry) => entry.text);

test("messages are sent one after the other, in the order they were written", async () => {
  const page = openPage();
  for (const text of ["one", "two", "three"]) page.outbox.add("s", text, 0);
  await settled();
  expect(page.posts.map((post) => post.text)).toEqual(["one", "two", "three"]);
  expect(page.posts[0]?.url).toBe("/api/sessions/s/messages");
  expect(page.taken).toEqual(["m1", "m2", "m3"]);
  expect(unsent(page.outbox)).toEqual([]);
  expect(page.storage.length).toBe(0);
});

test("while the server is away messages wait in their order, and are sent when it is back", async () => {
  const page = openPage(["no answer", [503, { error: "restarting" }]]);
  page.outbox.add("s", "one", 0);
  page.outbox.add("s", "two", 0);
  await settled();
  expect(page.outbox.isTroubled()).toBe(true);
  expect(unsent(page.outbox)).toEqual(["one", "two"]);
  page.clock.advance(500);
  await settled();
  expect(unsent(page.outbox)).toEqual(["one", "two"]);
  page.clock.advance(1000);
  await settled();
  expect(unsent(page.outbox)).toEqual([]);
  expect([...page.stored.values()]).toEqual(["m1", "m2"]);
  expect(page.outbox.isTroubled()).toBe(false);
});

test("a message whose answer was lost is sent again under the same id", async () => {
  const page = openPage(["answer lost"]);
  page.outbox.add("s", "one", 0);
  await settled();
  page.outbox.nudge();
  await settled();
  expect(page.posts).toHaveLength(2);
  expect(page.posts[0]?.id).toBe(page.posts[1]?.id);
  expect(page.stored.size).toBe(1);
});

test("what was not sent survives a reload of the page, with its id", async () => {
  const before = openPage(["answer lost"]);
  before.outbox.add("s", "one", 0);
  await settled();
  const reloaded = openPage([], before.storage);
  expect(unsent(reloaded.outbox)).toEqual(["one"]);
  reloaded.outbox.nudge();
  await settled();
  expect(reloaded.posts[0]?.id).toBe(before.posts[0]?.id);
  expect(reloaded.storage.length).toBe(0);
});

test("a message that found the line full is the server's to tell about", async () => {
  const page = openPage([[429, { id: "m9", error: "50 are waiting." }]]);
  page.outbox.add("s", "one", 0);
  await settled();
  expect(unsent(page.outbox)).toEqual([]);
  expect(page.outbox.sentOf("s")).toEqual([{ messageId: "m9", session: "s", text: "one" }]);
});

test("a refused message stays with the reason, holds nobody up, and can be sent again as a new one", async () => {
  const page = openPage([[400, { error: "It is too long." }]]);
  page.outbox.add("s", "one", 0);
  page.outbox.add("s", "two", 0);
  await settled();
  expect(page.outbox.unsentOf("s")).toMatchObject([{ text: "one", refused: "It is too long." }]);
  expect(page.posts.map((post) => post.text)).toEqual(["one", "two"]);
  page.outbox.sendAgain(page.outbox.unsentOf("s")[0]?.key ?? "");
  await settled();
  expect(unsent(page.outbox)).toEqual([]);
  expect(page.posts[2]?.id).not.toBe(page.posts[0]?.id);
});

test("a discarded message is given back and never sent", async () => {
  const page = openPage(["no answer"]);
  page.outbox.add("s", "one", 0);
  await settled();
  expect(page.outbox.discard(page.outbox.unsentOf("s")[0]?.key ?? "")).toBe("one");
  page.clock.advance(60_000);
  await settled();
  expect(page.posts).toEqual([]);
  expect(page.storage.length).toBe(0);
});

test("without a login the message is kept and the login asked for", async () => {
  const page = openPage([[401, { error: "log in" }]]);
  page.outbox.add("s", "one", 0);
  await settled();
  expect(page.logins).toEqual(["login"]);
  expect(unsent(page.outbox)).toEqual(["one"]);
});

test("another tab's messages come in, and those it sent go", async () => {
  const page = openPage(["no answer"]);
  page.outbox.add("s", "one", 0);
  await settled();
  page.storage.clear();
  page.outbox.reload();
  expect(unsent(page.outbox)).toEqual([]);
});

test("no more than a hundred wait; the next stays in the writer's hands", () => {
  const page = openPage(["no answer"]);
  for (let count = 0; count < 100; count += 1) expect(page.outbox.add("s", `${count}`, 0)).toBe(true);
  expect(page.outbox.add("s", "one too many", 0)).toBe(false);
});
