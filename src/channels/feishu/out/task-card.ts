// A spawned task's card in Feishu: one card message, replaced whole as it goes on, with a button to stop it.

import type { ChannelParts } from "../../../core/channel.ts";
import { createTaskCards, type TaskCards } from "../../shared/task-cards.ts";
import type { FeishuApi } from "../feishu-api.ts";
import { FeishuFailure } from "../feishu-failure.ts";
import { type ReplyPlace, replyPlace } from "../reply-place.ts";
import { answerOf } from "./answer-parts.ts";

/** A message may be changed five times a second, the app's calls of a minute are a thousand. */
const PAUSE_MS = 2_500;
/** Many cards share the calls of a minute. */
const SHARE_MS = 100;

export interface FeishuTaskCardsParts extends Pick<ChannelParts, "ledger" | "live" | "clock" | "log"> {
  readonly api: FeishuApi;
  readonly channel: string;
  /** Between two changes of one card; tests are less patient. */
  readonly cardPauseMs?: number;
}

export function createFeishuTaskCards({
  api,
  cardPauseMs = PAUSE_MS,
  ...parts
}: FeishuTaskCardsParts): TaskCards<ReplyPlace> {
  return createTaskCards({
    ...parts,
    place: replyPlace,
    pauseMs: (open) => Math.max(cardPauseMs, open * SHARE_MS),
    change: async ({ task, key, place, message }, text, buttons) => {
      const card = answerOf({ key, kind: "card", text, buttons }, place, false).parts[0]?.card;
      const body = { content: JSON.stringify(card) };
      try {
        await api.call("PATCH", `/im/v1/messages/${message}`, { body, lane: `message:${message}` });
        return "changed";
      } catch (error) {
        parts.log.info("a card is not changed", { task, error });
        if (!(error instanceof FeishuFailure) || error.kind === "refused") return "gone";
        return { afterMs: error.retryAfterMs ?? PAUSE_MS };
      }
    },
  });
}
