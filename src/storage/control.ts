// Stopping a task, as a durable wish: one that does not run ends at once, a running one is asked, also across a crash (P7).

import type { Store } from "../core/store.ts";
import { type Database, text } from "./database.ts";
import { endTask } from "./work.ts";

export function createControl(database: Database): Pick<Store, "cancel"> {
  return {
    cancel: (id, options) =>
      database.transaction("cancel", async (transaction) => {
        const task = await transaction.get("select session, state from tasks where id = ?", id);
        if (!task) return "unknown";
        const state = text(task, "state");
        if (state === "running") {
          await transaction.run("update tasks set cancel_requested = 1 where id = ?", id);
          return "asked";
        }
        if (state !== "queued" && state !== "waiting") return "over";
        await endTask(transaction, {
          task: id,
          session: text(task, "session"),
          state: "cancelled",
          reason: null,
          ...options,
        });
        return "cancelled";
      }),
  };
}
