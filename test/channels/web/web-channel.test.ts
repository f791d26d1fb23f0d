// The session API from outside: what a browser, a script or somebody hostile sends, and what comes of it.

import { describe, expect, test } from "vitest";
import { AppError } from "../../../src/core/errors.ts";
import type { Log, LogFields } from "../../../src/core/log.ts";
import type { Store } from "../../../src/core/store.ts";
import type { Tool } from "../../../src/core/tool.ts";
import { ask, jsonOf, say } from "../../support/ask.ts";
import { EventConnection } from "../../support/event-connection.ts";
import { startTestApp, type TestApp } from "../../support/start-test-app.ts";
import { assemble } from "./onlooker.ts";

const MEGABYTE = 1024 * 1024;

const events = async (bot: TestApp, session: string, headers: Record<string, string> = {}, query = "") =>
  new EventConnection(await ask(bot.app.http, `/api/sessions/${session}/events${query}`, { headers }));

async function expectRefused(response: Response, status: number, sentence: RegExp): Promise<void> {
  expect(response.status).toBe(status);
  expect(response.headers.get("content-type")).toContain("application/json");
  const { error } = await jsonOf(response);
  expect(error).toMatch(sentence);
  // Nothing of the inside in a refusal.
  expect(error).not.toMatch(/\n|node_modules|signalbox\.db|SQLITE/);
}

async function expectNothingStored(bot: TestApp, session = "web:s"): Promise<void> {
  expect(await bot.store.counts()).toMatchObject({ queued: 0, running: 0 });
  expect(await bot.store.eventsAfter(session, 0, 10)).toEqual([]);
  expect(bot.model.requests).toEqual([]);
}

interface LogLine {
  readonly level: string;
  readonly event: string;
  readonly fields: LogFields;
}

function keepingLog(): Log & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const keep =
    (level: string) =>
    (event: string, fields: LogFields = {}): void =>
      void lines.push({ level, event, fields });
  const log: Log & { readonly lines: LogLine[] } = {
    lines,
    debug: keep("debug"),
    info: keep("info"),
    warn: keep("warn"),
    error: keep("error"),
    child: () => log,
  };
  return log;
}

describe("a file that was sent", () => {
  const TOKEN = { authorization: "Bearer a-token-of-the-house" };
  const sending = (name: string, mediaType: string): Tool => ({
    name: "send",
    description: "Sends it.",
    capabilities: [],
    parameters: { type: "object", properties: {} },
    run: async (_args, { chat }) => {
      await chat.say({ kind: "file", text: "Look", file: { name, mediaType, content: Buffer.from("<script>") } });
      return "sent";
    },
  });
  const sent = async (name: string, mediaType: string, channel = "web", more = {}) => {
    const model = [{ calls: [{ name: "send" }] }, "Sent."];
    const bot = await startTestApp({ model, tools: [sending(name, mediaType)], ...more });
    await say(bot.app.http, "s", "send it", { "signalbox-channel": channel, ...TOKEN });
    await bot.idle();
    const page = await events(bot, "s", TOKEN, `?channel=${channel}`);
    await page.readUntil("execution_complete");
    await page.leave();
    return { bot, url: String(page.events.find(({ type }) => type === "file_sent")?.fields.url) };
  };

  test.each([
    ["a page", '页 "1".html', "text/html", "application/octet-stream"],
    ["a drawing that could hold a script", "a.svg", "image/svg+xml", "application/octet-stream"],
    ["a picture", "a.png", "image/png", "image/png"],
  ])("%s is had once, to be saved, and never runs", async (_what, name, mediaType, shownAs) => {
    const { bot, url } = await sent(name, mediaType);
    await using _ = bot;
    const response = await ask(bot.app.http, url);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("<script>");
    expect(response.headers.get("content-type")).toBe(shownAs);
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(response.headers.get("content-security-policy")).toContain("sandbox");
    const disposition = response.headers.get("content-disposition") ?? "";
    expect(disposition).toMatch(/^attachment; filename="[\w.-]+"; filename\*=UTF-8''/);
    expect(decodeURIComponent(disposition.split("''")[1] ?? "")).toBe(name);
  });

  test("is had by nobody under another session, another name, or without the token", async () => {
    const { bot, url } = await sent("a.png", "image/png", "terminal", { adminToken: "a-token-of-the-house" });
    await using _ = bot;
    expect((await ask(bot.app.http, url)).status).toBe(401);
    expect((await ask(bot.app.http, url, { headers: TOKEN })).status).toBe(200);
    for (const other of [
      url.replace("/s/", "/t/"),
      url.replace("terminal", "web"),
      url.replace(/files\/[^?]+/, "files/x"),
    ])
      await expectRefused(await ask(bot.app.http, other, { headers: TOKEN }), 404, /no such file/);
    await expectRefused(
      await ask(bot.app.http, url.replace(/files\/[^?]+/, "files/..%2F.."), { headers: TOKEN }),
      400,
      /session id/,
    );
  });
});

