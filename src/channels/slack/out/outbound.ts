// The outbound half of the Slack channel: signs while a message waits and is worked, the answer as it grows, and the delivery, which
// makes it whole. The delivery is the promise; all else is for show.

import type { ChannelParts, Sender, SendOutcome } from "../../../core/channel.ts";
import { type Delivery, endedTask } from "../../../core/delivery.ts";
import type { AcceptResult, StoredMessage } from "../../../core/message.ts";
import { followProgress } from "../../shared/progress.ts";
import { type ReplyPlace, replyPlace } from "../reply-place.ts";
import { type SlackApi, SlackFailure } from "../slack-api.ts";
import { isMendable } from "../slack-failure.ts";
import type { SlackIdentity } from "../slack-identity.ts";
import { writeAnswer } from "./answer-writer.ts";
import { type Addressed, addressed, calling, withSalutation } from "./askers.ts";
import { wholeDelivery } from "./delivery-mark.ts";
import { createLiveAnswers } from "./live-answers.ts";
import { sendFile } from "./send-file.ts";
import { createSigns } from "./signs.ts";
import { createSlackTaskCards } from "./task-card.ts";
import { findOwnMessages, type OwnMessages } from "./thread-lookup.ts";

export interface SlackOutboundParts extends ChannelParts {
  readonly api: SlackApi;
  /** Undefined until it is known. */
  readonly identity: () => SlackIdentity | undefined;
  readonly cardPauseMs?: number;
}

export interface SlackOutbound {
  readonly sender: Sender;
  /** Tell it right after a message was stored. */
  accepted(result: AcceptResult, place: ReplyPlace): void;
  /** Tell it right after a message was taken back that waited; `key` is the message's. */
  withdrawn(key: string): void;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const CHANNEL = "slack";
const NOT_CONNECTED_MS = 1_000;
/** Until somebody mends the token or the scopes. */
const MEND_MS = 30_000;
const NOBODY: Addressed = { salutation: "", mayMention: new Set() };
const NOTHING: OwnMessages = { marked: [], live: [], bare: [], files: [] };

export function createSlackOutbound(parts: SlackOutboundParts): SlackOutbound {
  const { api, ledger, live, clock, log } = parts;
  const startedAt = clock.now();
  const signs = createSigns(parts);
  const lives = createLiveAnswers({ ...parts, signs });
  const cards = createSlackTaskCards(parts);
  let leaveProgress = (): void => {};

  async function send(delivery: Delivery, signal: AbortSignal): Promise<SendOutcome> {
    const outcome = await sendAnswer(delivery, signal);
    if (endedTask(delivery) !== null) cards.ended(delivery.session);
    const place = replyPlace.safeParse(delivery.replyTo).data;
    if (delivery.kind === "card" && outcome.status === "sent" && place && outcome.receipt.platformId !== undefined)
      await cards.announced(delivery, place, outcome.receipt.platformId);
    return outcome;
  }

  async function sendAnswer(delivery: Delivery, signal: AbortSignal): Promise<SendOutcome> {
    const identity = parts.identity();
    if (!identity) return { status: "retry", reason: "not connected yet", afterMs: NOT_CONNECTED_MS };
    const place = replyPlace.safeParse(delivery.replyTo).data;
    if (!place) return { status: "refused", reason: "it is not known where this goes" };
    try {
      const platformId = await deliver(delivery, place, identity, signal);
      return { status: "sent", receipt: platformId === undefined ? {} : { platformId } };
    } catch (error) {
      const outcome = outcomeOf(error);
      const task = endedTask(delivery);
      if (outcome.status === "refused" && task !== null) {
        await lives.forget(task);
        signs.over(task, place, await ledger.messagesOfTask(task));
      }
      return outcome;
    }
  }

  async function deliver(
    delivery: Delivery,
    place: ReplyPlace,
    identity: SlackIdentity,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { key, buttons = [], replaces, tries, createdAt } = delivery;
    const task = endedTask(delivery);
    const shown = task === null ? undefined : await lives.take(task);
    const mayBeThere = tries > 0 || createdAt <= startedAt || (shown?.record.isBeginning ?? false);
    const there = mayBeThere ? await findOwnMessages({ api, identity, place, key, task, signal }) : NOTHING;
    let { text } = delivery;
    if (delivery.kind === "file") {
      const instead = await sendFile({ api, ledger, clock, log, delivery, place, shared: there.files, signal });
      signs.appeared(place);
      if (instead === undefined) return undefined;
      text = instead;
    }
    const messages = task === null ? [] : (shown?.allMessages ?? (await ledger.messagesOfTask(task)));
    const { salutation, mayMention } = shown?.addressed ?? (await addressOf(delivery, place, messages));
    const whole = withSalutation(salutation, text);
    const isThere = wholeDelivery(there.marked) !== undefined;
    const isEnded = !isThere && (await shown?.end(whole, key, signal));
    const slots = replaces === undefined ? await slotsOf(shown?.record, there) : [replaces];
    const isNew = !isEnded && !isThere && slots.length === 0;
    if (isNew) signs.appearing(place);
    const first = isEnded
      ? shown?.record.messages[0]?.ts
      : await writeAnswer(parts, {
          ...{ key, text: whole, mayMention, buttons, place, signal, slots },
          ...{ marked: there.marked, shared: there.files },
        });
    // A file alone is no message.
    if (isNew && first !== undefined) signs.appeared(place);
    if (task !== null) {
      await lives.forget(task);
      signs.over(task, place, messages);
    }
    return first;
  }

  async function addressOf(
    { kind, mention, session, createdAt }: Delivery,
    place: ReplyPlace,
    messages: readonly StoredMessage[],
  ): Promise<Addressed> {
    if (mention) return calling(mention);
    return kind === "notice" || kind === "file" || kind === "card"
      ? NOBODY
      : addressed(ledger, session, place, messages, createdAt);
  }

  /** The messages of the live answer, in order: those we know, and one that was begun without our learning of it. */
  async function slotsOf(
    record: { readonly messages: readonly { readonly ts: string }[]; readonly isBeginning: boolean } | undefined,
    there: OwnMessages,
  ): Promise<readonly string[]> {
    const known = record?.messages.map(({ ts }) => ts) ?? [];
    const strays = record?.isBeginning ? await lives.without(there.bare) : [];
    return [...new Set([...known, ...there.live, ...strays])].sort();
  }

  return {
    sender: { send },
    accepted: signs.accepted,
    withdrawn: signs.withdrawn,
    start: async () => {
      leaveProgress = followProgress({ channel: CHANNEL, ledger, live, log, show: lives.show });
      await lives.start();
      await cards.start();
      await signs.start();
    },
    stop: async () => {
      leaveProgress();
      await cards.stop();
      await lives.stop();
      await signs.stop();
    },
  };
}

function outcomeOf(error: unknown): SendOutcome {
  if (!(error instanceof SlackFailure)) {
    const reason = error instanceof Error ? error.message : String(error);
    return { status: "uncertain", reason };
  }
  const { kind, message: reason, retryAfterMs } = error;
  if (isMendable(error)) return { status: "retry", reason, afterMs: MEND_MS };
  if (kind === "retry")
    return { status: "retry", reason, ...(retryAfterMs === undefined ? {} : { afterMs: retryAfterMs }) };
  return { status: kind, reason };
}
