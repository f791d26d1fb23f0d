// The answer of one task while it is being written: what people should see comes in, one change of a card at a time goes out, the
// newest text wins. It is best effort: whatever fails here, the delivery brings the whole answer, and takes the cards over.

import { z } from "zod";
import type { Buttons, ChannelLedger } from "../../../core/channel.ts";
import type { Log } from "../../../core/log.ts";
import { sleep } from "../../../lib/abort.ts";
import { FeishuFailure, SCOPE_MISSING } from "../feishu-failure.ts";
import { CARD_STREAM_START, planCardStream } from "../render/stream-feishu.ts";
import { type ReplyPlace, replyPlace } from "../reply-place.ts";
import { markOf } from "./answer-parts.ts";
import { type KeptCard, keptCard, LiveCard, type LiveCardParts, makeLiveCard } from "./live-card.ts";
import { plainFace, shownText } from "./live-card-face.ts";
import { uuidOf } from "./post-message.ts";

/** What is kept of a task's open cards. */
const keptAnswer = z.object({ place: replyPlace, cards: z.array(keptCard) });

export const LIVE_PREFIX = "live:";

export interface LiveAnswerParts extends LiveCardParts {
  readonly channel: string;
  readonly ledger: Pick<ChannelLedger, "memo" | "putMemo" | "dropMemo" | "task">;
  readonly buttons: Pick<Buttons, "make">;
  readonly log: Log;
  /** Whether the app may use CardKit; told when it turns out that it may not. */
  readonly mayStream: () => boolean;
  readonly streamRefused: (failure: FeishuFailure) => void;
}

/** So many failures in a row end the showing. */
const FAILURES_MAX = 5;
const FAILURE_PAUSE_MS = 1_000;
/** Text in the making calls nobody. */
const NOBODY = { mayMention: new Set<string>() };

export class LiveAnswer {
  readonly task: string;
  readonly place: ReplyPlace;
  readonly #parts: LiveAnswerParts;
  readonly #frames = new AbortController();
  readonly #cards: LiveCard[] = [];
  /** Those that the text has left behind. */
  readonly #full = new Set<LiveCard>();
  #text = "";
  #activity = "";
  #planned = "";
  #plan = CARD_STREAM_START;
  #button: string | undefined;
  #isKnown: boolean;
  #isKept = false;
  #isBegun = false;
  #isOff = false;
  #isWhole = false;
  #isDirty = false;
  #running: Promise<void> | undefined;
  #cancelTimer = (): void => {};

  /** `isNew`: no earlier attempt can have shown anything of it. */
  constructor(parts: LiveAnswerParts, task: string, place: ReplyPlace, isNew = false) {
    this.#parts = parts;
    this.#isKnown = isNew;
    this.task = task;
    this.place = place;
  }

  /** Something of it is in the ledger. */
  get isKept(): boolean {
    return this.#isKept || !this.#isKnown;
  }