test("how far a task is can be asked for, as people read it", async () => {
  const open = Promise.withResolvers<void>();
  await using bot = await startTestApp({ model: [{ text: "so far", until: open.promise }] });
  const { taskId } = await jsonOf(await say(bot.app.http, "s", "hi"));
  await expect.poll(() => bot.model.requests.length).toBe(1);
  const progress = await jsonOf(await ask(bot.app.http, `/api/tasks/${taskId}/progress`));
  expect(progress).toEqual({ state: "running", text: expect.stringMatching(/running · 0 s$/) });
  open.resolve();
  await bot.idle();
  const end = await jsonOf(await ask(bot.app.http, `/api/tasks/${taskId}/progress`));
  expect(end).toEqual({ state: "done", text: expect.stringMatching(/done · 0 s · 110 tokens · < \$0.01$/) });
  await expectRefused(await ask(bot.app.http, "/api/tasks/nothing/progress"), 404, /no such task/);
});

describe("sending", () => {
  test("a message is answered 202 with its id once it is stored, and its stream tells the whole story", async () => {
    await using bot = await startTestApp({ model: ["Hello."] });
    const response = await say(bot.app.http, "s", "hi");
    expect(response.status).toBe(202);
    const receipt = await jsonOf(response);
    expect(receipt).toMatchObject({ status: "accepted", position: 0, seq: 1, id: expect.any(String) });
    const page = await events(bot, "s");
    await page.readUntil("execution_complete");
    expect(page.events[0]?.fields).toMatchObject({ messageId: receipt.id, taskId: receipt.taskId, text: "hi" });
    expect(assemble(page.events).committed).toEqual(["Hello."]);
    expect(page.events.at(-1)?.fields).toMatchObject({ state: "done", cancelled: false, text: "Hello." });
    await page.leave();
  });

  test("the same id again is the same message, also when it comes as a header", async () => {
    await using bot = await startTestApp({ model: ["once"] });
    const first = await jsonOf(await say(bot.app.http, "s", { text: "hi", id: "a-1" }));
    const again = await jsonOf(await say(bot.app.http, "s", "hi", { "idempotency-key": "a-1" }));
    await bot.idle();
    expect(again).toMatchObject({ status: "duplicate", id: first.id });
    expect(bot.model.requests).toHaveLength(1);
  });

  test("two sessions never share an id, however the caller cuts it", async () => {
    await using bot = await startTestApp({ model: ["one", "two"] });
    await say(bot.app.http, "a", "hi", { "idempotency-key": "b:c" });
    const other = await say(bot.app.http, "a:b", { text: "hi", id: "c" });
    await bot.idle();
    expect(await jsonOf(other)).toMatchObject({ status: "accepted" });
    expect(bot.model.requests).toHaveLength(2);
  });

  test("an idempotency key without bounds is refused", async () => {
    await using bot = await startTestApp();
    for (const key of ["x".repeat(201), "a b"]) {
      await expectRefused(await say(bot.app.http, "s", "hi", { "idempotency-key": key }), 400, /idempotency key/);
    }
    await expectNothingStored(bot);
  });

  test("a full line says so with 429", async () => {
    await using bot = await startTestApp({
      model: [{ text: "x", until: new Promise(() => {}) }],
      config: "queue: { waitingPerSession: 1 }",
    });
    await say(bot.app.http, "s", "1");
    await bot.until(() => bot.model.requests.length === 1, 0);
    await say(bot.app.http, "s", "2");
    const response = await say(bot.app.http, "s", "3");
    expect(response.status).toBe(429);
    expect(await jsonOf(response)).toMatchObject({ status: "full", error: expect.stringContaining("already waiting") });
  });

  test("a command is answered at once", async () => {
    await using bot = await startTestApp();
    const response = await say(bot.app.http, "s", "/tasks");
    expect(await jsonOf(response)).toMatchObject({ status: "answered", text: "Nothing is running here." });
  });
});

