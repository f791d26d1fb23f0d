// Budgets under load, over a real ledger: reserved before a call and settled after it, so that however many run at once only one
// call's output can go over.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Allowances, type Amount, type Budget, callCost, OverBudget, type Payer } from "../../src/core/budget.ts";
import { AppError } from "../../src/core/errors.ts";
import { silentLog } from "../../src/core/log.ts";
import type { ModelEvent, ModelFacts, ModelProvider, ModelRequest } from "../../src/core/model.ts";
import type { Store } from "../../src/core/store.ts";
import { createZone } from "../../src/lib/day-in-zone.ts";
import { createBudget } from "../../src/runtime/budget.ts";
import { createCircuitBreaker } from "../../src/runtime/circuit-breaker.ts";
import { createModelChain, type ModelChain, type ModelTarget } from "../../src/runtime/model-chain.ts";
import { openLedger } from "../../src/storage/ledger.ts";
import { createSeeded } from "../context/seeded.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeModel } from "../support/fake-model.ts";
import { testFacts } from "../support/start-test-app.ts";

const HOUR_MS = 3_600_000;
const OFF: Allowances = { task: {}, person: {}, chat: {}, everybody: {} };
const never = new AbortController().signal;
const SESSION = "slack:T1:C1:thread-1";

let folder: string;
let store: Store;
let clock: FakeClock;
let commits: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-budget-"));
  clock = new FakeClock();
  commits = [];
  store = await openLedger({
    folder,
    lockWaitMs: 0,
    onCommit: (moment, labels) => {
      if (moment === "after") commits.push(...labels);
    },
  });
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const budgetOf = (allowances: Partial<Allowances>, zone = "UTC"): Budget =>
  createBudget({ store, clock, allowances: () => ({ ...OFF, ...allowances }), zone: createZone(zone) });

/** A task in the ledger. */
async function taskOf(id: string, sender = "slack:ann", session = SESSION): Promise<Payer> {
  await store.accept(
    { key: id, channel: "slack", session, sender: { id: sender, name: sender }, text: id },
    {
      messageId: `message-${id}`,
      taskId: id,
      traceId: "",
      now: clock.now(),
      waitingMax: 10_000,
      fullText: "",
      isPushed: false,
    },
  );
  return { session, task: id };
}

const call = (usd: number, outputUsd = 0) => ({
  input: { usd, tokens: 0 },
  output: { usd: outputUsd, tokens: 0 },
});

const spend = (payer: Payer, usd: number, tokens = 10): Promise<void> =>
  store.recordUsage(
    payer,
    {
      model: "fake/model",
      role: "main",
      usage: { inputTokens: tokens, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens: 0 },
      usd,
      durationMs: 1,
    },
    clock.now(),
  );

function chainOf(budget: Budget, targets: readonly ModelTarget[]): ModelChain {
  return createModelChain({
    targets,
    breaker: createCircuitBreaker(clock),
    limits: { firstTokenSeconds: 60, idleTokenSeconds: 60, replyChars: 100_000 },
    clock,
    random: () => 0.5,
    meter: {
      messageIn: () => {},
      taskStarted: () => {},
      taskEnded: () => {},
      modelCalled: () => {},
      toolCalled: () => {},
      delivered: () => {},
    },
    budget,
    store,
  });
}

const targetOf = (provider: ModelProvider, facts: Partial<ModelFacts> = {}): ModelTarget => ({
  name: `${provider.name}/model`,
  model: "model",
  provider,
  facts: { ...testFacts, ...facts },
});

async function ask(chain: ModelChain, payer: Payer, inputTokens: number): Promise<Amount> {
  const done = await chain.reply(
    {
      system: "",
      tools: [],
      items: [{ role: "person", text: "?" }],
      cacheKey: "",
      bill: { payer, role: "main", inputTokens: () => inputTokens },
    },
    { write: async () => {}, restart: () => {} },
    never,
    silentLog,
  );
  const { reply, model, usd, durationMs } = done;
  await store.recordUsage(payer, { model, role: "main", usage: reply.usage, usd, durationMs }, clock.now());
  return { usd, tokens: reply.usage.outputTokens + reply.usage.inputTokens };
}

