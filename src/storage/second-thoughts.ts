// A message that its sender changed or took back after it was stored. While it waits the line follows; where its work has begun
// the log is not rewritten: the model is told.

import type { Step } from "../core/step.ts";
import type { Store } from "../core/store.ts";
import { appendStep } from "./append.ts";
import { type Database, number, type Row, type Transaction, text, textOrNull } from "./database.ts";
import { HAS_BEGUN } from "./line.ts";
import { endTask } from "./work.ts";

const WITHDRAWN = "withdrawn";

export function createSecondThoughts(database: Database): Pick<Store, "amend" | "withdraw"> {
  return {
    amend: (key, newText, note, now) =>
      database.transaction("amend", async (transaction) => {
        const found = await find(transaction, key);
        if (!found) return "unknown";
        if (found.state === "queued" && !found.hasBegun) {
          await transaction.run("update messages set text = ? where key = ?", newText, key);
          return "amended";
        }
        if (text(found.row, "text") === newText || !found.hasBegun) return "noted";
        await transaction.run("update messages set text = ? where key = ?", newText, key);
        await tell(transaction, found.row, note, now);
        return "noted";
      }),

    withdraw: (key, note, now) =>
      database.transaction("withdraw", async (transaction) => {
        const found = await find(transaction, key);
        if (!found) return { status: "unknown" };
        const { row, state } = found;
        if (textOrNull(row, "disposition") !== null) {
          const isFirst = textOrNull(row, "reason") !== WITHDRAWN && found.hasBegun;
          if (isFirst) await tell(transaction, row, note, now);
          return { status: "over" };
        }
        await transaction.run(
          "update messages set disposition = 'cancelled', reason = ?, closed_at = ? where key = ?",
          WITHDRAWN,
          now,
          key,
        );
        const task = text(row, "task");
        const others = await transaction.get(
          "select 1 as n from messages where task = ? and disposition is null limit 1",
          task,
        );
        if (others) {
          await tell(transaction, row, note, now);
          return { status: "withdrawn" };
        }
        if (state === "running") {
          await transaction.run("update tasks set cancel_requested = 1 where id = ?", task);
          return { status: "stopping", task };
        }
        await endTask(transaction, {
          task,
          session: text(row, "session"),
          state: "cancelled",
          reason: WITHDRAWN,
          text: "",
          now,
          isPushed: false,
        });
        return { status: "withdrawn", task };
      }),
  };
}

interface Found {
  readonly row: Row;
  readonly state: string | undefined;
  /** What it says is part of the transcript. */
  readonly hasBegun: boolean;
}

async function find(transaction: Transaction, key: string): Promise<Found | undefined> {
  const row = await transaction.get("select * from messages where key = ?", key);
  if (!row) return undefined;
  const task = await transaction.get(
    `select state, ${HAS_BEGUN} as has_begun from tasks where id = ?`,
    text(row, "task"),
  );
  return { row, state: task && text(task, "state"), hasBegun: task !== undefined && number(task, "has_begun") === 1 };
}

const tell = (transaction: Transaction, message: Row, note: string, at: number): Promise<Step> =>
  appendStep(transaction, {
    session: text(message, "session"),
    task: text(message, "task"),
    at,
    body: { kind: "note", text: note },
  });
