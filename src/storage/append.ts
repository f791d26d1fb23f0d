// Appending to a session's numbered lists: steps, events, deliveries.

import type { Delivery } from "../core/delivery.ts";
import type { SessionKey, StoredMessage } from "../core/message.ts";
import type { SessionEventBody } from "../core/session-event.ts";
import type { Step, StepBody } from "../core/step.ts";
import { number, type Transaction } from "./database.ts";
import { nextNumber } from "./session-row.ts";

export async function appendStep(
  transaction: Transaction,
  step: { readonly session: SessionKey; readonly task: string; readonly at: number; readonly body: StepBody },
): Promise<Step> {
  const seq = await nextNumber(transaction, step.session, "step");
  const last = await transaction.get("select coalesce(max(n), 0) as n from steps where task = ?", step.task);
  const n = (last ? number(last, "n") : 0) + 1;
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
