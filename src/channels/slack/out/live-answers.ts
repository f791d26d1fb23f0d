// All answers that grow right now, by their tasks: shows them as they come, hands each to its delivery, and takes up or clears away
// what an earlier process left.

import type { ChannelParts } from "../../../core/channel.ts";
import { chatText } from "../../../core/chat-text.ts";
import { languageOf } from "../../../core/user-text.ts";
import type { Progress } from "../../shared/progress.ts";
import { type ReplyPlace, replyPlace } from "../reply-place.ts";
import { type SlackApi, SlackFailure } from "../slack-api.ts";
import type { SlackIdentity } from "../slack-identity.ts";
import { addressed } from "./askers.ts";
import { clearAway } from "./clear-away.ts";
import { LiveAnswer } from "./live-answer.ts";
import { createLiveBudget } from "./live-budget.ts";
import { createLiveMemos } from "./live-memo.ts";
import { LiveRecord } from "./live-record.ts";
import type { Signs } from "./signs.ts";

export interface LiveAnswers {
  /** For followProgress. */
  show(progress: Progress): Promise<void>;
  /** The delivery takes over: nothing more is shown of it. */
  take(task: string): Promise<LiveAnswer | undefined>;
  /** Its delivery is done. */
  forget(task: string): Promise<void>;
  /** Those of the messages that belong to no live answer. */
  without(messages: readonly string[]): Promise<readonly string[]>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface LiveAnswersParts extends Pick<ChannelParts, "ledger" | "buttons" | "clock" | "log"> {
  readonly api: SlackApi;
  readonly signs: Signs;
  /** Undefined until it is known. */
  readonly identity: () => SlackIdentity | undefined;
}

/** A task that ends without an answer (its question was taken back) has none by then. */
const UNANSWERED_MS = 10_000;
const CLEAR_TRIES = 10;
const DONE_MAX = 1_000;

export function createLiveAnswers(parts: LiveAnswersParts): LiveAnswers {
  const { api, ledger, buttons, clock, log, signs } = parts;
  const memos = createLiveMemos(ledger, clock);
  const budget = createLiveBudget(clock);
  const workspace = { hasStreams: true };
  const open = new Map<string, LiveAnswer>();
  /** Their deliveries are under way or done: they must not be shown again by a late progress. */
  const taken = new Set<string>();
  const unanswered = new Map<string, () => void>();
  let isStopped = false;

  async function openAnswer(progress: Progress, place: ReplyPlace): Promise<LiveAnswer | undefined> {
    const { task, session, messages, isResumed } = progress;
    const before = isResumed ? await memos.get(task) : undefined;
    const address = await addressed(ledger, session, place, messages);
    if (taken.has(task)) return undefined;
    const answer = new LiveAnswer({
      ...{ api, clock, log, budget, workspace, addressed: address },
      record: new LiveRecord(memos, task, place, before),
      stopLabel: chatText("stop", languageOf(messages[0]?.text ?? "")),
      makeStop: () =>
        buttons.make("stop", task).catch((error: unknown) => {
          log.warn("there is no stop button", { task, error });
          return undefined;
        }),
      appeared: () => signs.appeared(place),
    });
    open.set(task, answer);
    return answer;
  }

  async function show(progress: Progress): Promise<void> {
    const { task, messages, isOver } = progress;
    const place = replyPlace.safeParse(messages[0]?.replyTo).data;
    if (!place || taken.has(task)) return;
    const answer = open.get(task) ?? (await openAnswer(progress, place));
    if (!answer) return;
    answer.show(progress);
    signs.working(progress, place, answer.isStreaming);
    if (isOver) clearLater(task, place, messages);
  }

  /** Unless its delivery comes. */
  function clearLater(task: string, place: ReplyPlace, messages: Progress["messages"], tries = 1): void {
    unanswered.get(task)?.();
    const cancel = clock.after(UNANSWERED_MS, () => {
      unanswered.delete(task);
      clear(task, place, messages).catch((error: unknown) => {
        log.warn("a live answer could not be cleared away", { task, tries, error });
        const isFinal = error instanceof SlackFailure && error.kind === "refused";
        if (!isFinal && !isStopped && tries < CLEAR_TRIES) clearLater(task, place, messages, tries + 1);
      });
    });
    unanswered.set(task, cancel);
  }

  async function clear(task: string, place: ReplyPlace, messages: Progress["messages"]): Promise<void> {
    const record = (await take(task))?.record;
    signs.over(task, place, messages);
    if (!record) return;
    await clearAway({ api, identity: parts.identity, record, strays: (bare) => straysOf(record, bare) });
    await forget(task);
  }

  /** While another answer of the thread begins, nobody knows whose a message is. */
  async function straysOf(record: LiveRecord, bare: readonly string[]): Promise<readonly string[] | undefined> {
    const others = [...open.values()].filter((answer) => answer.record !== record && !taken.has(answer.record.task));
    const isUnclear = others.some(
      ({ record: { isBeginning, place } }) =>
        isBeginning && place.channel === record.place.channel && place.thread === record.place.thread,
    );
    return isUnclear ? undefined : without(bare);
  }

  async function without(messages: readonly string[]): Promise<readonly string[]> {
    const stored = (await memos.all()).map(({ memo }) => memo);
    const known = [...stored, ...[...open.values()].map(({ record }) => record)];
    const theirs = new Set(known.flatMap((each) => each.messages.map(({ ts }) => ts)));
    return messages.filter((ts) => !theirs.has(ts));
  }

  async function take(task: string): Promise<LiveAnswer | undefined> {
    taken.add(task);
    for (const old of taken) {
      if (taken.size <= DONE_MAX) break;
      taken.delete(old);
    }
    unanswered.get(task)?.();
    unanswered.delete(task);
    const answer = open.get(task) ?? (await fromBefore(task));
    await answer?.freeze();
    return answer;
  }

  /** An earlier process showed it. */
  async function fromBefore(task: string): Promise<LiveAnswer | undefined> {
    const memo = await memos.get(task);
    if (!memo) return undefined;
    const messages = await ledger.messagesOfTask(task);
    const session = messages[0]?.session ?? "";
    const answer = new LiveAnswer({
      ...{ api, clock, log, budget, workspace },
      addressed: await addressed(ledger, session, memo.place, messages),
      record: new LiveRecord(memos, task, memo.place, memo),
      stopLabel: "",
      makeStop: async () => undefined,
      appeared: () => {},
    });
    open.set(task, answer);
    return answer;
  }

  async function forget(task: string): Promise<void> {
    await open.get(task)?.forget();
    open.delete(task);
  }

  return {
    show,
    take,
    forget,
    without,
    start: async () => {
      for (const { task, memo } of await memos.all()) {
        const state = (await ledger.task(task))?.state;
        const isOver = state !== "queued" && state !== "running" && state !== "waiting";
        if (isOver && !taken.has(task)) clearLater(task, memo.place, await ledger.messagesOfTask(task));
      }
    },
    stop: async () => {
      isStopped = true;
      for (const cancel of unanswered.values()) cancel();
      unanswered.clear();
      await Promise.all([...open.values()].map((answer) => answer.freeze()));
    },
  };
}
