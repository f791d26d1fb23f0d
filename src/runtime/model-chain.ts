// One reply from a chain of models: deadlines, tries, fail-over. Knows no vendor; each target is a provider and a model's name.

import { estimateTokens } from "../context/token-estimate.ts";
import { familyOf } from "../context/token-family.ts";
import { type Budget, callCost, OverBudget, type Payer, tokensOf } from "../core/budget.ts";
import type { Clock, Random } from "../core/clock.ts";
import { AppError, toAppError } from "../core/errors.ts";
import type { Limits } from "../core/limits.ts";
import type { Log } from "../core/log.ts";
import type { Meter } from "../core/meter.ts";
import {
  costUsd,
  type ModelFacts,
  type ModelProvider,
  type ModelReply,
  type ModelRequest,
  NO_USAGE,
  type Usage,
} from "../core/model.ts";
import type { Store } from "../core/store.ts";
import { childController, limitSilence, sleep } from "../lib/abort.ts";
import type { CircuitBreaker } from "./circuit-breaker.ts";
import { backoffMs, policyFor } from "./failover-policy.ts";

export interface ModelTarget {
  /** `provider/model`: how configuration, log and usage name it. */
  readonly name: string;
  readonly model: string;
  readonly provider: ModelProvider;
  readonly facts: ModelFacts;
}

export interface ReplyDone {
  readonly reply: ModelReply;
  readonly model: string;
  readonly usd: number;
  readonly durationMs: number;
}

/** Takes the text as it comes. A new try begins from the start: `restart` says so before its first text. */
export interface TextSink {
  write(text: string): Promise<void>;
  restart(): void;
}

export type ChainRequest = Omit<ModelRequest, "model" | "outputTokensMax"> & {
  /** No more than this, whatever the model could. */
  readonly outputTokensMax?: number;
  readonly bill: Bill;
};

/** Who pays for a reply. What a reply took is stored by whoever asked for it, with what it was asked for. */
export interface Bill {
  readonly payer: Payer;
  readonly role: string;
  /** How long the request is, at most, in this model's tokens. */
  readonly inputTokens: (model: string) => number;
  /** Something cheaper stands ready (`CallCost`). */
  readonly isSparing?: boolean;
}

export interface ModelChain {
  readonly targets: readonly ModelTarget[];
  reply(request: ChainRequest, sink: TextSink, signal: AbortSignal, log: Log): Promise<ReplyDone>;
}

export interface ModelChainParts {
  readonly targets: readonly ModelTarget[];
  readonly breaker: CircuitBreaker;
  readonly limits: Pick<Limits, "firstTokenSeconds" | "idleTokenSeconds" | "replyChars">;
  readonly clock: Clock;
  readonly random: Random;
  readonly meter: Meter;
  readonly budget: Pick<Budget, "reserve">;
  readonly store: Pick<Store, "recordUsage">;
}

/** Waiting longer than this for one target is worse than going to the next. */
const WAIT_FOR_SAME_MS_MAX = 5_000;

const OUTPUT_SHARE_MAX = 0.2;
const OUTPUT_TOKENS_MIN = 512;

