// The row of a session within a unit: whether it is there and open, the numbers of its lists, which are given out here and nowhere else,
// and the task it works on. It is looked up once a unit, also along with something else, and written once, at the unit's end: until
// then the table knows nothing of it.

import { AppError } from "../core/errors.ts";
import type { SessionKey } from "../core/message.ts";
import { number, type Row, type Transaction, text, textOrNull } from "./database.ts";

interface SessionRow {
  readonly last: Record<"message" | "step" | "event" | "delivery", number>;
  phase: string;
  runningTask: string | null;
  isChanged: boolean;
}

type List = keyof SessionRow["last"];

/** Of the table `sessions`, for whoever looks for more at once. */
export const SESSION_COLUMNS =
  "sessions.last_message, sessions.last_step, sessions.last_event, sessions.last_delivery, sessions.phase, sessions.running_task";

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

export async function setRunning(transaction: Transaction, session: SessionKey, task: string | null): Promise<void> {
  const row = await rowOf(transaction, session);
  row.runningTask = task;
  row.isChanged = true;
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
  const found = await transaction.get(`select ${SESSION_COLUMNS} from sessions where id = ?`, session);
  return found && keepRow(transaction, session, found);
}

/** `found` has all of SESSION_COLUMNS. */
export function keepRow(transaction: Transaction, session: SessionKey, found: Row): SessionRow {
  const last = {
    message: number(found, "last_message"),
    step: number(found, "last_step"),
    event: number(found, "last_event"),
    delivery: number(found, "last_delivery"),
  };
  const row = { last, phase: text(found, "phase"), runningTask: textOrNull(found, "running_task"), isChanged: false };
  rowsOf(transaction).set(session, row);
  return row;
}

function rowsOf(transaction: Transaction): Map<SessionKey, SessionRow> {
  const known = units.get(transaction);
  if (known) return known;
  const rows = new Map<SessionKey, SessionRow>();
  units.set(transaction, rows);
  transaction.atEnd(async () => {
    for (const [session, { last, runningTask, isChanged }] of rows) {
      if (!isChanged) continue;
      await transaction.run(
        "update sessions set last_message = ?, last_step = ?, last_event = ?, last_delivery = ?, running_task = ? where id = ?",
        last.message,
        last.step,
        last.event,
        last.delivery,
        runningTask,
        session,
      );
    }
  });
  return rows;
}
