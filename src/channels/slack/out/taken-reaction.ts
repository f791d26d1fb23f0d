// The reaction on a message that we have taken, where Slack shows no status, or while it waits. Remembered until it is removed.

import { z } from "zod";
import type { ChannelLedger } from "../../../core/channel.ts";
import type { Clock } from "../../../core/clock.ts";
import type { StoredMessage } from "../../../core/message.ts";
import type { ReplyPlace } from "../reply-place.ts";
import { type SlackApi, SlackFailure } from "../slack-api.ts";

export interface TakenReactions {
  add(message: StoredMessage, place: ReplyPlace): Promise<void>;
  /** `message`: its id in the ledger. Of what an earlier process did this knows nothing. */
  isAdded(message: string): boolean;
  remove(message: string): Promise<void>;
  /** The messages of ended tasks that still have one. */
  left(): Promise<readonly string[]>;
}

const CHANNEL = "slack";
const EMOJI = "eyes";
const WAIT_MS_MAX = 2_000;
const PREFIX = "sign:";
const LEFT_MAX = 1_000;
const reacted = z.object({ channel: z.string(), timestamp: z.string(), task: z.string() });
const memoKey = (message: string): string => PREFIX + message;

export function createTakenReactions(
  api: SlackApi,
  ledger: Pick<ChannelLedger, "putMemo" | "memo" | "memos" | "dropMemo" | "task">,
  clock: Clock,
): TakenReactions {
  const added = new Set<string>();
  return {
    isAdded: (message) => added.has(message),
    add: async ({ id, task }, { channel, message: timestamp }) => {
      if (timestamp === undefined) return;
      added.add(id);
      await ledger.putMemo(CHANNEL, memoKey(id), { channel, timestamp, task }, clock.now());
      await api.call("reactions.add", { channel, timestamp, name: EMOJI }, { waitMsMax: WAIT_MS_MAX, lane: timestamp });
    },
    remove: async (message) => {
      added.delete(message);
      const memo = await ledger.memo(CHANNEL, memoKey(message));
      if (!memo) return;
      try {
        const { channel, timestamp } = reacted.parse(memo.value);
        await api.call("reactions.remove", { channel, timestamp, name: EMOJI }, { lane: timestamp });
      } catch (error) {
        // It is not there, or the message is not.
        if (!(error instanceof SlackFailure) || error.kind !== "refused") throw error;
      }
      await ledger.dropMemo(CHANNEL, memoKey(message));
    },
    left: async () => {
      const messages: string[] = [];
      for (const { key, value } of await ledger.memos(CHANNEL, PREFIX, LEFT_MAX)) {
        const task = await ledger.task(reacted.safeParse(value).data?.task ?? "");
        if (!task || task.endedAt !== null) messages.push(key.slice(PREFIX.length));
      }
      return messages;
    },
  };
}