describe("what is not a message", () => {
  const refusals: readonly (readonly [name: string, body: string, sentence: RegExp])[] = [
    ["nothing", "", /not JSON/],
    ["no JSON", "hello", /not JSON/],
    ["half of JSON", '{"text": "hi"', /not JSON/],
    ["JSON that is no object", '"hi"', /expected object/],
    ["null", "null", /expected object/],
    ["a list", '[{"text":"hi"}]', /expected object/],
    ["an object without text", "{}", /text: .*expected string/],
    ["a number for a text", '{"text": 5}', /text: .*expected string/],
    ["nested junk for a text", `{"text": ${"[".repeat(50_000)}${"]".repeat(50_000)}}`, /text: .*expected string/],
    ["an empty text", '{"text": ""}', /text: it is empty/],
    ["a text of blanks", '{"text": " \\n\\t\\u00a0 "}', /text: it is empty/],
    ["an unknown field", '{"text": "hi", "admin": true}', /admin/],
    ["a field named after the prototype", '{"text": "hi", "__proto__": {"admin": true}}', /__proto__/],
    ["a huge text", JSON.stringify({ text: "x".repeat(200_001) }), /over 200000 characters/],
    ["an id with a slash", '{"text": "hi", "id": "../x"}', /^id: /],
    ["an empty id", '{"text": "hi", "id": ""}', /^id: /],
    ["an image that is none", '{"text": "hi", "images": [{"mediaType": "text/html", "base64": "aGk="}]}', /mediaType/],
    ["an image without bytes", '{"text": "hi", "images": [{"mediaType": "image/png", "base64": ""}]}', /it is empty/],
    ["an image that is not base64", '{"text": "hi", "images": [{"mediaType": "image/png", "base64": "?"}]}', /base64/],
    [
      "too many images",
      JSON.stringify({
        text: "hi",
        images: Array.from({ length: 9 }, () => ({ mediaType: "image/png", base64: "aGk=" })),
      }),
      /images/,
    ],
  ];

  test.each(refusals)("%s is refused in words, and nothing is stored", async (_name, body, sentence) => {
    await using bot = await startTestApp();
    await expectRefused(await ask(bot.app.http, "/api/sessions/s/messages", { body }), 400, sentence);
    await expectNothingStored(bot);
  });

  test("a text of just the allowed length, with anything in it, arrives as it was sent", async () => {
    const text = `${"中😀\u0000\u2028<script>".repeat(15_000)}`.slice(0, 199_999).concat("x");
    await using bot = await startTestApp({ model: ["ok"] });
    expect((await say(bot.app.http, "s", text)).status).toBe(202);
    await bot.idle();
    // The model may see it shortened to its window; the ledger and the person have it whole.
    expect((await bot.eventsOf("message_accepted", "web:s"))[0]?.text === text).toBe(true);
  });

  test("a body over the bound is refused, whether it tells its length or comes in pieces without end", async () => {
    await using bot = await startTestApp();
    const told = await ask(bot.app.http, "/api/sessions/s/messages", {
      body: "x",
      headers: { "content-length": String(9 * MEGABYTE) },
    });
    await expectRefused(told, 413, /larger than 8 MB/);
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        sent += MEGABYTE;
        controller.enqueue(new Uint8Array(MEGABYTE).fill(32));
      },
    });
    const untold = await ask(bot.app.http, "/api/sessions/s/messages", { body: endless });
    await expectRefused(untold, 413, /larger than 8 MB/);
    expect(sent).toBeLessThan(16 * MEGABYTE);
    await expectNothingStored(bot);
  });

  test("an image of several megabytes is taken", async () => {
    await using bot = await startTestApp({ model: ["I see."] });
    const base64 = "A".repeat(7 * MEGABYTE);
    const response = await say(bot.app.http, "s", { text: "look", images: [{ mediaType: "image/png", base64 }] });
    expect(response.status).toBe(202);
    await bot.idle();
    expect(bot.model.requests[0]?.items[0]).toMatchObject({ images: [{ mediaType: "image/png", base64 }] });
  });

  test.each([
    ["a%20b"],
    ["a%2Fb"],
    ["%2e%2e%2f"],
    ["a%00"],
    ["a%0A"],
    ["%E0%A4%A"],
    ["中"],
    ["x".repeat(129)],
    ["<script>"],
  ])("the session id %s is refused, for messages and for events", async (id) => {
    await using bot = await startTestApp();
    await expectRefused(await say(bot.app.http, id, "hi"), 400, /session id/);
    await expectRefused(await ask(bot.app.http, `/api/sessions/${id}/events`), 400, /session id/);
    await expectNothingStored(bot);
  });

  test("dots in a session's place lead nowhere", async () => {
    await using bot = await startTestApp();
    for (const id of ["..", "%2e%2e", ".", "../../readyz?"]) {
      expect((await say(bot.app.http, id, "hi")).status).toBe(404);
    }
  });

  test.each([
    ["signalbox-channel", "slack"],
    ["signalbox-channel", "WEB"],
    ["signalbox-kind", "root"],
    ["signalbox-agent", "../main"],
    ["signalbox-agent", "x".repeat(65)],
  ])("the header %s: %s is refused", async (name, value) => {
    await using bot = await startTestApp();
    expect((await say(bot.app.http, "s", "hi", { [name]: value })).status).toBe(400);
    await expectNothingStored(bot);
  });

  test("nobody reads another channel's sessions through the API", async () => {
    await using bot = await startTestApp({ model: ["secret"] });
    await bot.say("hi");
    await bot.idle();
    await expectRefused(await ask(bot.app.http, "/api/sessions/general/events?channel=slack"), 400, /channel|option/i);
    const page = await events(bot, "slack:general");
    await page.read();
    const rest = page.readToEnd();
    await bot.stop();
    await rest;
    expect(page.events).toEqual([]);
  });
});

