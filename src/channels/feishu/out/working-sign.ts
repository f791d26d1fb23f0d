// The reaction on a message that is being worked on, from the moment it is stored to its end, whatever the end is; what has ended by
// then carries none. Nothing waits for it, and its failing harms nothing; it is kept, so that a crash leaves none behind. What a power
// cut took back of that is found by asking: adding a reaction again gives the one that is there.

import { z } from "zod";
import type { ChannelLedger } from "../../../core/channel.ts";
import type { Clock } from "../../../core/clock.ts";
import type { Json } from "../../../core/json.ts";
import type { Log } from "../../../core/log.ts";
import { sleep } from "../../../lib/abort.ts";
import { createOneByOne } from "../../../lib/one-by-one.ts";
import type { FeishuApi } from "../feishu-api.ts";
import { FeishuFailure } from "../feishu-failure.ts";
import { replyPlace } from "../reply-place.ts";

export interface WorkingSign {
  /** `message` is the platform's id of what was asked in `task`. */
  show(message: string, task: string): void;
  /** Of all messages of the task. */
  removeAll(task: string): void;
  /** Removes what was left of tasks that are over: by a crash, or by a message that was taken back while it waited. */
  tidy(): void;
}

export interface WorkingSignParts {
  readonly channel: string;
  readonly api: FeishuApi;
  readonly ledger: Pick<ChannelLedger, "memo" | "memos" | "putMemo" | "dropMemo" | "task" | "messagesOfTask">;
  readonly clock: Clock;
  readonly log: Log;
}

const EMOJI = "Typing";
const PREFIX = "sign:";
const LEFT_MAX = 5_000;
const RETRY_MS: readonly number[] = [1_000, 5_000, 30_000];

const keptSign = z.object({ task: z.string(), reaction: z.string().optional() });
const addedShape = z.looseObject({ reaction_id: z.string() });

export function createWorkingSign({ channel, api, ledger, clock, log }: WorkingSignParts): WorkingSign {
  const startedAt = clock.now();
  /** Of messages that an earlier process took: what is surely gone. */
  const gone = new Set<string>();
  /** Kept, but never added. */
  const spared = new Set<string>();
  /** One thing at a time a message: a removal waits for the adding. */
  const turns = createOneByOne();

  function inTurn(message: string, work: () => Promise<void>): void {
    turns.run(message, work).catch((error: unknown) => log.warn("working sign failed", { message, error }));
  }

  async function add(message: string): Promise<string> {
    const body = { reaction_type: { emoji_type: EMOJI } };
    return addedShape.parse(await api.call("POST", `/im/v1/messages/${message}/reactions`, { body })).reaction_id;
  }

  async function show(message: string, task: string): Promise<void> {
    await keep(message, { task });
    if (await isOver(task)) {
      spared.add(message);
      return;
    }
    const reaction = await add(message);
    await keep(message, { task, reaction });
  }

  const keep = (message: string, sign: Json): Promise<void> =>
    ledger.putMemo(channel, PREFIX + message, sign, clock.now(), "with-next");

  /** Its messages may have gone over to another task, which is not. */
  async function isOver(task: string): Promise<boolean> {
    if (((await ledger.task(task))?.endedAt ?? null) === null) return false;
    return (await ledger.messagesOfTask(task)).length > 0;
  }

  /** `inherited`: its task, where an earlier process may have added it. */
  async function remove(message: string, inherited?: string): Promise<void> {
    const kept = keptSign.safeParse((await ledger.memo(channel, PREFIX + message))?.value).data;
    if (!kept && (inherited === undefined || gone.has(message))) return;
    if (!spared.delete(message)) await takeAway(message, kept, inherited);
    if (inherited !== undefined) gone.add(message);
    await ledger.dropMemo(channel, PREFIX + message);
  }

  async function takeAway(message: string, kept: z.infer<typeof keptSign> | undefined, inherited = ""): Promise<void> {
    // To ask for it is to add it, which must not be forgotten either.
    if (!kept) await keep(message, { task: inherited });
    for (const pauseMs of [...RETRY_MS, 0]) {
      try {
        const reaction = kept?.reaction ?? (await add(message));
        await api.call("DELETE", `/im/v1/messages/${message}/reactions/${reaction}`);
        break;
      } catch (error) {
        // Gone with its message, or never there.
        if (!(error instanceof FeishuFailure) || error.kind === "refused") break;
        if (pauseMs === 0) throw error;
        await sleep(clock, pauseMs);
      }
    }
  }

  async function removeAll(task: string): Promise<void> {
    for (const { replyTo, receivedAt } of await ledger.messagesOfTask(task)) {
      const place = replyPlace.safeParse(replyTo);
      if (place.success)
        inTurn(place.data.message, () => remove(place.data.message, receivedAt <= startedAt ? task : undefined));
    }
  }

  async function removeLeft(): Promise<void> {
    for (const { key, value } of await ledger.memos(channel, PREFIX, LEFT_MAX)) {
      const task = keptSign.safeParse(value).data?.task;
      const state = task === undefined ? undefined : (await ledger.task(task))?.state;
      if (state === "queued" || state === "running" || state === "waiting") continue;
      inTurn(key.slice(PREFIX.length), () => remove(key.slice(PREFIX.length), task ?? ""));
    }
  }

  return {
    show: (message, task) => inTurn(message, () => show(message, task)),
    removeAll: (task) => {
      removeAll(task).catch((error: unknown) => log.warn("working signs not removed", { task, error }));
    },
    tidy: () => {
      removeLeft().catch((error: unknown) => log.warn("working signs cannot be read", { error }));
    },
  };
}
