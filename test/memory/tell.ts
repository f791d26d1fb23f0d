// A message and its answer, put into a ledger as the road does it.

import { NO_USAGE } from "../../src/core/model.ts";
import type { CallResult } from "../../src/core/step.ts";
import type { Store } from "../../src/core/store.ts";
import type { ClaimedTask } from "../../src/core/task.ts";

export interface Told {
  readonly session?: string;
  readonly speaker?: string;
  readonly at?: number;
  readonly answer?: string;
  /** A tool the answer used, with its result. */
  readonly call?: { readonly name: string; readonly result: CallResult };
}

export const SESSION = "chat:team";

const usage = { model: "fake", role: "main", usage: NO_USAGE, usd: 0, durationMs: 0 };
let told = 0;

/** Said and taken up, its task not ended yet. */
export async function begin(store: Store, text: string, options: Told = {}): Promise<ClaimedTask> {
  const { session = SESSION, speaker = "Ann", at: now = 1_000 } = options;
  told += 1;
  await store.accept(
    { key: `key-${told}`, channel: "chat", session, sender: { id: `chat:${speaker}`, name: speaker }, text },
    { messageId: `m${told}`, taskId: `t${told}`, traceId: "", now, waitingMax: 9_999, fullText: "", isPushed: false },
  );
  const claim = await store.claim(session, { owner: "me", now, leaseMs: 1_000, whileBusy: "queue", collectMax: 1 });
  if (claim.status !== "claimed") throw new Error(`"${text}" was not taken up: ${claim.status}`);
  return claim.claimed;
}

/** Returns the task's id. */
export async function tell(store: Store, text: string, options: Told = {}): Promise<string> {
  const { answer, call, at: now = 1_000 } = options;
  const { fence } = await begin(store, text, options);
  if (call) {
    const asked = { kind: "call", id: `c${told}`, name: call.name, arguments: {} } as const;
    const reply = { kind: "reply", text: "", model: "fake", usage: NO_USAGE } as const;
    const { numbers } = await store.appendReply(fence, { reply, calls: [asked], usage }, now);
    await store.finishCalls(fence, [{ n: numbers[1] ?? 0, result: call.result }], [], now);
  }
  const last = {
    reply: { kind: "reply", text: answer ?? "", model: "fake", usage: NO_USAGE },
    calls: [],
    usage,
  } as const;
  const outcome = { state: "done", text: answer ?? "" } as const;
  await store.finish(fence, { outcome, now, isPushed: false, ...(answer === undefined ? {} : { last }) });
  return fence.task;
}
