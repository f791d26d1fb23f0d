// Messages that are changed or taken back after they were sent.

import { describe, expect, test } from "vitest";
import type { ModelRequest } from "../../src/core/model.ts";
import type { Tool } from "../../src/core/tool.ts";
import { startTestApp } from "../support/start-test-app.ts";

const SESSION = "slack:general";
const shown = (request: ModelRequest | undefined): string => JSON.stringify(request?.items ?? []);

/** Something a test lets go on. */
function gate(): { readonly open: () => void; readonly passed: Promise<void> } {
  let open = (): void => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open: () => open(), passed };
}

describe("a changed message", () => {
  test("takes its new text while it waits", async () => {
    const held = gate();
    await using bot = await startTestApp({ model: [{ text: "one", until: held.passed }, "two"] });
    await bot.say("first");
    await expect.poll(() => bot.model.requests.length).toBe(1);
    await bot.say("secnd", { key: "slack:typo" });
    expect(await bot.chat.inbox.amend("slack:typo", "second")).toBe("amended");
    held.open();
    await bot.idle();
    expect(bot.model.requests[1]?.items.at(-1)).toEqual({ role: "person", text: "Ann: second" });
  });

  test("is told to the model when it is answered already, and while it is worked before the next request", async () => {
    const look: Tool = {
      name: "look",
      description: "",
      capabilities: [],
      parameters: { type: "object" },
      run: async () => {
        await bot.chat.inbox.amend("slack:q", "what is 2 + 3?");
        return "seen";
      },
    };
    await using bot = await startTestApp({ tools: [look], model: [{ calls: [{ name: "look" }] }, "5", "ok"] });
    await bot.say("what is 2 + 2?", { key: "slack:q" });
    await bot.idle();
    const [, during] = bot.model.requests;
    expect(shown(during)).toContain("It now reads: what is 2 + 3?");
    expect(await bot.chat.inbox.amend("slack:q", "what is 3 + 3?")).toBe("noted");
    // The same again, as a platform may tell it twice.
    expect(await bot.chat.inbox.amend("slack:q", "what is 3 + 3?")).toBe("noted");
    await bot.say("thanks");
    await bot.idle();
    expect(shown(bot.model.requests[2]).split("It now reads: what is 3 + 3?")).toHaveLength(2);
    expect(bot.answers).toEqual(["5", "ok"]);
  });

  test("that never was one of ours changes nothing", async () => {
    await using bot = await startTestApp();
    expect(await bot.chat.inbox.amend("slack:nobody", "x")).toBe("unknown");
    expect(await bot.chat.inbox.withdraw("slack:nobody")).toBe("unknown");
  });
});

describe("a message taken back", () => {
  test("never becomes work while it waits, nothing is said about it, and the line goes on", async () => {
    const held = gate();
    await using bot = await startTestApp({ model: [{ text: "one", until: held.passed }, "three"] });
    await bot.say("first");
    await expect.poll(() => bot.model.requests.length).toBe(1);
    const second = await bot.say("second", { key: "slack:second" });
    await bot.say("third");
    expect(await bot.chat.inbox.withdraw("slack:second")).toBe("withdrawn");
    expect(await bot.chat.inbox.withdraw("slack:second")).toBe("over");
    held.open();
    await bot.idle();
    expect(bot.answers).toEqual(["one", "three"]);
    expect(bot.model.requests.some((request) => shown(request).includes("second"))).toBe(false);
    expect(await bot.store.task(second.message.task)).toMatchObject({ state: "cancelled", reason: "withdrawn" });
  });

  test("stops the work on it, silently (P7)", async () => {
    await using bot = await startTestApp({ model: [{ text: "I was", until: new Promise(() => {}) }, "next"] });
    await bot.say("go", { key: "slack:go" });
    await expect.poll(() => bot.model.requests.length).toBe(1);
    expect(await bot.chat.inbox.withdraw("slack:go")).toBe("stopping");
    await bot.say("other");
    await bot.idle();
    expect(bot.answers).toEqual(["next"]);
    expect((await bot.eventsOf("execution_complete"))[0]).toMatchObject({ state: "cancelled", cancelled: true });
  });

  test("of several that are worked together leaves the others, and the model knows", async () => {
    const held = gate();
    await using bot = await startTestApp({
      model: [{ text: "first", until: held.passed }, { calls: [{ name: "look" }] }, "both"],
      config: "queue: { whileBusy: collect }",
      tools: [
        {
          name: "look",
          description: "",
          capabilities: [],
          parameters: { type: "object" },
          run: async () => String(await bot.chat.inbox.withdraw("slack:b")),
        },
      ],
    });
    await bot.say("first");
    await expect.poll(() => bot.model.requests.length).toBe(1);
    await bot.say("one thing", { key: "slack:a" });
    await bot.say("another thing", { key: "slack:b" });
    held.open();
    await bot.idle();
    expect(bot.answers).toEqual(["first", "both"]);
    expect(shown(bot.model.requests[2])).toContain("took back this message, so it asks for nothing any more: another");
  });

  test("stays taken back across a crash", async () => {
    const first = await startTestApp({ model: [{ text: "I was", until: new Promise(() => {}) }] });
    await first.say("go", { key: "slack:go" });
    await expect.poll(() => first.model.requests.length).toBe(1);
    await first.store.withdraw("slack:go", "note", 1);
    await first.stop();
    await using second = await startTestApp({ folder: first.folder, model: ["must not be asked"] });
    await second.idle();
    expect(second.model.requests).toHaveLength(0);
    expect(second.answers).toEqual([]);
    expect((await second.store.tasks({ session: SESSION, limit: 5 })).map(({ state }) => state)).toEqual(["cancelled"]);
  });
});
