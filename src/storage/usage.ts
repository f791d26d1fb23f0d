// The usage table: tokens and money of each call to a model, and whose they are. What was spent is this, and nothing else.

import type { Payer } from "../core/budget.ts";
import type { Spender } from "../core/explanation.ts";
import { chatOf } from "../core/message.ts";
import type { Store, UsageRecord } from "../core/store.ts";
import { type Database, number, type SqlValue, type Transaction } from "./database.ts";

/** Usage that belongs to no task. */
const NO_TASK = "";

export function createUsage(database: Database): Pick<Store, "recordUsage" | "spent"> {
  return {
    recordUsage: (payer, record, now) =>
      database.transaction("usage", (transaction) => insertUsage(transaction, payer, record, now)),

    spent: async (whose, since) => {
      const { where, values } = conditionOf(whose);
      const row = await database.read.get(
        `select coalesce(sum(usd), 0) as usd,
           coalesce(sum(input_tokens + cached_input_tokens + cache_write_tokens + output_tokens), 0) as tokens
         from usage where ${where} and at >= ?`,
        ...values,
        since,
      );
      return row ? { usd: number(row, "usd"), tokens: number(row, "tokens") } : { usd: 0, tokens: 0 };
    },
  };
}

function conditionOf(whose: Spender): { readonly where: string; readonly values: readonly SqlValue[] } {
  if ("task" in whose) return { where: "task = ?", values: [whose.task] };
  if ("person" in whose) return { where: "person = ?", values: [whose.person] };
  if ("chat" in whose) return { where: "chat = ?", values: [whose.chat] };
  return { where: "1 = 1", values: [] };
}

export async function insertUsage(
  transaction: Transaction,
  { session, task = NO_TASK }: Payer,
  record: UsageRecord,
  now: number,
): Promise<void> {
  await transaction.run(
    `insert into usage (task, session, person, chat, at, model, role, input_tokens, cached_input_tokens, cache_write_tokens,
       output_tokens, usd, duration_ms, failure)
     values (?, ?, (select asker from tasks where id = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    task,
    session,
    task,
    chatOf(session),
    now,
    record.model,
    record.role,
    record.usage.inputTokens,
    record.usage.cachedInputTokens,
    record.usage.cacheWriteTokens,
    record.usage.outputTokens,
    record.usd,
    record.durationMs,
    record.failure ?? null,
  );
}
