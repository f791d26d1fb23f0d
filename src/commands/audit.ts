// `signalbox audit verify`: goes along the chain of the audit and says whether a record was changed or is missing. Works beside a
// running server; exit code 1 when it was.

import { readEnvironment } from "../config/environment.ts";
import { loadConfig } from "../config/load-config.ts";
import { openLedgerForReading } from "../storage/ledger.ts";

export interface AuditReport {
  readonly text: string;
  readonly isBroken: boolean;
}

export async function verifyAudit(folder: string): Promise<AuditReport> {
  const { SIGNALBOX_CONFIG: file, SIGNALBOX_DATA: data } = readEnvironment(folder);
  const { config } = loadConfig({ folder, file, data });
  const store = openLedgerForReading(config.paths.data);
  if (!store) return { text: "There is no ledger yet.\n", isBroken: false };
  try {
    const { records, fault } = await store.verifyAudit();
    return fault === undefined
      ? { text: `The audit is whole: ${records} records.\n`, isBroken: false }
      : { text: `The audit was changed: ${fault}.\n`, isBroken: true };
  } finally {
    await store.close();
  }
}
