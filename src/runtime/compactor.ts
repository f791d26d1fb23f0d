// Keeps each session's history within its budget: prunes, summarises with the cheap model, or does without one; ahead of need in
// the background, at once only when the next request would not fit. Each level that fails falls to the next; the log is never
// touched, and a compaction is one record or nothing.

import PQueue from "p-queue";
import {
  asRecord,
  type Draft,
  draftTokens,
  FULL_SHARE,
  type PlanInput,
  planCut,
  planDraft,
  planPruning,
  viewTokens,
} from "../context/compaction-plan.ts";
import type { Speak } from "../context/conversation.ts";
import { mechanicalSummary } from "../context/mechanical-summary.ts";
import { SUMMARY_TOKENS_MIN } from "../context/summary-request.ts";
import type { TokenGauge } from "../context/token-gauge.ts";
import { buildView } from "../context/view.ts";
import type { Payer } from "../core/budget.ts";
import type { Clock } from "../core/clock.ts";
import { type Compaction, type CompactionHealth, GOOD_HEALTH, type ShownSteps } from "../core/compaction.ts";
import { AppError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { SessionKey } from "../core/message.ts";
import type { ConversationItem } from "../core/model.ts";
import type { Step } from "../core/step.ts";
import type { Store } from "../core/store.ts";
import type { ModelChain } from "./model-chain.ts";
import { createSummariser } from "./summariser.ts";

export interface CompactorParts {
  readonly store: Pick<Store, "shownSteps" | "saveCompaction" | "recordUsage">;
  readonly cheap: ModelChain;
  readonly gauge: Pick<TokenGauge, "forget">;
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
  /**
   * What the next request shows; `known`: of what a moment ago was shown. Compacts first where it would not fit; throws
   * `context-unfittable` when nothing helps.
   */
  view(session: SessionKey, budgetTokens: number, signal: AbortSignal, known?: ShownSteps): Promise<FittingView>;
  /** After a task: begins a compaction in the background when one is near. Must not throw. */
  consider(session: SessionKey, tokens: number, budgetTokens: number): void;
  /** At once, whatever the size (`/compact`). */
  compact(
    session: SessionKey,
    budgetTokens: number,
    focus: string | undefined,
    signal: AbortSignal,
  ): Promise<CompactionReport>;
  /** Whether people are to be told that shortening no longer helps: once a conversation. */
  takeExhausted(session: SessionKey): boolean;
  /** Tokens of the session's history as the model would see it now. */
  size(session: SessionKey): Promise<number>;
  /** Ends what runs in the background. */
  stop(): Promise<void>;
}

/** Begins so much of the budget before `compressAt`, so that nobody waits. */
const AHEAD_SHARE = 0.1;
/** Pruning alone must go this far, or the next compaction follows at once. */
const PRUNED_SHARE = 0.5;
/** A compaction that leaves more than this share of what was there freed next to nothing. */
const PROGRESS_SHARE = 0.9;
/** What a summary may take of the history's budget. */
const SUMMARY_SHARE = 0.15;
const PAUSE_AFTER_FAILURES = 2;
const PAUSED_COMPACTIONS = 3;
const IDLE_MAX = 2;
const BACKGROUND_MAX = 2;
const TRIES_MAX = 3;

/** What somebody asked for; absent where a compaction happens by itself. */
interface Wish {
  readonly focus: string;
}

interface Choice {
  /** Undefined when nothing makes the history shorter. */
  readonly draft: Draft | undefined;
  readonly health: CompactionHealth;
}

export function createCompactor(parts: CompactorParts): Compactor {
  const { store, clock, log } = parts;
  const background = new PQueue({ concurrency: BACKGROUND_MAX });
  const busy = new Set<SessionKey>();
  const leaving = new AbortController();
  const summarise = createSummariser(parts);
  /** Where people are still to be told. */
  const exhausted = new Set<SessionKey>();

  const inputOf = (session: SessionKey, shown: ShownSteps, budgetTokens: number): PlanInput => ({
    record: shown.record,
    steps: shown.steps,
    speak: parts.speak(session),
    count: remembering(parts.count),
    budgetTokens,
    keepRecentTokens: parts.keepRecentTokens,
  });

  async function view(
    session: SessionKey,
    budgetTokens: number,
    signal: AbortSignal,
    known?: ShownSteps,
  ): Promise<FittingView> {
    for (let tries = 1; ; tries += 1) {
      const shown = tries === 1 && known ? known : await store.shownSteps(session);
      const input = inputOf(session, shown, budgetTokens);
      // Left behind by /new, or helped after all.
      if (!isIdle(shown.record?.health)) exhausted.delete(session);
      const items = buildView(shown.record, shown.steps, input.speak);
      const tokens = items.reduce((sum, item) => sum + parts.count(item), 0);
      if (tokens <= budgetTokens * FULL_SHARE) return { items, steps: shown.steps, tokens };
      // Somebody else's record may come between; a draft that does not fit is the shortest there is.
      if (tries > TRIES_MAX || !(await compactOnce(session, shown, input, undefined, signal)).isChanged)
        throw new AppError("context-unfittable", `the shortest history has ${tokens} of ${budgetTokens} tokens`);
    }
  }

  async function compactOnce(
    session: SessionKey,
    shown: ShownSteps,
    input: PlanInput,
    wish: Wish | undefined,
    signal: AbortSignal,
  ): Promise<CompactionReport & { readonly isChanged: boolean }> {
    const before = viewTokens(input);
    const { draft, health } = await choose(input, before, wish, payerOf(session, shown.steps), signal);
    if (!draft) return { before, after: before, isChanged: false };
    const after = draftTokens(input, draft);
    const idle = after > before * PROGRESS_SHARE ? health.idle + 1 : 0;
    const isNews = idle >= IDLE_MAX && !health.isTold;
    const record: Compaction = {
      ...asRecord(draft, input.record),
      session,
      n: shown.latest + 1,
      freshFrom: shown.freshFrom,
      health: { ...health, idle, isTold: health.isTold || isNews },
      tokensBefore: before,
      tokensAfter: after,
      at: clock.now(),
    };
    signal.throwIfAborted();
    const isSaved = await store.saveCompaction(record);
    if (isSaved) parts.gauge.forget(session);
    if (isSaved && isNews) {
      log.warn("compaction frees nothing any more and is left to when it must", { session });
      exhausted.add(session);
    }
    log.info("compaction", { session, level: draft.level, before, after, isSaved });
    return { before, after: isSaved ? after : before, isChanged: true };
  }

  /** The gentlest level that does; a level that fails falls to the next. */
  async function choose(
    input: PlanInput,
    before: number,
    wish: Wish | undefined,
    payer: Payer,
    signal: AbortSignal,
  ): Promise<Choice> {
    const health = input.record?.health ?? GOOD_HEALTH;
    const isShorter = (draft: Draft): boolean => draftTokens(input, draft) < before;
    const pruning = wish ? undefined : planPruning(input);
    if (pruning && draftTokens(input, pruning) <= input.budgetTokens * PRUNED_SHARE) return { draft: pruning, health };

    const { covered } = planCut(input);
    const isTooLong = before > input.budgetTokens * FULL_SHARE;
    if (covered.length === 0 && !isTooLong) return { draft: pruning, health };
    const summaryTokens = Math.min(parts.summaryTokens, Math.floor(input.budgetTokens * SUMMARY_SHARE));
    const plain = mechanicalSummary(input.record?.narrative ?? "", covered, input.speak, summaryTokens);
    const mechanical = planDraft("mechanical", plain, input);
    // What code cannot make shorter with next to no narrative, a model's would only make longer.
    if (!isShorter(mechanical)) return { draft: undefined, health };

    const isWorthAsking = covered.length > 0 && summaryTokens >= SUMMARY_TOKENS_MIN;
    if (!isWorthAsking) return { draft: mechanical, health };
    if (isIdle(health) && !wish) return { draft: mechanical, health };
    if (health.paused > 0) return { draft: mechanical, health: { ...health, paused: health.paused - 1 } };
    const narrative = await summarise(
      {
        note: input.record?.narrative ?? "",
        steps: covered,
        focus: wish?.focus ?? "",
        outputTokensMax: summaryTokens,
        payer,
      },
      signal,
    );
    const summary = narrative === undefined ? undefined : planDraft("summary", narrative, input);
    if (summary?.level === "summary" && isShorter(summary))
      return { draft: summary, health: { ...health, failures: 0 } };
    return { draft: mechanical, health: afterFailure(health) };
  }

  async function inBackground(session: SessionKey, budgetTokens: number): Promise<void> {
    try {
      const shown = await store.shownSteps(session);
      if (isIdle(shown.record?.health)) return;
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
      const input = inputOf(session, shown, budgetTokens);
      return compactOnce(session, shown, input, { focus: focus ?? "" }, signal);
    },
    takeExhausted: (session) => exhausted.delete(session),
    size: async (session) => viewTokens(inputOf(session, await store.shownSteps(session), 0)),
    stop: async () => {
      leaving.abort(new AppError("shutting-down", "the process is leaving"));
      await background.onIdle();
    },
  };
}

/** The summary is needed by whom the conversation works for. */
function payerOf(session: SessionKey, steps: readonly Step[]): Payer {
  const task = steps.findLast(({ body }) => body.kind !== "note")?.task;
  return task === undefined ? { session } : { session, task };
}

/** One compaction weighs the same items many times over. */
function remembering(count: CompactorParts["count"]): CompactorParts["count"] {
  const known = new Map<string, number>();
  return (item) => {
    const key = JSON.stringify(item);
    const tokens = known.get(key) ?? count(item);
    known.set(key, tokens);
    return tokens;
  };
}

/** Nothing is shortened ahead of need any more, and no model is asked: until a compaction that must be frees something again. */
const isIdle = (health: CompactionHealth = GOOD_HEALTH): boolean => health.idle >= IDLE_MAX;

function afterFailure(health: CompactionHealth): CompactionHealth {
  const failures = health.failures + 1;
  return failures < PAUSE_AFTER_FAILURES
    ? { ...health, failures }
    : { ...health, failures: 0, paused: PAUSED_COMPACTIONS };
}
