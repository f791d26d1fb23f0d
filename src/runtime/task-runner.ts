// Step 3 of the road: one runner for chat turns, sub-agents and command-line tasks. It holds the lease, the deadline and the
// signal tree, retries what may be retried, and has the one catch-all: whatever happens in a task ends in one outcome.
//
//   queued -> running -> done | failed | cancelled
//               |  ^
//               v  |   retryable failure, shutdown, or a crash: back into the line, at its place
//             queued <- waiting <- running   for a person's consent, holding no slot and no line

import { OverBudget } from "../core/budget.ts";
import { budgetText } from "../core/budget-text.ts";
import type { Clock, Random } from "../core/clock.ts";
import { AppError, toAppError } from "../core/errors.ts";
import type { Limits } from "../core/limits.ts";
import type { Log } from "../core/log.ts";
import type { SessionKey, WhileBusy } from "../core/message.ts";
import type { Meter } from "../core/meter.ts";
import type { NextWork } from "../core/session-engine.ts";
import type { CancelResult, ClaimOptions, Finished, FinishOptions, Store } from "../core/store.ts";
import type { ClaimedTask, Task } from "../core/task.ts";
import { failureText, languageOf, userText } from "../core/user-text.ts";
import { endsWithin, sleep } from "../lib/abort.ts";
import { backoffMs, policyFor } from "./failover-policy.ts";
import type { LiveBoard } from "./live.ts";
import type { Outbox } from "./outbox.ts";

