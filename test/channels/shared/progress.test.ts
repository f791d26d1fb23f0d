// Progress as a channel that pushes sees it: text, tools, the end; also of a task that an earlier process began.

import { describe, expect, test } from "vitest";
import { followProgress, type Progress } from "../../../src/channels/shared/progress.ts";
import { silentLog } from "../../../src/core/log.ts";
import type { Tool } from "../../../src/core/tool.ts";
import { startTestApp, type TestApp } from "../../support/start-test-app.ts";

const look: Tool = {
  name: "look",
  description: "",
  capabilities: [],
  parameters: { type: "object" },
  run: async () => "seen",
};

function follow(bot: TestApp): { readonly seen: Progress[]; readonly stop: () => void } {
  const seen: Progress[] = [];
  const stop = followProgress({
    channel: "slack",
    ledger: bot.store,
    live: bot.app.live,
    log: silentLog,
    show: (progress) => void seen.push(progress),
  });
  return { seen, stop };
}

const over = (seen: readonly Progress[]): Promise<void> => expect.poll(() => seen.at(-1)?.isOver).toBe(true);

describe("progress", () => {
  test("grows with the text, names the tools, and ends", async () => {
    await using bot = await startTestApp({
      tools: [look],
      model: [{ text: "I look first.", calls: [{ name: "look" }] }, "There are seven ships."],
    });
    const { seen } = follow(bot);
    await bot.say("how many?", { replyTo: { thread: "1" } });
    await bot.idle();
    await over(seen);
    expect(seen.at(-1)).toMatchObject({
      text: "I look first.\n\nThere are seven ships.",
      tools: [{ name: "look", status: "ok" }],
      isOver: true,
    });
    expect(seen[0]?.messages[0]?.replyTo).toEqual({ thread: "1" });
    const lengths = seen.map(({ text }) => text.length);
    expect(lengths).toEqual(lengths.toSorted((a, b) => a - b));
    expect(new Set(lengths).size).toBeGreaterThan(2);
  });

  test("of a session that begins under our eyes nothing is read", async () => {
    const model = [{ text: "Hm.", calls: [{ name: "look" }] }, "Seven."];
    await using bot = await startTestApp({ tools: [look], model });
    const seen: Progress[] = [];
    const unread = (): never => {
      throw new Error("it was told");
    };
    followProgress({
      channel: "slack",
      ledger: { ...bot.store, eventsAfter: unread, lastEvent: unread, messagesOfTask: unread },
      live: bot.app.live,
      log: silentLog,
      show: (progress) => void seen.push(progress),
    });
    await bot.say("how many?", { replyTo: { thread: "1" } });
    await over(seen);
    expect(seen.at(-1)).toMatchObject({ text: "Hm.\n\nSeven.", tools: [{ name: "look", status: "ok" }] });
    expect(seen.at(-1)?.messages[0]?.replyTo).toEqual({ thread: "1" });
  });

  test("what was not told is read, once something behind it is told", async () => {
    await using bot = await startTestApp({ model: ["one", "two"] });
    const seen: Progress[] = [];
    let isDeaf = true;
    const { live } = bot.app;
    followProgress({
      channel: "slack",
      ledger: bot.store,
      live: {
        ...live,
        watchAll: (listener) => live.watchAll((session, fresh) => listener(session, isDeaf ? [] : fresh)),
      },
      log: silentLog,
      show: (progress) => void seen.push(progress),
    });
    await bot.say("first", { key: "slack:first" });
    await bot.idle();
    expect(seen.filter(({ isOver }) => isOver)).toEqual([]);
    isDeaf = false;
    await bot.say("second", { key: "slack:second" });
    await bot.idle();
    const ended = (): readonly string[] => seen.filter(({ isOver }) => isOver).map(({ text }) => text);
    await expect.poll(ended).toEqual(["one", "two"]);
  });

  test("of another channel's session is not ours", async () => {
    await using bot = await startTestApp({ model: ["x"] });
    const { seen } = follow(bot);
    await bot.say("hi", { session: "web:one", channel: "web", key: "web:1" });
    await bot.idle();
    expect(seen).toEqual([]);
  });

  test("of a task that an earlier process began has the text that was committed then", async () => {
    const never = new Promise<void>(() => {});
    const hang: Tool = { ...look, name: "hang", isRepeatable: true, run: () => never.then(() => "") };
    const first = await startTestApp({ tools: [hang], model: [{ text: "Part one.", calls: [{ name: "hang" }] }] });
    await first.say("go");
    await expect.poll(() => first.eventsOf("tool_start")).toHaveLength(1);
    await first.stop();
    await using second = await startTestApp({
      folder: first.folder,
      tools: [{ ...hang, run: async () => "done" }],
      model: [{ text: "Part two.", until: never }],
    });
    const { seen } = follow(second);
    await expect.poll(() => second.model.requests.length).toBe(1);
    await expect.poll(() => second.app.live.draft("slack:general")?.text).toContain("Part two.");
    await second.say("ring", { key: "slack:ring" });
    await expect.poll(() => seen.at(-1)?.text).toBe("Part one.\n\nPart two.");
  });

  test("what ended before it was followed is not told of again", async () => {
    await using bot = await startTestApp({ model: ["one", "two"] });
    await bot.say("first", { key: "slack:first" });
    await bot.idle();
    const { seen } = follow(bot);
    await bot.say("second", { key: "slack:second" });
    await over(seen);
    expect(seen.map(({ text }) => text)).not.toContain("one");
    expect(seen.at(-1)?.text).toBe("two");
  });

  test("a follower that stopped sees nothing more", async () => {
    await using bot = await startTestApp({ model: ["x"] });
    const { seen, stop } = follow(bot);
    stop();
    await bot.say("hi");
    await bot.idle();
    expect(seen).toEqual([]);
  });
});
