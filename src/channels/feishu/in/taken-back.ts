// What is taken back: told by an event, or found gone when a message that stands open in the ledger is looked up after an outage. Only
// what is surely gone is withdrawn; what the bot may not read proves nothing.

import type { ChannelLedger, Inbox } from "../../../core/channel.ts";
import type { Log } from "../../../core/log.ts";
import type { BoundedMap } from "../bounded-map.ts";
import type { FeishuApi } from "../feishu-api.ts";
import { FeishuFailure, RECALLED } from "../feishu-failure.ts";
import { replyPlace } from "../reply-place.ts";
import { messageKey } from "../session-key.ts";
import { messageList } from "./chat-message.ts";

export interface TakenBack {
  /** A message of the platform's is not there any more. */
  withdraw(message: string): Promise<void>;
  /** What stands open now, by chat. */
  open(): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Withdraws it if it is gone. False: that cannot be learned for now. */
  check(message: string, signal: AbortSignal): Promise<boolean>;
}

export interface TakenBackParts {
  readonly channel: string;
  readonly appId: string;
  readonly api: Pick<FeishuApi, "call">;
  readonly inbox: Pick<Inbox, "withdraw">;
  readonly ledger: Pick<ChannelLedger, "openMessages">;
  /** Not to be taken if they come later. */
  readonly recalled: BoundedMap<true>;
  readonly log: Log;
}

const RECALLED_MS = 24 * 60 * 60_000;
const OPEN_MAX = 100;

export function createTakenBack({ channel, appId, api, inbox, ledger, recalled, log }: TakenBackParts): TakenBack {
  async function withdraw(message: string): Promise<void> {
    recalled.set(message, true, RECALLED_MS);
    await inbox.withdraw(messageKey(appId, message));
  }

  async function isGone(message: string, signal: AbortSignal): Promise<boolean> {
    try {
      const told = await api.call("GET", `/im/v1/messages/${encodeURIComponent(message)}`, { signal });
      return messageList.parse(told).messages.some(({ id, isRecalled }) => id === message && isRecalled);
    } catch (error) {
      if (error instanceof FeishuFailure && error.is(RECALLED)) return true;
      throw error;
    }
  }

  return {
    withdraw,
    open: async () => {
      const messages = await ledger.openMessages(channel, OPEN_MAX + 1);
      if (messages.length > OPEN_MAX)
        log.warn("feishu back-fill: of the older open messages it is not learned whether they were taken back");
      const open = new Map<string, Set<string>>();
      for (const { key, replyTo } of messages.slice(0, OPEN_MAX)) {
        const { chat = "", message = "" } = replyPlace.safeParse(replyTo).data ?? {};
        const said = messageKey(appId, message);
        // Itself, or what it called.
        if (key !== said && !key.startsWith(`${said}/`)) continue;
        open.set(chat, (open.get(chat) ?? new Set()).add(message));
      }
      return new Map([...open].map(([chat, ids]) => [chat, [...ids]]));
    },
    check: async (message, signal) => {
      try {
        if (!(await isGone(message, signal))) return true;
      } catch (error) {
        if (signal.aborted || !(error instanceof FeishuFailure)) throw error;
        const { code, scopes, grantUrl } = error;
        log.warn("feishu back-fill: it cannot be seen whether a message was taken back", {
          ...{ message, code, scopes: scopes.join(" "), grantUrl },
        });
        return error.kind === "refused";
      }
      log.info("feishu message taken back meanwhile", { message });
      await withdraw(message);
      return true;
    },
  };
}
