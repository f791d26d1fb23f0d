// What people take back or say otherwise afterwards; and files, which are fetched with care.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { type SlackApp, startSlackApp } from "../start-slack-app.ts";

/** A model that answers the first question only when it is told to. */
function gated() {
  const gate = Promise.withResolvers<void>();
  return { script: { text: "First.", until: gate.promise }, open: gate.resolve };
}

async function acked({ sim }: SlackApp): Promise<void> {
  await sim.until(() => sim.deliveries.every(({ state }) => state === "acked"));
}

describe("edits", () => {
  test("a waiting message takes the new text", async () => {
    const { script, open } = gated();
    await using bot = await startSlackApp({ model: [script] });
    const { sim } = bot;
    const root = sim.people.say("alice", "general", "one", { mention: true });
    await sim.until(() => bot.model.requests.length === 1);
    const waiting = sim.people.say("alice", "general", "two", { thread: root });
    await acked(bot);
    sim.people.edit("alice", waiting, "two, but better");
    sim.people.unfurl(waiting);
    await acked(bot);
    open();
    await sim.until(() => bot.model.requests.length === 2);
    await bot.app.idle();
    expect(bot.asked()).toEqual(["alice: one", "alice: two, but better"]);
  });

  test("an edit after the answer is told to the model with the next question", async () => {
    await using bot = await startSlackApp();
    const { sim } = bot;
    const said = sim.people.say("alice", "general", "one", { mention: true });
    await sim.until(() => sim.world.texts("general", said.ts).length === 2);
    await bot.app.idle();
    sim.people.edit("alice", said, "@bot one, corrected");
    await acked(bot);
    await bot.app.idle();
    expect(bot.model.requests).toHaveLength(1);
    sim.people.say("alice", "general", "go on", { thread: said });
    await sim.until(() => bot.model.requests.length === 2);
    expect(JSON.stringify(bot.model.requests[1]?.items)).toContain("It now reads: one, corrected");
  });

  test("an edit that adds a mention asks; it is one question", async () => {
    await using bot = await startSlackApp();
    const { sim } = bot;
    const said = sim.people.say("alice", "general", "what now?");
    await acked(bot);
    sim.people.edit("alice", said, "@bot what now?");
    await sim.until(() => sim.world.texts("general", said.ts).length === 2);
    await acked(bot);
    await bot.app.idle();
    expect(bot.asked()).toEqual(["alice: what now?"]);
  });

  test("an edit that comes before its message is that message", async () => {
    await using bot = await startSlackApp();
    const { sim } = bot;
    sim.delivery.hold();
    const said = sim.people.dm("alice", "hello");
    sim.people.edit("alice", said, "hello there");
    sim.delivery.release("reversed");
    await sim.until(() => sim.world.texts(said.channel, said.ts).length === 2);
    await acked(bot);
    await bot.app.idle();
    expect(bot.asked()).toEqual(["alice: hello there"]);
  });
});

describe("deletes", () => {
  test("a message that was deleted before it came is not answered", async () => {
    await using bot = await startSlackApp();
    const { sim } = bot;
    sim.delivery.hold();
    sim.people.delete(sim.people.dm("alice", "oops"));
    sim.delivery.release("reversed");
    await acked(bot);
    await bot.app.idle();
    expect(bot.model.requests).toEqual([]);
  });

  test("a waiting message is withdrawn", async () => {
    const { script, open } = gated();
    await using bot = await startSlackApp({ model: [script] });
    const { sim } = bot;
    const root = sim.people.say("alice", "general", "one", { mention: true });
    await sim.until(() => bot.model.requests.length === 1);
    const waiting = sim.people.say("alice", "general", "two", { thread: root });
    await acked(bot);
    sim.people.delete(waiting);
    await acked(bot);
    open();
    await sim.until(() => sim.world.texts("general", root.ts).length === 2);
    await bot.app.idle();
    expect(bot.asked()).toEqual(["alice: one"]);
  });

  test("a message that is taken back before its turn leaves no status in its thread", async () => {
    const { script, open } = gated();
    await using bot = await startSlackApp({ model: ["Hello.", script], config: "queue: { running: 1 }" });
    const { sim } = bot;
    const root = sim.people.say("alice", "general", "one", { mention: true });
    await sim.until(() => sim.world.texts("general", root.ts).length === 2);
    await bot.app.idle();
    sim.people.dm("bob", "keep it busy");
    await sim.until(() => bot.model.requests.length === 2);
    const waiting = sim.people.say("alice", "general", "two", { thread: root });
    await sim.until(() => sim.world.status(root.channel, root.ts) !== undefined);
    sim.people.delete(waiting);
    await sim.until(() => sim.world.status(root.channel, root.ts) === undefined);
    open();
    await bot.app.idle();
    expect(sim.world.texts("general", root.ts)).toHaveLength(2);
  });

  test.each([
    ["alone", false],
    ["with replies under it, which leaves a tombstone", true],
  ])("a message that is being worked is stopped: %s", async (_name, hasReply) => {
    await using bot = await startSlackApp({ model: [{ text: "Working", until: new Promise(() => {}) }] });
    const { sim } = bot;
    const root = sim.people.say("alice", "general", "one", { mention: true });
    await sim.until(() => bot.model.requests.length === 1);
    if (hasReply) sim.people.say("bob", "general", "@alice really?", { thread: root });
    sim.people.delete(root);
    await acked(bot);
    await bot.app.idle();
    const stored = await bot.store.messageOf(`slack:${sim.teamId}:${root.channel}:${root.ts}`);
    expect((await bot.store.task(stored?.task ?? ""))?.state).toBe("cancelled");
  });
});

