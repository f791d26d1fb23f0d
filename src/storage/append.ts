// Appending to a session's numbered lists: steps, events, deliveries. The numbers are given out here, inside the caller's
// transaction, and nowhere else.

import type { Delivery } from "../core/delivery.ts";
import { AppError } from "../core/errors.ts";
import type { SessionKey, StoredMessage } from "../core/message.ts";
import type { SessionEventBody } from "../core/session-event.ts";
import type { Step, StepBody } from "../core/step.ts";
import { number, type Transaction } from "./database.ts";

const counters = {
  message: "update sessions set last_message = last_message + 1 where id = ? returning last_message as n",
  step: "update sessions set last_step = last_step + 1 where id = ? returning last_step as n",
  event: "update sessions set last_event = last_event + 1 where id = ? returning last_event as n",
  delivery: "update sessions set last_delivery = last_delivery + 1 where id = ? returning last_delivery as n",
} as const;

export async function nextNumber(
  transaction: Transaction,
  session: SessionKey,
  list: keyof typeof counters,
): Promise<number> {
  const row = await transaction.get(counters[list], session);
  if (!row) throw new AppError("not-found", `there is no session ${session}`);
  return number(row, "n");
}

export async function appendStep(
  transaction: Transaction,
  step: { readonly session: SessionKey; readonly task: string; readonly at: number; readonly body: StepBody },
): Promise<Step> {
  const seq = await nextNumber(transaction, step.session, "step");
  const row = await transaction.get(
    "update tasks set last_step = last_step + 1 where id = ? returning last_step as n",
    step.task,
  );
  if (!row) throw new AppError("not-found", `there is no task ${step.task}`);
  const n = number(row, "n");
  await transaction.run(
    "insert into steps (session, seq, task, n, at, body) values (?, ?, ?, ?, ?, ?)",
    step.session,
    seq,
    step.task,
    n,
    step.at,
    JSON.stringify(step.body),
  );
  return { ...step, seq, n };
}

/** Returns the event's number in its session. `messages`: of an `execution_start`, what the task works on. */
export async function appendEvent(
  transaction: Transaction,
  session: SessionKey,
  at: number,
  body: SessionEventBody,
  messages?: readonly StoredMessage[],
): Promise<number> {
  const n = await nextNumber(transaction, session, "event");
  await transaction.run(
    "insert into events (session, n, at, body) values (?, ?, ?, ?)",
    session,
    n,
    at,
    JSON.stringify(body),
  );
  const event = { session, n, at, body };
  transaction.tell(messages ? { event, messages } : { event });
  return n;
}

export async function appendDelivery(
  transaction: Transaction,
  delivery: Pick<Delivery, "key" | "session" | "channel" | "kind" | "task" | "text" | "file" | "mention"> & {
    readonly replyTo: string | null;
    readonly buttons?: string;
    /** The key of an earlier delivery. */
    readonly replaces?: string;
    /** People see it in the events: it is not to be sent. */
    readonly isShown?: boolean;
  },
  at: number,
): Promise<void> {
  const n = await nextNumber(transaction, delivery.session, "delivery");
  await transaction.run(
    `insert into deliveries (key, session, n, channel, kind, task, reply_to, text, buttons, replaces, file, mention, state, created_at)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    delivery.key,
    delivery.session,
    n,
    delivery.channel,
    delivery.kind,
    delivery.task,
    delivery.replyTo,
    delivery.text,
    delivery.buttons ?? null,
    delivery.replaces ?? null,
    delivery.file ? JSON.stringify(delivery.file) : null,
    delivery.mention ? JSON.stringify(delivery.mention) : null,
    delivery.isShown === true ? "shown" : "pending",
    at,
  );
}