describe("when the ledger fails", () => {
  const failing = (code: "storage-full" | "internal", log = keepingLog()) => {
    let isFailing = true;
    const wrapStore = (store: Store): Store => ({
      ...store,
      accept: async (message, options) => {
        if (isFailing) throw new AppError(code, "the ledger /data/signalbox.db could not be written: SQLITE_FULL");
        return store.accept(message, options);
      },
    });
    return {
      wrapStore,
      log,
      mend: () => {
        isFailing = false;
      },
    };
  };

  test("a full disk is 503 with a sentence, nothing is half-stored, and the same message is taken later", async () => {
    const { wrapStore, log, mend } = failing("storage-full");
    await using bot = await startTestApp({ model: ["hello"], wrapStore, log });
    await expectRefused(await say(bot.app.http, "s", { text: "hi", id: "m1" }), 503, /could not be stored.*not taken/);
    await expectNothingStored(bot);
    expect(log.lines.find(({ level }) => level === "error")?.fields.error).toMatchObject({ code: "storage-full" });
    mend();
    expect(await jsonOf(await say(bot.app.http, "s", { text: "hi", id: "m1" }))).toMatchObject({ status: "accepted" });
    await bot.idle();
    expect(bot.model.requests).toHaveLength(1);
  });

  test("what nobody foresaw is 500, says that it was logged, and was", async () => {
    const { wrapStore, log } = failing("internal");
    await using bot = await startTestApp({ wrapStore, log });
    await expectRefused(await say(bot.app.http, "s", "hi"), 500, /It was logged/);
    expect(log.lines).toContainEqual({
      level: "error",
      event: "request failed",
      fields: expect.objectContaining({ path: "/api/sessions/s/messages", error: expect.any(AppError) }),
    });
  });

  test("a stream whose ledger breaks ends, and the page that comes back misses nothing", async () => {
    let isFailing = false;
    const wrapStore = (store: Store): Store => ({
      ...store,
      eventsAfter: async (...args) => {
        if (isFailing) throw new AppError("storage-failed", "disk I/O error");
        return store.eventsAfter(...args);
      },
    });
    await using bot = await startTestApp({ model: ["one", "two"], wrapStore });
    await say(bot.app.http, "s", "1");
    const page = await events(bot, "s");
    await page.readUntil("execution_complete");
    isFailing = true;
    const ending = page.readToEnd();
    await say(bot.app.http, "s", "2");
    await ending;
    isFailing = false;
    const back = await events(bot, "s", { "last-event-id": String(page.events.at(-1)?.id) });
    await back.readUntil("execution_complete");
    expect(assemble([...page.events, ...back.events]).committed).toEqual(["one", "two"]);
    await back.leave();
  });
});

