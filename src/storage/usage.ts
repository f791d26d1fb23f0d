// The usage table: tokens and money of each model reply.

import type { UsageRecord } from "../core/store.ts";
import type { Transaction } from "./database.ts";

export async function insertUsage(
  transaction: Transaction,
  whose: { readonly task: string; readonly session: string },
  record: UsageRecord,
  now: number,
): Promise<void> {
  await transaction.run(
    `insert into usage (task, session, at, model, role, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens,
       usd, duration_ms) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    whose.task,
    whose.session,
    now,
    record.model,
    record.role,
    record.usage.inputTokens,
    record.usage.cachedInputTokens,
    record.usage.cacheWriteTokens,
    record.usage.outputTokens,
    record.usd,
    record.durationMs,
  );
}
