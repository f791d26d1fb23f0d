// What a channel itself must remember across a crash: small values under keys of its own.

import type { Json } from "../core/json.ts";
import type { Memo, Store } from "../core/store.ts";
import { type Database, number, type Row, text } from "./database.ts";

export function createMemos(database: Database): Pick<Store, "putMemo" | "memo" | "memos" | "dropMemo"> {
  return {
    putMemo: (channel, key, value, now, durability) =>
      database.transaction(
        "memo",
        async (transaction) => {
          await transaction.run(
            `insert into memos (channel, key, value, at) values (?, ?, ?, ?)
             on conflict (channel, key) do update set value = excluded.value, at = excluded.at`,
            channel,
            key,
            JSON.stringify(value),
            now,
          );
        },
        durability,
      ),
    memo: async (channel, key) => {
      const row = await database.read.get("select * from memos where channel = ? and key = ?", channel, key);
      return row && memoFrom(row);
    },
    memos: async (channel, prefix, limit) => {
      const rows = await database.read.all(
        "select * from memos where channel = ? and substr(key, 1, length(?)) = ? order by at, key limit ?",
        channel,
        prefix,
        prefix,
        limit,
      );
      return rows.map(memoFrom);
    },
    dropMemo: (channel, key) =>
      database.transaction(
        "memo",
        async (transaction) => {
          await transaction.run("delete from memos where channel = ? and key = ?", channel, key);
        },
        // One that is there again is cleared away again.
        "with-next",
      ),
  };
}

const memoFrom = (row: Row): Memo => ({
  key: text(row, "key"),
  // Written above, as this type.
  value: JSON.parse(text(row, "value")) as Json,
  at: number(row, "at"),
});