describe("a thousand calls at once", () => {
  // Spends as it likes within what it was given, and takes its time: others come and go meanwhile.
  class Spendthrift implements ModelProvider {
    readonly name = "fake";
    readonly seeded: ReturnType<typeof createSeeded>;
    underWay = 0;
    most = 0;

    constructor(seed: number) {
      this.seeded = createSeeded(seed);
    }

    async *stream({ outputTokensMax }: ModelRequest): AsyncGenerator<ModelEvent> {
      this.underWay += 1;
      this.most = Math.max(this.most, this.underWay);
      for (let turns = this.seeded.whole(0, 20); turns > 0; turns -= 1) await Promise.resolve();
      const outputTokens = this.seeded.whole(0, 2) === 0 ? outputTokensMax : this.seeded.whole(1, outputTokensMax);
      this.underWay -= 1;
      const usage = { inputTokens: 500, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens };
      yield { type: "reply", reply: { text: "x", calls: [], stop: "end", usage } };
    }
  }

  test.each([1, 2])("overspend by at most one call's output, and refuse nobody too early (seed %d)", async (seed) => {
    const limits: Allowances = {
      task: {},
      person: { usd: 0.9 },
      chat: { usd: 2, tokens: 150_000 },
      everybody: { usd: 3 },
    };
    const provider = new Spendthrift(seed);
    const chain = chainOf(budgetOf(limits), [targetOf(provider)]);
    const people = ["ann", "bob", "cem", "dan", "eve"];
    const payers = await Promise.all(
      Array.from({ length: 1_000 }, (_, n) =>
        taskOf(`task-${n}`, `slack:${people[n % 5]}`, `slack:T1:C${n % 3}:thread-${n % 50}`),
      ),
    );
    const results = await Promise.allSettled(payers.map((payer) => ask(chain, payer, 500)));

    const output = callCost(0, testFacts.outputTokens, testFacts).output;
    const spent = await Promise.all([
      ...people.map(async (name) => [limits.person, await store.spent({ person: `slack:${name}` }, 0)] as const),
      ...[0, 1, 2].map(async (n) => [limits.chat, await store.spent({ chat: `slack:T1:C${n}` }, 0)] as const),
      [limits.everybody, await store.spent({ everybody: true }, 0)] as const,
    ]);
    for (const [limit, { usd, tokens }] of spent) {
      expect(usd).toBeLessThanOrEqual((limit.usd ?? Number.POSITIVE_INFINITY) + output.usd + 1e-9);
      expect(tokens).toBeLessThanOrEqual((limit.tokens ?? Number.POSITIVE_INFINITY) + output.tokens);
    }
    const refused = results.filter(({ status }) => status === "rejected");
    expect(refused.length).toBeGreaterThan(0);
    for (const one of refused) expect(one.status === "rejected" && one.reason).toBeInstanceOf(OverBudget);
    // They ran beside each other, and somebody's budget was really used up.
    expect(provider.most).toBeGreaterThan(5);
    const isUsedUp = ([limit, sum]: (typeof spent)[number]): boolean =>
      sum.usd + 0.001 > (limit.usd ?? Number.POSITIVE_INFINITY) ||
      sum.tokens + 500 > (limit.tokens ?? Number.POSITIVE_INFINITY);
    expect(spent.some(isUsedUp)).toBe(true);
  });
});

