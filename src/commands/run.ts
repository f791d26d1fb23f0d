// `signalbox run`: one task from the command line.

import { createSessionClient } from "../channels/terminal/session-client.ts";
import { runTask } from "../channels/terminal/terminal-run.ts";
import { randomIds, systemClock } from "../lib/system-clock.ts";
import { connect } from "./connection.ts";

export interface RunArguments {
  readonly task: string;
  readonly agent?: string;
  readonly json: boolean;
}

const STOPPED = 130;

/** Resolves with the exit code. */
export async function run(folder: string, { task, agent, json }: RunArguments): Promise<number> {
  // A Ctrl-C while the program is still connecting must not be lost, nor end it as a signal would.
  let isEarlyStop = false;
  const stopListening = onInterrupt(() => {
    isEarlyStop = true;
  });
  const connection = await connect(folder, process.stderr);
  stopListening();
  if (isEarlyStop) {
    await connection.close();
    return STOPPED;
  }
  const parts = {
    client: createSessionClient({ ...connection.client, session: randomIds.next("run") }),
    clock: systemClock,
    out: process.stdout,
    err: process.stderr,
    color: connection.isColoured,
    interrupts: onInterrupt,
  };
  const code = await runTask(parts, { text: task, json, ...(agent === undefined ? {} : { agent }) });
  await connection.close();
  return code;
}

/** Ctrl-C, and the wish of a supervisor to stop. */
export function onInterrupt(listener: () => void): () => void {
  process.on("SIGINT", listener);
  process.on("SIGTERM", listener);
  return () => {
    process.off("SIGINT", listener);
    process.off("SIGTERM", listener);
  };
}
