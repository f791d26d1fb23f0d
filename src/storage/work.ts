// What a running task writes: replies with the intents of their calls, results, notes, its end. Every write is checked against
// the fence first, so a holder that was replaced can change nothing.

import { AppError } from "../core/errors.ts";
import { type Disposition, spawnedSession } from "../core/message.ts";
import type { StepBody } from "../core/step.ts";
import type { Finished, FinishedCall, FinishOptions, NewReply, StepsCommitted, Store } from "../core/store.ts";
import type { Fence, TaskState } from "../core/task.ts";
import { appendDelivery, appendEvent, appendStep } from "./append.ts";
import { insertAudit } from "./audit.ts";
import { type Database, type Transaction, text, textOrNull } from "./database.ts";
import { joinWaiting, takeUp } from "./line.ts";
import { stepFrom, taskFrom } from "./rows.ts";
import { keepRow, lastNumber, SESSION_COLUMNS, setRunning } from "./session-row.ts";
import { dropWords, report } from "./spawned.ts";
import { insertUsage } from "./usage.ts";

const JOINED_MESSAGES_MAX = 50;
const SUMMARY_CHARS_MAX = 300;

type Work = Pick<
  Store,
  "takeSteering" | "appendReply" | "finishCalls" | "appendNote" | "appendSaid" | "resetText" | "finish" | "postpone"
>;

/** Runs a unit for the holder of a task alone; anybody else gets `fenced`. */
export type Fenced = <T>(label: string, fence: Fence, unit: (transaction: Transaction) => Promise<T>) => Promise<T>;

export const createFenced =
  (database: Database): Fenced =>
  (label, fence, unit) =>
    database.transaction(label, async (transaction) => {
      const held = await transaction.get(
        `select ${SESSION_COLUMNS} from tasks join sessions on sessions.id = tasks.session
         where tasks.id = ? and tasks.owner = ? and tasks.fence = ? and tasks.state = 'running'`,
        fence.task,
        fence.owner,
        fence.number,
      );
      if (!held)
        throw new AppError("fenced", `task ${fence.task} is no longer held by ${fence.owner} #${fence.number}`);
      keepRow(transaction, fence.session, held);
      return unit(transaction);
    });

export function createWork(database: Database, fenced: Fenced): Work {
  const appendOne = (label: string, fence: Fence, body: StepBody, now: number): Promise<StepsCommitted> =>
    fenced(label, fence, async (transaction) => ({ numbers: [await append(transaction, fence, body, now)] }));

  return {
    takeSteering: async (fence, now) => {
      // Mostly nobody waits; a look costs no commit.
      const waiting = await database.read.get(
        "select 1 as n from tasks where session = ? and state = 'queued' limit 1",
        fence.session,
      );
      if (!waiting) return [];
      return fenced("steer", fence, async (transaction) => {
        const row = await transaction.get("select * from tasks where id = ?", fence.task);
        const messages = row ? await joinWaiting(transaction, taskFrom(row), JOINED_MESSAGES_MAX, now) : [];
        await takeUp(transaction, fence, messages, now);
        return messages;
      });
    },

    appendReply: (fence, reply, now) =>
      fenced("reply", fence, async (transaction) => {
        await madeProgress(transaction, fence);
        return { numbers: await insertReply(transaction, fence, reply, now) };
      }),

    finishCalls: (fence, calls, audit, now) =>
      fenced("results", fence, async (transaction) => {
        for (const call of calls) await finishCall(transaction, fence, call, now);
        for (const record of audit) await insertAudit(transaction, record);
        await madeProgress(transaction, fence);
      }),

    appendNote: (fence, note, now) => appendOne("note", fence, note, now),
    appendSaid: (fence, said, now) => appendOne("said", fence, said, now),

    resetText: (fence, now) =>
      fenced("reset-text", fence, (transaction) =>
        appendEvent(transaction, fence.session, now, { type: "text_reset", taskId: fence.task }),
      ),

    finish: (fence, options) => fenced("finish", fence, (transaction) => finish(transaction, fence, options)),

    postpone: (fence, notBefore, isFailure) =>
      fenced("postpone", fence, async (transaction) => {
        await transaction.run(
          "update tasks set state = 'queued', owner = null, lease_until = null, not_before = ?, failures = failures + ? where id = ?",
          notBefore,
          isFailure ? 1 : 0,
          fence.task,
        );
        await setRunning(transaction, fence.session, null);
      }),
  };
}

/** Returns the step's number in its task. */
async function append(transaction: Transaction, fence: Fence, body: StepBody, now: number): Promise<number> {
  const { n } = await appendStep(transaction, { session: fence.session, task: fence.task, at: now, body });
  return n;
}

const madeProgress = (transaction: Transaction, fence: Fence): Promise<number> =>
  transaction.run("update tasks set attempts = 0, failures = 0 where id = ?", fence.task);

async function finishCall(
  transaction: Transaction,
  fence: Fence,
  { n, result }: FinishedCall,
  now: number,
): Promise<void> {
  const { whole, ...stored } = result;
  const row = await transaction.get(
    "update steps set result = ?, whole = ? where task = ? and n = ? and result is null returning *",
    JSON.stringify(stored),
    whole ?? null,
    fence.task,
    n,
  );
  const step = row ? stepFrom(row) : undefined;
  if (step?.body.kind !== "call")
    throw new AppError("internal", `step ${fence.task}.${n} is not a call without a result`);
  await appendEvent(transaction, fence.session, now, {
    type: "tool_end",
    taskId: fence.task,
    callId: step.body.id,
    name: step.body.name,
    status: result.status,
    summary: result.text.slice(0, SUMMARY_CHARS_MAX),
  });
}