export interface TaskRun {
  readonly claimed: ClaimedTask;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** What is committed in one with the end. */
export type TaskEnd = Pick<FinishOptions, "outcome" | "last" | "calls">;

/** The work of a task. It may throw anything; the runner makes an outcome of it. */
export interface TaskBody {
  run(run: TaskRun): Promise<TaskEnd | "waiting">;
  /** What the person has been shown of the answer so far; kept when the task fails or is stopped. */
  said(claimed: ClaimedTask): Promise<string>;
}

export interface TaskRunnerParts {
  readonly store: Store;
  readonly live: LiveBoard;
  readonly outbox: Outbox;
  readonly bodyOf: (task: Task) => TaskBody;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly meter: Meter;
  readonly limits: Pick<Limits, "taskSeconds">;
  readonly whileBusy: WhileBusy;
  /** This process, among all that ever used the ledger. */
  readonly owner: string;
}

export interface TaskRunner {
  /** Claims and works one task of the session. Never throws. */
  work(session: SessionKey): Promise<NextWork>;
  cancel(task: string): Promise<CancelResult>;
  /** Waits for the running tasks; after the bound they are put back into the line for the next process. */
  drain(boundMs: number): Promise<void>;
  readonly running: number;
}

const LEASE_MS = 60_000;
const GRACE_MS = 1_000;
const COLLECTED_MESSAGES_MAX = 20;
const FAILURES_MAX = 3;
/** A message that took the process down so often without a step forward is not tried again. */
const ATTEMPTS_MAX = 10;
const STORE_RETRY_MS_MAX = 15_000;

export function createTaskRunner(parts: TaskRunnerParts): TaskRunner {
  const { store, clock, log, meter } = parts;
  const running = new Map<string, { readonly claimed: ClaimedTask; readonly controller: AbortController }>();
  /** Stops that came between a claim's commit and this process knowing of it. */
  const askedToStop = new Set<string>();
  let cancelRenewal = (): void => {};
  let whenEmpty = (): void => {};

  async function work(session: SessionKey): Promise<NextWork> {
    const claim = await claimNext(session);
    if (claim.status === "nothing") return { next: "nothing" };
    if (claim.status === "later") return { next: "later", at: claim.at };
    const { claimed } = claim;
    const controller = new AbortController();
    running.set(claimed.task.id, { claimed, controller });
    if (running.size === 1) renewLeases();
    try {
      return { next: (await workTask(claimed, controller)) ? "more" : "nothing" };
    } finally {
      running.delete(claimed.task.id);
      if (running.size === 0) {
        cancelRenewal();
        whenEmpty();
      }
    }
  }

  async function claimNext(session: SessionKey): ReturnType<Store["claim"]> {
    const options: ClaimOptions = {
      owner: parts.owner,
      now: clock.now(),
      leaseMs: LEASE_MS,
      whileBusy: parts.whileBusy,
      collectMax: COLLECTED_MESSAGES_MAX,
    };
    try {
      return await store.claim(session, options);
    } catch (error) {
      log.error("claim failed", { session, error });
      return { status: "later", at: clock.now() + STORE_RETRY_MS_MAX };
    }
  }

  /** False when nothing else waits in the session. */
  async function workTask(claimed: ClaimedTask, controller: AbortController): Promise<boolean> {
    const { task } = claimed;
    const taskLog = log.child({ session: task.session, task: task.id, trace: task.traceId });
    const startedAt = clock.now();
    meter.taskStarted(task.kind, startedAt - task.createdAt);
    const { taskSeconds } = parts.limits;
    const cancelDeadline = clock.after(taskSeconds * 1_000, () =>
      controller.abort(new AppError("task-timeout", `the task took more than ${taskSeconds} seconds`)),
    );
    try {
      const ending = bodyEnd(claimed, controller, taskLog);
      // The work goes first, here and at its end: somebody waits for it.
      taskLog.info("task started", { kind: task.kind, attempt: claimed.fence.number });
      const end = await ending;
      // Before the commit: an onlooker that has read the end must not find the half text still standing there.
      parts.live.close(task.session, task.id);
      const settled = persistently(taskLog, () => settle(claimed, end));
      const finished = await settled.finally(() => parts.outbox.wake(task.session));
      const outcome = typeof end === "string" ? end : end.outcome.state;
      meter.taskEnded(task.kind, outcome, clock.now() - startedAt);
      taskLog.info("task ended", { kind: task.kind, outcome, ms: clock.now() - startedAt });
      // It stays in the line: its live text is void.
      if (!finished) parts.live.changed(task.session);
      return !finished?.isLineEmpty;
    } finally {
      cancelDeadline();
    }
  }

  /** Undefined where the task goes on later. */
  async function settle(
    { task, fence }: ClaimedTask,
    end: TaskEnd | "postponed" | "waiting",
  ): Promise<Finished | undefined> {
    if (end === "postponed") return undefined;
    if (end !== "waiting")
      return store.finish(fence, { ...end, now: clock.now(), isPushed: parts.outbox.isPushed(task.channel) });
    await store.wait(fence);
    return undefined;
  }

  /** The body's end, or what its failure means: the one catch-all. */
  async function bodyEnd(
    claimed: ClaimedTask,
    controller: AbortController,
    taskLog: Log,
  ): Promise<TaskEnd | "postponed" | "waiting"> {
    const { task } = claimed;
    try {
      if (claimed.isCancelRequested || askedToStop.delete(task.id)) throw cancelled();
      if (task.attempts > ATTEMPTS_MAX)
        throw new AppError("crash-loop", `${task.attempts} attempts without a step forward`);
      const run = parts.bodyOf(task).run({ claimed, signal: controller.signal, log: taskLog });
      return await endsWithin(run, {
        timers: clock,
        signal: controller.signal,
        graceMs: GRACE_MS,
        onAbandoned: () => taskLog.warn("task body abandoned", { kind: task.kind }),
      });
    } catch (thrown) {
      // What the body throws while it is being stopped tells of the stop, not of itself.
      const failure = toAppError(controller.signal.aborted ? controller.signal.reason : thrown);
      return failureEnd(claimed, failure, taskLog);
    }
  }

  async function failureEnd(claimed: ClaimedTask, failure: AppError, taskLog: Log): Promise<TaskEnd | "postponed"> {
    const { task, fence } = claimed;
    if (failure.code === "shutting-down") {
      parts.live.close(task.session, task.id);
      await persistently(taskLog, () => store.postpone(fence, 0, false));
      return "postponed";
    }
    if (policyFor(failure.code).isTaskRetryable && task.failures < FAILURES_MAX) {
      const waitMs = Math.max(failure.retryAfterMs ?? 0, backoffMs(task.failures, parts.random, 2_000));
      taskLog.warn("task put back", { code: failure.code, waitMs });
      parts.live.close(task.session, task.id);
      await persistently(taskLog, () => store.postpone(fence, clock.now() + waitMs, true));
      return "postponed";
    }
    const language = languageOf(claimed.messages[0]?.text ?? "");
    const said = await parts
      .bodyOf(task)
      .said(claimed)
      .catch(() => "");
    const withSaid = (sentence: string): string => (said === "" ? sentence : `${said}\n\n${sentence}`);
    if (failure.code === "cancelled") {
      return { outcome: { state: "cancelled", text: withSaid(userText("cancelled", language)) } };
    }
    taskLog.error("task failed", { code: failure.code, error: failure });
    const sentence =
      failure instanceof OverBudget
        ? budgetText("reached", language, failure.reached)
        : failureText(failure.code, language);
    return { outcome: { state: "failed", code: failure.code, text: withSaid(sentence) } };
  }

  /** The end of a task must reach the ledger: a full disk is waited for, a lost holding is not ours to end. */
  async function persistently<T>(taskLog: Log, write: () => Promise<T>): Promise<T | undefined> {
    for (let failures = 0; ; failures += 1) {
      try {
        return await write();
      } catch (error) {
        const { code } = toAppError(error);
        taskLog.error("the end of the task could not be stored", { code, error });
        if (code === "fenced" || code === "shutting-down") return undefined;
        await sleep(clock, backoffMs(failures, parts.random, 500, STORE_RETRY_MS_MAX));
      }
    }
  }

  function renewLeases(): void {
    cancelRenewal = clock.after(LEASE_MS / 3, () => {
      const fences = [...running.values()].map(({ claimed }) => claimed.fence);
      store.renew(fences, clock.now() + LEASE_MS).catch((error: unknown) => log.error("leases not renewed", { error }));
      renewLeases();
    });
  }

  const cancelled = (): AppError => new AppError("cancelled", "stopped by a person");

  function stopNow({ id, session, parentSession }: Task, isAsked: boolean): void {
    const held = running.get(id);
    if (held) held.controller.abort(cancelled());
    else if (isAsked) askedToStop.add(id);
    parts.live.changed(session);
    if (parentSession !== null) parts.live.changed(parentSession);
    parts.outbox.wake(session);
  }

  return {
    work,
    cancel: async (id) => {
      const task = running.get(id)?.claimed.task ?? (await store.task(id));
      if (!task) return "unknown";
      const messages = running.get(id)?.claimed.messages ?? (await store.messagesOfTask(id));
      const language = languageOf(messages[0]?.text ?? "");
      const options = {
        now: clock.now(),
        text: userText("cancelled", language),
        isPushed: parts.outbox.isPushed(task.channel),
      };
      const { result, children } = await store.cancel(id, options);
      log.info("cancel", { session: task.session, task: id, result, children: children.length });
      stopNow(task, result === "asked");
      for (const child of children) stopNow(child, child.state === "running");
      return result;
    },
    drain: async (boundMs) => {
      if (running.size === 0) return;
      const empty = new Promise<void>((resolve) => {
        whenEmpty = resolve;
      });
      const cancelBound = clock.after(boundMs, () => {
        for (const { controller } of running.values())
          controller.abort(new AppError("shutting-down", "the process is leaving"));
      });
      await empty;
      cancelBound();
    },
    get running() {
      return running.size;
    },
  };
}
