// Buttons: what was shown to people, what it stands for, and who pressed it first.

import type { Button, ButtonKind } from "../core/button.ts";
import type { Store } from "../core/store.ts";
import { type Database, number, type Row, type Transaction, text, textOrNull } from "./database.ts";

export function createButtons(database: Database): Pick<Store, "addButton" | "button" | "takeButton"> {
  return {
    addButton: (button, now) =>
      database.transaction("button", async (transaction) => {
        await insertButton(transaction, button, now);
      }),
    button: async (id) => {
      const row = await database.read.get("select * from buttons where id = ?", id);
      return row && buttonFrom(row);
    },
    takeButton: (id, by, now) =>
      database.transaction("press", async (transaction) => {
        const row = await transaction.get("select * from buttons where id = ?", id);
        if (!row) return { status: "unknown" };
        const button = buttonFrom(row);
        if (textOrNull(row, "pressed_by") !== null) return { status: "used", button };
        if (button.expiresAt <= now) return { status: "expired", button };
        await transaction.run("update buttons set pressed_by = ?, pressed_at = ? where id = ?", by, now, id);
        return { status: "taken", button };
      }),
  };
}

export async function insertButton(transaction: Transaction, button: Button, now: number): Promise<void> {
  await transaction.run(
    "insert into buttons (id, kind, session, task, subject, created_at, expires_at) values (?, ?, ?, ?, ?, ?, ?)",
    button.id,
    button.kind,
    button.session,
    button.task,
    button.subject ?? null,
    now,
    button.expiresAt,
  );
}

const buttonFrom = (row: Row): Button => ({
  id: text(row, "id"),
  kind: text(row, "kind") as ButtonKind,
  session: text(row, "session"),
  task: text(row, "task"),
  ...(textOrNull(row, "subject") === null ? {} : { subject: text(row, "subject") }),
  expiresAt: number(row, "expires_at"),
});