describe("files", () => {
  test.each(["socket", "http"] as const)("are fetched with our token when they are worked: %s", async (transport) => {
    await using bot = await startSlackApp({ transport });
    const { sim } = bot;
    const said = sim.people.dm("alice", "read this", { files: [{ name: "notes.txt", content: "line one" }] });
    await sim.until(() => sim.world.texts(said.channel, said.ts).length === 2);
    expect(JSON.stringify(bot.model.requests[0]?.items)).toContain("line one");
  });

  test("of strangers are looked up first", async () => {
    await using bot = await startSlackApp();
    const { sim } = bot;
    const said = sim.people.say("zoe", "shared", "read this", {
      mention: true,
      files: [{ name: "notes.txt", content: "line one" }],
    });
    await sim.until(() => sim.world.texts("shared", said.ts).length === 2);
    expect(JSON.stringify(bot.model.requests[0]?.items)).toContain("line one");
  });

  test("a page to sign in is not taken for the file", async () => {
    await using bot = await startSlackApp();
    const { sim } = bot;
    const said = sim.people.dm("alice", "read this");
    await sim.until(() => sim.world.texts(said.channel, said.ts).length === 2);
    const file = { name: "a.txt", mediaType: "text/plain", bytes: 5, at: { id: "F1", url: `${sim.apiUrl}../sign-in` } };
    await expect(fetchFile(bot, file, 1_000)).rejects.toThrow(/sign in/);
  });

  test("the token goes to no host but Slack's and the API's, and not through a redirect either", async () => {
    const seen: (string | undefined)[] = [];
    const elsewhere = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end("gotcha");
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
    const { port } = elsewhere.address() as AddressInfo;
    await using bot = await startSlackApp();
    for (const url of [
      `http://127.0.0.1:${port}/x`,
      "https://files.slack.com.evil.example/x",
      "file:///etc/passwd",
      "x",
    ])
      await expect(
        fetchFile(bot, { name: "a", mediaType: "text/plain", bytes: 1, at: { id: "F1", url } }, 10),
      ).rejects.toMatchObject({ code: "file-unavailable" });
    expect(seen).toEqual([]);
    elsewhere.close();
  });

  test("larger than allowed it is given up while it comes", async () => {
    await using bot = await startSlackApp();
    const { sim } = bot;
    sim.people.dm("alice", "", { files: [{ name: "a.txt", content: "x".repeat(100_000) }] });
    await sim.until(() => sim.world.files.size === 1);
    const id = [...sim.world.files.keys()][0] ?? "";
    await expect(
      fetchFile(bot, { name: "a.txt", mediaType: "text/plain", bytes: 1, at: { id } }, 50_000),
    ).rejects.toThrow(/larger than/);
  });
});

function fetchFile(
  { channel }: SlackApp,
  file: Parameters<NonNullable<SlackApp["channel"]["fetchFile"]>>[0],
  bytesMax: number,
) {
  if (!channel.fetchFile) throw new Error("the channel fetches no files");
  return channel.fetchFile(file, bytesMax, new AbortController().signal);
}

describe("access", () => {
  test.each(["uninstalled", "revoked"] as const)("%s: /readyz says so, nothing crashes", async (_how) => {
    await using bot = await startSlackApp();
    const { sim } = bot;
    const found = sim.world.teams.get(sim.teamId)?.installation;
    if (!found) throw new Error("no installation");
    sim.events.uninstalled(found);
    await sim.until(() => bot.channel.trouble() !== undefined);
    expect(bot.channel.trouble()).toMatch(/install/);
  });
});
