// What must be known of a live answer after a crash: where it is and which messages it has. Stored before they are shown.

import { z } from "zod";
import type { ChannelLedger } from "../../../core/channel.ts";
import type { Clock } from "../../../core/clock.ts";
import { replyPlace } from "../reply-place.ts";

const liveMemo = z.object({
  place: replyPlace,
  messages: z.array(z.object({ ts: z.string(), isStream: z.boolean() })),
  /** A message was being begun: it may be there though we do not know its ts. */
  isBeginning: z.boolean(),
});

export type LiveMemo = z.infer<typeof liveMemo>;
export type LiveMessage = LiveMemo["messages"][number];

export interface LiveMemos {
  put(task: string, memo: LiveMemo): Promise<void>;
  get(task: string): Promise<LiveMemo | undefined>;
  drop(task: string): Promise<void>;
  all(): Promise<readonly { readonly task: string; readonly at: number; readonly memo: LiveMemo }[]>;
}

const CHANNEL = "slack";
const PREFIX = "live:";
const OPEN_MAX = 10_000;

export function createLiveMemos(
  ledger: Pick<ChannelLedger, "putMemo" | "memo" | "memos" | "dropMemo">,
  clock: Clock,
): LiveMemos {
  return {
    put: (task, { place: { message, ...place }, messages, isBeginning }) => {
      const where = message === undefined ? place : { ...place, message };
      return ledger.putMemo(CHANNEL, PREFIX + task, { place: where, messages, isBeginning }, clock.now());
    },
    get: async (task) => liveMemo.safeParse((await ledger.memo(CHANNEL, PREFIX + task))?.value).data,
    drop: (task) => ledger.dropMemo(CHANNEL, PREFIX + task),
    all: async () =>
      (await ledger.memos(CHANNEL, PREFIX, OPEN_MAX)).flatMap(({ key, value, at }) => {
        const memo = liveMemo.safeParse(value).data;
        return memo ? [{ task: key.slice(PREFIX.length), at, memo }] : [];
      }),
  };
}
