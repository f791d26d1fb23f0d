// The session of a thread that Slack shows as being processed, with its stop button. Slack never ends that by itself, so it is
// remembered until we have ended it. One thing at a time a task: what an earlier process left is ended while its task goes on.

import type { ChannelLedger } from "../../../core/channel.ts";
import type { Clock } from "../../../core/clock.ts";
import { createOneByOne } from "../../../lib/one-by-one.ts";
import { type ReplyPlace, replyPlace } from "../reply-place.ts";
import { type SlackApi, SlackFailure } from "../slack-api.ts";
import { isUnknownMethod } from "./live-message.ts";

export interface ProcessingSessions {
  /** `isDue` is asked once it is stored. */
  begin(task: string, place: ReplyPlace, isDue: () => boolean): Promise<void>;
  end(task: string, place: ReplyPlace): Promise<void>;
  /** Those that were begun and not ended. */
  left(): Promise<readonly { readonly task: string; readonly place: ReplyPlace }[]>;
}

const CHANNEL = "slack";
const METHOD = "agents.sessions.setStatus";
const PREFIX = "processing:";
const LEFT_MAX = 1_000;
const WAIT_MS_MAX = 2_000;

export function createProcessingSessions(
  api: SlackApi,
  ledger: Pick<ChannelLedger, "putMemo" | "memos" | "dropMemo">,
  clock: Clock,
): ProcessingSessions {
  const turns = createOneByOne();
  let isKnown = true;

  async function set({ channel, thread }: ReplyPlace, status: "processing" | "active"): Promise<void> {
    const args = { channel_id: channel, thread_ts: thread, status };
    await api.call(METHOD, args, { lane: `${channel} ${thread}`, waitMsMax: WAIT_MS_MAX });
  }

  const drop = (task: string): Promise<void> => ledger.dropMemo(CHANNEL, PREFIX + task);

  async function begin(task: string, place: ReplyPlace, isDue: () => boolean): Promise<void> {
    if (!isKnown) return;
    const { message, ...where } = place;
    await ledger.putMemo(CHANNEL, PREFIX + task, message === undefined ? where : { ...where, message }, clock.now());
    if (!isDue()) return drop(task);
    try {
      await set(place, "processing");
    } catch (error) {
      isKnown = !isUnknownMethod(error);
      if (error instanceof SlackFailure && error.kind !== "uncertain") await drop(task);
      throw error;
    }
  }

  async function end(task: string, place: ReplyPlace): Promise<void> {
    try {
      if (isKnown) await set(place, "active");
    } catch (error) {
      if (!(error instanceof SlackFailure) || error.kind !== "refused") throw error;
    }
    await drop(task);
  }

  return {
    begin: (task, place, isDue) => turns.run(task, () => begin(task, place, isDue)),
    end: (task, place) => turns.run(task, () => end(task, place)),
    left: async () =>
      (await ledger.memos(CHANNEL, PREFIX, LEFT_MAX)).flatMap(({ key, value }) => {
        const place = replyPlace.safeParse(value).data;
        return place ? [{ task: key.slice(PREFIX.length), place }] : [];
      }),
  };
}