describe("a reservation", () => {
  test("that may not be needed holds others up, and does not turn them away", async () => {
    const budget = budgetOf({ chat: { usd: 1 } });
    const first = await budget.reserve(await taskOf("a"), call(0.1, 5), never);
    let isThrough = false;
    const second = budget.reserve(await taskOf("b"), call(0.1, 5), never).then((made) => {
      isThrough = true;
      return made;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isThrough).toBe(false);
    first.settle({ usd: 0.2, tokens: 1 });
    (await second).settle({ usd: 0.75, tokens: 1 });
    await expect(budget.reserve(await taskOf("c"), call(0.1), never)).rejects.toMatchObject({
      code: "task-budget",
      reached: { name: "chat", unit: "usd", limit: 1, freeAt: "2026-11-22 00:00 UTC" },
    });
  });

  test("is waited for no longer than the caller lives", async () => {
    const budget = budgetOf({ chat: { usd: 1 } });
    await budget.reserve(await taskOf("a"), call(0.1, 5), never);
    const stop = new AbortController();
    const waiting = budget.reserve(await taskOf("b"), call(0.1), stop.signal);
    stop.abort(new AppError("cancelled", "stopped"));
    await expect(waiting).rejects.toMatchObject({ code: "cancelled" });
  });

  test("costs no commit of its own", async () => {
    const budget = budgetOf({ task: { usd: 1 }, person: { usd: 1 }, chat: { usd: 1 }, everybody: { usd: 1 } });
    const payer = await taskOf("a");
    commits = [];
    (await budget.reserve(payer, call(0.1, 0.5), never)).settle({ usd: 0.2, tokens: 1 });
    expect(commits).toEqual([]);
  });

  test("settled twice counts once", async () => {
    const budget = budgetOf({ chat: { usd: 1 } });
    const made = await budget.reserve(await taskOf("a"), call(0.1), never);
    made.settle({ usd: 0.4, tokens: 1 });
    made.settle({ usd: 0.4, tokens: 1 });
    expect(await budget.left({ session: SESSION, person: "slack:ann" })).toMatchObject([{ left: { usd: 0.6 } }]);
  });

  test("of a process that died holds nobody up after it, and what it had spent is not forgotten", async () => {
    const before = budgetOf({ person: { usd: 1 } });
    const payer = await taskOf("a");
    const made = await before.reserve(payer, call(0.1, 5), never);
    await spend(payer, 0.7);
    made.settle({ usd: 0.7, tokens: 10 });
    await before.reserve(payer, call(0.1, 5), never);
    await store.close();

    store = await openLedger({ folder, lockWaitMs: 0 });
    const after = budgetOf({ person: { usd: 1 } });
    (await after.reserve(payer, call(0.25), never)).settle({ usd: 0.2, tokens: 1 });
    await expect(after.reserve(payer, call(0.25), never)).rejects.toBeInstanceOf(OverBudget);
  });
});

describe("whose", () => {
  test("an agent's spending counts for who called it, for the chat it was called in, and not for its parent's task", async () => {
    const budget = budgetOf({ task: { usd: 1 }, person: { usd: 1.5 }, chat: { usd: 5 } });
    const parent = await taskOf("a");
    const agent = await taskOf("b", "slack:ann", `${SESSION}~b~c`);
    (await budget.reserve(agent, call(0.1), never)).settle({ usd: 0.9, tokens: 1 });
    const left = await budget.left({ ...parent, person: "slack:ann" });
    expect(left.map(({ name, left }) => [name, Number(left.usd.toFixed(2))])).toEqual([
      ["task", 1],
      ["person", 0.6],
      ["chat", 4.1],
    ]);
    await expect(budget.reserve(await taskOf("d", "slack:ann", "slack:T1:C9"), call(0.7), never)).rejects.toMatchObject(
      {
        reached: { name: "person" },
      },
    );
    // Another thread of the same chat, another person.
    const bob = await taskOf("e", "slack:bob", "slack:T1:C1:thread-2");
    expect((await budget.left({ ...bob, person: "slack:bob" })).at(-1)?.left.usd).toBeCloseTo(4.1);
  });

  test("an edit that switches a budget on counts what was spent while it was off", async () => {
    let allowances = OFF;
    const budget = createBudget({ store, clock, allowances: () => allowances, zone: createZone("UTC") });
    const payer = await taskOf("a");
    (await budget.reserve(payer, call(0.1), never)).settle({ usd: 0.5, tokens: 10 });
    await spend(payer, 0.5);
    allowances = { ...OFF, everybody: { usd: 0.55 } };
    await expect(budget.reserve(payer, call(0.1), never)).rejects.toBeInstanceOf(OverBudget);
  });
});

describe("a day", () => {
  test("ends at midnight of the time zone: what was used up is free again, also after a restart", async () => {
    // 09:00 UTC is 17:00 there.
    const budget = budgetOf({ person: { usd: 1 } }, "Asia/Shanghai");
    const payer = await taskOf("a");
    const use = async (): Promise<void> => {
      const made = await budget.reserve(payer, call(0.9), never);
      await spend(payer, 0.9);
      made.settle({ usd: 0.9, tokens: 10 });
    };
    await use();
    await expect(use()).rejects.toMatchObject({ reached: { freeAt: "2026-11-22 00:00 Asia/Shanghai" } });
    clock.advance(7 * HOUR_MS - 1);
    await expect(use()).rejects.toBeInstanceOf(OverBudget);
    clock.advance(1);
    await use();
    await expect(use()).rejects.toBeInstanceOf(OverBudget);
    const after = budgetOf({ person: { usd: 1 } }, "Asia/Shanghai");
    await expect(after.reserve(payer, call(0.9), never)).rejects.toBeInstanceOf(OverBudget);
    // Here it is the same day since before.
    const elsewhere = budgetOf({ person: { usd: 2 } }, "UTC");
    await expect(elsewhere.reserve(payer, call(0.3), never)).rejects.toBeInstanceOf(OverBudget);
  });

  test("that ends in the middle of a call counts it for the next", async () => {
    const budget = budgetOf({ chat: { usd: 1 } });
    const payer = await taskOf("a");
    const made = await budget.reserve(payer, call(0.1), never);
    clock.advance(16 * HOUR_MS);
    made.settle({ usd: 0.8, tokens: 1 });
    expect(await budget.left({ ...payer, person: "slack:ann" })).toMatchObject([
      { left: { usd: expect.closeTo(0.2) } },
    ]);
  });
});

describe("a chain of models", () => {
  test("reserves for the target that is really called: one too dear is passed over, a cheaper one answers", async () => {
    const down = new FakeModel([new AppError("provider-auth", "no")], { name: "first" });
    const dear = new FakeModel([], { name: "dear" });
    const cheap = new FakeModel(["from the cheap one"], { name: "cheap" });
    const budget = budgetOf({ task: { usd: 0.5 } });
    const chain = chainOf(budget, [
      targetOf(down),
      targetOf(dear, { inputUsd: 1_000 }),
      targetOf(cheap, { inputUsd: 0.1 }),
    ]);
    const payer = await taskOf("a");
    await ask(chain, payer, 1_000);
    expect([down, dear, cheap].map(({ requests }) => requests.length)).toEqual([1, 0, 1]);
    expect((await store.account("a")).models.map(({ model, failure }) => [model, failure])).toEqual([
      ["first/model", "provider-auth"],
      ["cheap/model", null],
    ]);
    expect((await budget.left({ ...payer, person: "slack:ann" }))[0]?.left.usd).toBeLessThan(0.5);
  });

  test("counts a call that broke off while it answered, as far as that is known, and none that never began", async () => {
    const broken = new AppError("provider-refused", "enough");
    const model = new FakeModel([{ text: "x ".repeat(500), thenFail: broken }, broken]);
    const budget = budgetOf({ task: { usd: 0.5 } });
    const chain = chainOf(budget, [targetOf(model)]);
    const begun = await taskOf("a");
    await expect(ask(chain, begun, 1_000)).rejects.toMatchObject({ code: "provider-refused" });
    const spent = await store.spent({ task: "a" }, 0);
    expect(spent.tokens).toBeGreaterThan(1_400);
    expect((await budget.left({ ...begun, person: "" }))[0]?.left.usd).toBeCloseTo(0.5 - spent.usd);
    await expect(ask(chain, await taskOf("b"), 1_000)).rejects.toMatchObject({ code: "provider-refused" });
    expect(await store.spent({ task: "b" }, 0)).toEqual({ usd: 0, tokens: 0 });
  });
});
