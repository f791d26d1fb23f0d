// What every store must do, whatever engine is behind it: the suite a second engine has to pass too.

import { describe, expect, test } from "vitest";
import type { Aside, AsideOptions } from "../../src/core/aside.ts";
import { type Compaction, GOOD_HEALTH, NO_CARRY } from "../../src/core/compaction.ts";
import type { Spender } from "../../src/core/explanation.ts";
import type { InboundMessage } from "../../src/core/message.ts";
import { NO_USAGE } from "../../src/core/model.ts";
import type { FreshEvent } from "../../src/core/session-event.ts";
import type { CallStep } from "../../src/core/step.ts";
import type { AcceptOptions, ClaimOptions, FinishOptions, NewReply, Store, UsageRecord } from "../../src/core/store.ts";
import type { ClaimedTask } from "../../src/core/task.ts";

const SESSION = "chat:room";

const message = (key: string, more: Partial<InboundMessage> = {}): InboundMessage => ({
  key,
  channel: "chat",
  session: SESSION,
  sender: { id: "chat:ann", name: "Ann" },
  text: `text of ${key}`,
  replyTo: { thread: key },
  ...more,
});

const accepting = (key: string, more: Partial<AcceptOptions> = {}): AcceptOptions => ({
  messageId: `msg-${key}`,
  taskId: `task-${key}`,
  traceId: `trace-${key}`,
  now: 1_000,
  waitingMax: 50,
  fullText: "full",
  isPushed: true,
  ...more,
});

const claiming = (more: Partial<ClaimOptions> = {}): ClaimOptions => ({
  owner: "me",
  now: 2_000,
  leaseMs: 60_000,
  whileBusy: "queue",
  collectMax: 10,
  ...more,
});

const reply = (text: string, calls: readonly CallStep[] = []): NewReply => ({
  reply: { kind: "reply", text, model: "fake/model", usage: NO_USAGE },
  calls,
  usage: { model: "fake/model", role: "main", usage: { ...NO_USAGE, inputTokens: 7 }, usd: 0.25, durationMs: 5 },
});

const call = (id: string): CallStep => ({ kind: "call", id, name: "look", arguments: { at: id } });

const picture = (content = "bytes"): Aside => ({
  kind: "file",
  text: "Look",
  file: { name: "图.png", mediaType: "image/png", content: Buffer.from(content) },
});

const saying = (key: string, more: Partial<AsideOptions> = {}): AsideOptions => ({
  ...{ key, now: 5, isPushed: true, max: 10 },
  ...more,
});

const done = (text = "answer"): FinishOptions => ({ outcome: { state: "done", text }, now: 3_000, isPushed: true });

