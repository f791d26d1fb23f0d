// A spawned task's card in Slack: one message of ours, changed as it goes on, with a button to stop it.

import type { ChannelParts } from "../../../core/channel.ts";
import { createTaskCards, type TaskCards } from "../../shared/task-cards.ts";
import { compileSlack } from "../render/compile-slack.ts";
import { type ReplyPlace, replyPlace } from "../reply-place.ts";
import { type SlackApi, SlackFailure } from "../slack-api.ts";
import { buttonRow } from "./button-row.ts";
import { deliveryMetadataOf } from "./delivery-mark.ts";

/** Slack lets a workspace change 50 messages a minute; answers that grow need most of them. */
const PAUSE_MS = 3_000;
const WAIT_MS_MAX = 5_000;

const NOBODY: ReadonlySet<string> = new Set();

export interface SlackTaskCardsParts extends Pick<ChannelParts, "ledger" | "live" | "clock" | "log"> {
  readonly api: SlackApi;
  /** Between two changes of one card, where it is the only one; tests are less patient. */
  readonly cardPauseMs?: number;
}

export function createSlackTaskCards({
  api,
  cardPauseMs = PAUSE_MS,
  ...parts
}: SlackTaskCardsParts): TaskCards<ReplyPlace> {
  return createTaskCards({
    ...parts,
    channel: "slack",
    place: replyPlace,
    pauseMs: (open) => cardPauseMs * Math.max(1, open),
    change: async ({ task, key, place: { channel }, message: ts }, markdown, buttons) => {
      const [part] = compileSlack(markdown, { mayMention: NOBODY });
      const { text = markdown, blocks = [] } = part?.message ?? {};
      const metadata = deliveryMetadataOf({ key, part: 1, of: 1 });
      const shown = buttons.length === 0 ? blocks : [...blocks, buttonRow(buttons)];
      try {
        await api.call(
          "chat.update",
          { channel, ts, text, blocks: shown, metadata },
          { lane: ts, waitMsMax: WAIT_MS_MAX },
        );
        return "changed";
      } catch (error) {
        parts.log.info("a card is not changed", { task, error });
        if (!(error instanceof SlackFailure) || error.kind === "refused") return "gone";
        return { afterMs: error.retryAfterMs ?? PAUSE_MS };
      }
    },
  });
}
