// The session's line: which task of a session is next, who holds it, and giving back what a vanished holder held.

import type { SessionKey, StoredMessage } from "../core/message.ts";
import type { Step } from "../core/step.ts";
import type { ClaimOptions, ClaimResult, Store } from "../core/store.ts";
import type { Fence, Task } from "../core/task.ts";
import type { TaskKind } from "../core/task-kind.ts";
import { appendEvent, appendStep } from "./append.ts";
import { shownOf, stepsOf } from "./compactions.ts";
import { type Database, number, type Row, type Transaction, text, textOrNull } from "./database.ts";
import { messageFrom, taskFrom } from "./rows.ts";
import { keepRow, SESSION_COLUMNS, setRunning } from "./session-row.ts";

/** Of a task: what it works on is part of the transcript. */
export const HAS_BEGUN = "exists (select 1 from steps where steps.task = tasks.id)";

export function createLine(
  database: Database,
): Pick<Store, "waitingSessions" | "claim" | "releaseAbandoned" | "renew"> {
  return {
    waitingSessions: async (limit) => {
      const rows = await database.read.all(
        `select session, kind, min(created_at) as since from tasks where state = 'queued'
         group by session, kind order by since limit ?`,
        limit,
      );
      return rows.map((row) => ({ session: text(row, "session"), kind: text(row, "kind") as TaskKind }));
    },

    // A claim that a power cut takes back is made again: all that lasts of what follows from it is durable only with what holds it
    // too. So the model is asked while its message is still being made durable.
    claim: (session, options) =>
      database.transaction("claim", (transaction) => claim(transaction, session, options), "ahead"),

    releaseAbandoned: (exceptOwner) =>
      database.transaction("release", async (transaction) => {
        await transaction.run(
          "update sessions set running_task = null where running_task in (select id from tasks where state = 'running' and owner <> ?)",
          exceptOwner,
        );
        return transaction.run(
          "update tasks set state = 'queued', owner = null, lease_until = null where state = 'running' and owner <> ?",
          exceptOwner,
        );
      }),

    renew: (fences, leaseUntil) =>
      database.transaction("renew", async (transaction) => {
        for (const fence of fences) {
          await transaction.run(
            "update tasks set lease_until = ? where id = ? and owner = ? and fence = ? and state = 'running'",
            leaseUntil,
            fence.task,
            fence.owner,
            fence.number,
          );
        }
      }),
  };
}

async function claim(transaction: Transaction, session: SessionKey, options: ClaimOptions): Promise<ClaimResult> {
  const next = await transaction.get(
    `select tasks.*, ${HAS_BEGUN} as has_begun, ${SESSION_COLUMNS}
     from sessions join tasks on tasks.session = sessions.id and tasks.state = 'queued'
     where sessions.id = ? and sessions.running_task is null order by tasks.seq limit 1`,
    session,
  );
  if (!next || (await isToWait(transaction, next))) return { status: "nothing" };
  keepRow(transaction, session, next);
  const notBefore = number(next, "not_before");
  if (notBefore > options.now) return { status: "later", at: notBefore };

  const id = text(next, "id");
  const fence: Fence = { task: id, session, owner: options.owner, number: number(next, "fence") + 1 };
  await transaction.run(
    `update tasks set state = 'running', owner = ?, fence = ?, lease_until = ?, attempts = attempts + 1,
       started_at = coalesce(started_at, ?) where id = ?`,
    fence.owner,
    fence.number,
    options.now + options.leaseMs,
    options.now,
    id,
  );
  await setRunning(transaction, session, id);

  const isFirst = number(next, "has_begun") === 0;
  if (isFirst && options.whileBusy === "collect")
    await joinWaiting(transaction, taskFrom(next), options.collectMax, options.now);
  const messages = await messagesOf(transaction, id);
  const steps = isFirst ? await takeUp(transaction, fence, messages, options.now) : await stepsOf(transaction, id);
  const messageIds = messages.map((message) => message.id);
  const lastEvent = await appendEvent(
    transaction,
    session,
    options.now,
    { type: "execution_start", taskId: id, messageIds, attempt: fence.number },
    messages,
  );
  return {
    status: "claimed",
    claimed: {
      task: { ...taskFrom(next), state: "running", attempts: number(next, "attempts") + 1 },
      fence,
      messages,
      steps,
      shown: await shownOf(transaction, session, id),
      isCancelRequested: number(next, "cancel_requested") === 1,
      lastEvent,
    },
  };
}

/** What is said to a spawned task that waits for a person waits with it: it is for that task, not for one of its own. */
async function isToWait(transaction: Transaction, next: Row): Promise<boolean> {
  if (textOrNull(next, "parent_session") === null) return false;
  const waiting = await transaction.get(
    "select 1 as n from tasks where session = ? and state = 'waiting' limit 1",
    text(next, "session"),
  );
  return waiting !== undefined;
}

async function messagesOf(transaction: Transaction, task: string): Promise<readonly StoredMessage[]> {
  const rows = await transaction.all("select * from messages where task = ? order by seq", task);
  return rows.map(messageFrom);
}

/** What was said becomes part of the transcript when its work begins, so that the transcript is in the order of the work. */
export async function takeUp(
  transaction: Transaction,
  fence: Fence,
  messages: readonly StoredMessage[],
  now: number,
): Promise<readonly Step[]> {
  const steps: Step[] = [];
  for (const message of messages) {
    const { id, sender, text: words, images } = message;
    const body = { kind: "said", message: id, sender, text: words, ...(images ? { images } : {}) } as const;
    steps.push(await appendStep(transaction, { session: fence.session, task: fence.task, at: now, body }));
  }
  return steps;
}

/**
 * Moves waiting messages into the task: those at the head of the line that the same person sent to the same agent. It stops
 * at the first of somebody else, because nobody may be overtaken and nobody's words get another's rights.
 */
export async function joinWaiting(
  transaction: Transaction,
  task: Pick<Task, "id" | "session" | "asker" | "agent" | "kind">,
  max: number,
  now: number,
): Promise<readonly StoredMessage[]> {
  const waiting = await transaction.all(
    `select *, ${HAS_BEGUN} as has_begun from tasks where session = ? and state = 'queued' and id <> ? order by seq limit ?`,
    task.session,
    task.id,
    max,
  );
  const joined: StoredMessage[] = [];
  for (const row of waiting) {
    const other = taskFrom(row);
    if (other.asker !== task.asker || other.agent !== task.agent || other.kind !== task.kind) break;
    // One that began before a crash has steps of its own and stays a task of its own.
    if (number(row, "has_begun") === 1) break;
    joined.push(...(await messagesOf(transaction, other.id)));
    await transaction.run("update messages set task = ? where task = ?", task.id, other.id);
    await transaction.run(
      "update tasks set state = 'done', ended_at = ?, reason = ? where id = ?",
      now,
      `joined ${task.id}`,
      other.id,
    );
  }
  for (const message of joined) {
    await appendEvent(transaction, task.session, now, {
      type: "message_joined",
      taskId: task.id,
      messageId: message.id,
    });
  }
  return joined;
}