describe("reading", () => {
  test.each(["-1", "1.5", "abc", "1, 2", "Infinity", "9007199254740993", "1;drop"])(
    "%s is no id to come back with",
    async (id) => {
      await using bot = await startTestApp();
      const response = await ask(bot.app.http, "/api/sessions/s/events", { headers: { "last-event-id": id } });
      await expectRefused(response, 400, /id of an event|expected|big/i);
    },
  );

  test("an empty id is the beginning", async () => {
    await using bot = await startTestApp({ model: ["x"] });
    await say(bot.app.http, "s", "hi");
    const page = await events(bot, "s", { "last-event-id": "" });
    await page.readUntil("execution_complete");
    expect(page.types[0]).toBe("message_accepted");
    await page.leave();
  });

  test("`after=now` leaves out what is over, and shows what is being written", async () => {
    await using bot = await startTestApp({
      model: ["old", { text: "new and not complete", until: new Promise(() => {}) }],
    });
    await say(bot.app.http, "s", "1");
    await bot.idle();
    await say(bot.app.http, "s", "2");
    await bot.until(() => (bot.app.live.draft("web:s")?.text ?? "").length === 20, 0);
    const page = await events(bot, "s", {}, "?after=now");
    await page.readUntil("text_delta");
    expect(page.events.map(({ fields }) => fields.text)).toEqual(["new and not complete"]);
    await page.leave();
  });

  test("an id from a ledger that was replaced starts from the beginning, instead of silence", async () => {
    await using bot = await startTestApp({ model: ["hello"] });
    const page = await events(bot, "s", { "last-event-id": "7770000003" });
    await page.read();
    const answered = page.readUntil("execution_complete");
    await say(bot.app.http, "s", "hi");
    await answered;
    expect(assemble(page.events).committed).toEqual(["hello"]);
    await page.leave();
  });

  test("a HEAD request for a stream is answered and leaves no listener behind", async () => {
    await using bot = await startTestApp();
    let listeners = 0;
    const { watch } = bot.app.live;
    Object.assign(bot.app.live, {
      watch: (...args: Parameters<typeof watch>) => {
        listeners += 1;
        return watch(...args);
      },
    });
    const response = await ask(bot.app.http, "/api/sessions/s/events", { method: "HEAD" });
    expect(response.status).toBe(200);
    expect(response.body).toBe(null);
    expect(listeners).toBe(0);
  });

  test("while the server leaves, new messages are refused, and who comes back still sees the running answer end", async () => {
    let finish = (): void => {};
    const until = new Promise<void>((resolve) => {
      finish = resolve;
    });
    await using bot = await startTestApp({ model: [{ text: "the answer", until }] });
    const page = await events(bot, "s");
    await say(bot.app.http, "s", "hi");
    await page.readUntil("text_delta");
    const stopped = bot.stop(60_000);
    await page.readToEnd();
    await expectRefused(await say(bot.app.http, "s", "too late"), 503, /restarting/);
    const back = await events(bot, "s", { "last-event-id": String(page.events.at(-1)?.id) });
    await back.read();
    finish();
    await back.readUntil("execution_complete");
    expect(assemble([...page.events, ...back.events]).committed).toEqual(["the answer"]);
    await back.leave();
    await stopped;
  });
});

