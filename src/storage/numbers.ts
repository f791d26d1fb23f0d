// The numbers of a session's lists: given out inside the caller's unit and nowhere else. They are looked up once a unit and written once, at
// its end.

import { AppError } from "../core/errors.ts";
import type { SessionKey } from "../core/message.ts";
import { number, type Transaction } from "./database.ts";

type Counters = Record<"message" | "step" | "event" | "delivery", number>;

const units = new WeakMap<Transaction, Map<SessionKey, Counters>>();

export async function nextNumber(transaction: Transaction, session: SessionKey, list: keyof Counters): Promise<number> {
  const counters = await countersOf(transaction, session);
  counters[list] += 1;
  return counters[list];
}

/** The last one that was given out, in this unit too. */
export async function lastNumber(transaction: Transaction, session: SessionKey, list: keyof Counters): Promise<number> {
  return (await countersOf(transaction, session))[list];
}

async function countersOf(transaction: Transaction, session: SessionKey): Promise<Counters> {
  const sessions = sessionsOf(transaction);
  const known = sessions.get(session);
  if (known) return known;
  const row = await transaction.get(
    "select last_message, last_step, last_event, last_delivery from sessions where id = ?",
    session,
  );
  if (!row) throw new AppError("not-found", `there is no session ${session}`);
  const counters = {
    message: number(row, "last_message"),
    step: number(row, "last_step"),
    event: number(row, "last_event"),
    delivery: number(row, "last_delivery"),
  };
  sessions.set(session, counters);
  return counters;
}

function sessionsOf(transaction: Transaction): Map<SessionKey, Counters> {
  const known = units.get(transaction);
  if (known) return known;
  const sessions = new Map<SessionKey, Counters>();
  units.set(transaction, sessions);
  transaction.atEnd(async () => {
    for (const [session, { message, step, event, delivery }] of sessions)
      await transaction.run(
        "update sessions set last_message = ?, last_step = ?, last_event = ?, last_delivery = ? where id = ?",
        message,
        step,
        event,
        delivery,
        session,
      );
  });
  return sessions;
}
