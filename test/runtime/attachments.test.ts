// Files that come with a message: fetched when its work begins, shown to the model once, and never passed over in silence.

import { describe, expect, test } from "vitest";
import { AppError } from "../../src/core/errors.ts";
import type { FileReference } from "../../src/core/message.ts";
import { startTestApp } from "../support/start-test-app.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const file = (name: string, mediaType: string, size = 10): FileReference => ({
  name,
  mediaType,
  bytes: size,
  at: name,
});
const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47);

describe("files of a message", () => {
  test("a text is read out and an image shown, after the message and before the model is asked", async () => {
    await using bot = await startTestApp({ model: ["seen", "later"] });
    bot.chat.files.set("notes.md", { mediaType: "text/markdown", bytes: bytes("port 5433 端口") });
    bot.chat.files.set("plan.png", { mediaType: "image/png", bytes: PNG });
    await bot.say("look at these", { files: [file("notes.md", "text/plain"), file("plan.png", "image/png")] });
    await bot.idle();
    const image = { mediaType: "image/png", base64: Buffer.from(PNG).toString("base64") };
    expect(bot.model.requests[0]?.items).toMatchObject([
      { role: "person", text: "Ann: look at these" },
      { role: "person", text: expect.stringContaining("port 5433 端口"), images: [image] },
    ]);
    bot.chat.files.clear();
    await bot.say("and now?");
    await bot.idle();
    expect(bot.model.requests[1]?.items.slice(0, 2)).toEqual(bot.model.requests[0]?.items);
    expect(bot.answers).toEqual(["seen", "later"]);
  });

  test.each([
    ["what cannot be read", file("film.mp4", "video/mp4"), undefined, "this kind of file cannot be read here"],
    ["what is too large", file("big.txt", "text/plain", 10_000_000), undefined, "it could not be read"],
    ["what is gone", file("gone.txt", "text/plain"), new AppError("file-unavailable", "no"), "it could not be read"],
    ["what is no text", file("x.txt", "text/plain"), { mediaType: "text/plain", bytes: PNG }, "it could not be read"],
  ])("%s is named, and the question answered all the same", async (_what, reference, fetched, said) => {
    await using bot = await startTestApp({ model: ["answer"] });
    if (fetched) bot.chat.files.set(reference.name, fetched);
    await bot.say("read it", { files: [reference] });
    await bot.idle();
    const text = bot.model.requests[0]?.items[1]?.text ?? "";
    expect(text).toContain(reference.name);
    expect(text).toContain(said);
    expect(bot.answers).toEqual(["answer"]);
  });

  test("a hanging download is given up, and there is an end of what one message may bring", async () => {
    await using bot = await startTestApp({ model: ["answer"] });
    bot.chat.fetchFile = () => new Promise(() => {});
    await bot.say("read it", { files: Array.from({ length: 11 }, (_, n) => file(`${n}.txt`, "text/plain")) });
    await bot.until(() => bot.answers.length === 1, 5_000);
    const text = bot.model.requests[0]?.items[1]?.text ?? "";
    expect(text.split("it could not be read")).toHaveLength(11);
    expect(text).toContain("10.txt: too many files at once");
  });

  test("what a crash interrupted is fetched again, what was committed is not", async () => {
    const first = await startTestApp({ model: [{ text: "I", until: new Promise(() => {}) }] });
    first.chat.files.set("a.txt", { mediaType: "text/plain", bytes: bytes("first read") });
    await first.say("read", { files: [file("a.txt", "text/plain")] });
    await expect.poll(() => first.model.requests.length).toBe(1);
    await first.stop();
    await using second = await startTestApp({ folder: first.folder, model: ["done"] });
    await second.idle();
    expect(second.model.requests[0]?.items).toEqual(first.model.requests[0]?.items);
    expect(second.answers).toEqual(["done"]);
  });
});
