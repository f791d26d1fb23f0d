// Sends a delivery whole and once: what its task showed while it worked becomes the answer, what is more follows as replies. Each
// part goes down the ladder until one way is taken, and is remembered as soon as it is sent.

import type { SentFile } from "../../../core/aside.ts";
import type { ChannelLedger, Sender, SendOutcome } from "../../../core/channel.ts";
import { chatText } from "../../../core/chat-text.ts";
import type { Clock } from "../../../core/clock.ts";
import { type Delivery, endedTask } from "../../../core/delivery.ts";
import type { Log } from "../../../core/log.ts";
import { languageOf } from "../../../core/user-text.ts";
import type { FeishuApi } from "../feishu-api.ts";
import { AUDITED, CHAT_CLOSED, FeishuFailure, SCOPE_MISSING } from "../feishu-failure.ts";
import type { FeishuFile } from "../render/compile-feishu.ts";
import { type ReplyPlace, replyPlace } from "../reply-place.ts";
import { type Answer, type AnswerPart, answerOf, partFile, RUNGS, rungContent } from "./answer-parts.ts";
import { findMarked, findPart, findUploaded, type Search } from "./find-part.ts";
import type { LiveAnswers } from "./live-answers.ts";
import type { LiveCard } from "./live-card.ts";
import { type PostMessage, uuidOf } from "./post-message.ts";
import type { SentParts, SentPartsKeeper } from "./sent-parts.ts";
import { keyOf, type OutgoingFile, uploadFile } from "./uploads.ts";

export interface AnswerSenderParts {
  readonly api: FeishuApi;
  readonly appId: () => string;
  readonly post: PostMessage;
  readonly live: Pick<LiveAnswers, "take" | "done">;
  readonly sent: SentPartsKeeper;
  readonly ledger: Pick<ChannelLedger, "askers" | "fileContent">;
  readonly clock: Clock;
  readonly log: Log;
  /** Nothing more will come of this task. */
  readonly settled: (task: string) => void;
}

/** A uuid is known for an hour. */
const UUID_MS = 55 * 60_000;
const MENDED_MS = 5 * 60_000;

/** One try to send one delivery. */
interface Sending {
  readonly delivery: Delivery;
  readonly place: ReplyPlace;
  readonly signal: AbortSignal;
  sent: SentParts;
}

