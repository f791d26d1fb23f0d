// Takes off the chat again what was shown of an answer whose question was taken back. Where it cannot be recalled it stays, without
// its button; nothing is said about it.

import type { Log } from "../../../core/log.ts";
import type { FeishuApi } from "../feishu-api.ts";
import { FeishuFailure } from "../feishu-failure.ts";
import { findMarked } from "./find-part.ts";
import type { LiveAnswer } from "./live-answer.ts";
import type { LiveCard } from "./live-card.ts";

export interface ClearAwayParts {
  readonly api: FeishuApi;
  readonly appId: string;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Throws a FeishuFailure: it must be tried again. */
export async function clearAway(answer: LiveAnswer, { api, appId, log, signal }: ClearAwayParts): Promise<void> {
  const { task, place } = answer;
  const cards = await answer.take();

  /** One of which nobody knows whether it was sent is looked for. */
  async function find(card: LiveCard): Promise<boolean> {
    if (card.messageId !== undefined) return true;
    const known = new Set(cards.flatMap(({ messageId }) => messageId ?? []));
    const { mark, createdAt } = card.kept;
    const found = await findMarked(api, mark, { place, appId, since: createdAt, known, signal });
    if (found !== undefined) card.isFound(found);
    return found !== undefined;
  }

  async function recalled(card: LiveCard): Promise<boolean> {
    if (!(await find(card))) return false;
    await card.recall(signal);
    return true;
  }

  for (const card of cards) {
    const isGone = await unlessRefused(recalled(card), (error) =>
      log.warn("half an answer cannot be recalled, it stays without its button", { task, error }),
    );
    if (!isGone) await unlessRefused(card.leave(answer.faceOf(card), signal), () => {});
  }
}

/** Undefined: it will never be taken. */
async function unlessRefused<T>(work: Promise<T>, refused: (error: FeishuFailure) => void): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof FeishuFailure) || error.kind !== "refused") throw error;
    refused(error);
    return undefined;
  }
}
