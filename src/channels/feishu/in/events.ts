// What the platform pushes, sorted: by both transports, in the same envelope. Resolves when what must be stored is stored; what it
// resolves with is the answer of a callback.

import { z } from "zod";
import type { Log } from "../../../core/log.ts";
import type { OneByOne } from "../../../lib/one-by-one.ts";
import { receivedEvent } from "./chat-message.ts";
import type { Clicked } from "./clicks.ts";
import type { Incoming } from "./incoming.ts";
import type { Reacted } from "./reactions.ts";
import type { TakenBack } from "./taken-back.ts";

export type HandleEvent = (event: unknown) => Promise<object | undefined>;

export interface EventsParts {
  readonly appId: string;
  readonly incoming: Incoming;
  readonly clicked: Clicked;
  readonly reacted: Reacted;
  readonly lines: OneByOne;
  readonly takenBack: Pick<TakenBack, "withdraw">;
  /** Whose people our own are. Not waited for: the next event would overtake this one. */
  readonly onTenant: (tenant: string) => void;
  readonly log: Log;
}

const envelope = z.object({
  header: z.object({
    event_id: z.string().catch(""),
    event_type: z.string(),
    app_id: z.string(),
    tenant_key: z.string().nullish(),
  }),
  event: z.unknown(),
});

const recalledEvent = z.object({ message_id: z.string().min(1), chat_id: z.string().catch("") });
const chatEvent = z.object({ chat_id: z.string().catch("") }).catch({ chat_id: "" });

/** Told in the log and nowhere else: a bot that greets everybody is a nuisance. */
const NOTED: Readonly<Record<string, string>> = {
  "im.chat.member.bot.added_v1": "feishu bot was added to a chat",
  "im.chat.member.bot.deleted_v1": "feishu bot was removed from a chat",
  "im.chat.disbanded_v1": "feishu chat was disbanded",
  "im.chat.access_event.bot_p2p_chat_entered_v1": "feishu direct chat was opened",
};

export function createHandleEvent(parts: EventsParts): HandleEvent {
  const { appId, incoming, lines, takenBack, log } = parts;

  async function withdraw(event: unknown): Promise<void> {
    const recall = recalledEvent.safeParse(event).data;
    if (!recall) return;
    // Behind what was said before it, which may be about to be stored.
    await lines.run(recall.chat_id, () => takenBack.withdraw(recall.message_id));
  }

  return async (pushed) => {
    const parsed = envelope.safeParse(pushed).data;
    if (!parsed) {
      log.debug("feishu event of an old or unknown form");
      return undefined;
    }
    const { header, event } = parsed;
    const { event_id: id, event_type: type } = header;
    if (header.app_id !== appId) {
      log.warn("feishu event of another app", { event: id, app: header.app_id });
      return type === "card.action.trigger" ? {} : undefined;
    }
    if (header.tenant_key) parts.onTenant(header.tenant_key);
    switch (type) {
      case "im.message.receive_v1": {
        const message = receivedEvent.safeParse(event);
        if (message.success) await lines.run(message.data.chat, () => incoming.take(message.data));
        else log.error("feishu message unreadable", { event: id, error: message.error });
        return undefined;
      }
      case "im.message.recalled_v1":
        await withdraw(event);
        return undefined;
      case "im.message.reaction.created_v1":
        await parts.reacted(event, id);
        return undefined;
      case "card.action.trigger":
        return parts.clicked(event);
      default: {
        const noted = NOTED[type];
        if (noted === undefined) log.debug("feishu event passed over", { type });
        else log.info(noted, { chat: chatEvent.parse(event).chat_id });
        return undefined;
      }
    }
  };
}
