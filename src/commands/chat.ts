// `signalbox chat`: a conversation in this terminal; without a terminal each line of stdin is a message.

import { createSessionClient } from "../channels/terminal/session-client.ts";
import { runChat } from "../channels/terminal/terminal-chat.ts";
import { systemClock } from "../lib/system-clock.ts";
import { openBookmark } from "./bookmark.ts";
import { connect } from "./connection.ts";
import { onInterrupt } from "./run.ts";

/** Resolves with the exit code. */
export async function chat(folder: string, session: string): Promise<number> {
  const connection = await connect(folder, process.stdout);
  const where = connection.server ?? "no server runs, so the agent lives in this process";
  if (process.stdout.isTTY) process.stdout.write(`Signalbox: ${where}\n`);
  const code = await runChat({
    client: createSessionClient({ ...connection.client, session }),
    clock: systemClock,
    input: process.stdin,
    out: process.stdout,
    err: process.stderr,
    color: connection.isColoured,
    interrupts: onInterrupt,
    ...(connection.server === undefined ? {} : { server: connection.server }),
    bookmark: openBookmark(connection.dataFolder, session),
  });
  await connection.close();
  return code;
}
