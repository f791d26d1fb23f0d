// What a compactor needs of a ledger, in memory, with the meaning of src/storage/compactions.ts: a record is kept as text, the
// latest counts, a stale number keeps nothing. The steps are frozen: whoever changes one throws.

import type { Compaction, ShownSteps } from "../../src/core/compaction.ts";
import type { Step } from "../../src/core/step.ts";
import type { Store, UsageRecord } from "../../src/core/store.ts";

export class SmallStore implements Pick<Store, "shownSteps" | "saveCompaction" | "recordUsage"> {
  readonly records: string[] = [];
  readonly usage: UsageRecord[] = [];
  #steps: readonly Step[] = [];

  set steps(steps: readonly Step[]) {
    this.#steps = deepFreeze(steps);
  }

  get last(): Compaction | undefined {
    const text = this.records.at(-1);
    return text === undefined ? undefined : (JSON.parse(text) as Compaction);
  }

  shownSteps = async (): Promise<ShownSteps> => {
    const record = this.last;
    const upto = record?.upto ?? 0;
    return {
      record: record && deepFreeze(record),
      latest: record?.n ?? 0,
      freshFrom: 0,
      steps: this.#steps.filter((step) => step.seq > upto),
    };
  };

  saveCompaction = async (record: Compaction): Promise<boolean> => {
    if ((this.last?.n ?? 0) !== record.n - 1) return false;
    this.records.push(JSON.stringify(record));
    return true;
  };

  recordUsage: Store["recordUsage"] = async (_payer, usage) => {
    this.usage.push(usage);
  };
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
  return value;
}
