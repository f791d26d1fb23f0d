// Step 5 of the road: what must be said was stored before; here it is sent, in the order of its session, each with its key. What
// may have been sent before (by a process that crashed, or by a try nobody knows the end of) is looked up before it is repeated.

import PQueue from "p-queue";
import type { Channel, Sender, SendOutcome } from "../core/channel.ts";
import type { Clock, Random } from "../core/clock.ts";
import type { Delivery, DeliveryReceipt } from "../core/delivery.ts";
import { AppError, toAppError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { SessionKey } from "../core/message.ts";
import type { Meter } from "../core/meter.ts";
import type { Store } from "../core/store.ts";
import { childController, endsWithin } from "../lib/abort.ts";
import { backoffMs } from "./failover-policy.ts";

export interface Outbox {
  /** Whether a channel has things sent to it; on the others people read the events themselves. */
  isPushed(channel: string): boolean;
  /** There may be something to send in this session. */
  wake(session: SessionKey): void;
  /** Sends what an earlier process left. */
  start(): Promise<void>;
  /** What is being sent may finish; nothing new is begun. */
  stop(): Promise<void>;
  idle(): Promise<void>;
}

export interface OutboxParts {
  readonly store: Store;
  readonly channels: ReadonlyMap<string, Pick<Channel, "sender">>;
  /** A delivery of the session is over: what comes behind it may be shown. */
  readonly onSettled: (session: SessionKey) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly meter: Meter;
}

const SENDING_MAX = 32;
const BATCH_MAX = 50;
const INHERITED_MAX = 10_000;
const SEND_MS_MAX = 30_000;
const GRACE_MS = 1_000;
/** About a day and a half with the longest pause; then the message is reported as undeliverable. */
const TRIES_MAX = 500;
/** About a minute: a card must not hold up the result behind it for longer. */
const CARD_TRIES_MAX = 8;
const PAUSE_MS_MAX = 300_000;

export function createOutbox(parts: OutboxParts): Outbox {
  const { store, clock, log, meter } = parts;
  const gate = new PQueue({ concurrency: SENDING_MAX });
  const lanes = new Map<SessionKey, { isWokenAgain: boolean }>();
  const timers = new Map<SessionKey, () => void>();
  /** Left by an earlier process: each may have been sent. */
  const inherited = new Set<string>();
  /** The last try is known not to have reached the platform. */
  const unsent = new Set<string>();
  const stopping = new AbortController();
  let startedAt = Number.POSITIVE_INFINITY;

  const senderOf = (channel: string): Sender | undefined => parts.channels.get(channel)?.sender;

  function wake(session: SessionKey): void {
    if (stopping.signal.aborted || startedAt === Number.POSITIVE_INFINITY) return;
    const lane = lanes.get(session);
    if (lane) {
      lane.isWokenAgain = true;
      return;
    }
    lanes.set(session, { isWokenAgain: false });
    void gate.add(() => drainSession(session));
  }

  async function drainSession(session: SessionKey): Promise<void> {
    timers.get(session)?.();
    timers.delete(session);
    const lane = lanes.get(session);
    let pauseMs = 0;
    try {
      if (lane) lane.isWokenAgain = false;
      const batch = await store.pendingDeliveries(session, BATCH_MAX);
      if (lane && batch.length === BATCH_MAX) lane.isWokenAgain = true;
      for (const delivery of batch) {
        if (stopping.signal.aborted) break;
        pauseMs = await deliver(delivery);
        if (pauseMs > 0) break;
      }
    } catch (error) {
      log.error("outbox could not work", { session, error });
      pauseMs = backoffMs(3, parts.random);
    }
    const isWokenAgain = lanes.get(session)?.isWokenAgain ?? false;
    lanes.delete(session);
    if (stopping.signal.aborted) return;
    if (pauseMs > 0)
      timers.set(
        session,
        clock.after(pauseMs, () => wake(session)),
      );
    else if (isWokenAgain) wake(session);
  }

  /** Returns how long to pause before this delivery is tried again; 0 when it is settled. */
  async function deliver(delivery: Delivery): Promise<number> {
    const sender = senderOf(delivery.channel);
    const outcome: SendOutcome = sender
      ? await trySending(sender, delivery)
      : { status: "retry", reason: `the channel ${delivery.channel} is not running` };
    meter.delivered(delivery.channel, outcome.status);
    if (outcome.status === "sent") {
      await store.deliveryDone(delivery.key, outcome.receipt, clock.now());
      parts.onSettled(delivery.session);
      forget(delivery.key);
      return 0;
    }
    const triesMax = delivery.kind === "card" ? CARD_TRIES_MAX : TRIES_MAX;
    const isFinal = outcome.status === "refused" || delivery.tries + 1 >= triesMax;
    const line = { session: delivery.session, task: delivery.task, key: delivery.key, reason: outcome.reason };
    log[isFinal ? "error" : "warn"](isFinal ? "delivery given up" : "delivery failed", {
      ...line,
      status: outcome.status,
    });
    await store.deliveryFailed(delivery.key, outcome.reason, isFinal, clock.now());
    forget(delivery.key);
    if (isFinal) {
      parts.onSettled(delivery.session);
      return 0;
    }
    if (outcome.status === "retry") unsent.add(delivery.key);
    const asked = outcome.status === "retry" ? (outcome.afterMs ?? 0) : 0;
    return Math.max(asked, backoffMs(delivery.tries, parts.random, 500, PAUSE_MS_MAX));
  }

  function forget(key: string): void {
    inherited.delete(key);
    unsent.delete(key);
  }

  async function trySending(sender: Sender, delivery: Delivery): Promise<SendOutcome> {
    const { controller, release } = childController(stopping.signal);
    const cancel = clock.after(SEND_MS_MAX, () => controller.abort(new AppError("internal", "sending took too long")));
    const within = <T>(work: Promise<T>): Promise<T> =>
      endsWithin(work, {
        timers: clock,
        signal: controller.signal,
        graceMs: GRACE_MS,
        onAbandoned: () => log.warn("send abandoned", { key: delivery.key, channel: delivery.channel }),
      });
    try {
      const receipt = await sentBefore(sender, delivery, within, controller.signal);
      if (receipt) return { status: "sent", receipt };
      return await within(sender.send(delivery, controller.signal));
    } catch (error) {
      return { status: "uncertain", reason: toAppError(error).message };
    } finally {
      cancel();
      release();
    }
  }

  async function sentBefore(
    sender: Sender,
    delivery: Delivery,
    within: <T>(work: Promise<T>) => Promise<T>,
    signal: AbortSignal,
  ): Promise<DeliveryReceipt | undefined> {
    const isOld = inherited.has(delivery.key) || delivery.tries > 0 || delivery.createdAt <= startedAt;
    const mayBeSent = isOld && !unsent.has(delivery.key);
    return mayBeSent && sender.find ? within(sender.find(delivery, signal)) : undefined;
  }

  return {
    isPushed: (channel) => senderOf(channel) !== undefined,
    wake,
    start: async () => {
      const left = await store.pendingDeliveries(null, INHERITED_MAX);
      for (const delivery of left) inherited.add(delivery.key);
      startedAt = clock.now();
      for (const session of new Set(left.map((delivery) => delivery.session))) wake(session);
    },
    stop: async () => {
      for (const cancel of timers.values()) cancel();
      timers.clear();
      const cancelBound = clock.after(GRACE_MS * 3, () =>
        stopping.abort(new AppError("shutting-down", "the process is leaving")),
      );
      await gate.onIdle();
      cancelBound();
      stopping.abort(new AppError("shutting-down", "the process is leaving"));
    },
    idle: async () => {
      while (lanes.size > 0) await gate.onIdle();
    },
  };
}
