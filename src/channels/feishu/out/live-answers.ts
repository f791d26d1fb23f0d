// All answers that are being written: each begins when its task has worked a little, and ends when its delivery takes it over, or is
// cleared away where none comes. What a crashed process left open is closed at the start; its task goes on in the same card.

import type { ChannelParts } from "../../../core/channel.ts";
import type { SessionKey } from "../../../core/message.ts";
import { followProgress, type Progress } from "../../shared/progress.ts";
import type { FeishuApi } from "../feishu-api.ts";
import type { FeishuFailure } from "../feishu-failure.ts";
import { replyPlace } from "../reply-place.ts";
import { createCardKit } from "./card-kit.ts";
import { clearAway } from "./clear-away.ts";
import { LIVE_PREFIX, LiveAnswer, type LiveAnswerParts, readKeptAnswer } from "./live-answer.ts";
import type { LiveCard } from "./live-card.ts";
import { activityOf } from "./live-card-face.ts";
import type { PostMessage } from "./post-message.ts";
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
  readonly appId: () => string;
  /** The task is over and nothing was delivered about it. */
  readonly overInSilence: (task: string) => void;
}

const GRACE_MS = 600;
/** A delivery that is to come is there by then, or its line is long. */
const SILENCE_MS = 20_000;
const STOP_MS = 2_000;
const LEFT_MAX = 1_000;
const PENDING_MAX = 1_000;
/** Until the missing permission is looked for again. */
const NO_STREAM_MS = 10 * 60_000;
const OLD_MS = 14 * 24 * 60 * 60_000;
const SUMMARY = "…";

export function createLiveAnswers(parts: LiveAnswersParts): LiveAnswers {
  const { channel, api, post, ledger, live, clock, log } = parts;
  const answers = new Map<string, LiveAnswer>();
  const ends = new Map<string, () => void>();
  const leaving = new AbortController();
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
    const { task, session, text, tools, isOver } = progress;
    if (isOver) {
      answers.get(task)?.end();
      endLater(task, session);
    } else (answers.get(task) ?? begin(progress))?.show(text, activityOf(tools));
  }

  function begin({ task, messages, isResumed }: Progress): LiveAnswer | undefined {
    const place = replyPlace.safeParse(messages[0]?.replyTo);
    if (!place.success) return undefined;
    const answer = new LiveAnswer(answerParts, task, place.data, !isResumed);
    answers.set(task, answer);
    answer.beginAfter(GRACE_MS);
    return answer;
  }

  function endLater(task: string, session: SessionKey): void {
    ends.get(task)?.();
    ends.set(
      task,
      clock.after(SILENCE_MS, () => void endUnsaid(task, session)),
    );
  }

  /** Its question was taken back, so nothing is said about it; unless its delivery is only late. Never rejects. */
  async function endUnsaid(task: string, session: SessionKey): Promise<void> {
    try {
      const answer = await knownOf(task);
      if (await isToBeSaid(task, session)) {
        for (const card of (await answer?.take()) ?? [])
          if (card.shown !== undefined) await card.leave(answer?.faceOf(card));
        return;
      }
      // Looked at after those that are to come: one that ended in between is found here.
      if ((await saidOf(task)).length === 0) {
        parts.overInSilence(task);
        if (answer) await clearAway(answer, { api, appId: parts.appId(), log, signal: leaving.signal });
      }
      await done(task);
    } catch (error) {
      if (leaving.signal.aborted) return;
      log.warn("live answer not ended", { task, error });
      endLater(task, session);
    }
  }

  async function isToBeSaid(task: string, session: SessionKey): Promise<boolean> {
    const pending = await ledger.pendingDeliveries(session, PENDING_MAX);
    return pending.some((delivery) => delivery.task === task && delivery.kind !== "notice");
  }

  /** The messages of its delivery. */
  const saidOf = async (task: string): Promise<readonly string[]> =>
    Object.values((await parts.sent.load(task))?.messages ?? {});

  /** Also one that an earlier process showed. */
  async function knownOf(task: string): Promise<LiveAnswer | undefined> {
    const kept = answers.has(task)
      ? undefined
      : readKeptAnswer((await ledger.memo(channel, LIVE_PREFIX + task))?.value);
    const known = answers.get(task) ?? (kept && new LiveAnswer(answerParts, task, kept.place));
    if (known) answers.set(task, known);
    return known;
  }

  function forget(task: string): void {
    ends.get(task)?.();
    ends.delete(task);
    answers.delete(task);
  }

  async function done(task: string): Promise<void> {
    const isKept = answers.get(task)?.isKept ?? true;
    forget(task);
    if (isKept) await ledger.dropMemo(channel, LIVE_PREFIX + task);
  }

  /** Cards that a crashed process left: nothing is being typed there. */
  async function closeLeft(): Promise<void> {
    for (const { key, value, at } of await ledger.memos(channel, LIVE_PREFIX, LEFT_MAX)) {
      if (leaving.signal.aborted) return;
      if (!readKeptAnswer(value) || clock.now() - at > OLD_MS) await ledger.dropMemo(channel, key);
      else await closeOne(key.slice(LIVE_PREFIX.length));
    }
  }

  /** One whose task goes on is taken up with the next text, one that is to be delivered by its delivery. */
  async function closeOne(task: string): Promise<void> {
    const { state, session = "" } = (await ledger.task(task)) ?? {};
    if (state === "queued" || state === "running" || state === "waiting") return;
    if (!(await isToBeSaid(task, session))) return endUnsaid(task, session);
    const said = await saidOf(task);
    const cards = (await (await knownOf(task))?.take()) ?? [];
    await closeCards(
      task,
      cards.filter(({ messageId }) => messageId === undefined || !said.includes(messageId)),
    );
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
      leaving.abort(new Error("the channel stops"));
      for (const cancel of ends.values()) cancel();
      const closed = [...answers.values()].map(async (answer) => closeCards(answer.task, await answer.take()));
      await Promise.race([
        Promise.allSettled([closing, ...closed]),
        new Promise<void>((resolve) => clock.after(STOP_MS, resolve)),
      ]);
    },
    take: async (task) => (await (await knownOf(task))?.take()) ?? [],
    done,
  };
}
