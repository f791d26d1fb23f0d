// Stopping a task and all it spawned, as a durable wish: one that does not run ends at once, a running one is asked, also across a
// crash (P7).

import type { CancelOutcome, CancelResult, Store } from "../core/store.ts";
import type { Task } from "../core/task.ts";
import { type Database, type Row, type Transaction, text } from "./database.ts";
import { stepFrom, taskFrom } from "./rows.ts";
import { endTask } from "./work.ts";

type CancelOptions = Parameters<Store["cancel"]>[1];

export function createControl(database: Database): Pick<Store, "cancel"> {
  return {
    cancel: (id, options) =>
      database.transaction("cancel", async (transaction): Promise<CancelOutcome> => {
        const row = await transaction.get("select * from tasks where id = ?", id);
        if (!row) return { result: "unknown", children: [] };
        const result = await stop(transaction, row, options);
        const children = await openBelow(transaction, id);
        for (const child of children) await stop(transaction, child, options);
        return { result, children: children.map(taskFrom) };
      }),
  };
}

/** Depth and number of what may be spawned are bounded, so this ends. */
async function openBelow(transaction: Transaction, id: Task["id"]): Promise<readonly Row[]> {
  const children = await transaction.all("select * from tasks where parent = ? order by created_at", id);
  const found: Row[] = [];
  for (const child of children) {
    if (["queued", "running", "waiting"].includes(text(child, "state"))) found.push(child);
    found.push(...(await openBelow(transaction, text(child, "id"))));
  }
  return found;
}

async function stop(transaction: Transaction, row: Row, options: CancelOptions): Promise<CancelResult> {
  const id = text(row, "id");
  const state = text(row, "state");
  if (state === "running") {
    await transaction.run("update tasks set cancel_requested = 1 where id = ?", id);
    return "asked";
  }
  if (state !== "queued" && state !== "waiting") return "over";
  const said = await saidSoFar(transaction, id);
  const whole = [said, options.text].filter((part) => part !== "").join("\n\n");
  const end = { task: id, session: text(row, "session"), state: "cancelled", reason: null } as const;
  await endTask(transaction, { ...end, ...options, text: whole });
  return "cancelled";
}

/** What it found until then is kept. */
async function saidSoFar(transaction: Transaction, task: string): Promise<string> {
  const rows = await transaction.all("select * from steps where task = ? order by n", task);
  return rows
    .map(stepFrom)
    .map(({ body }) => (body.kind === "reply" ? body.text : ""))
    .join("");
}