export function createAnswerSender(parts: AnswerSenderParts): Sender {
  const { api, post, live, sent: keeper, clock, log } = parts;

  async function send(delivery: Delivery, signal: AbortSignal): Promise<SendOutcome> {
    const place = replyPlace.safeParse(delivery.replyTo);
    if (!place.success) return { status: "refused", reason: "the delivery says no place" };
    const outcome = await sendTo(delivery, place.data, signal).catch(outcomeOf);
    const task = endedTask(delivery);
    if (task !== null && (outcome.status === "sent" || outcome.status === "refused")) {
      if (outcome.status === "refused") await closeCards(task);
      await live.done(task).catch((error: unknown) => log.warn("open cards not forgotten", { task, error }));
      parts.settled(task);
    }
    return outcome;
  }

  /** Nothing more can be said there; what stands there need not look as if it were being typed. */
  async function closeCards(task: string): Promise<void> {
    const cards = await live.take(task).catch(() => []);
    await Promise.allSettled(cards.map((card) => card.endStreaming("…")));
  }

  async function sendTo(delivery: Delivery, place: ReplyPlace, signal: AbortSignal): Promise<SendOutcome> {
    const task = endedTask(delivery);
    const cards = task === null ? [] : await live.take(task);
    const sent = (await keeper.load(delivery.key)) ?? { messages: {}, uploads: {} };
    const sending: Sending = { delivery, place, signal, sent };
    const answer = answerOf(delivery, place, await isNamed(delivery, place));
    await settleCards(cards, sending);
    const used = new Set<LiveCard>();
    const seen = cards.filter((card) => card.messageId !== undefined);
    for (const [index, part] of answer.parts.entries()) {
      const card = seen[index];
      const before = sending.sent.messages[part.name];
      if (card && before === card.messageId) used.add(card);
      if (before !== undefined) continue;
      const isFinished = card !== undefined && (await finished(card, part, signal));
      if (isFinished) used.add(card);
      const replaced = index === 0 && !isFinished ? await intoPlace(part, sending) : undefined;
      const message = isFinished ? card.messageId : (replaced ?? (await sendPart(part, sending)));
      await remember(sending, part.name, message ?? "");
    }
    if (answer.file && sending.sent.messages.file === undefined) await sendWhole(answer, answer.file, sending);
    if (delivery.file && sending.sent.messages.file === undefined)
      await remember(sending, "file", await sendBrought(delivery.file, sending));
    for (const card of seen) if (!used.has(card)) await takeAway(card, signal);
    const first = sending.sent.messages["0"];
    return { status: "sent", receipt: first === undefined ? {} : { platformId: first } };
  }

  async function sendWhole({ rest }: Answer, file: FeishuFile, sending: Sending): Promise<void> {
    try {
      await remember(sending, "file", await sendFile(file, "file", sending));
    } catch (error) {
      if (!(error instanceof FeishuFailure) || error.kind !== "refused" || error.is(CHAT_CLOSED)) throw error;
      log.warn("the whole answer is refused as a file; it is sent in parts", { key: sending.delivery.key, error });
      for (const part of rest())
        if (sending.sent.messages[part.name] === undefined)
          await remember(sending, part.name, await sendPart(part, sending));
    }
  }

  /** Where Feishu takes no file that is said: what waits behind it must not wait until somebody grants a permission. */
  async function sendBrought({ hash, name, mediaType }: SentFile, sending: Sending): Promise<string> {
    const { delivery, place, signal } = sending;
    try {
      const content = await parts.ledger.fileContent(hash);
      if (!content) throw new FeishuFailure("the file is gone from the ledger", { code: 0, kind: "refused" });
      return await sendFile({ filename: name, mediaType, content }, "file", sending);
    } catch (error) {
      if (!(error instanceof FeishuFailure) || error.kind !== "refused" || error.is(CHAT_CLOSED) || error.isAppRefused)
        throw error;
      log.warn("the file is refused, which is told", { key: delivery.key, error });
      const content = { text: chatText("fileNotSent", languageOf(delivery.text), name) };
      return post(place, { type: "text", content, uuid: uuidOf(delivery.key, "file", "instead") }, signal);
    }
  }

  /** Where several people ask, an answer in a group names the one it answers. Every try finds the same: it is cut into the same parts. */
  async function isNamed({ kind, session, createdAt }: Delivery, { isP2p }: ReplyPlace): Promise<boolean> {
    if (isP2p || kind === "file" || kind === "mention") return false;
    return (await parts.ledger.askers(session, createdAt)).length > 1;
  }

  async function remember(sending: Sending, part: string, message: string): Promise<void> {
    sending.sent = { ...sending.sent, messages: { ...sending.sent.messages, [part]: message } };
    await keeper.save(sending.delivery.key, sending.sent);
  }

  /** Cards of which nobody knows whether they were sent are sent now, or found. */
  async function settleCards(cards: readonly LiveCard[], sending: Sending): Promise<void> {
    for (const card of cards) {
      if (card.messageId !== undefined) continue;
      try {
        await card.send(sending.place, sending.signal);
      } catch (error) {
        if (!(error instanceof FeishuFailure) || error.kind !== "refused") throw error;
        const found = await findMarked(api, card.kept.mark, searchOf(sending, card.kept.createdAt)).catch(
          () => undefined,
        );
        if (found !== undefined) card.isFound(found);
      }
    }
  }

  /** False: this card cannot become this part. */
  async function finished(card: LiveCard, part: AnswerPart, signal: AbortSignal): Promise<boolean> {
    try {
      await card.finish(part.card, signal);
      return true;
    } catch (error) {
      if (!(error instanceof FeishuFailure) || error.kind !== "refused") throw error;
      log.warn("live card cannot be finished; the answer is sent anew", { part: part.name, error });
      return false;
    }
  }

  /** An earlier message of ours becomes this one; undefined where it cannot. */
  async function intoPlace(part: AnswerPart, { delivery, signal }: Sending): Promise<string | undefined> {
    const { replaces } = delivery;
    if (replaces === undefined || replaces === "") return undefined;
    try {
      const body = { content: JSON.stringify(part.card) };
      await api.call("PATCH", `/im/v1/messages/${replaces}`, { body, signal });
      return replaces;
    } catch (error) {
      if (!(error instanceof FeishuFailure) || error.kind !== "refused") throw error;
      log.warn("a message cannot be changed; what takes its place is sent anew", { key: delivery.key, error });
      return undefined;
    }
  }

  async function sendPart(part: AnswerPart, sending: Sending): Promise<string> {
    const { delivery, place, signal } = sending;
    const { key, createdAt, text } = delivery;
    if (clock.now() - createdAt > UUID_MS) {
      const search = searchOf(sending, createdAt);
      const found = await lookedFor(part.name, () => findPart(api, part, search));
      if (found !== undefined) return found;
    }
    for (const rung of RUNGS) {
      try {
        return await post(place, { ...rungContent(part, rung), uuid: uuidOf(key, part.name, rung) }, signal);
      } catch (error) {
        if (!(error instanceof FeishuFailure) || error.kind !== "refused" || isFinal(error)) throw error;
        log.warn("answer refused in this form", { key, part: part.name, rung, error });
        if (!error.is(AUDITED)) continue;
        const sentence = { text: chatText("audited", languageOf(text)) };
        return post(place, { type: "text", content: sentence, uuid: uuidOf(key, part.name, "audited") }, signal);
      }
    }
    return sendFile(partFile(part), part.name, sending);
  }

  async function sendFile(file: OutgoingFile, name: string, sending: Sending): Promise<string> {
    const { delivery, place, signal } = sending;
    const before = sending.sent.uploads[name];
    if (before && clock.now() - delivery.createdAt > UUID_MS) {
      const search = searchOf(sending, delivery.createdAt);
      const found = await lookedFor(name, () => findUploaded(api, keyOf(before), search));
      if (found !== undefined) return found;
    }
    const uploaded = before ?? (await uploadFile(api, file, signal));
    if (!before) {
      sending.sent = { ...sending.sent, uploads: { ...sending.sent.uploads, [name]: uploaded } };
      await keeper.save(delivery.key, sending.sent);
    }
    return post(place, { ...uploaded, uuid: uuidOf(delivery.key, name, "file") }, signal);
  }

  const searchOf = ({ place, sent, signal }: Sending, since: number): Search => ({
    ...{ place, since, signal, appId: parts.appId() },
    known: new Set(Object.values(sent.messages)),
  });

  /** Where the app may not read the chat nobody can tell; then rather twice than never. */
  async function lookedFor(part: string, find: () => Promise<string | undefined>): Promise<string | undefined> {
    try {
      return await find();
    } catch (error) {
      if (!(error instanceof FeishuFailure) || error.kind !== "refused") throw error;
      log.warn("cannot look whether an old answer was sent", {
        part,
        code: error.code,
        scopes: error.scopes,
      });
      return undefined;
    }
  }

  /** It shows what stands elsewhere now. */
  async function takeAway(card: LiveCard, signal: AbortSignal): Promise<void> {
    try {
      await card.recall(signal);
    } catch (error) {
      log.warn("live card not taken back", { error });
      await card.endStreaming("…").catch(() => {});
    }
  }

  return { send };
}

/** No other form of it would be taken. */
const isFinal = (failure: FeishuFailure): boolean => failure.is(CHAT_CLOSED) || isToBeMended(failure);

/** The app's secret, its permissions: an operator mends it. */
const isToBeMended = (failure: FeishuFailure): boolean => failure.isAppRefused || failure.code === SCOPE_MISSING;

function outcomeOf(error: unknown): SendOutcome {
  if (!(error instanceof FeishuFailure)) return { status: "uncertain", reason: String(error).slice(0, 300) };
  const { kind, retryAfterMs } = error;
  if (isToBeMended(error)) return { status: "retry", reason: error.message, afterMs: MENDED_MS };
  if (kind === "retry")
    return { status: "retry", reason: error.message, ...(retryAfterMs === undefined ? {} : { afterMs: retryAfterMs }) };
  return { status: kind, reason: error.message };
}
