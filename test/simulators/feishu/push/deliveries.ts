// Brings events and callbacks to the bot: three seconds for an answer, four more tries for events, none for callbacks.

import type { Clock } from "../../../../src/core/clock.ts";
import { ACK_MS_MAX, REDELIVERY_DELAYS_MS } from "../platform-limits.ts";
import type { Envelope } from "./event-payloads.ts";

export type CourierAnswer =
  /** `code`: of the acknowledgement frame or the HTTP status; `body`: what a callback was answered with. */
  | { readonly kind: "answered"; readonly code: number; readonly body: string | undefined; readonly route: string }
  | { readonly kind: "unreachable"; readonly reason: string };

/** One way to the bot: the long connection or the webhook. Never rejects. */
export interface Courier {
  readonly name: "ws" | "webhook";
  bring(text: string, signal: AbortSignal): Promise<CourierAnswer>;
}

export interface Attempt {
  readonly at: number;
  readonly via: "ws" | "webhook";
  outcome: "pending" | "acknowledged" | "refused" | "timeout" | "unreachable";
  /** Which connection, which code, why not. */
  detail: string;
  /** The answer came after the time was up. */
  wasLate: boolean;
}

export interface Delivery {
  readonly eventId: string;
  readonly eventType: string;
  readonly isCallback: boolean;
  readonly messageId: string | undefined;
  readonly envelope: Envelope;
  readonly attempts: Attempt[];
  /** `waiting`: for its next try; `held`: by `hold()`. */
  state: "held" | "under-way" | "waiting" | "acknowledged" | "given-up";
}

export type DeliveryEnd =
  | { readonly kind: "answered"; readonly code: number; readonly body: string | undefined }
  | { readonly kind: "timeout" }
  | { readonly kind: "unreachable" };

export interface DeliveryParts {
  readonly clock: Clock;
  readonly courier: () => Courier;
  readonly announce: () => void;
  /** Multiplies 15 s, 5 min, 1 h and 6 h. */
  readonly redeliveryScale: number;
  readonly ackMs?: number;
}

export class Deliveries {
  readonly all: Delivery[] = [];
  readonly #parts: DeliveryParts;
  readonly #timers = new Set<() => void>();
  readonly #underWay = new Set<AbortController>();
  #held: (() => void)[] | undefined;
  #isClosed = false;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  /** An event, with its later tries; the answer tells the end of the first one. */
  send(envelope: Envelope, { isCallback = false }: { readonly isCallback?: boolean } = {}): Promise<DeliveryEnd> {
    const delivery: Delivery = {
      eventId: envelope.header.event_id,
      eventType: envelope.header.event_type,
      isCallback,
      messageId: messageIdOf(envelope),
      envelope,
      attempts: [],
      state: "under-way",
    };
    this.all.push(delivery);
    if (!this.#held || isCallback) return this.#attempt(delivery);
    delivery.state = "held";
    return new Promise((resolve) => this.#held?.push(() => resolve(this.#attempt(delivery))));
  }

  /** Once more, at once: what a reconnect or an impatient platform does. */
  again(delivery: Delivery): Promise<DeliveryEnd> {
    return this.#attempt(delivery, { isExtra: true });
  }

  /** The same message under another event id: only its message_id tells that it is known. */
  againAs(eventId: string, { envelope }: Delivery): Promise<DeliveryEnd> {
    return this.send({ ...envelope, header: { ...envelope.header, event_id: eventId } });
  }

  /** From now on events wait, until `release` sends them, if asked in another order: none is promised. */
  hold(): void {
    this.#held ??= [];
  }

  release(order: (held: number) => readonly number[] = (held) => [...Array(held).keys()]): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const index of order(held.length)) held[index]?.();
  }

  of(messageId: string): readonly Delivery[] {
    return this.all.filter((delivery) => delivery.messageId === messageId);
  }

  close(): void {
    this.#isClosed = true;
    for (const cancel of this.#timers) cancel();
    for (const one of this.#underWay) one.abort();
  }

  async #attempt(delivery: Delivery, { isExtra = false } = {}): Promise<DeliveryEnd> {
    const { clock, courier: courierNow, announce, ackMs = ACK_MS_MAX } = this.#parts;
    const courier = courierNow();
    const attempt: Attempt = { at: clock.now(), via: courier.name, outcome: "pending", detail: "", wasLate: false };
    delivery.attempts.push(attempt);
    delivery.state = "under-way";
    announce();

    const abort = new AbortController();
    this.#underWay.add(abort);
    const end = await new Promise<DeliveryEnd>((resolve) => {
      const cancel = clock.after(ackMs, () => {
        attempt.outcome = "timeout";
        this.#timers.delete(cancel);
        resolve({ kind: "timeout" });
      });
      this.#timers.add(cancel);
      void courier.bring(JSON.stringify(delivery.envelope), abort.signal).then((answer) => {
        this.#underWay.delete(abort);
        cancel();
        this.#timers.delete(cancel);
        if (attempt.outcome === "timeout") {
          attempt.wasLate = answer.kind === "answered";
          announce();
          return;
        }
        if (answer.kind === "unreachable") {
          attempt.outcome = "unreachable";
          attempt.detail = answer.reason;
          resolve({ kind: "unreachable" });
          return;
        }
        attempt.outcome = answer.code === 200 ? "acknowledged" : "refused";
        attempt.detail = `${answer.route} ${answer.code}`;
        resolve({ kind: "answered", code: answer.code, body: answer.body });
      });
    });
    if (this.#isClosed) return end;
    this.#settle(delivery, attempt, isExtra);
    announce();
    return end;
  }

  #settle(delivery: Delivery, attempt: Attempt, isExtra: boolean): void {
    if (attempt.outcome === "acknowledged") {
      delivery.state = "acknowledged";
      return;
    }
    const delay = REDELIVERY_DELAYS_MS[delivery.attempts.length - 1];
    if (delivery.isCallback || isExtra || delay === undefined) {
      delivery.state = "given-up";
      return;
    }
    delivery.state = "waiting";
    const cancel = this.#parts.clock.after(delay * this.#parts.redeliveryScale, () => {
      this.#timers.delete(cancel);
      void this.#attempt(delivery);
    });
    this.#timers.add(cancel);
  }
}

function messageIdOf({ event }: Envelope): string | undefined {
  const message = event.message;
  if (typeof message === "object" && message !== null && "message_id" in message) return String(message.message_id);
  return typeof event.message_id === "string" ? event.message_id : undefined;
}
