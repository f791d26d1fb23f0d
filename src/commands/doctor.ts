// `signalbox doctor`: what is configured, what is missing and how to get it.

import { diagnose, type Finding, findingLine } from "../config/doctor.ts";
import { createModels, failureLines, type Setup, setUp } from "../main.ts";
import { openLedger } from "../storage/ledger.ts";
import { findServer } from "./server-file.ts";

export interface Examination {
  readonly text: string;
  readonly isBroken: boolean;
}

export async function examine(folder: string, isJson: boolean): Promise<Examination> {
  const findings = await findingsOf(folder);
  return {
    text: isJson ? `${JSON.stringify({ findings }, null, 2)}\n` : `${findings.map(findingLine).join("\n")}\n`,
    isBroken: findings.some((finding) => finding.level === "broken"),
  };
}

async function findingsOf(folder: string): Promise<readonly Finding[]> {
  try {
    const setup = setUp(folder, process.stderr);
    const models = Object.fromEntries(
      Object.entries(createModels(setup)).map(([role, targets]) => [role, targets.map(({ name }) => name)]),
    );
    const checks = [{ name: "data folder", look: () => lookAtData(setup) }];
    return await diagnose({ ...setup, nodeVersion: process.versions.node, models, checks });
  } catch (error) {
    return [{ level: "broken", what: failureLines(error) }];
  }
}

async function lookAtData({ config }: Setup): Promise<string> {
  const { data } = config.paths;
  const running = await findServer(data);
  if (running !== undefined) return `${data}, in use by the server at ${running}`;
  const store = await openLedger({ folder: data, lockWaitMs: 0 });
  const { sessions, queued, undelivered } = await store.counts();
  await store.close();
  return `${data}: ${sessions} sessions, ${queued} tasks waiting, ${undelivered} messages to send`;
}
