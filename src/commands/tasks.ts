// `signalbox tasks`: the latest tasks, read beside whoever is running.

import type { Task } from "../core/task.ts";
import { openLedgerForReading } from "../storage/ledger.ts";
import { setUp } from "../wiring/set-up.ts";

const TASKS_SHOWN_MAX = 50;

export async function tasksText(folder: string, isJson: boolean): Promise<string> {
  const tasks = await latestTasks(folder);
  if (isJson) return `${JSON.stringify({ tasks }, null, 2)}\n`;
  if (tasks.length === 0) return "no tasks yet\n";
  return `${tasks.map(line).join("\n")}\n`;
}

async function latestTasks(folder: string): Promise<readonly Task[]> {
  const { config } = setUp(folder, process.stderr);
  const ledger = openLedgerForReading(config.paths.data);
  if (!ledger) return [];
  try {
    return await ledger.tasks({ limit: TASKS_SHOWN_MAX });
  } finally {
    await ledger.close();
  }
}

function line(task: Task): string {
  const at = new Date(task.createdAt).toISOString().slice(0, 19).replace("T", " ");
  return `${at}  ${task.state.padEnd(9)}  ${task.kind.padEnd(9)}  ${task.session}  ${task.id}`;
}
