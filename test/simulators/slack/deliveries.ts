// Brings payloads to the app as Slack promises it: an answer within 3 s, else three more tries, then lost. Every try is on record.

import type { Clock } from "../../../src/core/clock.ts";
import { ACK_MS, RETRY_DELAYS_IN_ACKS } from "./limits.ts";
import type { Wire } from "./wire-shapes.ts";

export type DeliveryKind = "events_api" | "interactive" | "slash_commands";

export type Outcome =
  | "pending"
  | "acked"
  | "timeout"
  | "no_socket"
  | "http_error"
  | "connection_failed"
  | "too_many_redirects";

export interface Attempt {
  /** 0 is the first try. */
  readonly retryNum: number;
  /** Why the try before failed, in the transport's own words. */
  readonly reason: string | undefined;
  readonly at: number;
  envelopeId: string | undefined;
  connection: number | undefined;
  outcome: Outcome;
  /** Set also when the answer came too late to count. */
  answeredAt: number | undefined;
}

export interface Delivery {
  readonly kind: DeliveryKind;
  readonly payload: Wire;
  readonly eventId: string | undefined;
  /** `app_mention`, `message`, `block_actions`, `/assistant`, ... */
  readonly type: string;
  state: "waiting" | "acked" | "lost";
  readonly attempts: Attempt[];
  /** What the app put into its acknowledgement. */
  response: unknown;
}

/** What the app answered; `isFinal` after `x-slack-no-retry`. */
export interface Answer {
  readonly outcome: Exclude<Outcome, "pending">;
  readonly response?: unknown;
  readonly isFinal?: boolean;
}

export interface Transport {
  /** Retry reasons are written differently on the two roads. */
  readonly reasons: Readonly<Record<string, string>>;
  send(delivery: Delivery, attempt: Attempt, answer: (answer: Answer) => void): void;
  /** Whether silence is the app's doing, and not a deaf or broken connection's. */
  reached(attempt: Attempt): boolean;
}

export interface DeliveryParts {
  readonly clock: Clock;
  readonly ackMs?: number | undefined;
  readonly retryDelaysMs?: readonly number[] | undefined;
  readonly transport: () => Transport;
  readonly changed: () => void;
  readonly violated: (rule: string, detail: string) => void;
  /** The person at whose click or command nothing answered. */
  readonly failed: (delivery: Delivery) => void;
  readonly acked: (delivery: Delivery) => void;
}

export class Deliveries {
  readonly log: Delivery[] = [];
  readonly #parts: DeliveryParts;
  readonly #ackMs: number;
  readonly #delaysMs: readonly number[];
  readonly #timers = new Set<() => void>();
  readonly #scheduled = new Map<Delivery, () => void>();
  #held: Delivery[] | undefined;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
    this.#ackMs = parts.ackMs ?? ACK_MS;
    this.#delaysMs = parts.retryDelaysMs ?? RETRY_DELAYS_IN_ACKS.map((factor) => factor * this.#ackMs);
  }

  send(kind: DeliveryKind, payload: Wire): Delivery {
    const delivery: Delivery = {
      kind,
      payload,
      eventId: typeof payload.event_id === "string" ? payload.event_id : undefined,
      type: typeOf(payload),
      state: "waiting",
      attempts: [],
      response: undefined,
    };
    this.log.push(delivery);
    if (this.#held) this.#held.push(delivery);
    else this.#try(delivery, undefined);
    return delivery;
  }

  /** Keeps back what happens from now on. */
  hold(): void {
    this.#held ??= [];
  }

  /** Lets it go, also in the wrong order: Slack promises none. */
  release(order: "as-sent" | "reversed" = "as-sent"): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const delivery of order === "reversed" ? held.reverse() : held) this.#try(delivery, undefined);
  }

  /** Does the retries that are waiting for their time at once. */
  retryNow(): void {
    for (const retry of [...this.#scheduled.values()]) retry();
  }

  /** The same again although it was answered, as Slack does now and then: the same ids, retry number 0. */
  repeat(delivery: Delivery): void {
    const last = delivery.attempts.at(-1);
    this.#attempt(delivery, { retryNum: 0, reason: undefined, envelopeId: last?.envelopeId });
  }

  close(): void {
    for (const cancel of this.#timers) cancel();
    this.#scheduled.clear();
  }

  #try(delivery: Delivery, reason: string | undefined): void {
    this.#attempt(delivery, { retryNum: delivery.attempts.length, reason, envelopeId: undefined });
  }

  #attempt(delivery: Delivery, how: Pick<Attempt, "retryNum" | "reason" | "envelopeId">): void {
    const { clock, transport, violated, changed } = this.#parts;
    const attempt: Attempt = {
      ...how,
      at: clock.now(),
      connection: undefined,
      outcome: "pending",
      answeredAt: undefined,
    };
    delivery.attempts.push(attempt);
    const cancel = this.#after(this.#ackMs, () => {
      if (attempt.outcome !== "pending") return;
      if (transport().reached(attempt)) {
        violated("not-acked-in-time", `${delivery.type} was not answered within ${this.#ackMs} ms`);
      }
      this.#settle(delivery, attempt, { outcome: "timeout" });
    });
    transport().send(delivery, attempt, (answer) => {
      attempt.answeredAt ??= clock.now();
      if (attempt.outcome !== "pending") return;
      cancel();
      this.#settle(delivery, attempt, answer);
    });
    changed();
  }

  #settle(delivery: Delivery, attempt: Attempt, { outcome, response, isFinal }: Answer): void {
    const { transport, failed, acked, changed } = this.#parts;
    attempt.outcome = outcome;
    if (delivery.state !== "waiting") {
      // A repeated one: its end was decided before.
    } else if (outcome === "acked") {
      delivery.state = "acked";
      delivery.response = response;
      acked(delivery);
    } else {
      const delayMs = this.#delaysMs[delivery.attempts.length - 1];
      if (delivery.kind !== "events_api" || isFinal === true || delayMs === undefined) {
        delivery.state = "lost";
        if (delivery.kind !== "events_api") failed(delivery);
      } else {
        this.#schedule(delivery, delayMs, transport().reasons[outcome] ?? outcome);
      }
    }
    changed();
  }

  #schedule(delivery: Delivery, delayMs: number, reason: string): void {
    const retry = (): void => {
      cancel();
      this.#scheduled.delete(delivery);
      this.#try(delivery, reason);
    };
    const cancel = this.#after(delayMs, retry);
    this.#scheduled.set(delivery, retry);
  }

  #after(delayMs: number, call: () => void): () => void {
    const cancel = this.#parts.clock.after(delayMs, () => {
      this.#timers.delete(forget);
      call();
    });
    const forget = (): void => {
      this.#timers.delete(forget);
      cancel();
    };
    this.#timers.add(forget);
    return forget;
  }
}

function typeOf(payload: Wire): string {
  const { event } = payload;
  if (typeof event === "object" && event !== null && "type" in event) return String(event.type);
  return String(payload.command ?? payload.type);
}
