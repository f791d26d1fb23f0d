// Brings a whole answer into its thread: into the messages that are there for it, the rest as new ones, in order, each part once.
// What Slack refuses as blocks goes as plain messages, what it refuses as those as a file.

import type { ShownButton } from "../../../core/button.ts";
import type { ChannelLedger } from "../../../core/channel.ts";
import type { Clock } from "../../../core/clock.ts";
import type { Log } from "../../../core/log.ts";
import {
  degradeSlack,
  type SlackFile,
  type SlackMessage,
  type SlackPart,
  slackAnswer,
  slackFile,
} from "../render/compile-slack.ts";
import type { ReplyPlace } from "../reply-place.ts";
import { type SlackApi, SlackFailure } from "../slack-api.ts";
import { buttonRow } from "./button-row.ts";
import { type DeliveryMark, deliveryMetadataOf, type Marked, wholeDelivery } from "./delivery-mark.ts";
import { isGone, removeLive, stopStream } from "./live-message.ts";
import { uploadFile } from "./uploads.ts";

export interface AnswerWriterParts {
  readonly api: SlackApi;
  readonly ledger: Pick<ChannelLedger, "putMemo" | "memo" | "dropMemo">;
  readonly clock: Clock;
  readonly log: Log;
}

export interface WholeAnswer {
  readonly key: string;
  readonly text: string;
  readonly mayMention: ReadonlySet<string>;
  /** Under its last message. */
  readonly buttons: readonly ShownButton[];
  readonly place: ReplyPlace;
  /** Messages that are to become the final ones: those of its live answer, or one that it takes the place of. */
  readonly slots: readonly string[];
  /** Parts that are there already. */
  readonly marked: readonly Marked[];
  /** Files that we shared in the thread. */
  readonly shared: readonly string[];
  readonly signal: AbortSignal;
}

interface Said {
  readonly text: string;
  readonly blocks?: readonly object[];
}

/** Of the content, not of the place: another form of it may be taken. */
const CONTENT_REFUSALS = new Set([
  "invalid_blocks",
  "invalid_blocks_format",
  "msg_blocks_too_long",
  "msg_too_long",
  "markdown_text_conflict",
  "no_text",
  "block_mismatch",
  "invalid_arguments",
]);

/** Returns the ts of the first message. Throws SlackFailure; then it can be called again with what is there by then. */
export async function writeAnswer(parts: AnswerWriterParts, answer: WholeAnswer): Promise<string | undefined> {
  const { api, log } = parts;
  const { key, place, signal } = answer;
  const whole = slackAnswer(answer.text, { mayMention: answer.mayMention });
  const of = whole.parts.length;
  const ended = whole.file ? undefined : wholeDelivery(answer.marked);
  const there = answer.marked.filter(({ mark }) => mark.of === of);
  let slots = answer.slots.filter((ts) => !there.some((each) => each.ts === ts));
  let first: string | undefined;

  // A live answer that ended by itself is cut elsewhere than ours, but whole as well.
  if (ended) {
    slots = answer.slots.filter((ts) => !ended.some((each) => each.ts === ts));
    for (const ts of slots) await removeLive(api, place, ts, signal);
    return ended[0]?.ts;
  }
  for (const [index, part] of whole.parts.entries()) await writePart(part, index + 1);
  if (whole.file) await upload(whole.file, "whole");
  for (const ts of slots) await removeLive(api, place, ts, signal);
  return first;

  async function writePart(part: SlackPart, number: number): Promise<void> {
    const isBegunPlain = there.some(({ mark }) => mark.part === number && mark.pieces !== undefined);
    try {
      if (!isBegunPlain) return await write(withButtons(part.message, number === of), { key, part: number, of });
    } catch (error) {
      next(error, number, "plain text");
    }
    try {
      const pieces = degradeSlack(part);
      for (const [index, message] of pieces.entries())
        await write(message, { key, part: number, of, piece: index + 1, pieces: pieces.length });
    } catch (error) {
      next(error, number, "a file");
      await upload(slackFile(part.markdown), String(number));
    }
  }

  function withButtons({ text, blocks = [] }: SlackMessage, isLast: boolean): Said {
    const row = isLast && answer.buttons.length > 0 ? [buttonRow(answer.buttons)] : [];
    return { text, blocks: [...blocks, ...row] };
  }

  /** On to the next rung, if another form may help. */
  function next(error: unknown, part: number, rung: string): void {
    if (!(error instanceof SlackFailure) || !CONTENT_REFUSALS.has(error.code)) throw error;
    const { code, reasons } = error;
    log.warn("slack refused a message, it goes out in another form", { key, part, code, reasons, as: rung });
  }

  async function write(message: Said, mark: DeliveryMark): Promise<void> {
    const before = there.find(({ mark: other }) => other.part === mark.part && other.piece === mark.piece);
    const ts = before?.ts ?? (await intoSlot(message, mark)) ?? (await post(message, mark));
    first ??= ts;
  }

  async function intoSlot(message: Said, mark: DeliveryMark): Promise<string | undefined> {
    const [ts, ...rest] = slots;
    if (ts === undefined) return undefined;
    try {
      await update(ts, message, mark);
      slots = rest;
      return ts;
    } catch (error) {
      if (!isGone(error)) throw error;
    }
    // It cannot be changed: all that follows is posted anew, and nothing of the live answer stays.
    log.warn("a live message cannot be changed, the answer is posted anew", { key });
    for (const each of slots) await removeLive(api, place, each, signal);
    slots = [];
    return undefined;
  }

  async function update(ts: string, { text, blocks = [] }: Said, mark: DeliveryMark): Promise<void> {
    const args = { channel: place.channel, ts, text, blocks, metadata: deliveryMetadataOf(mark) };
    try {
      await api.call("chat.update", args, { signal, lane: ts });
    } catch (error) {
      if (!(error instanceof SlackFailure) || error.code !== "streaming_state_conflict") throw error;
      await stopStream(api, place, ts, {}, signal);
      await api.call("chat.update", args, { signal, lane: ts });
    }
  }

  async function post({ text, blocks }: Said, mark: DeliveryMark): Promise<string> {
    const posted = await api.call(
      "chat.postMessage",
      {
        ...{ channel: place.channel, thread_ts: place.thread, text, unfurl_links: false, unfurl_media: false },
        ...(blocks ? { blocks } : {}),
        metadata: deliveryMetadataOf(mark),
      },
      { signal },
    );
    return String(posted.ts);
  }

  async function upload(file: SlackFile, name: string): Promise<void> {
    await uploadFile({ ...parts, place, signal, file, shared: answer.shared, key: `${key}:${name}` });
  }
}
