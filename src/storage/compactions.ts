// Compaction records and the part of the transcript that the latest one leaves to be shown.

import type { CarriedMessage, Carry, Compaction, ShownSteps } from "../core/compaction.ts";
import type { SessionKey } from "../core/message.ts";
import type { Step } from "../core/step.ts";
import type { Store } from "../core/store.ts";
import { type Database, number, type Row, type Statements, type Transaction, text, textOrNull } from "./database.ts";
import { STEP_COLUMNS, stepFrom } from "./rows.ts";

export function createCompactions(database: Database): Pick<Store, "shownSteps" | "taskSteps" | "saveCompaction"> {
  const { read } = database;
  return {
    shownSteps: (session) => shownOf(read, session),

    taskSteps: (task) => stepsOf(read, task),

    saveCompaction: (record) =>
      database.transaction("compaction", async (transaction) => {
        const before = await latest(transaction, record.session);
        if ((before?.n ?? 0) !== record.n - 1) return false;
        await transaction.run(
          "insert into compactions (session, n, record, at) values (?, ?, ?, ?)",
          record.session,
          record.n,
          JSON.stringify(record),
          record.at,
        );
        return true;
      }),
  };
}

/** What a view is built from, as it stands. `working`: the task the session works on, where the table does not know it yet. */
export async function shownOf(from: Statements, session: SessionKey, working?: string): Promise<ShownSteps> {
  const state = await from.get(
    `select fresh_from, running_task,
       (select record from compactions where session = sessions.id order by n desc limit 1) as record
     from sessions where id = ?`,
    session,
  );
  const freshFrom = state ? number(state, "fresh_from") : 0;
  const record = state && textOrNull(state, "record") !== null ? recordFrom(state) : undefined;
  // What `/new` left behind is left behind with its summaries.
  const valid = record?.freshFrom === freshFrom ? record : undefined;
  const since = Math.max(freshFrom, valid?.upto ?? 0);
  const running = working ?? state?.running_task ?? null;
  const rows = await from.all(
    `select ${STEP_COLUMNS} from steps where session = ? and (seq > ? or (task = ? and seq > ?)) order by seq`,
    session,
    since,
    running,
    // The running task's own steps stay, unless a compaction covers them.
    valid?.upto ?? 0,
  );
  return { record: valid, latest: record?.n ?? 0, freshFrom, steps: rows.map(stepFrom) };
}

/** The checkpoints of a task. */
export async function stepsOf(from: Statements, task: string): Promise<readonly Step[]> {
  const rows = await from.all(`select ${STEP_COLUMNS} from steps where task = ? order by n`, task);
  return rows.map(stepFrom);
}

async function latest(from: Transaction, session: SessionKey): Promise<Compaction | undefined> {
  const row = await from.get("select record from compactions where session = ? order by n desc limit 1", session);
  return row && recordFrom(row);
}

/** What the first records did not know; what people said they kept as one text, the speaker in it. */
type FirstRecord = Omit<Compaction, "request" | "resultChars" | "carry"> & {
  readonly carry: Omit<Carry, "said"> & { readonly said: readonly (string | CarriedMessage)[] };
};

// Written by this folder, as one of these types.
function recordFrom(row: Row): Compaction {
  const record = JSON.parse(text(row, "record")) as FirstRecord | Compaction;
  const said = record.carry.said.map((one) => (typeof one === "string" ? { by: "", text: one } : one));
  return { request: "", resultChars: 0, ...record, carry: { ...record.carry, said } };
}