  /** Shows it from this time on. */
  beginAfter(graceMs: number): void {
    this.#cancelTimer = this.#parts.clock.after(graceMs, () => {
      this.#isBegun = true;
      this.#wake();
    });
  }

  show(text: string, activity: string): void {
    this.#text = text;
    this.#activity = activity;
    this.#wake();
  }

  /** Ends the showing: a card that nobody has seen yet is not sent any more. */
  end(): void {
    this.#isOff = true;
    this.#cancelTimer();
    this.#frames.abort(new Error("the answer is complete"));
  }

  /** Ends the showing; what is under way ends first. Gives the cards that people see, or may see. */
  async take(): Promise<readonly LiveCard[]> {
    this.end();
    await this.#running;
    await this.#know();
    return this.#cards;
  }

  /** What this card says without the button; of what an earlier process showed the text is not known. */
  faceOf(card: LiveCard): unknown {
    return plainFace(shownText(this.#plan.cards[this.#cards.indexOf(card)] ?? "", ""));
  }

  #wake(): void {
    this.#isDirty = true;
    if (!this.#isBegun || this.#isOff || this.#running) return;
    this.#running = this.#work().finally(() => {
      this.#running = undefined;
      if (this.#isDirty) this.#wake();
    });
  }

  async #work(): Promise<void> {
    const { log } = this.#parts;
    for (let failures = 0; !this.#isOff; ) {
      this.#isDirty = false;
      try {
        await this.#know();
        if (!(await this.#step())) return;
        failures = 0;
        await this.#pause(this.#cards.at(-1)?.pauseMs ?? 0);
      } catch (error) {
        if (this.#isOff) return;
        failures += 1;
        const isFinal = !(error instanceof FeishuFailure) || error.kind === "refused" || failures >= FAILURES_MAX;
        if (isFinal) this.#isOff = true;
        log.warn("live answer not shown", { task: this.task, isFinal, error });
        const askedMs = error instanceof FeishuFailure ? (error.retryAfterMs ?? FAILURE_PAUSE_MS) : 0;
        if (!isFinal) await this.#pause(askedMs);
      }
    }
  }

  async #pause(ms: number): Promise<void> {
    await sleep(this.#parts.clock, ms, this.#frames.signal).catch(() => {});
  }

  /** The next change; false when all is shown. */
  async #step(): Promise<boolean> {
    this.#advance();
    const texts = this.#plan.cards;
    const wanted = Math.max(1, texts.length);
    const place = Math.max(0, Math.min(this.#cards.length, wanted) - 1);
    const card = this.#cards[place];
    if (!card) return this.#open(0);
    if (card.messageId === undefined) return this.#send(card);
    const isLast = place === wanted - 1;
    const shown = shownText(texts[place] ?? "", isLast ? this.#activity : "");
    if (!isLast) {
      if (this.#full.has(card)) return this.#open(place + 1);
      await card.finish(plainFace(shown), this.#frames.signal);
      this.#full.add(card);
      return true;
    }
    if (card.rearmAt !== undefined && card.rearmAt <= this.#parts.clock.now()) await card.rearm();
    if (card.shown !== shown) {
      await card.show(shown, this.#frames.signal);
      return true;
    }
    this.#wakeAt(card.rearmAt);
    return false;
  }

  #advance(): void {
    if (!this.#text.startsWith(this.#planned)) {
      this.#plan = CARD_STREAM_START;
      this.#full.clear();
    }
    this.#plan = planCardStream(this.#text, this.#plan, NOBODY, false);
    this.#planned = this.#text.slice(0, this.#plan.stream.consumed);
  }

  #wakeAt(at: number | undefined): void {
    this.#cancelTimer();
    if (at === undefined) return;
    this.#cancelTimer = this.#parts.clock.after(Math.max(0, at - this.#parts.clock.now()), () => this.#wake());
  }

  async #open(index: number): Promise<boolean> {
    const { ledger, buttons, mayStream, streamRefused } = this.#parts;
    if ((await ledger.task(this.task))?.state !== "running") {
      this.#isOff = true;
      return false;
    }
    this.#button ??= await buttons.make("stop", this.task);
    const isStreaming = !this.#isWhole && mayStream();
    const opening = {
      shown: shownText(this.#plan.cards[index] ?? "", this.#activity),
      uuid: uuidOf("live", this.task, index, isStreaming ? "kit" : "whole", this.#parts.clock.now()),
      mark: markOf("live", this.task, index),
      button: this.#button,
      isStreaming,
    };
    try {
      this.#cards.push(await makeLiveCard(this.#parts, opening));
    } catch (error) {
      if (!(error instanceof FeishuFailure) || error.kind !== "refused" || !isStreaming) throw error;
      // Nobody has seen anything yet: the other way is tried.
      if (error.code === SCOPE_MISSING) streamRefused(error);
      this.#isWhole = true;
      return true;
    }
    await this.#keep();
    return true;
  }

  async #send(card: LiveCard): Promise<boolean> {
    try {
      await card.send(this.place);
    } catch (error) {
      if (error instanceof FeishuFailure && error.kind === "refused") this.#cards.splice(this.#cards.indexOf(card), 1);
      throw error;
    }
    await this.#keep();
    return true;
  }

  async #keep(): Promise<void> {
    const { ledger, channel, clock } = this.#parts;
    const { topic, ...rest } = this.place;
    const place = topic === undefined ? rest : { ...rest, topic };
    const cards: KeptCard[] = this.#cards.map((card) => card.kept);
    this.#isKept = true;
    await ledger.putMemo(channel, LIVE_PREFIX + this.task, { place, cards }, clock.now());
  }

  /** What an earlier process has shown of it. */
  async #know(): Promise<void> {
    if (this.#isKnown) return;
    const { ledger, channel } = this.#parts;
    const kept = readKeptAnswer((await ledger.memo(channel, LIVE_PREFIX + this.task))?.value);
    this.#isKnown = true;
    this.#isKept = kept !== undefined;
    this.#button = kept?.cards[0]?.button;
    for (const card of kept?.cards ?? []) this.#cards.push(new LiveCard(this.#parts, card, { isTyping: false }));
  }
}

export const readKeptAnswer = (value: unknown) => keptAnswer.safeParse(value).data;
