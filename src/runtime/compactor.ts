// Keeps each session's history within its budget: prunes, summarises with the cheap model, or does without one; ahead of need in
// the background, at once only when the next request would not fit. Each level that fails falls to the next; the log is never
// touched, and a compaction is one record or nothing.

import PQueue from "p-queue";
import {
  asRecord,
  type Draft,
  minimalDraft,
  type PlanInput,
  planCut,
  planPruning,
  summaryDraft,
  viewTokens,
} from "../context/compaction-plan.ts";
import type { Speak } from "../context/conversation.ts";
import { mechanicalSummary } from "../context/mechanical-summary.ts";
import { summaryChunks, summaryFault, summaryQuestion, summarySystem } from "../context/summary-request.ts";
import { buildView } from "../context/view.ts";
import type { Clock } from "../core/clock.ts";
import { type Compaction, type CompactionHealth, GOOD_HEALTH } from "../core/compaction.ts";
import { AppError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { Language, SessionKey } from "../core/message.ts";
import type { ConversationItem } from "../core/model.ts";
import type { Step } from "../core/step.ts";
import type { ShownSteps, Store, UsageRecord } from "../core/store.ts";
import { languageOf } from "../core/user-text.ts";
import { childController } from "../lib/abort.ts";
import type { ModelChain } from "./model-chain.ts";

export interface CompactorParts {
  readonly store: Pick<Store, "shownSteps" | "saveCompaction">;
  readonly cheap: ModelChain;
  readonly clock: Clock;
  readonly log: Log;
  readonly compressAt: number;
  readonly keepRecentTokens: number;
  readonly summaryTokens: number;
  readonly speak: (session: SessionKey) => Speak;
  readonly count: (item: ConversationItem) => number;
}

export interface FittingView {
  readonly items: readonly ConversationItem[];
  readonly steps: readonly Step[];
  readonly tokens: number;
}

export interface CompactionReport {
  readonly before: number;
  readonly after: number;
}

export interface Compactor {
  /** What the next request shows. Compacts first where it would not fit; throws `context-unfittable` when nothing helps. */
  view(session: SessionKey, budgetTokens: number, signal: AbortSignal): Promise<FittingView>;
  /** After a task: begins a compaction in the background when one is near. Must not throw. */
  consider(session: SessionKey, tokens: number, budgetTokens: number): void;
  /** At once, whatever the size (`/compact`). */
  compact(
    session: SessionKey,
    budgetTokens: number,
    focus: string | undefined,
    signal: AbortSignal,
  ): Promise<CompactionReport>;
  /** Tokens of the session's history as the model would see it now. */
  size(session: SessionKey): Promise<number>;
  /** Ends what runs in the background. */
  stop(): Promise<void>;
}

/** Beyond this share of the budget nobody may wait any longer. */
const FULL_SHARE = 0.97;
const AHEAD_SHARE = 0.1;
const FIT_SHARE = 0.72;
const PROGRESS_SHARE = 0.9;
const SUMMARY_MS_MAX = 45_000;
const PAUSE_AFTER_FAILURES = 2;
const PAUSED_COMPACTIONS = 3;
const IDLE_MAX = 2;
const BACKGROUND_MAX = 2;
const MECHANICAL_CHARS_SHARE = 0.3;

export function createCompactor(parts: CompactorParts): Compactor {
  const { store, clock, log } = parts;
  const background = new PQueue({ concurrency: BACKGROUND_MAX });
  const busy = new Set<SessionKey>();
  const leaving = new AbortController();

  const inputOf = (session: SessionKey, shown: ShownSteps, budgetTokens: number): PlanInput => ({
    record: shown.record,
    steps: shown.steps,
    speak: parts.speak(session),
    count: parts.count,
    budgetTokens,
    keepRecentTokens: parts.keepRecentTokens,
  });

  async function view(session: SessionKey, budgetTokens: number, signal: AbortSignal): Promise<FittingView> {
    for (let tries = 0; ; tries += 1) {
      const shown = await store.shownSteps(session);
      const input = inputOf(session, shown, budgetTokens);
      const tokens = viewTokens(input);
      if (tokens <= budgetTokens * FULL_SHARE) {
        return { items: buildView(shown.record, shown.steps, input.speak), steps: shown.steps, tokens };
      }
      // Somebody else's record may come between once; a second time there is nothing left to try.
      if (tries > 2)
        throw new AppError("context-unfittable", `the shortest history has ${tokens} of ${budgetTokens} tokens`);
      await compactOnce(session, shown, input, undefined, signal);
    }
  }

  async function compactOnce(
    session: SessionKey,
    shown: ShownSteps,
    input: PlanInput,
    focus: string | undefined,
    signal: AbortSignal,
  ): Promise<CompactionReport> {
    const before = viewTokens(input);
    const usage: UsageRecord[] = [];
    const { draft, health } = await bestDraft(input, focus, usage, signal);
    const after = draft ? viewTokens(input, asRecord(draft, input.record)) : before;
    if (!draft) return { before, after };
    const idle = after > before * PROGRESS_SHARE ? health.idle + 1 : 0;
    if (idle === IDLE_MAX) log.warn("compaction frees nothing any more and is left to when it must", { session });
    const record: Compaction = {
      ...asRecord(draft, input.record),
      session,
      n: shown.latest + 1,
      health: { ...health, idle },
      tokensBefore: before,
      tokensAfter: after,
      at: clock.now(),
    };
    const isSaved = await store.saveCompaction(record, usage);
    log.info("compaction", { session, level: draft.level, before, after, isSaved });
    return { before, after: isSaved ? after : before };
  }

  /** The gentlest level that fits; undefined when there is nothing to compact. */
  async function bestDraft(
    input: PlanInput,
    focus: string | undefined,
    usage: UsageRecord[],
    signal: AbortSignal,
  ): Promise<{ readonly draft: Draft | undefined; readonly health: CompactionHealth }> {
    const health = input.record?.health ?? GOOD_HEALTH;
    const fits = (draft: Draft, share: number): boolean =>
      viewTokens(input, asRecord(draft, input.record)) <= input.budgetTokens * share;
    const pruning = planPruning(input);
    if (pruning && focus === undefined && fits(pruning, FIT_SHARE)) return { draft: pruning, health };

    const cut = planCut(input);
    if (cut) {
      const mayAsk = health.paused === 0;
      const narrative = mayAsk ? await summarise(input, cut.covered, focus, usage, signal) : undefined;
      const next = healthAfter(health, mayAsk, narrative !== undefined);
      const summary = narrative === undefined ? undefined : summaryDraft("summary", narrative, input, cut);
      if (summary && fits(summary, FIT_SHARE)) return { draft: summary, health: next };
      const charsMax = Math.floor(input.budgetTokens * MECHANICAL_CHARS_SHARE);
      const plain = mechanicalSummary(input.record?.narrative ?? "", cut.covered, input.speak, charsMax);
      const mechanical = summaryDraft("mechanical", plain, input, cut);
      if (fits(mechanical, FULL_SHARE)) return { draft: mechanical, health: next };
      return { draft: minimalDraft(input), health: next };
    }
    return { draft: viewTokens(input) > input.budgetTokens * FULL_SHARE ? minimalDraft(input) : pruning, health };
  }

  /** Undefined when the cheap model gave nothing usable; throws only when the caller itself was stopped. */
  async function summarise(
    input: PlanInput,
    covered: readonly Step[],
    focus: string | undefined,
    usage: UsageRecord[],
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const language = languageOfSteps(covered);
    const { controller, release } = childController(signal);
    const cancel = clock.after(SUMMARY_MS_MAX, () =>
      controller.abort(new AppError("provider-timeout", "the summary took too long")),
    );
    let note = input.record?.narrative ?? "";
    let coveredTokens = 0;
    try {
      for (const chunk of summaryChunks(covered, input.speak)) {
        const item = { role: "person", text: summaryQuestion(chunk, note) } as const;
        coveredTokens += parts.count(item);
        const request = {
          system: summarySystem(language, focus),
          tools: [],
          items: [item],
          cacheKey: "compaction",
          outputTokensMax: parts.summaryTokens,
        };
        const done = await parts.cheap.reply(
          request,
          { write: async () => {}, restart: () => {} },
          controller.signal,
          log,
        );
        usage.push({
          model: done.model,
          role: "cheap",
          usage: done.reply.usage,
          usd: done.usd,
          durationMs: done.durationMs,
        });
        note = done.reply.text.trim();
      }
      const fault = summaryFault(note, language, coveredTokens);
      if (fault !== undefined) log.warn("summary not taken", { fault });
      return fault === undefined ? note : undefined;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      log.warn("summary failed", { error });
      return undefined;
    } finally {
      cancel();
      release();
    }
  }

  async function inBackground(session: SessionKey, budgetTokens: number): Promise<void> {
    try {
      const shown = await store.shownSteps(session);
      await compactOnce(session, shown, inputOf(session, shown, budgetTokens), undefined, leaving.signal);
    } catch (error) {
      if (!leaving.signal.aborted) log.error("compaction failed", { session, error });
    } finally {
      busy.delete(session);
    }
  }

  return {
    view,
    consider: (session, tokens, budgetTokens) => {
      if (tokens < budgetTokens * (parts.compressAt - AHEAD_SHARE) || busy.has(session) || leaving.signal.aborted)
        return;
      busy.add(session);
      void background.add(() => inBackground(session, budgetTokens));
    },
    compact: async (session, budgetTokens, focus, signal) => {
      const shown = await store.shownSteps(session);
      return compactOnce(session, shown, inputOf(session, shown, budgetTokens), focus ?? "", signal);
    },
    size: async (session) => viewTokens(inputOf(session, await store.shownSteps(session), 0)),
    stop: async () => {
      leaving.abort(new AppError("shutting-down", "the process is leaving"));
      await background.onIdle();
    },
  };
}

function healthAfter(health: CompactionHealth, hasAsked: boolean, isGood: boolean): CompactionHealth {
  if (!hasAsked) return { ...health, paused: health.paused - 1 };
  if (isGood) return { ...health, failures: 0 };
  const failures = health.failures + 1;
  return failures < PAUSE_AFTER_FAILURES
    ? { ...health, failures }
    : { ...health, failures: 0, paused: PAUSED_COMPACTIONS };
}

/** The language most people here write in. */
function languageOfSteps(steps: readonly Step[]): Language {
  const said = steps.flatMap(({ body }) => (body.kind === "said" ? [languageOf(body.text)] : []));
  return said.filter((language) => language === "zh").length * 2 > said.length ? "zh" : "en";
}
