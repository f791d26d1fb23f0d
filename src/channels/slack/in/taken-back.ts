// What was taken back while nobody listened: a message that stands open in the ledger is looked up where it was said. Only what is surely
// gone is withdrawn, as by its event; what we may not see proves nothing.

import { z } from "zod";
import type { ChannelLedger } from "../../../core/channel.ts";
import type { Log } from "../../../core/log.ts";
import { replyPlace } from "../reply-place.ts";
import { messageKey } from "../session-keys.ts";
import { type SlackApi, SlackFailure } from "../slack-api.ts";
import type { SlackIdentity } from "../slack-identity.ts";
import { slackMessage } from "./slack-events.ts";
import type { MessageTaker } from "./take-message.ts";

export interface OpenMessage {
  readonly ts: string;
  /** The root of its thread. */
  readonly root: string;
}

export interface TakenBack {
  /** What stands open now, by channel. */
  open(team: string): Promise<ReadonlyMap<string, readonly OpenMessage[]>>;
  /** Withdraws it if it is gone; throws where that cannot be learned for now. */
  check(message: OpenMessage, where: { readonly identity: SlackIdentity; readonly channel: string }): Promise<void>;
}

export interface TakenBackParts {
  readonly api: SlackApi;
  readonly ledger: Pick<ChannelLedger, "openMessages">;
  readonly taker: Pick<MessageTaker, "deleted">;
  readonly log: Log;
}

const OPEN_MAX = 100;
/** Of one moment there is one message, and a thread's root comes along. */
const LIMIT = 5;

const found = z.object({ messages: z.array(slackMessage), has_more: z.boolean().optional() });

export function createTakenBack({ api, ledger, taker, log }: TakenBackParts): TakenBack {
  async function isGone({ ts, root }: OpenMessage, channel: string): Promise<boolean> {
    const moment = { channel, oldest: ts, latest: ts, inclusive: true, limit: LIMIT };
    try {
      const answer =
        ts === root
          ? await api.call("conversations.history", moment)
          : await api.call("conversations.replies", { ...moment, ts: root });
      const { messages, has_more } = found.parse(answer);
      const it = messages.find((message) => message.ts === ts);
      return it ? it.subtype === "tombstone" : !has_more;
    } catch (error) {
      if (error instanceof SlackFailure && error.code === "thread_not_found") return true;
      throw error;
    }
  }

  return {
    open: async (team) => {
      const messages = await ledger.openMessages("slack", OPEN_MAX + 1);
      if (messages.length > OPEN_MAX)
        log.warn("too many messages stand open: of the older ones it is not learned whether they were taken back");
      const open = new Map<string, Map<string, OpenMessage>>();
      for (const { key, replyTo } of messages.slice(0, OPEN_MAX)) {
        const { channel = "", message: ts = "", thread: root = "" } = replyPlace.safeParse(replyTo).data ?? {};
        const said = messageKey(team, channel, ts);
        // Itself, or what it called.
        if (key !== said && !key.startsWith(`${said}/`)) continue;
        open.set(channel, (open.get(channel) ?? new Map()).set(ts, { ts, root }));
      }
      return new Map([...open].map(([channel, byTs]) => [channel, [...byTs.values()]]));
    },
    check: async (message, where) => {
      const { channel } = where;
      const { ts } = message;
      try {
        if (!(await isGone(message, channel))) return;
      } catch (error) {
        if (!(error instanceof SlackFailure) || error.kind !== "refused") throw error;
        log.warn("it cannot be seen whether a message was taken back", { channel, ts, error });
        return;
      }
      log.info("taken back meanwhile", { channel, ts });
      await taker.deleted(ts, where);
    },
  };
}