async function insertReply(
  transaction: Transaction,
  fence: Fence,
  { reply, calls, usage }: NewReply,
  now: number,
): Promise<StepsCommitted["numbers"]> {
  const numbers = [await append(transaction, fence, reply, now)];
  for (const call of calls) numbers.push(await append(transaction, fence, call, now));
  if (reply.text !== "")
    await appendEvent(transaction, fence.session, now, { type: "text_end", taskId: fence.task, text: reply.text });
  for (const call of calls) {
    await appendEvent(transaction, fence.session, now, {
      type: "tool_start",
      taskId: fence.task,
      callId: call.id,
      name: call.name,
      arguments: JSON.stringify(call.arguments).slice(0, SUMMARY_CHARS_MAX),
    });
  }
  if (usage) await insertUsage(transaction, fence, usage, now);
  return numbers;
}

async function finish(transaction: Transaction, fence: Fence, options: FinishOptions): Promise<Finished> {
  const { outcome, now } = options;
  for (const call of options.calls ?? []) await finishCall(transaction, fence, call, now);
  if (options.last) await insertReply(transaction, fence, options.last, now);
  if (outcome.state !== "done") {
    await append(transaction, fence, { kind: "end", state: outcome.state, text: outcome.text }, now);
  }
  await endTask(transaction, {
    task: fence.task,
    session: fence.session,
    state: outcome.state,
    reason: outcome.state === "failed" ? outcome.code : null,
    text: outcome.text,
    ...(outcome.state === "failed" && outcome.forModel !== undefined ? { forModel: outcome.forModel } : {}),
    now,
    isPushed: options.isPushed,
  });
  await setRunning(transaction, fence.session, null);
  const next = await transaction.get(
    "select 1 as n from tasks where session = ? and state = 'queued' limit 1",
    fence.session,
  );
  return { isLineEmpty: next === undefined, lastStep: await lastNumber(transaction, fence.session, "step") };
}

/** A task that ends leaves no call without a result: the next request to a model would be refused for it (P9). */
async function closeOpenCalls(
  transaction: Transaction,
  fence: Pick<Fence, "task" | "session">,
  now: number,
): Promise<void> {
  const rows = await transaction.all(
    // Bodies begin with their kind, as this folder writes them.
    `select * from steps where task = ? and result is null and body like '{"kind":"call",%' order by n`,
    fence.task,
  );
  for (const row of rows) {
    const step = stepFrom(row);
    if (step.body.kind !== "call") continue;
    const result = {
      status: "cancelled",
      text: "The task ended before this call had a result; it may or may not have run.",
    };
    await transaction.run(
      "update steps set result = ? where task = ? and n = ?",
      JSON.stringify(result),
      fence.task,
      step.n,
    );
    await appendEvent(transaction, fence.session, now, {
      type: "tool_end",
      taskId: fence.task,
      callId: step.body.id,
      name: step.body.name,
      status: result.status,
      summary: result.text,
    });
  }
}

const dispositions: Readonly<Record<"done" | "failed" | "cancelled", Disposition>> = {
  done: "answered",
  failed: "failed",
  cancelled: "cancelled",
};

export interface TaskEnd {
  readonly task: string;
  readonly session: string;
  readonly state: Extract<TaskState, "done" | "failed" | "cancelled">;
  readonly reason: string | null;
  readonly text: string;
  readonly forModel?: string;
  readonly now: number;
  readonly isPushed: boolean;
}

/** The one place where a task ends: its state, its messages' disposition, what people see, what must be said. */
export async function endTask(transaction: Transaction, end: TaskEnd): Promise<void> {
  await closeOpenCalls(transaction, end, end.now);
  await transaction.run("update approvals set state = 'over' where task = ? and state = 'open'", end.task);
  const task = await transaction.get(
    "update tasks set state = ?, ended_at = ?, reason = ?, owner = null, lease_until = null where id = ? returning channel, agent, parent_session, started_at",
    end.state,
    end.now,
    end.reason,
    end.task,
  );
  const messages = await transaction.all(
    "select id, reply_to, disposition from messages where task = ? order by seq",
    end.task,
  );
  await transaction.run(
    // One that was taken back has its outcome.
    "update messages set disposition = ?, reason = ?, closed_at = ? where task = ? and disposition is null",
    dispositions[end.state],
    end.reason,
    end.now,
    end.task,
  );
  await appendEvent(transaction, end.session, end.now, {
    type: "execution_complete",
    taskId: end.task,
    messageIds: messages.map((row) => text(row, "id")),
    state: end.state,
    cancelled: end.state === "cancelled",
    ...(end.reason === null ? {} : { error: end.reason }),
    text: end.text,
  });
  const parent = task && textOrNull(task, "parent_session");
  const agent = task ? text(task, "agent") : "";
  if (typeof parent === "string") {
    await report(transaction, parent, agent, end);
    const isItself = end.session === spawnedSession(parent, end.task);
    if (end.state === "cancelled" && (isItself || task?.started_at !== null)) await dropWords(transaction, end);
  }
  const answered = messages.filter((row) => textOrNull(row, "disposition") === null);
  // Where all that was asked was taken back there is nobody to tell.
  if (!end.isPushed || !task || (messages.length > 0 && answered.length === 0)) return;
  const first = answered[0];
  await appendDelivery(
    transaction,
    {
      key: end.task,
      session: end.session,
      channel: text(task, "channel"),
      kind: end.state === "done" ? "answer" : end.state === "failed" ? "failure" : "cancelled",
      task: end.task,
      replyTo: first ? textOrNull(first, "reply_to") : null,
      text: typeof parent === "string" ? `**@${agent}**\n\n${end.text}` : end.text,
    },
    end.now,
  );
}
