// One card of a growing answer: a CardKit card that is typed on, or, where the app may not use those, a card that is replaced whole
// from time to time. It is remembered before it is shown, so that a crash leaves none that nobody finishes.

import { z } from "zod";
import type { Clock } from "../../../core/clock.ts";
import type { FeishuApi } from "../feishu-api.ts";
import { FeishuFailure } from "../feishu-failure.ts";
import { STREAM_ELEMENT_ID } from "../render/stream-feishu.ts";
import type { ReplyPlace } from "../reply-place.ts";
import type { CardKit, KitCard } from "./card-kit.ts";
import { liveFace, type StopButton, shownText } from "./live-card-face.ts";
import { type PostMessage, recallMessage } from "./post-message.ts";

/** What is kept of it. */
export const keptCard = z.object({
  /** Absent: replaced whole. */
  cardId: z.string().exactOptional(),
  createdAt: z.number(),
  uuid: z.string(),
  mark: z.string(),
  button: z.string().exactOptional(),
  messageId: z.string().exactOptional(),
});

export type KeptCard = z.infer<typeof keptCard>;

/** Switched off by the platform ten minutes after it was switched on. */
const STREAMING_MS = 8.5 * 60_000;
const STREAMING_OVER: ReadonlySet<number> = new Set([200850, 300309]);
const FRAME_MS = 200;
const WHOLE_FRAME_MS = 1_200;

export interface LiveCardParts {
  readonly api: FeishuApi;
  readonly kit: CardKit;
  readonly post: PostMessage;
  readonly clock: Clock;
}

export interface Opening {
  readonly shown: string;
  readonly uuid: string;
  readonly mark: string;
  readonly button: string | undefined;
  /** False: replaced whole. */
  readonly isStreaming: boolean;
}

export class LiveCard {
  readonly #parts: LiveCardParts;
  readonly #kit: KitCard | undefined;
  #kept: KeptCard;
  #shown: string | undefined;
  #isTyping: boolean;
  #typingSince: number;
  #rearmed = 0;
  #isFinished = false;
  /** Its last state waits for an end of streaming that is under way: one change at a time. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: LiveCardParts, kept: KeptCard, state: { readonly shown?: string; readonly isTyping: boolean }) {
    this.#parts = parts;
    this.#kept = kept;
    this.#kit =
      kept.cardId === undefined ? undefined : { cardId: kept.cardId, createdAt: kept.createdAt, lastSequence: 0 };
    this.#shown = state.shown;
    this.#isTyping = state.isTyping;
    this.#typingSince = state.isTyping ? parts.clock.now() : 0;
  }

  get kept(): KeptCard {
    return this.#kept;
  }

  get messageId(): string | undefined {
    return this.#kept.messageId;
  }

  get shown(): string | undefined {
    return this.#shown;
  }

  /** How long to leave it after a change. */
  get pauseMs(): number {
    return this.#isTyping ? FRAME_MS : WHOLE_FRAME_MS;
  }

  /** When it must be told to stream on; undefined: it does not stream. */
  get rearmAt(): number | undefined {
    return this.#isTyping ? this.#typingSince + STREAMING_MS : undefined;
  }

  get #stop(): StopButton | undefined {
    const { button, mark } = this.#kept;
    return button === undefined ? undefined : { button, mark };
  }

  /** Shows it. Throws a FeishuFailure: uncertain means that it may be seen. */
  async send(place: ReplyPlace, signal?: AbortSignal): Promise<void> {
    const { cardId, uuid } = this.#kept;
    const content =
      cardId === undefined
        ? liveFace(this.#shown ?? shownText("", ""), this.#stop, false)
        : { type: "card", data: { card_id: cardId } };
    const messageId = await this.#parts.post(place, { type: "interactive", content, uuid }, signal);
    this.#kept = { ...this.#kept, messageId };
  }

  isFound(messageId: string): void {
    this.#kept = { ...this.#kept, messageId };
  }

  /** Throws a FeishuFailure; of kind retry, this frame is skipped. */
  async show(text: string, signal: AbortSignal): Promise<void> {
    this.#isFinished = false;
    const kit = this.#kit;
    if (kit && !this.#isTyping && this.#rearmed === 0) await this.rearm();
    if (!kit || !this.#isTyping) {
      await this.#replace(liveFace(text, this.#stop, false), signal);
    } else {
      try {
        await this.#parts.kit.stream(kit, STREAM_ELEMENT_ID, text, signal);
      } catch (error) {
        if (!(error instanceof FeishuFailure) || !error.is(STREAMING_OVER)) throw error;
        // Once; a card that is closed again is not fought for.
        if (this.#rearmed > 0 && this.#rearmed + STREAMING_MS / 2 > this.#parts.clock.now()) this.#isTyping = false;
        else await this.rearm();
        return this.show(text, signal);
      }
    }
    this.#shown = text;
  }

  /** Streams for another ten minutes; where that is refused it goes on without typing. */
  async rearm(): Promise<void> {
    if (!this.#kit) return;
    const { clock, kit } = this.#parts;
    this.#rearmed = clock.now();
    try {
      await kit.setStreaming(this.#kit, true);
      this.#isTyping = true;
      this.#typingSince = clock.now();
    } catch (error) {
      if (!(error instanceof FeishuFailure)) throw error;
      this.#isTyping = false;
    }
  }

  /** Leaves what it shows and ends the streaming. */
  endStreaming(summary: string): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.#kit || this.#isFinished) return;
      await this.#parts.kit.setStreaming(this.#kit, false, summary);
      this.#isTyping = false;
    });
  }

  /** Its last state. Throws a FeishuFailure; refused means that it cannot become this. */
  finish(face: unknown, signal?: AbortSignal): Promise<void> {
    return this.#inTurn(() => this.#end(face, signal));
  }

  /** The same where nothing more will come; one that is finished stays as it is. */
  leave(face: unknown, signal?: AbortSignal): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.#isFinished) await this.#end(face, signal);
    });
  }

  async recall(signal?: AbortSignal): Promise<void> {
    if (this.#kept.messageId !== undefined) await recallMessage(this.#parts.api, this.#kept.messageId, signal);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => {});
    return mine;
  }

  async #end(face: unknown, signal?: AbortSignal): Promise<void> {
    await this.#replace(face, signal);
    this.#isTyping = false;
    this.#isFinished = true;
  }

  async #replace(face: unknown, signal?: AbortSignal): Promise<void> {
    if (this.#kit) return this.#parts.kit.replace(this.#kit, face, signal);
    const { messageId } = this.#kept;
    if (messageId === undefined) return;
    await this.#parts.api.call("PATCH", `/im/v1/messages/${messageId}`, {
      body: { content: JSON.stringify(face) },
      lane: `message:${messageId}`,
      ...(signal ? { signal } : {}),
    });
  }
}

/** Nobody sees it before it is sent. Throws a FeishuFailure. */
export async function makeLiveCard(parts: LiveCardParts, opening: Opening): Promise<LiveCard> {
  const { shown, uuid, mark, button, isStreaming } = opening;
  const stop = button === undefined ? undefined : { button, mark };
  const createdAt = parts.clock.now();
  const cardId = isStreaming ? await parts.kit.create(liveFace(shown, stop, true)) : undefined;
  const kept: KeptCard = {
    ...{ createdAt, uuid, mark },
    ...(cardId === undefined ? {} : { cardId }),
    ...(button === undefined ? {} : { button }),
  };
  return new LiveCard(parts, kept, { shown, isTyping: isStreaming });
}
