// One generated session lived through with the real compactor: looked at as it grows, compacted by hand, squeezed, stopped in the
// middle. What comes back is every invariant that did not hold (I1-I13 of the facts).

import type { Speak } from "../../src/context/conversation.ts";
import { itemTokens } from "../../src/context/request-tokens.ts";
import { createTokenGauge } from "../../src/context/token-gauge.ts";
import { buildView } from "../../src/context/view.ts";
import { AppError } from "../../src/core/errors.ts";
import { silentLog } from "../../src/core/log.ts";
import type { ConversationItem } from "../../src/core/model.ts";
import type { Step } from "../../src/core/step.ts";
import { type Compactor, createCompactor, type FittingView } from "../../src/runtime/compactor.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { generateHistory, type History, type HistorySize, stepsAfter } from "./generated-history.ts";
import { createSeeded, type Seeded } from "./seeded.ts";
import { SmallStore } from "./small-store.ts";
import { SummaryModel, type SummaryModelKind } from "./summary-models.ts";
import { canFit, viewFaults } from "./view-faults.ts";

export interface Life {
  readonly seed: number;
  readonly kind: SummaryModelKind;
  readonly budgetTokens: number;
  /** How long the session and its texts get. */
  readonly size?: HistorySize;
}

export interface LifeReport {
  readonly violations: readonly string[];
  readonly views: number;
  /** The compactions, as they were stored. */
  readonly records: readonly string[];
  readonly modelCalls: number;
  /** Views refused because the newest part alone cannot fit. */
  readonly refusals: number;
}

const CALLS_MAX = 4;
const INPUT_TOKENS_MAX = 4 * 1.5 * 12_000;
const VISITS_MAX = 6;

/** The same items are counted again and again here; an app counts them once a request. */
function createCount(): (item: ConversationItem) => number {
  const known = new Map<string, number>();
  return (item) => {
    const key = JSON.stringify(item);
    const tokens = known.get(key) ?? itemTokens(item, "o200k");
    known.set(key, tokens);
    return tokens;
  };
}

export const speakIn = (session: string): Speak =>
  session.startsWith("web:") ? (said) => said.text : (said) => `${said.sender.name}: ${said.text}`;

class Run {
  readonly violations: string[] = [];
  readonly clock = new FakeClock();
  readonly store = new SmallStore();
  readonly count = createCount();
  readonly model: SummaryModel;
  readonly compactor: Compactor;
  readonly history: History;
  readonly speak: Speak;
  readonly budgetTokens: number;
  views = 0;
  refusals = 0;
  /** The budget of the last record. */
  recordTokens: number;

  constructor({ seed, kind, budgetTokens, size }: Life) {
    this.history = generateHistory(seed, size);
    this.budgetTokens = budgetTokens;
    this.recordTokens = budgetTokens;
    this.speak = speakIn(this.history.session);
    this.model = new SummaryModel(kind, this.clock);
    this.compactor = createCompactor({
      gauge: createTokenGauge({ firstRatio: () => 1 }),
      store: this.store,
      cheap: this.model,
      clock: this.clock,
      log: silentLog,
      compressAt: 0.8,
      keepRecentTokens: 20_000,
      summaryTokens: 2_000,
      speak: () => this.speak,
      count: this.count,
    });
  }

  get session(): string {
    return this.history.session;
  }

  wrong(what: string): void {
    this.violations.push(what);
  }

  /** Undefined when it may not be: a refusal where something would have fitted is a violation. */
  async view(steps: readonly Step[], budgetTokens: number): Promise<FittingView | undefined> {
    this.views += 1;
    try {
      return await this.watched("view", budgetTokens, () =>
        this.compactor.view(this.session, budgetTokens, neverAborted),
      );
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== "context-unfittable") throw error;
      this.refusals += 1;
      if (canFit(steps, this.speak, this.count, budgetTokens))
        this.wrong(`refused at ${budgetTokens}: ${error.message}`);
      return undefined;
    }
  }

  /** I3 and I8 of whatever happens inside. */
  async watched<T>(what: string, budgetTokens: number, act: () => Promise<T>): Promise<T> {
    const before = { calls: this.model.calls, tokens: this.model.inputTokens, records: this.store.records.length };
    try {
      return await act();
    } finally {
      if (this.model.calls - before.calls > CALLS_MAX)
        this.wrong(`I8 ${this.model.calls - before.calls} calls in ${what}`);
      if (this.model.inputTokens - before.tokens > INPUT_TOKENS_MAX) this.wrong(`I8 too much read in ${what}`);
      for (const text of this.store.records.slice(before.records)) {
        this.recordTokens = budgetTokens;
        const record = JSON.parse(text) as { tokensBefore: number; tokensAfter: number };
        if (record.tokensAfter >= record.tokensBefore) this.wrong(`I3 ${record.tokensBefore} -> ${record.tokensAfter}`);
      }
    }
  }
}