describe("tasks", () => {
  test("a running task is stopped over the API, and that is no error", async () => {
    await using bot = await startTestApp({ model: [{ text: "on and on", until: new Promise(() => {}) }] });
    const { taskId } = await jsonOf(await say(bot.app.http, "s", "hi"));
    const page = await events(bot, "s");
    await page.readUntil("text_delta");
    const response = await ask(bot.app.http, `/api/tasks/${taskId}/cancel`, { method: "POST" });
    expect(response.status).toBe(202);
    await page.readUntil("execution_complete");
    expect(page.events.at(-1)?.fields).toMatchObject({ taskId, cancelled: true, state: "cancelled" });
    expect(page.events.at(-1)?.fields).not.toHaveProperty("error");
    await page.leave();
  });

  test.each(["task_nobody", "%2e%2e", "'; drop table tasks; --", "%00"])("there is no task %s", async (id) => {
    await using bot = await startTestApp();
    const response = await ask(bot.app.http, `/api/tasks/${encodeURIComponent(id)}/cancel`, { method: "POST" });
    await expectRefused(response, 404, /no such task/);
  });

  test("stopping by a link does nothing: it takes a POST", async () => {
    await using bot = await startTestApp({ model: [{ text: "x", until: new Promise(() => {}) }] });
    const { taskId } = await jsonOf(await say(bot.app.http, "s", "hi"));
    await expectRefused(await ask(bot.app.http, `/api/tasks/${taskId}/cancel`), 404, /nothing at this address/);
    expect(await bot.store.task(String(taskId))).not.toMatchObject({ state: "cancelled" });
  });

  test("the list has the latest tasks of every channel", async () => {
    await using bot = await startTestApp({ model: ["a", "b"] });
    await bot.say("hi");
    await say(bot.app.http, "s", "hi");
    await bot.idle();
    const { tasks } = await jsonOf(await ask(bot.app.http, "/api/tasks"));
    expect(tasks).toMatchObject([{ session: "web:s" }, { session: "slack:general" }]);
  });
});

describe("addresses", () => {
  test.each([
    ["GET", "/api"],
    ["GET", "/api/"],
    ["GET", "/api/nothing"],
    ["PUT", "/api/sessions/s/messages"],
    ["DELETE", "/api/tasks/x"],
    ["GET", "/api/sessions/s"],
    ["POST", "/api/sessions/s/events"],
    ["GET", "/nothing"],
  ])("%s %s is 404 as JSON", async (method, path) => {
    await using bot = await startTestApp();
    await expectRefused(await ask(bot.app.http, path, { method }), 404, /nothing at this address/);
  });

  test("the page and its files are served with a policy that lets nothing foreign in", async () => {
    await using bot = await startTestApp();
    const page = await ask(bot.app.http, "/");
    expect(page.headers.get("content-type")).toContain("text/html");
    const policy = page.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*/);
    const linked = [...(await page.text()).matchAll(/(?:src|href)="(\/page\/[^"]+)"/g)].map((match) => match[1] ?? "");
    expect(linked.length).toBeGreaterThan(2);
    for (const path of [...linked, "/page/markdown-it.mjs"]) {
      const file = await ask(bot.app.http, path);
      expect([path, file.status]).toEqual([path, 200]);
      expect(file.headers.get("x-content-type-options")).toBe("nosniff");
      expect(file.headers.get("content-type")).toMatch(/^(text\/(css|javascript)|image\/svg)/);
    }
  });

  test.each([
    "../web-channel.ts",
    "..%2fweb-channel.ts",
    "%2e%2e%2fpage-files.ts",
    "..%5cpage-files.ts",
    "....//page-files.ts",
    "conversation.d.ts",
    "%00index.html",
    "index.html%00.js",
    "/etc/passwd",
    "%2fetc%2fpasswd",
    "__proto__",
    "constructor",
    "%E0%A4%A",
    "INDEX.HTML",
    "",
  ])("/page/%s is nothing", async (name) => {
    await using bot = await startTestApp();
    const response = await ask(bot.app.http, `/page/${name}`);
    expect(response.status).toBe(404);
    expect(await response.text()).not.toMatch(/import|root:/);
  });
});
