// All answers that are being written: each begins when its task has worked a little, and ends when its delivery takes it over. What
// a crashed process left open is closed at the start; what its task says next goes on in the same card.

import type { ChannelParts } from "../../core/channel.ts";
import { followProgress, type Progress } from "../shared/progress.ts";
import { createCardKit } from "./card-kit.ts";
import type { FeishuApi } from "./feishu-api.ts";
import type { FeishuFailure } from "./feishu-failure.ts";
import { type KeptAnswer, LIVE_PREFIX, LiveAnswer, type LiveAnswerParts, readKeptAnswer } from "./live-answer.ts";
import type { LiveCard } from "./live-card.ts";
import { activityOf } from "./live-card-face.ts";
import type { PostMessage } from "./post-message.ts";
import { replyPlace } from "./reply-place.ts";
import type { SentPartsKeeper } from "./sent-parts.ts";

export interface LiveAnswers {
  start(): void;
  stop(): Promise<void>;
  /** The cards of this task, which from now on are the caller's. */
  take(task: string): Promise<readonly LiveCard[]>;
  /** They are finished. */
  done(task: string): Promise<void>;
}

export interface LiveAnswersParts extends ChannelParts {
  readonly channel: string;
  readonly api: FeishuApi;
  readonly post: PostMessage;
  readonly sent: Pick<SentPartsKeeper, "load">;
  /** The task is over and nothing was delivered about it. */
  readonly overInSilence: (task: string) => void;
}

const GRACE_MS = 600;
/** A delivery that is to come is there by then, or its line is long. */
const SILENCE_MS = 20_000;
const STOP_MS = 2_000;
const LEFT_MAX = 1_000;
/** Until the missing permission is looked for again. */
const NO_STREAM_MS = 10 * 60_000;
const OLD_MS = 14 * 24 * 60 * 60_000;
const SUMMARY = "…";

export function createLiveAnswers(parts: LiveAnswersParts): LiveAnswers {
  const { channel, api, post, ledger, live, clock, log } = parts;
  const answers = new Map<string, LiveAnswer>();
  const ends = new Map<string, () => void>();
  let noStreamUntil = 0;
  let unfollow = (): void => {};
  let closing: Promise<void> = Promise.resolve();

  const answerParts: LiveAnswerParts = {
    ...{ channel, api, post, ledger, clock, log, buttons: parts.buttons },
    kit: createCardKit(api, clock),
    mayStream: () => clock.now() >= noStreamUntil,
    streamRefused: ({ code, scopes, grantUrl }: FeishuFailure) => {
      noStreamUntil = clock.now() + NO_STREAM_MS;
      log.warn("answers are not typed on: CardKit is refused", { code, scopes, grantUrl });
    },
  };

  function show(progress: Progress): void {
    const { task, text, tools, isOver } = progress;
    if (isOver) endLater(task);
    else (answers.get(task) ?? begin(progress))?.show(text, activityOf(tools));
  }

  function begin({ task, messages }: Progress): LiveAnswer | undefined {
    const place = replyPlace.safeParse(messages[0]?.replyTo);
    if (!place.success) return undefined;
    const answer = new LiveAnswer(answerParts, task, place.data);
    answers.set(task, answer);
    answer.beginAfter(GRACE_MS);
    return answer;
  }

  function endLater(task: string): void {
    ends.set(
      task,
      clock.after(SILENCE_MS, () => {
        const answer = answers.get(task);
        forget(task);
        parts.overInSilence(task);
        answer?.leave().catch((error: unknown) => log.warn("live answer not ended", { task, error }));
      }),
    );
  }

  function forget(task: string): void {
    ends.get(task)?.();
    ends.delete(task);
    answers.delete(task);
  }

  /** Cards that a crashed process left: nothing is being typed there. */
  async function closeLeft(): Promise<void> {
    for (const { key, value, at } of await ledger.memos(channel, LIVE_PREFIX, LEFT_MAX)) {
      const task = key.slice(LIVE_PREFIX.length);
      const kept = readKeptAnswer(value);
      if (!kept || clock.now() - at > OLD_MS) await ledger.dropMemo(channel, key);
      else await closeOne(task, kept);
    }
  }

  /** One whose task goes on is taken up with the next text; one that is delivered already was only not forgotten in time. */
  async function closeOne(task: string, kept: KeptAnswer): Promise<void> {
    const state = (await ledger.task(task))?.state;
    if (state === "queued" || state === "running" || state === "waiting") return;
    const delivered = Object.values((await parts.sent.load(task))?.messages ?? {});
    if (kept.cards.some(({ messageId }) => messageId !== undefined && delivered.includes(messageId)))
      return ledger.dropMemo(channel, LIVE_PREFIX + task);
    const answer = answers.get(task) ?? new LiveAnswer(answerParts, task, kept.place);
    answers.set(task, answer);
    await closeCards(task, await answer.take());
  }

  async function closeCards(task: string, cards: readonly LiveCard[]): Promise<void> {
    for (const card of cards)
      await card.endStreaming(SUMMARY).catch((error: unknown) => log.warn("card not closed", { task, error }));
  }

  return {
    start: () => {
      closing = closeLeft().catch((error: unknown) => log.error("open cards cannot be read", { error }));
      unfollow = followProgress({ channel, ledger, live, log, show });
    },
    stop: async () => {
      unfollow();
      for (const cancel of ends.values()) cancel();
      const closed = [...answers.values()].map(async (answer) => closeCards(answer.task, await answer.take()));
      await Promise.race([
        Promise.allSettled([closing, ...closed]),
        new Promise<void>((resolve) => clock.after(STOP_MS, resolve)),
      ]);
    },
    take: async (task) => {
      const known = answers.get(task);
      if (known) return known.take();
      const kept = readKeptAnswer((await ledger.memo(channel, LIVE_PREFIX + task))?.value);
      if (!kept) return [];
      const answer = new LiveAnswer(answerParts, task, kept.place);
      answers.set(task, answer);
      return answer.take();
    },
    done: async (task) => {
      forget(task);
      await ledger.dropMemo(channel, LIVE_PREFIX + task);
    },
  };
}
