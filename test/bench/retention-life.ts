// A talk lived through as the program does it: over a real ledger, with the real compactor; at its end the model's own tool looks
// back for what is asked.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { itemTokens } from "../../src/context/request-tokens.ts";
import { createTokenGauge } from "../../src/context/token-gauge.ts";
import { silentLog } from "../../src/core/log.ts";
import { type ConversationItem, NO_USAGE } from "../../src/core/model.ts";
import type { ReplyStep } from "../../src/core/step.ts";
import type { Store } from "../../src/core/store.ts";
import type { Fence } from "../../src/core/task.ts";
import { createLogTokens } from "../../src/memory/log-pieces.ts";
import { createLogSearch } from "../../src/memory/log-search.ts";
import { type Compactor, createCompactor } from "../../src/runtime/compactor.ts";
import { openLedger } from "../../src/storage/ledger.ts";
import { createRecall } from "../../src/tools/recall.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { silentChat } from "../support/silent-chat.ts";
import { BenchModel, type Summariser } from "./retention-models.ts";
import type { Round, Turn } from "./retention-talk.ts";

export interface LifeOptions {
  readonly summariser: Summariser;
  readonly budgetTokens: number;
  /** What each request to the model shows. */
  readonly onRequest: (items: readonly ConversationItem[], isNewTurn: boolean) => void;
  /** Asked at the end, one by one. */
  readonly questions: readonly string[];
}

export interface Lived {
  /** What the model is shown at the end. */
  readonly items: readonly ConversationItem[];
  /** What the tool answers to each question, line by line. */
  readonly recalled: readonly (readonly string[])[];
  readonly compactions: number;
  readonly summaryTokens: number;
}

const SESSION = "slack:team";
const OWNER = "bench";
const MODEL = "fake/model";
const STEP_MS = 180_000;
const usage = { model: MODEL, role: "main", usage: NO_USAGE, usd: 0, durationMs: 1 };

export const count = (item: ConversationItem): number => itemTokens(item, "claude-4.7");

export async function liveTalk(talk: readonly Turn[], options: LifeOptions): Promise<Lived> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-bench-retention-"));
  const store = await openLedger({ folder, lockWaitMs: 0, logTokens: createLogTokens("UTC") });
  const clock = new FakeClock();
  const model = new BenchModel(options.summariser);
  const compactor = createBenchCompactor(store, model, clock);
  const { signal } = new AbortController();
  const look = async (isNewTurn: boolean): Promise<void> => {
    const { items, tokens } = await compactor.view(SESSION, options.budgetTokens, signal);
    options.onRequest(items, isNewTurn);
    compactor.consider(SESSION, tokens, options.budgetTokens);
    // What the background reads and decides is done by then; what it writes stands in line before the next commit.
    await new Promise((resolve) => setImmediate(resolve));
  };
  try {
    for (const [place, turn] of talk.entries()) await tellTurn(store, clock, place, turn, look);
    const { items } = await compactor.view(SESSION, options.budgetTokens, signal);
    const { latest } = await store.shownSteps(SESSION);
    const recalled = await recallAll(store, clock, options.questions);
    return { items, recalled, compactions: latest, summaryTokens: model.tokens };
  } finally {
    await compactor.stop();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As configuration has it by default. */
export const createBenchCompactor = (store: Store, cheap: BenchModel, clock: FakeClock): Compactor =>
  createCompactor({
    gauge: createTokenGauge({ firstRatio: () => 1 }),
    store,
    cheap,
    clock,
    log: silentLog,
    compressAt: 0.8,
    keepRecentTokens: 20_000,
    summaryTokens: 2_000,
    speak: () => (said) => `${said.sender.name}: ${said.text}`,
    count,
  });

/** A model is asked after the message and after each tool's result. */
async function tellTurn(
  store: Store,
  clock: FakeClock,
  place: number,
  { speaker, text, rounds, answer }: Turn,
  look: (isNewTurn: boolean) => Promise<void>,
): Promise<void> {
  const sender = { id: `slack:${speaker}`, name: speaker };
  await store.accept(
    { key: `bench:${place}`, channel: "slack", session: SESSION, sender, text },
    {
      messageId: `message_${place}`,
      taskId: `task_${place}`,
      traceId: "",
      now: nextMoment(clock),
      waitingMax: 1,
      fullText: "",
      isPushed: false,
    },
  );
  const now = nextMoment(clock);
  const claim = await store.claim(SESSION, { owner: OWNER, now, leaseMs: 1_000, whileBusy: "queue", collectMax: 1 });
  if (claim.status !== "claimed") throw new Error(`turn ${place} was not taken up: ${claim.status}`);
  const { fence } = claim.claimed;
  await look(true);
  for (const [number, round] of rounds.entries()) {
    await tellRound(store, clock, fence, `call_${place}_${number}`, round);
    await look(false);
  }
  await store.finish(fence, {
    outcome: { state: "done", text: answer },
    now: nextMoment(clock),
    isPushed: false,
    last: { reply: replyOf(answer), calls: [], usage },
  });
}

async function tellRound(store: Store, clock: FakeClock, fence: Fence, id: string, round: Round): Promise<void> {
  const call = { kind: "call", id, name: round.tool, arguments: round.arguments } as const;
  const now = nextMoment(clock);
  const { numbers } = await store.appendReply(fence, { reply: replyOf(round.text), calls: [call], usage }, now);
  await store.finishCalls(fence, [{ n: numbers[1] ?? 0, result: round.result }], [], nextMoment(clock));
}

const replyOf = (text: string): ReplyStep => ({ kind: "reply", text, model: MODEL, usage: NO_USAGE });

function nextMoment(clock: FakeClock): number {
  clock.advance(STEP_MS);
  return clock.now();
}

async function recallAll(
  store: Store,
  clock: FakeClock,
  questions: readonly string[],
): Promise<readonly (readonly string[])[]> {
  const recall = createRecall({ findStep: store.step, search: createLogSearch(store, "UTC") });
  const context = {
    task: "task_asking",
    session: SESSION,
    channel: "slack",
    asker: "slack:Ann",
    clock,
    chat: silentChat,
    skills: [],
    bounds: [],
    call: "call_1",
    signal: new AbortController().signal,
  };
  const recalled: (readonly string[])[] = [];
  for (const query of questions) {
    const answer = await recall.run({ query }, context);
    recalled.push((typeof answer === "string" ? answer : answer.text).split("\n"));
  }
  return recalled;
}
