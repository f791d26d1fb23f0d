// Which sessions are idle, and whether one is still closing when its closing ends.

import type { SessionLife } from "../core/session-life.ts";
import { type Database, text } from "./database.ts";

export const createSessionLife = (database: Database): SessionLife => ({
  beginClosing: (since, limit) =>
    database.transaction("closing", async (transaction) => {
      const rows = await transaction.all(
        `update sessions set phase = 'closing' where id in (
           select s.id from sessions s
           where s.phase <> 'closed' and s.last_step > s.fresh_from and s.running_task is null
             and not exists (select 1 from tasks t where t.session = s.id and t.state in ('queued', 'running', 'waiting'))
             and not exists (select 1 from tasks t where t.session = s.id and t.parent_session is not null)
             and (select received_at from messages m where m.session = s.id order by seq desc limit 1) < ?
           limit ?)
         returning id`,
        since,
        limit,
      );
      return rows.map((row) => text(row, "id"));
    }),
  endClosing: (session) =>
    database.transaction("closing", async (transaction) => {
      const changed = await transaction.run(
        "update sessions set phase = 'closed' where id = ? and phase = 'closing'",
        session,
      );
      return changed > 0;
    }),
});