const neverAborted = new AbortController().signal;

export async function liveThrough(life: Life): Promise<LifeReport> {
  const run = new Run(life);
  const seeded = createSeeded(life.seed + 0x5bd1e995);
  for (const visit of visitsOf(run.history, seeded)) {
    const steps = stepsAfter(run.history, visit, seeded.chance(0.3));
    run.store.steps = steps;
    await look(run, steps, run.budgetTokens);
    if (seeded.chance(0.15)) await compactTwice(run, steps, seeded.chance(0.5) ? "the invoices" : undefined);
    if (seeded.chance(0.15)) await beStopped(run, steps);
    if (seeded.chance(0.15)) await considerTwice(run, steps);
    // The vendor said that it is too long.
    if (seeded.chance(0.15)) await look(run, steps, Math.max(1_500, run.budgetTokens * seeded.pick([0.6, 0.3])));
  }
  await run.compactor.stop();
  const { violations, views, refusals, store, model } = run;
  return { violations, views, refusals, records: store.records, modelCalls: model.calls };
}

function visitsOf({ commits }: History, seeded: Seeded): readonly number[] {
  const visits = Array.from({ length: seeded.whole(1, VISITS_MAX - 1) }, () => seeded.whole(1, commits.length));
  return [...new Set([...visits, commits.length])].sort((a, b) => a - b);
}

async function look(run: Run, steps: readonly Step[], budgetTokens: number): Promise<void> {
  const first = await run.view(steps, budgetTokens);
  if (!first) return;
  const record = run.store.last;
  const { speak, count, recordTokens } = run;
  const seen = { ...first, steps, speak, count, budgetTokens, recordTokens, record };
  for (const fault of viewFaults(seen)) run.wrong(fault);
  const rebuilt = buildView(record, steps, run.speak);
  if (JSON.stringify(rebuilt) !== JSON.stringify(first.items)) run.wrong("I13 the rebuilt view differs");
  await unchanged(run, "I6 a second view", async () => {
    const second = await run.view(steps, budgetTokens);
    if (JSON.stringify(second?.items) !== JSON.stringify(first.items)) run.wrong("I6 the second view differs");
  });
}

async function compactTwice(run: Run, steps: readonly Step[], focus: string | undefined): Promise<void> {
  const compact = () =>
    run.watched("compact", run.budgetTokens, () =>
      run.compactor.compact(run.session, run.budgetTokens, focus, neverAborted),
    );
  const { before, after } = await compact();
  if (after > before) run.wrong(`I3 compacted from ${before} to ${after}`);
  await unchanged(run, "I6 a second compaction", compact);
  await look(run, steps, run.budgetTokens);
}

/** Whatever was being made is gone, and the next look finds the session as it was. */
async function beStopped(run: Run, steps: readonly Step[]): Promise<void> {
  const controller = new AbortController();
  const reason = new Error("stopped");
  run.model.whenAsked = () => controller.abort(reason);
  const records = run.store.records.length;
  try {
    await run.compactor.compact(run.session, run.budgetTokens, undefined, controller.signal);
    if (controller.signal.aborted) run.wrong("I12 a stopped compaction went on");
  } catch (error) {
    if (error !== reason) throw error;
    if (run.store.records.length !== records) run.wrong("I12 a stopped compaction left a record");
  } finally {
    run.model.whenAsked = undefined;
  }
  await look(run, steps, run.budgetTokens);
}

async function considerTwice(run: Run, steps: readonly Step[]): Promise<void> {
  const inBackground = async (): Promise<void> => {
    run.compactor.consider(run.session, await run.compactor.size(run.session), run.budgetTokens);
    // All that is awaited there is in this process.
    await new Promise((resolve) => setImmediate(resolve));
  };
  await run.watched("consider", run.budgetTokens, inBackground);
  await look(run, steps, run.budgetTokens);
}

async function unchanged(run: Run, what: string, act: () => Promise<unknown>): Promise<void> {
  const before = { calls: run.model.calls, records: run.store.records.length };
  await act();
  if (run.model.calls !== before.calls) run.wrong(`${what} asks the model`);
  if (run.store.records.length !== before.records) run.wrong(`${what} changes something`);
}