export function storeContract(name: string, open: () => Promise<{ store: Store; remove: () => Promise<void> }>): void {
  const with_ = (work: (store: Store) => Promise<void>) => async (): Promise<void> => {
    const { store, remove } = await open();
    try {
      await work(store);
    } finally {
      await store.close();
      await remove();
    }
  };
  const put = (store: Store, key: string, more: Partial<InboundMessage> = {}, options: Partial<AcceptOptions> = {}) =>
    store.accept(message(key, more), accepting(key, options));
  const take = async (store: Store, options: Partial<ClaimOptions> = {}): Promise<ClaimedTask> => {
    const result = await store.claim(SESSION, claiming(options));
    if (result.status !== "claimed") throw new Error(`expected a task, got ${result.status}`);
    return result.claimed;
  };
  const types = async (store: Store): Promise<readonly string[]> =>
    (await store.eventsAfter(SESSION, 0, 1_000)).map(({ body }) => body.type);

  describe(`${name}: the way in`, () => {
    test(
      "numbers messages of a session without gaps or doubles, also when they arrive at once (P2)",
      with_(async (store) => {
        const results = await Promise.all(Array.from({ length: 40 }, (_, index) => put(store, `k${index}`)));
        expect(results.map((result) => result.message.seq).sort((a, b) => a - b)).toEqual(
          Array.from({ length: 40 }, (_, index) => index + 1),
        );
        expect(
          results.map((result) => (result.status === "accepted" ? result.position : -1)).sort((a, b) => a - b),
        ).toEqual(Array.from({ length: 40 }, (_, index) => index));
      }),
    );

    test(
      "one key is one message, and the second time the first is given back (P3)",
      with_(async (store) => {
        const both = await Promise.all([
          put(store, "same"),
          store.accept(message("same", { text: "other" }), accepting("again")),
        ]);
        expect(both.map((result) => result.status)).toEqual(["accepted", "duplicate"]);
        expect(both[1].message).toMatchObject({ id: "msg-same", text: "text of same", seq: 1, task: "task-same" });
        expect(await store.tasks({ limit: 10 })).toHaveLength(1);
      }),
    );

    test(
      "a full line refuses visibly: a disposition, an event, something to send (P1)",
      with_(async (store) => {
        await put(store, "a");
        await put(store, "b");
        const full = await put(store, "c", {}, { waitingMax: 2 });
        expect(full).toMatchObject({ status: "full", waiting: 2 });
        expect((await types(store)).at(-1)).toBe("message_closed");
        expect(await store.pendingDeliveries(SESSION, 10)).toMatchObject([
          { key: "msg-c", kind: "failure", text: "full", replyTo: { thread: "c" } },
        ]);
        expect(await put(store, "c")).toMatchObject({ status: "duplicate" });
      }),
    );

    test(
      "the one that runs does not count as waiting",
      with_(async (store) => {
        await put(store, "a");
        await take(store);
        expect(await put(store, "b", {}, { waitingMax: 1 })).toMatchObject({ status: "accepted", position: 1 });
      }),
    );

    test(
      "a command is stored together with its answer and gets no task",
      with_(async (store) => {
        const result = await put(store, "help", {}, { answer: "here is help" });
        expect(result).toMatchObject({ status: "answered", text: "here is help" });
        expect(await store.tasks({ limit: 10 })).toEqual([]);
        expect(await store.pendingDeliveries(SESSION, 10)).toMatchObject([{ kind: "notice", text: "here is help" }]);
      }),
    );

    test(
      "keeps who said it, the images and where the answer goes",
      with_(async (store) => {
        const images = [{ mediaType: "image/png", base64: "AAAA" }];
        await put(store, "a", { images, sender: { id: "chat:bob", name: "Bob 王" } });
        const [first] = (await take(store)).messages;
        expect(first).toMatchObject({ images, sender: { id: "chat:bob", name: "Bob 王" }, replyTo: { thread: "a" } });
        expect((await store.transcript(SESSION))[0]?.body).toMatchObject({ kind: "said", images });
      }),
    );
  });

  describe(`${name}: the line`, () => {
    test(
      "one task of a session at a time, oldest first",
      with_(async (store) => {
        await put(store, "a");
        await put(store, "b");
        const first = await take(store);
        expect(first.task.id).toBe("task-a");
        expect(await store.claim(SESSION, claiming())).toEqual({ status: "nothing" });
        await store.finish(first.fence, done());
        expect((await take(store)).task.id).toBe("task-b");
      }),
    );

    test(
      "two that claim at once: one gets it",
      with_(async (store) => {
        await put(store, "a");
        const results = await Promise.all([
          store.claim(SESSION, claiming()),
          store.claim(SESSION, claiming({ owner: "other" })),
        ]);
        expect(results.map((result) => result.status).sort()).toEqual(["claimed", "nothing"]);
      }),
    );

    test(
      "sessions do not wait for each other",
      with_(async (store) => {
        await put(store, "a");
        await put(store, "b", { session: "chat:other" });
        await take(store);
        expect((await store.claim("chat:other", claiming())).status).toBe("claimed");
        expect(await store.waitingSessions(10)).toEqual([]);
      }),
    );

    test(
      "collect takes what the same person sent, and stops at somebody else's",
      with_(async (store) => {
        await put(store, "a");
        await put(store, "b");
        await put(store, "c", { sender: { id: "chat:bob", name: "Bob" } });
        await put(store, "d");
        const first = await take(store, { whileBusy: "collect" });
        expect(first.messages.map(({ key }) => key)).toEqual(["a", "b"]);
        await store.finish(first.fence, done("both"));
        expect(
          (await take(store, { whileBusy: "collect" })).messages.map(({ key, sender }) => [key, sender.name]),
        ).toEqual([["c", "Bob"]]);
        expect(await store.task("task-b")).toMatchObject({ state: "done", reason: "joined task-a" });
      }),
    );

    test(
      "steering takes the same person's waiting messages into the running task, nobody else's",
      with_(async (store) => {
        await put(store, "a");
        const held = await take(store);
        expect(await store.takeSteering(held.fence, 5)).toEqual([]);
        await put(store, "b");
        await put(store, "c", { sender: { id: "chat:bob", name: "Bob" } });
        await put(store, "d");
        const taken = await store.takeSteering(held.fence, 5);
        expect(taken.map(({ key }) => key)).toEqual(["b"]);
        await store.finish(held.fence, done());
        const complete = (await store.eventsAfter(SESSION, 0, 100)).find(
          ({ body }) => body.type === "execution_complete",
        );
        expect(complete?.body).toMatchObject({ messageIds: ["msg-a", "msg-b"] });
      }),
    );

    test(
      "a task put back keeps its place and waits for its time",
      with_(async (store) => {
        await put(store, "a");
        await put(store, "b");
        const held = await take(store);
        await store.postpone(held.fence, 9_000, true);
        expect(await store.claim(SESSION, claiming({ now: 8_999 }))).toEqual({ status: "later", at: 9_000 });
        const again = await take(store, { now: 9_000 });
        expect(again.task).toMatchObject({ id: "task-a", failures: 1 });
      }),
    );

    test(
      "what a vanished process held is given back, what I hold is not",
      with_(async (store) => {
        await put(store, "a");
        await put(store, "b", { session: "chat:other" });
        await take(store, { owner: "gone" });
        await store.claim("chat:other", claiming({ owner: "me" }));
        expect(await store.releaseAbandoned("me")).toBe(1);
        expect((await take(store)).fence.number).toBe(2);
        expect((await store.claim("chat:other", claiming())).status).toBe("nothing");
      }),
    );
  });

  describe(`${name}: a running task`, () => {
    test(
      "every write with an old fence is refused and changes nothing",
      with_(async (store) => {
        await put(store, "a");
        const old = (await take(store, { owner: "gone" })).fence;
        await store.appendReply(old, reply("thinking", [call("c1")]), 1);
        await store.releaseAbandoned("me");
        const held = await take(store);
        const before = [await store.transcript(SESSION), await types(store)];
        const writes = [
          store.appendReply(old, reply("zombie"), 1),
          store.finishCalls(old, [{ n: 3, result: { status: "ok", text: "zombie" } }], [], 1),
          store.appendNote(old, { kind: "note", text: "zombie" }, 1),
          store.resetText(old, 1),
          store.sayAside(old, picture(), saying("zombie")),
          store.postpone(old, 0, false),
          store.finish(old, done("zombie")),
        ];
        for (const write of writes) await expect(write).rejects.toMatchObject({ code: "fenced" });
        expect([await store.transcript(SESSION), await types(store)]).toEqual(before);
        await store.finish(held.fence, done());
      }),
    );

    test(
      "a reply and the intents of its calls are one transaction; results fill their own call's place",
      with_(async (store) => {
        await put(store, "a");
        const { fence } = await take(store);
        const { numbers } = await store.appendReply(fence, reply("let me see", [call("c1"), call("c2")]), 10);
        expect(numbers).toEqual([2, 3, 4]);
        await store.finishCalls(fence, [{ n: 4, result: { status: "ok", text: "short", whole: "the whole" } }], [], 11);
        const steps = await store.transcript(SESSION);
        expect(steps.map(({ n, body }) => [n, body.kind])).toEqual([
          [1, "said"],
          [2, "reply"],
          [3, "call"],
          [4, "call"],
        ]);
        expect(steps[2]?.body).not.toHaveProperty("result");
        expect(steps[3]?.body).toMatchObject({ id: "c2", result: { status: "ok", text: "short" } });
        expect((await store.step(SESSION, "task-a", 4))?.body).toMatchObject({ result: { whole: "the whole" } });
        expect(await store.step("chat:other", "task-a", 4)).toBeUndefined();
      }),
    );

    test(
      "a result is written once",
      with_(async (store) => {
        await put(store, "a");
        const { fence } = await take(store);
        await store.appendReply(fence, reply("", [call("c1")]), 10);
        await store.finishCalls(fence, [{ n: 3, result: { status: "ok", text: "first" } }], [], 11);
        await expect(
          store.finishCalls(fence, [{ n: 3, result: { status: "ok", text: "second" } }], [], 12),
        ).rejects.toThrow();
        expect((await store.step(SESSION, "task-a", 3))?.body).toMatchObject({ result: { text: "first" } });
      }),
    );

    test(
      "the end is one transaction: state, dispositions, event, delivery, a free session",
      with_(async (store) => {
        await put(store, "a");
        const { fence } = await take(store);
        await store.finish(fence, { ...done("hello"), last: reply("hello") });
        expect(await store.task("task-a")).toMatchObject({ state: "done", endedAt: 3_000 });
        expect((await types(store)).slice(-2)).toEqual(["text_end", "execution_complete"]);
        expect(await store.pendingDeliveries(SESSION, 10)).toMatchObject([
          { key: "task-a", kind: "answer", text: "hello", replyTo: { thread: "a" }, task: "task-a", tries: 0 },
        ]);
        expect(await store.spent({ task: "task-a" }, 0)).toEqual({ usd: 0.25, tokens: 7 });
        expect(await store.counts()).toMatchObject({ queued: 0, running: 0, undelivered: 1, sessions: 1 });
      }),
    );

    test(
      "a task that ends leaves no call without a result (P9)",
      with_(async (store) => {
        await put(store, "a");
        const { fence } = await take(store);
        await store.appendReply(fence, reply("", [call("c1"), call("c2")]), 10);
        await store.finishCalls(fence, [{ n: 3, result: { status: "ok", text: "one" } }], [], 11);
        await store.finish(fence, { outcome: { state: "cancelled", text: "Stopped." }, now: 12, isPushed: false });
        const results = (await store.transcript(SESSION)).flatMap(({ body }) =>
          body.kind === "call" ? [body.result?.status] : [],
        );
        expect(results).toEqual(["ok", "cancelled"]);
      }),
    );

    test(
      "results that come with the end are written in its transaction, and a reply that cost nothing costs nothing",
      with_(async (store) => {
        await put(store, "a");
        const { fence } = await take(store);
        const { usage: _, ...free } = reply("let me see", [call("c1")]);
        await store.appendReply(fence, free, 10);
        const calls = [{ n: 3, result: { status: "ok", text: "the end" } as const }];
        const twice = [...calls, ...calls];
        await expect(store.finish(fence, { ...done("all"), calls: twice })).rejects.toThrow("without a result");
        expect((await store.step(SESSION, "task-a", 3))?.body).not.toHaveProperty("result");
        await store.finish(fence, { ...done("all"), calls });
        expect((await store.step(SESSION, "task-a", 3))?.body).toMatchObject({ result: { text: "the end" } });
        expect((await types(store)).slice(-2)).toEqual(["tool_end", "execution_complete"]);
        expect(await store.account("task-a")).toMatchObject({ models: [] });
      }),
    );

    test(
      "what is for the model of the session it worked for reaches its transcript, and nobody's eyes",
      with_(async (store) => {
        await put(store, "a", {}, { parent: { session: "chat:parent", task: null, bounds: [] } });
        const { fence } = await take(store);
        const outcome = { state: "failed", code: "internal", text: "It failed.", forModel: "at line 7" } as const;
        await store.finish(fence, { outcome, now: 12, isPushed: true });
        expect((await store.transcript("chat:parent")).map(({ body }) => JSON.stringify(body)).join()).toContain(
          "line 7",
        );
        const seen = [...(await store.eventsAfter("chat:parent", 0, 9)), ...(await store.eventsAfter(SESSION, 0, 9))];
        expect(JSON.stringify([seen, await store.pendingDeliveries(null, 9)])).not.toContain("line 7");
      }),
    );

    test(
      "nothing is sent for a channel that is read, not pushed to",
      with_(async (store) => {
        await put(store, "a");
        await store.finish((await take(store)).fence, { ...done(), isPushed: false });
        expect(await store.pendingDeliveries(null, 10)).toEqual([]);
      }),
    );

    test(
      "attempts count claims without a step forward",
      with_(async (store) => {
        await put(store, "a");
        for (const attempts of [1, 2, 3]) {
          const held = await take(store, { owner: `life-${attempts}` });
          expect(held.task.attempts).toBe(attempts);
          if (attempts === 3) await store.appendReply(held.fence, reply("step", [call("c")]), 1);
          await store.releaseAbandoned("me");
        }
        expect((await take(store)).task.attempts).toBe(1);
      }),
    );
  });

  describe(`${name}: what a commit tells`, () => {
    test(
      "each event once, in order, before its call resolves, and with the start of a task what it works on",
      with_(async (store) => {
        const told: FreshEvent[] = [];
        store.follow((fresh) => void told.push(...fresh));
        await put(store, "a");
        expect(told.map(({ event }) => event.body.type)).toEqual(["message_accepted"]);
        const { fence, messages } = await take(store);
        expect(told.at(-1)?.messages).toEqual(messages);
        await store.finish(fence, { ...done(), last: reply("answer") });
        expect(told.map(({ event }) => event)).toEqual(await store.eventsAfter(SESSION, 0, 100));
      }),
    );

    test(
      "nothing where nothing is kept",
      with_(async (store) => {
        await put(store, "a");
        const { fence } = await take(store);
        await store.appendReply(fence, reply("let me see", [call("c1")]), 4);
        const told: FreshEvent[] = [];
        store.follow((fresh) => void told.push(...fresh));
        await put(store, "a");
        const result = { status: "ok", text: "" } as const;
        const calls = [3, 99].map((n) => ({ n, result }));
        await expect(store.finishCalls(fence, calls, [], 5)).rejects.toMatchObject({ code: "internal" });
        await expect(store.resetText({ ...fence, number: 0 }, 5)).rejects.toMatchObject({ code: "fenced" });
        expect(told).toEqual([]);
      }),
    );

    test(
      "a claim brings the task's steps along, also those of an earlier holder",
      with_(async (store) => {
        await put(store, "a");
        const first = await take(store);
        expect(first.steps).toEqual(await store.taskSteps("task-a"));
        expect(first.steps).toMatchObject([{ n: 1, body: { kind: "said", text: "text of a" } }]);
        await store.appendReply(first.fence, reply("let me see", [call("c1")]), 10);
        await store.postpone(first.fence, 0, false);
        expect((await take(store)).steps).toEqual(await store.taskSteps("task-a"));
      }),
    );

    test(
      "the end of a task says whether its session has more, and how long its log is",
      with_(async (store) => {
        await put(store, "a");
        await put(store, "b");
        expect(await store.finish((await take(store)).fence, done())).toEqual({ isLineEmpty: false, lastStep: 1 });
        const { fence } = await take(store);
        expect(await store.finish(fence, { ...done(), last: reply("x") })).toEqual({ isLineEmpty: true, lastStep: 3 });
      }),
    );

    test(
      "who asked lately is told once each, whatever became of it",
      with_(async (store) => {
        expect(await store.askers(SESSION)).toEqual([]);
        await put(store, "a");
        await put(store, "b", {}, { answer: "help" });
        await put(store, "c", { sender: { id: "chat:bob", name: "Bob" } }, { now: 2_000 });
        expect((await store.askers(SESSION)).toSorted()).toEqual(["chat:ann", "chat:bob"]);
        expect(await store.askers(SESSION, 1_999)).toEqual(["chat:ann"]);
      }),
    );
  });

  describe(`${name}: stopping and reading`, () => {
    test(
      "a waiting task is cancelled at once, with its message's outcome",
      with_(async (store) => {
        await put(store, "a");
        expect((await store.cancel("task-a", { now: 5, text: "Stopped.", isPushed: true })).result).toBe("cancelled");
        expect((await store.eventsAfter(SESSION, 0, 10)).at(-1)?.body).toMatchObject({
          type: "execution_complete",
          cancelled: true,
        });
        expect(await store.claim(SESSION, claiming())).toEqual({ status: "nothing" });
        expect((await store.cancel("task-a", { now: 6, text: "", isPushed: true })).result).toBe("over");
        expect((await store.cancel("task-x", { now: 6, text: "", isPushed: true })).result).toBe("unknown");
      }),
    );

    test(
      "a stop reaches all that was spawned, asks what runs and ends what waits, with what was said until then (P7)",
      with_(async (store) => {
        await put(store, "a");
        const parent = await take(store);
        const card = { text: "card", stop: { id: "b", kind: "stop" as const, label: "Stop" }, stopUntil: 9_000 };
        const spawn = async (key: string, session: string, task: string, from: string): Promise<void> => {
          const parentOf = {
            session: from,
            task,
            bounds: [],
            card: { ...card, stop: { ...card.stop, id: `b-${key}` } },
          };
          await put(store, key, { session, kind: "sub-agent", agent: "helper" }, { parent: parentOf });
        };
        await spawn("c", "chat:room~task-c", parent.task.id, SESSION);
        await spawn("d", "chat:room~task-c~task-d", "task-c", "chat:room~task-c");
        const claimed = await store.claim("chat:room~task-c", claiming());
        if (claimed.status !== "claimed") throw new Error("no task");
        await store.appendReply(claimed.claimed.fence, reply("half"), 4);
        await store.postpone(claimed.claimed.fence, 0, false);

        const { result, children } = await store.cancel("task-a", { now: 5, text: "Stopped.", isPushed: true });
        expect(result).toBe("asked");
        expect(children.map(({ id, state }) => `${id} ${state}`)).toEqual(["task-c queued", "task-d queued"]);
        expect((await store.task("task-c"))?.state).toBe("cancelled");
        expect((await store.task("task-d"))?.state).toBe("cancelled");
        const said = (await store.pendingDeliveries("chat:room~task-c", 10)).map(
          ({ kind, text }) => `${kind}: ${text}`,
        );
        expect(said).toEqual(["card: card", "cancelled: **@helper**\n\nhalf\n\nStopped."]);
        expect(await store.button("b-c")).toMatchObject({ kind: "stop", task: "task-c" });
      }),
    );

    test(
      "what is told to a spawned task waits with it, is no announcement, and is dropped when it is stopped",
      with_(async (store) => {
        const own = "chat:room~task-c";
        const told = { session: own, kind: "sub-agent", agent: "helper" } as const;
        const card = { text: "card", stop: { id: "b", kind: "stop" as const, label: "Stop" }, stopUntil: 9_000 };
        await put(store, "c", told, { parent: { session: SESSION, task: null, bounds: [], card } });
        const claimed = await store.claim(own, claiming());
        if (claimed.status !== "claimed") throw new Error("no task");
        const { fence } = claimed.claimed;
        await store.appendReply(fence, reply("", [call("c1")]), 4);
        const asked = {
          id: "ap",
          n: 3,
          tool: "look",
          hash: "h",
          expiresAt: 9_000,
          text: "?",
          buttons: [],
          isPushed: false,
        };
        await store.requestApproval(fence, asked, 5);
        await store.wait(fence);
        await put(store, "more", told, { parent: { session: SESSION, task: null, bounds: [] } });
        expect(await store.claim(own, claiming())).toEqual({ status: "nothing" });
        expect((await store.eventsAfter(SESSION, 0, 10)).map(({ body }) => body.type)).toEqual(["agent_started"]);
        expect(await store.progress("task-c")).toMatchObject({
          task: { state: "waiting", agent: "helper" },
          goal: "text of c",
          tools: ["look"],
          tokens: 7,
          usd: 0.25,
        });
        await store.cancel("task-c", { now: 6, text: "Stopped.", isPushed: false });
        expect((await store.task("task-more"))?.state).toBe("cancelled");
        expect(await store.claim(own, claiming())).toEqual({ status: "nothing" });
        expect(await store.progress("task-x")).toBeUndefined();
      }),
    );

    test(
      "the wish to stop a running task survives its process (P7)",
      with_(async (store) => {
        await put(store, "a");
        await take(store, { owner: "gone" });
        expect((await store.cancel("task-a", { now: 5, text: "", isPushed: true })).result).toBe("asked");
        await store.releaseAbandoned("me");
        expect((await take(store)).isCancelRequested).toBe(true);
      }),
    );

    test(
      "a fresh start hides what was before from the model, not from people, and not a task's own steps",
      with_(async (store) => {
        await put(store, "a");
        const first = await take(store);
        await store.startFresh(SESSION, 5);
        expect((await store.shownSteps(SESSION)).steps).toHaveLength(1);
        await store.finish(first.fence, done());
        expect((await store.shownSteps(SESSION)).steps).toEqual([]);
        expect(await types(store)).toContain("message_accepted");
      }),
    );

    test(
      "events are numbered from 1 without gaps and read from any place",
      with_(async (store) => {
        await put(store, "a");
        await store.finish((await take(store)).fence, { ...done("x"), last: reply("x") });
        const all = await store.eventsAfter(SESSION, 0, 100);
        expect(all.map(({ n }) => n)).toEqual([1, 2, 3, 4]);
        expect((await store.eventsAfter(SESSION, 2, 1)).map(({ n }) => n)).toEqual([3]);
        expect(await store.lastEvent(SESSION)).toBe(4);
      }),
    );

    test(
      "deliveries go out in order and are settled once",
      with_(async (store) => {
        for (const key of ["a", "b"]) {
          await put(store, key);
          await store.finish((await take(store)).fence, done(`answer ${key}`));
        }
        await store.deliveryFailed("task-a", "no network", false, 1);
        expect((await store.pendingDeliveries(SESSION, 10)).map(({ key, tries }) => [key, tries])).toEqual([
          ["task-a", 1],
          ["task-b", 0],
        ]);
        await store.deliveryDone("task-a", { platformId: "p1" }, 2);
        await store.deliveryFailed("task-b", "gone", true, 3);
        expect(await store.pendingDeliveries(null, 10)).toEqual([]);
      }),
    );

    test(
      "an account tells models, tokens, money and decisions of a task (P15)",
      with_(async (store) => {
        await put(store, "a");
        const { fence } = await take(store);
        await store.appendReply(fence, reply("", [call("c1")]), 10);
        const audit = {
          at: 1,
          session: SESSION,
          task: "task-a",
          actor: "chat:ann",
          action: "tool",
          subject: "look",
          decision: "ok",
          reason: "granted",
        };
        await store.finishCalls(fence, [{ n: 3, result: { status: "ok", text: "" } }], [audit], 11);
        expect(await store.account("task-a")).toMatchObject({
          models: [{ model: "fake/model", calls: 1, usage: { inputTokens: 7 }, usd: 0.25 }],
          decisions: [{ subject: "look", decision: "ok", reason: "granted" }],
        });
      }),
    );
  });

  describe(`${name}: consent`, () => {
    test(
      "is asked for once, decided once, on record with the decision itself, used once",
      with_(async (store) => {
        await put(store, "a");
        const { fence } = await take(store);
        await store.appendReply(fence, reply("", [call("c1")]), 10);
        const asked = {
          id: "ap",
          n: 3,
          tool: "look",
          hash: "h",
          expiresAt: 99,
          text: "May I?",
          buttons: [],
          isPushed: true,
        };
        await store.requestApproval(fence, asked, 11);
        await store.requestApproval(fence, { ...asked, id: "again" }, 11);
        await store.wait(fence);
        await expect(take(store)).rejects.toThrow("expected a task, got nothing");

        const decision = { by: "chat:bob", reason: null, now: 12, text: "Yes.", isPushed: true };
        expect(await store.decideApproval("ap", { ...decision, state: "approved" })).toMatchObject({ state: "open" });
        expect(await store.decideApproval("ap", { ...decision, state: "denied" })).toMatchObject({ state: "approved" });
        expect(await store.decideApproval("again", { ...decision, state: "approved" })).toBeUndefined();
        expect(await store.verifyAudit()).toEqual({ records: 1, fault: undefined });
        expect((await store.account("task-a")).decisions).toMatchObject([
          { subject: "look", decision: "approved", reason: "ap" },
        ]);

        const { fence: next } = await take(store);
        expect(await store.takeApproval(next, 3, "other arguments")).toBeUndefined();
        expect(await store.takeApproval(next, 3, "h")).toMatchObject({ state: "approved", decidedBy: "chat:bob" });
        expect(await store.takeApproval(next, 3, "h")).toMatchObject({ state: "used" });
      }),
    );
  });

  describe(`${name}: schedules`, () => {
    const schedule = {
      id: "s1",
      session: SESSION,
      channel: "chat",
      author: { id: "chat:ann", name: "Ann" },
      replyTo: { thread: "1" },
      text: "tea",
      cron: "0 9 * * *",
      timeZone: "UTC",
      nextAt: 100,
      createdAt: 1,
    };
    const bounds = { ofSession: 3, ofAuthor: 4 };

    test(
      "are kept once, found when due, moved from where they were alone, over when they end",
      with_(async (store) => {
        expect(await store.nextSchedule()).toBeUndefined();
        expect(await store.addSchedule(schedule, bounds)).toBe("added");
        expect(await store.addSchedule({ ...schedule, nextAt: 5 }, bounds)).toBe("known");
        const { cron: _, replyTo: __, ...once } = schedule;
        await store.addSchedule({ ...once, id: "s2", nextAt: 50 }, bounds);
        expect(await store.schedules(SESSION, 10)).toEqual([{ ...once, id: "s2", nextAt: 50 }, schedule]);
        expect(await store.nextSchedule()).toBe(50);
        expect((await store.dueSchedules(99, 10)).map(({ id }) => id)).toEqual(["s2"]);

        await store.moveSchedule("s2", 49, 60);
        expect(await store.nextSchedule()).toBe(50);
        await store.moveSchedule("s2", 50, undefined);
        await store.moveSchedule("s1", 100, 200);
        expect((await store.dueSchedules(1_000, 10)).map(({ id, nextAt }) => [id, nextAt])).toEqual([["s1", 200]]);
        expect([await store.endSchedule("s1"), await store.endSchedule("s1")]).toEqual([true, false]);
        expect(await store.nextSchedule()).toBeUndefined();
        expect(await store.addSchedule(schedule, bounds)).toBe("known");
      }),
    );

    test(
      "have a bound a session and a person",
      with_(async (store) => {
        const add = (id: string, session: string, author = "chat:ann") =>
          store.addSchedule({ ...schedule, id, session, author: { id: author, name: "" } }, bounds);
        for (const id of ["a", "b", "c"]) expect(await add(id, SESSION)).toBe("added");
        expect(await add("d", SESSION, "chat:bob")).toBe("too-many");
        expect(await add("e", "chat:other")).toBe("added");
        expect(await add("f", "chat:other")).toBe("too-many");
        expect(await add("g", "chat:other", "chat:bob")).toBe("added");
        await store.endSchedule("a");
        expect(await add("h", "chat:other")).toBe("added");
      }),
    );
  });

  describe(`${name}: what is said beside an answer`, () => {
    test(
      "a file is one delivery and one event before the answer, however often it is said; its bytes are kept",
      with_(async (store) => {
        await put(store, "a");
        const { fence } = await take(store);
        const said = { status: "said", session: SESSION };
        expect(await store.sayAside(fence, picture(), saying("call.1"))).toEqual(said);
        expect(await store.sayAside(fence, picture("other bytes"), saying("call.1"))).toEqual(said);
        await store.finish(fence, done());
        const sent = await store.pendingDeliveries(SESSION, 10);
        expect(sent.map(({ key, kind }) => [key, kind])).toEqual([
          ["call.1", "file"],
          ["task-a", "answer"],
        ]);
        const file = {
          name: "图.png",
          mediaType: "image/png",
          bytes: 5,
          hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        };
        expect(sent[0]).toMatchObject({ text: "Look", task: "task-a", replyTo: { thread: "a" }, file });
        expect(Buffer.from((await store.fileContent(sent[0]?.file?.hash ?? "")) ?? []).toString()).toBe("bytes");
        expect((await types(store)).filter((type) => type === "file_sent")).toHaveLength(1);
        expect(await store.sentFile(SESSION, "call.1")).toEqual(file);
        expect(await store.sentFile("chat:other", "call.1")).toBeUndefined();
        expect(await store.sentFile(SESSION, "task-a")).toBeUndefined();
        expect(await store.fileContent("nothing")).toBeUndefined();
      }),
    );

    test(
      "where nothing is pushed there is the event and the file, and nothing to send",
      with_(async (store) => {
        await put(store, "a");
        const { fence } = await take(store);
        await store.sayAside(fence, picture(), saying("call.1", { isPushed: false }));
        expect(await store.pendingDeliveries(SESSION, 10)).toEqual([]);
        expect(await store.counts()).toMatchObject({ undelivered: 0 });
        expect(await store.sentFile(SESSION, "call.1")).toMatchObject({ name: "图.png" });
      }),
    );

    test(
      "so many of a kind a task; a call to a person names them",
      with_(async (store) => {
        await put(store, "a");
        const { fence } = await take(store);
        const call: Aside = { kind: "mention", text: "look", mention: { id: "chat:bob", name: "Bob" } };
        const limit = { max: 2 };
        for (const key of ["m1", "m2"]) await store.sayAside(fence, call, saying(key, limit));
        expect(await store.sayAside(fence, call, saying("m3", limit))).toEqual({ status: "too-many" });
        expect(await store.sayAside(fence, call, saying("m2", limit))).toMatchObject({ status: "said" });
        await store.sayAside(fence, picture(), saying("f1", limit));
        const sent = await store.pendingDeliveries(SESSION, 10);
        expect(sent.map(({ key }) => key)).toEqual(["m1", "m2", "f1"]);
        expect(sent[0]?.mention).toEqual({ id: "chat:bob", name: "Bob" });
      }),
    );

    test(
      "what an agent says belongs to the conversation it works for",
      with_(async (store) => {
        await put(store, "a", {}, { parent: { session: "chat:parent", task: null, bounds: [] } });
        const { fence } = await take(store);
        const said = await store.sayAside(fence, picture(), saying("call.1"));
        expect(said).toEqual({ status: "said", session: "chat:parent" });
        expect(await store.pendingDeliveries("chat:parent", 10)).toHaveLength(1);
        const events = await store.eventsAfter("chat:parent", 0, 10);
        expect(events.map(({ body }) => body.type)).toContain("file_sent");
      }),
    );

    test(
      "people are those who spoke and those who were named, the latest first, under their latest name",
      with_(async (store) => {
        const bob = { id: "chat:bob", name: "Bob" };
        await put(store, "a", { mentions: [bob] });
        await put(store, "b", { sender: { id: "chat:ann", name: "Ann Lee" } });
        await put(store, "c", { session: "chat:other", sender: { id: "chat:cid", name: "Cid" } });
        const ann = { id: "chat:ann", name: "Ann Lee" };
        expect(await store.people([SESSION], 10)).toEqual([ann, bob]);
        expect(await store.people([SESSION, "chat:other"], 2)).toEqual([ann, bob]);
        expect((await store.messageOf("a"))?.mentions).toEqual([bob]);
      }),
    );
  });

  describe(`${name}: what was spent`, () => {
    const usage = (usd: number, failure?: UsageRecord["failure"]): UsageRecord => ({
      model: "fake/model",
      role: "main",
      usage: { inputTokens: 1, cachedInputTokens: 2, cacheWriteTokens: 4, outputTokens: 8 },
      usd,
      durationMs: 1,
      ...(failure ? { failure } : {}),
    });

    test(
      "is summed up from a moment on by task, person, chat with all its threads and agents, and everybody",
      with_(async (store) => {
        const bob = { id: "chat:bob", name: "Bob" };
        await put(store, "a", { session: "chat:x:room:1" });
        await put(store, "b", { session: "chat:x:room:2", sender: bob });
        await put(store, "c", { session: "chat:x:room~task-c", sender: bob });
        await put(store, "d", { session: "chat:x:roof:1" });
        await store.recordUsage({ session: "chat:x:room:1", task: "task-a" }, usage(0.1), 100);
        await store.recordUsage({ session: "chat:x:room:2", task: "task-b" }, usage(0.2), 200);
        await store.recordUsage({ session: "chat:x:room~task-c", task: "task-c" }, usage(0.4), 300);
        await store.recordUsage({ session: "chat:x:roof:1", task: "task-d" }, usage(0.8), 400);
        // Of no task: nobody's in particular.
        await store.recordUsage({ session: "chat:x:room:1" }, usage(1.6), 500);
        const sum = async (whose: Spender, since = 0): Promise<readonly number[]> => {
          const { usd, tokens } = await store.spent(whose, since);
          return [Number(usd.toFixed(2)), tokens];
        };
        expect(await sum({ task: "task-c" })).toEqual([0.4, 15]);
        expect(await sum({ person: "chat:ann" })).toEqual([0.9, 30]);
        expect(await sum({ person: "chat:ann" }, 101)).toEqual([0.8, 15]);
        expect(await sum({ person: "chat:bob" }, 200)).toEqual([0.6, 30]);
        expect(await sum({ chat: "chat:x:room" })).toEqual([2.3, 60]);
        expect(await sum({ everybody: true })).toEqual([3.1, 75]);
        expect(await sum({ everybody: true }, 501)).toEqual([0, 0]);
      }),
    );

    test(
      "counts what broke off apart from what gave a reply",
      with_(async (store) => {
        await put(store, "a");
        const payer = { session: SESSION, task: "task-a" };
        await store.recordUsage(payer, usage(0.1, "provider-timeout"), 1);
        await store.recordUsage(payer, usage(0.2), 1);
        await store.recordUsage(payer, usage(0.2), 2);
        expect((await store.account("task-a")).models).toMatchObject([
          { model: "fake/model", failure: "provider-timeout", calls: 1, usd: 0.1 },
          { model: "fake/model", failure: null, calls: 2, usd: 0.4 },
        ]);
      }),
    );
  });

  describe(`${name}: what became of a message (P15)`, () => {
    test(
      "is found counting back without commands, by its id and by its task, in its own conversation and its agents'",
      with_(async (store) => {
        await put(store, "a");
        await put(store, "b", { text: "/status" }, { answer: "fine" });
        await put(store, "c", { text: "@look here" }, { answer: "on it" });
        await put(store, "c/agent/1", { session: `${SESSION}~task-x`, kind: "sub-agent" }, { taskId: "task-x" });
        const keyOf = async (...which: Parameters<Store["fateOf"]>) => (await store.fateOf(...which))?.message.key;
        expect(await keyOf(SESSION, { back: 0 })).toBe("c");
        expect(await keyOf(SESSION, { back: 1 })).toBe("a");
        expect(await keyOf(SESSION, { back: 2 })).toBeUndefined();
        expect(await keyOf(SESSION, { id: "msg-b" })).toBe("b");
        expect(await keyOf(SESSION, { id: "task-a" })).toBe("a");
        expect(await keyOf(SESSION, { id: "task-x" })).toBe("c/agent/1");
        expect(await keyOf(SESSION, { id: "" })).toBeUndefined();
        for (const other of ["chat:roo", "chat:room~", "chat:room~task", "chat:rooms"])
          expect(await keyOf(other, { id: "task-a" })).toBeUndefined();
        expect((await store.fateOf(SESSION, { back: 0 }))?.spawned).toMatchObject([{ id: "task-x" }]);
      }),
    );

    test(
      "tells its outcome, how many are before it, and what is sent about it",
      with_(async (store) => {
        await put(store, "a");
        await put(store, "b");
        await put(store, "c", {}, { waitingMax: 1 });
        expect(await store.fateOf(SESSION, { id: "msg-b" })).toMatchObject({
          disposition: null,
          before: 1,
          deliveries: [],
        });
        expect(await store.fateOf(SESSION, { back: 0 })).toMatchObject({
          disposition: "refused",
          reason: "line-full",
          deliveries: [{ kind: "failure", state: "pending", tries: 0, platformId: null }],
        });
        const { fence } = await take(store);
        expect((await store.account("task-a")).claims).toBe(1);
        await store.postpone(fence, 9_000, true);
        expect(await store.account("task-a")).toMatchObject({ claims: 1, notBefore: 9_000 });
        const again = await take(store, { now: 9_000 });
        await store.finish(again.fence, done());
        await store.deliveryDone("task-a", { platformId: "p1" }, 9_500);
        expect(await store.fateOf(SESSION, { id: "task-a" })).toMatchObject({
          disposition: "answered",
          closedAt: 3_000,
          deliveries: [{ kind: "answer", state: "sent", tries: 1, platformId: "p1", closedAt: 9_500 }],
        });
        expect((await store.account("task-a")).claims).toBe(2);
      }),
    );
  });

  describe(`${name}: what channels keep`, () => {
    test(
      "memos: the last value counts, a prefix finds its own channel's, a dropped one is gone",
      with_(async (store) => {
        await store.putMemo("chat", "stream:1", { at: 1 }, 1);
        await store.putMemo("chat", "stream:2", [1, "二"], 2);
        await store.putMemo("chat", "stream:1", { at: 3 }, 3);
        await store.putMemo("chat", "strea%", "x", 4);
        await store.putMemo("other", "stream:9", "x", 5);
        expect(await store.memos("chat", "stream:", 10)).toEqual([
          { key: "stream:2", value: [1, "二"], at: 2 },
          { key: "stream:1", value: { at: 3 }, at: 3 },
        ]);
        await store.dropMemo("chat", "stream:1");
        expect(await store.memo("chat", "stream:1")).toBeUndefined();
        expect((await store.memo("chat", "stream:2"))?.value).toEqual([1, "二"]);
        expect(await store.memos("chat", "strea%", 10)).toHaveLength(1);
      }),
    );

    test(
      "buttons: the first press takes it, the second looks, the late one is too late",
      with_(async (store) => {
        const button = { id: "b", kind: "stop", session: SESSION, task: "task-a", expiresAt: 100 } as const;
        await store.addButton(button, 1);
        expect(await store.button("b")).toEqual(button);
        const both = await Promise.all([store.takeButton("b", "ann", 5), store.takeButton("b", "bob", 5)]);
        expect(both).toEqual([
          { status: "taken", button },
          { status: "used", button },
        ]);
        await store.addButton({ ...button, id: "old" }, 1);
        expect(await store.takeButton("old", "ann", 100)).toMatchObject({ status: "expired" });
        expect(await store.takeButton("nobody's", "ann", 5)).toEqual({ status: "unknown" });
      }),
    );

    test(
      "sessions of a channel by when somebody last spoke, files kept with their message",
      with_(async (store) => {
        const files = [{ name: "a.txt", mediaType: "text/plain", bytes: 3, at: { id: "F1" } }];
        await put(store, "a", { files }, { now: 10 });
        await put(store, "b", { session: "chat:two" }, { now: 30 });
        await put(store, "c", { session: "chat:three" }, { now: 20 });
        await put(store, "d", { session: "web:one", channel: "web" }, { now: 40 });
        expect(await store.sessionsSince("chat", 20, 10)).toEqual(["chat:two", "chat:three"]);
        expect(await store.sessionsSince("chat", 0, 1)).toEqual(["chat:two"]);
        expect([await store.hasSession(SESSION), await store.hasSession("chat:never")]).toEqual([true, false]);
        expect((await store.messagesOfTask("task-a"))[0]?.files).toEqual(files);
      }),
    );

    test(
      "messages of a channel that stand open: waiting, running, not those that are over or taken back",
      with_(async (store) => {
        await put(store, "a", {}, { now: 10 });
        await put(store, "b", {}, { now: 20 });
        await put(store, "c", { session: "chat:two" }, { now: 30 });
        await put(store, "d", { session: "web:one", channel: "web" }, { now: 40 });
        await put(store, "e", { session: "chat:three" }, { now: 50 });
        const { fence } = await take(store);
        const open = async (limit = 10): Promise<readonly string[]> =>
          (await store.openMessages("chat", limit)).map(({ key }) => key);
        expect(await open()).toEqual(["e", "c", "b", "a"]);
        expect(await open(2)).toEqual(["e", "c"]);
        await store.withdraw("e", "taken back", 60);
        await store.finish(fence, done());
        expect(await open()).toEqual(["c", "b"]);
      }),
    );
  });

  describe(`${name}: compactions`, () => {
    const record = (n: number, more: Partial<Compaction> = {}): Compaction => ({
      session: SESSION,
      n,
      freshFrom: 0,
      level: "mechanical",
      upto: 0,
      prunedUpto: 0,
      cutUpto: 0,
      cutChars: 0,
      resultChars: 0,
      body: "body",
      request: "",
      narrative: "",
      carry: NO_CARRY,
      health: GOOD_HEALTH,
      tokensBefore: 9,
      tokensAfter: 1,
      at: 5,
      ...more,
    });
    const answered = async (store: Store, key: string): Promise<void> => {
      await put(store, key);
      await store.finish((await take(store)).fence, { ...done(), last: reply(`answer ${key}`) });
    };

    test(
      "the latest record counts, and only the steps after it are shown; the log stays as it is",
      with_(async (store) => {
        await answered(store, "a");
        await answered(store, "b");
        expect(await store.shownSteps(SESSION)).toMatchObject({ record: undefined, latest: 0 });
        expect(await store.saveCompaction(record(1, { upto: 2 }))).toBe(true);
        const shown = await store.shownSteps(SESSION);
        expect([shown.record?.n, shown.latest, shown.steps.map(({ seq }) => seq)]).toEqual([1, 1, [3, 4]]);
        expect(await store.transcript(SESSION)).toHaveLength(4);
      }),
    );

    test(
      "of two compactions made from the same state one is kept, whole",
      with_(async (store) => {
        await answered(store, "a");
        const both = await Promise.all([
          store.saveCompaction(record(1, { upto: 1, body: "first" })),
          store.saveCompaction(record(1, { upto: 1, body: "second" })),
        ]);
        expect(both.filter(Boolean)).toHaveLength(1);
        expect(await store.saveCompaction(record(1))).toBe(false);
        expect((await store.shownSteps(SESSION)).record?.body).toBe(both[0] ? "first" : "second");
      }),
    );

    test(
      "a fresh start leaves the summaries behind as well",
      with_(async (store) => {
        await answered(store, "a");
        await store.saveCompaction(record(1, { upto: 2 }));
        await store.startFresh(SESSION, 9);
        await answered(store, "b");
        const shown = await store.shownSteps(SESSION);
        expect([shown.record, shown.latest, shown.steps.map(({ seq }) => seq)]).toEqual([undefined, 1, [3, 4]]);
        // Begun before the fresh start, kept after it: it speaks of what was left behind.
        expect(await store.saveCompaction(record(2, { upto: 2 }))).toBe(true);
        expect((await store.shownSteps(SESSION)).record).toBeUndefined();
        expect(await store.saveCompaction(record(3, { upto: 3, freshFrom: shown.freshFrom }))).toBe(true);
        expect((await store.shownSteps(SESSION)).steps.map(({ seq }) => seq)).toEqual([4]);
      }),
    );

    test(
      "the running task's own steps stay shown unless a compaction covers them",
      with_(async (store) => {
        await put(store, "a");
        const { fence } = await take(store);
        await store.appendReply(fence, reply("", [call("c1")]), 1);
        await store.startFresh(SESSION, 2);
        expect((await store.shownSteps(SESSION)).steps).toHaveLength(3);
        expect(await store.taskSteps("task-a")).toHaveLength(3);
      }),
    );
  });
}
