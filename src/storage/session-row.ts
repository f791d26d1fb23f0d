// The row of a session within a unit: whether it is there and open, and the numbers of its lists, which are given out here and nowhere
// else. They are looked up once a unit and written once, at the unit's end.

import { AppError } from "../core/errors.ts";
import type { SessionKey } from "../core/message.ts";
import { number, type Transaction, text } from "./database.ts";

interface SessionRow {
  readonly last: Record<"message" | "step" | "event" | "delivery", number>;
  phase: string;
  isChanged: boolean;
}

type List = keyof SessionRow["last"];

const units = new WeakMap<Transaction, Map<SessionKey, SessionRow>>();

export async function nextNumber(transaction: Transaction, session: SessionKey, list: List): Promise<number> {
  const row = await rowOf(transaction, session);
  row.last[list] += 1;
  row.isChanged = true;
  return row.last[list];
}

/** The last one that was given out, in this unit too. */
export async function lastNumber(transaction: Transaction, session: SessionKey, list: List): Promise<number> {
  return (await rowOf(transaction, session)).last[list];
}

/** Makes it if there is none. */
export async function openSession(transaction: Transaction, session: SessionKey, now: number): Promise<void> {
  const row = await find(transaction, session);
  if (!row) await transaction.run("insert into sessions (id, created_at) values (?, ?)", session, now);
  else if (row.phase !== "open") {
    await transaction.run("update sessions set phase = 'open' where id = ?", session);
    row.phase = "open";
  }
}

async function rowOf(transaction: Transaction, session: SessionKey): Promise<SessionRow> {
  const row = await find(transaction, session);
  if (!row) throw new AppError("not-found", `there is no session ${session}`);
  return row;
}

async function find(transaction: Transaction, session: SessionKey): Promise<SessionRow | undefined> {
  const rows = rowsOf(transaction);
  const known = rows.get(session);
  if (known) return known;
  const found = await transaction.get(
    "select last_message, last_step, last_event, last_delivery, phase from sessions where id = ?",
    session,
  );
  if (!found) return undefined;
  const last = {
    message: number(found, "last_message"),
    step: number(found, "last_step"),
    event: number(found, "last_event"),
    delivery: number(found, "last_delivery"),
  };
  const row = { last, phase: text(found, "phase"), isChanged: false };
  rows.set(session, row);
  return row;
}

function rowsOf(transaction: Transaction): Map<SessionKey, SessionRow> {
  const known = units.get(transaction);
  if (known) return known;
  const rows = new Map<SessionKey, SessionRow>();
  units.set(transaction, rows);
  transaction.atEnd(async () => {
    for (const [session, { last, isChanged }] of rows) {
      if (!isChanged) continue;
      await transaction.run(
        "update sessions set last_message = ?, last_step = ?, last_event = ?, last_delivery = ? where id = ?",
        last.message,
        last.step,
        last.event,
        last.delivery,
        session,
      );
    }
  });
  return rows;
}
