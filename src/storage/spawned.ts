// What a spawned task means for the session it was spawned from: its announcement in the commit that makes it, its result in the
// commit that ends it.

import type { StoredMessage } from "../core/message.ts";
import type { AcceptOptions } from "../core/store.ts";
import type { SpawnedFrom } from "../core/task.ts";
import { appendDelivery, appendEvent, appendStep } from "./append.ts";
import { insertButton } from "./buttons.ts";
import { type Transaction, text } from "./database.ts";
import type { TaskEnd } from "./work.ts";

/** People see that a spawned task is there, in the commit that makes it. */
export async function announce(
  transaction: Transaction,
  message: StoredMessage,
  { session: parent, card }: SpawnedFrom,
  { now, isPushed }: AcceptOptions,
): Promise<void> {
  const { task, session, channel, agent = "", text: goal, replyTo } = message;
  // What is said to one that is announced already.
  if (!card) return;
  await appendEvent(transaction, parent, now, { type: "agent_started", taskId: task, agent, goal });
  if (!isPushed) return;
  const { id, kind } = card.stop;
  await insertButton(transaction, { id, kind, session, task, expiresAt: card.stopUntil }, now);
  const said = { key: `card_${task}`, session, channel, kind: "card" as const, task, text: card.text };
  await appendDelivery(
    transaction,
    { ...said, replyTo: replyTo === undefined ? null : JSON.stringify(replyTo), buttons: JSON.stringify([card.stop]) },
    now,
  );
}

/** What was still to be told to one that was stopped must not set it to work again; words that are taken back alone are only themselves. */
export async function dropWords(transaction: Transaction, { task, session, now }: TaskEnd): Promise<void> {
  const told = await transaction.all(
    "update tasks set state = 'cancelled', ended_at = ?, reason = ? where session = ? and state = 'queued' and seq > (select seq from tasks where id = ?) returning id",
    now,
    `told to ${task}`,
    session,
    task,
  );
  for (const row of told)
    await transaction.run(
      "update messages set disposition = 'cancelled', closed_at = ? where task = ? and disposition is null",
      now,
      text(row, "id"),
    );
}

/** What a spawned task found belongs to the session it was spawned from: people see it there, and its model knows it. */
export async function report(transaction: Transaction, parent: string, agent: string, end: TaskEnd): Promise<void> {
  const { task, state, now, forModel } = end;
  const said = `The agent ${agent} (${task}) ended as ${state} and said:
${end.text}`;
  const text =
    forModel === undefined
      ? said
      : `${said}

${forModel}`;
  await appendStep(transaction, { session: parent, task, at: now, body: { kind: "note", text } });
  await appendEvent(transaction, parent, now, { type: "agent_done", taskId: task, agent, state, text: end.text });
}