export function createModelChain(parts: ModelChainParts): ModelChain {
  const { targets, breaker, clock, meter, budget, store } = parts;

  async function reply(request: ChainRequest, sink: TextSink, signal: AbortSignal, log: Log): Promise<ReplyDone> {
    let failure: AppError | undefined;
    for (const target of candidates(targets, breaker)) {
      if (failure && isHopeless(failure, targets, target)) continue;
      for (let attempt = 0; ; attempt += 1) {
        if (failure) sink.restart();
        const result = await tryOnce(target, request, sink, signal, log);
        if (result instanceof AppError) failure = result;
        else return result;
        const policy = policyFor(failure.code);
        const waitMs = Math.max(failure.retryAfterMs ?? 0, backoffMs(attempt, parts.random, 500, 4_000));
        if (!policy.isNextWorthwhile) throw failure;
        if (attempt >= policy.again || waitMs > WAIT_FOR_SAME_MS_MAX) break;
        await sleep(clock, waitMs, signal);
      }
    }
    throw failure ?? new AppError("provider-unavailable", "no model is configured for this role");
  }

  async function tryOnce(
    target: ModelTarget,
    { bill, ...request }: ChainRequest,
    sink: TextSink,
    signal: AbortSignal,
    log: Log,
  ): Promise<ReplyDone | AppError> {
    const outputTokensMax = outputRoom(target, request.outputTokensMax);
    const inputTokens = bill.inputTokens(target.name);
    const call = { ...callCost(inputTokens, outputTokensMax, target.facts), isSparing: bill.isSparing === true };
    const reservation = await budget.reserve(bill.payer, call, signal).catch((error: unknown) => {
      breaker.undecided(target.name);
      // Another target may be cheap enough.
      if (error instanceof OverBudget) return error;
      throw error;
    });
    if (reservation instanceof OverBudget) return reservation;
    const startedAt = clock.now();
    const { controller, release } = childController(signal);
    const seen: Seen = { isAlive: false, text: "" };
    let isWhole = false;
    try {
      const reply = await readReply(target, { ...request, outputTokensMax }, sink, controller.signal, seen, parts);
      isWhole = true;
      const usd = costUsd(reply.usage, target.facts);
      const durationMs = clock.now() - startedAt;
      reservation.settle({ usd, tokens: tokensOf(reply.usage) });
      breaker.succeeded(target.name);
      meter.modelCalled(target.name, "ok", durationMs, reply.usage, usd);
      return { reply, model: target.name, usd, durationMs };
    } catch (error) {
      const failure = toAppError(signal.aborted ? signal.reason : error);
      const usage = brokenOff(seen, inputTokens, target.name);
      const usd = costUsd(usage, target.facts);
      reservation.settle({ usd, tokens: tokensOf(usage) });
      const { code } = failure;
      const record = { model: target.name, role: bill.role, usage, usd, durationMs: clock.now() - startedAt };
      await store
        .recordUsage(bill.payer, { ...record, failure: code }, clock.now())
        .catch((cause: unknown) => log.warn("usage not stored", { error: cause }));
      if (signal.aborted) {
        breaker.undecided(target.name);
        throw signal.reason;
      }
      if (policyFor(code).isResting) breaker.failed(target.name, failure.retryAfterMs);
      else breaker.undecided(target.name);
      meter.modelCalled(target.name, code, clock.now() - startedAt);
      log.warn("model failed", { model: target.name, code, error: failure });
      // What is no provider's failure (a fenced write, a full disk) is not the chain's to retry.
      if (!policyFor(code).isNextWorthwhile) throw failure;
      return failure;
    } finally {
      // Ends the request of a try that timed out.
      if (!isWhole) controller.abort(new AppError("cancelled", "the reply is over"));
      release();
    }
  }

  return { targets, reply };
}

/** Those that may be tried now, in order; when all rest, the first all the same: somebody is waiting for an answer. */
function* candidates(targets: readonly ModelTarget[], breaker: CircuitBreaker): Generator<ModelTarget> {
  let isAnyTried = false;
  for (const target of targets) {
    if (!breaker.mayTry(target.name)) continue;
    isAnyTried = true;
    yield target;
  }
  const first = targets[0];
  if (!isAnyTried && first) yield first;
}

/** What was too long for one model is only worth trying with a larger one. */
function isHopeless(failure: AppError, targets: readonly ModelTarget[], next: ModelTarget): boolean {
  if (failure.code !== "context-too-long") return false;
  const before = targets.slice(0, targets.indexOf(next));
  return before.some((target) => target.facts.contextTokens >= next.facts.contextTokens);
}

/** As large as the model allows, but never so large that a small window has no room for the question. */
const outputRoom = ({ facts }: ModelTarget, asked = Number.POSITIVE_INFINITY): number =>
  Math.min(asked, facts.outputTokens, Math.max(OUTPUT_TOKENS_MIN, Math.floor(facts.contextTokens * OUTPUT_SHARE_MAX)));

/** What came of a reply. */
interface Seen {
  isAlive: boolean;
  text: string;
}

/** No vendor says what a call that broke off took. One that had not begun to answer is counted as nothing. */
function brokenOff({ isAlive, text }: Seen, inputTokens: number, model: string): Usage {
  if (!isAlive) return NO_USAGE;
  return { ...NO_USAGE, inputTokens, outputTokens: estimateTokens(text, familyOf(model)) };
}

async function readReply(
  target: ModelTarget,
  request: Omit<ModelRequest, "model">,
  sink: TextSink,
  signal: AbortSignal,
  seen: Seen,
  { clock, limits }: ModelChainParts,
): Promise<ModelReply> {
  const events = target.provider.stream({ ...request, model: target.model }, signal);
  const limited = limitSilence(events, {
    timers: clock,
    signal,
    firstMs: limits.firstTokenSeconds * 1_000,
    idleMs: limits.idleTokenSeconds * 1_000,
    timeout: (isFirst) =>
      new AppError("provider-timeout", isFirst ? "no first token in time" : "the stream went silent"),
  });
  for await (const event of limited) {
    if (event.type === "reply") return event.reply;
    seen.isAlive = true;
    if (event.type !== "text") continue;
    seen.text += event.text;
    if (seen.text.length > limits.replyChars)
      throw new AppError("provider-bad-reply", `a reply of over ${limits.replyChars} characters`);
    await sink.write(event.text);
  }
  throw new AppError("provider-stream-broken", "the stream ended without a whole reply");
}
