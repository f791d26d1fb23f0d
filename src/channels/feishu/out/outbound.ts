// All that goes out to Feishu: answers, what is shown while they are being written, the sign on a message that is worked on.

import type { ChannelParts, Sender, SendOutcome } from "../../../core/channel.ts";
import { type Delivery, endedTask } from "../../../core/delivery.ts";
import type { AcceptResult } from "../../../core/message.ts";
import { languageOf, userText } from "../../../core/user-text.ts";
import type { FeishuApi } from "../feishu-api.ts";
import { type ReplyPlace, replyPlace } from "../reply-place.ts";
import { createAnswerSender } from "./answer-sender.ts";
import { createLiveAnswers } from "./live-answers.ts";
import { createPostMessage, uuidOf } from "./post-message.ts";
import { createSentParts } from "./sent-parts.ts";
import { createFeishuTaskCards } from "./task-card.ts";
import { createWorkingSign } from "./working-sign.ts";

export interface FeishuOutbound {
  readonly sender: Sender;
  /** The task whose card this message is, while it works. */
  taskOfCard(message: string): string | undefined;
  /** Something was said there and is stored. Returns at once. */
  accepted(result: AcceptResult, place: ReplyPlace): void;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface FeishuOutboundParts extends ChannelParts {
  readonly api: FeishuApi;
  readonly identity: () => { readonly appId: string };
  readonly cardPauseMs?: number;
}

const CHANNEL = "feishu";
const TIDY_MS = 60 * 60_000;

export function createFeishuOutbound(parts: FeishuOutboundParts): FeishuOutbound {
  const { api, ledger, clock, log } = parts;
  const post = createPostMessage(api);
  const sent = createSentParts(CHANNEL, ledger, clock);
  const sign = createWorkingSign({ channel: CHANNEL, api, ledger, clock, log });
  const appId = (): string => parts.identity().appId;
  const live = createLiveAnswers({ ...parts, channel: CHANNEL, post, sent, appId, overInSilence: sign.removeAll });
  const sender = createAnswerSender({
    ...{ api, appId, post, live, sent, ledger, clock, log },
    settled: sign.removeAll,
  });
  const cards = createFeishuTaskCards({ ...parts, channel: CHANNEL });
  let cancelTidy = (): void => {};

  function tidy(): void {
    sign.tidy();
    sent.forgetOld().catch((error: unknown) => log.warn("old memos not forgotten", { error }));
    cancelTidy = clock.after(TIDY_MS, tidy);
  }

  /** How many are before it; said once. */
  async function sayPosition(id: string, text: string, position: number, place: ReplyPlace): Promise<void> {
    const content = { text: userText("waiting", languageOf(text), position) };
    await post(place, { type: "text", content, uuid: uuidOf("waiting", id) });
  }

  async function send(delivery: Delivery, signal: AbortSignal): Promise<SendOutcome> {
    const outcome = await sender.send(delivery, signal);
    const place = replyPlace.safeParse(delivery.replyTo).data;
    if (endedTask(delivery) !== null) cards.ended(delivery.session);
    if (delivery.kind === "card" && outcome.status === "sent" && place && outcome.receipt.platformId !== undefined)
      await cards.announced(delivery, place, outcome.receipt.platformId);
    return outcome;
  }

  return {
    sender: { send },
    taskOfCard: cards.taskOf,
    accepted: (result, place) => {
      if (result.status !== "accepted") return;
      const { id, task, text } = result.message;
      sign.show(place.message, task);
      if (result.position === 0) return;
      sayPosition(id, text, result.position, place).catch((error: unknown) =>
        log.warn("position in the line not said", { task, error }),
      );
    },
    start: async () => {
      live.start();
      await cards.start();
      tidy();
    },
    stop: async () => {
      cancelTidy();
      await cards.stop();
      await live.stop();
    },
  };
}
