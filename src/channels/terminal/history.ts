// What was said in a session before, read once on demand: the stream has no mark for "now", so it is over when it falls quiet.

import type { Clock } from "../../core/clock.ts";
import type { SessionClient } from "./session-client.ts";

export interface Said {
  readonly who: "person" | "bot";
  readonly text: string;
}

const FIRST_MS_MAX = 3000;
const QUIET_MS = 400;
const SAID_MAX = 200;

export async function readHistory(client: SessionClient, clock: Clock): Promise<readonly Said[]> {
  const enough = new AbortController();
  let cancel = clock.after(FIRST_MS_MAX, () => enough.abort());
  const said: Said[] = [];
  for await (const { event } of client.events({ from: "start", signal: enough.signal })) {
    cancel();
    cancel = clock.after(QUIET_MS, () => enough.abort());
    if (event.type === "message_accepted") said.push({ who: "person", text: event.text });
    if (event.type === "message_closed" || event.type === "execution_complete") {
      said.push({ who: "bot", text: event.text });
    }
    if (said.length > SAID_MAX) said.shift();
  }
  cancel();
  return said;
}
