// The way in: a message, its dedupe key, its place in the line and its queued task, in one transaction.

import type { Json } from "../core/json.ts";
import type { AcceptResult, Disposition, InboundMessage, StoredMessage } from "../core/message.ts";
import type { AcceptOptions, Store } from "../core/store.ts";
import { appendDelivery, appendEvent } from "./append.ts";
import { type Database, number, type Transaction } from "./database.ts";
import { messageFrom } from "./rows.ts";
import { nextNumber, openSession } from "./session-row.ts";
import { announce } from "./spawned.ts";

const DEFAULT_AGENT = "main";

export function createInbox(database: Database): Pick<Store, "accept" | "startFresh"> {
  return {
    accept: (message, options) =>
      database.transaction(
        "accept",
        (transaction) => accept(transaction, message, options),
        "at-once",
        options.committed,
      ),

    startFresh: (session, now) =>
      database.transaction("start-fresh", async (transaction) => {
        await openSession(transaction, session, now);
        await transaction.run("update sessions set fresh_from = last_step where id = ?", session);
      }),
  };
}

const jsonOrNull = (value: Json | readonly object[] | undefined): string | null =>
  value === undefined ? null : JSON.stringify(value);

async function accept(
  transaction: Transaction,
  inbound: InboundMessage,
  options: AcceptOptions,
): Promise<AcceptResult> {
  const known = await transaction.get("select * from messages where key = ?", inbound.key);
  if (known) return { status: "duplicate", message: messageFrom(known) };

  const { session } = inbound;
  await openSession(transaction, session, options.now);
  const open = await transaction.get(
    `select sum(case when state = 'queued' then 1 else 0 end) as queued, count(*) as unfinished from tasks
     where session = ? and state in ('queued', 'running', 'waiting')`,
    session,
  );
  const queued = open ? number(open, "queued") : 0;
  const position = open ? number(open, "unfinished") : 0;

  const isFull = options.answer === undefined && queued >= options.waitingMax;
  const needsTask = options.answer === undefined && !isFull;
  const message: StoredMessage = {
    ...inbound,
    id: options.messageId,
    seq: await nextNumber(transaction, session, "message"),
    kind: inbound.kind ?? "chat-turn",
    agent: inbound.agent ?? DEFAULT_AGENT,
    task: needsTask ? options.taskId : "",
    receivedAt: options.now,
  };
  await insertMessage(transaction, message, isFull ? "refused" : needsTask ? null : "answered");
  await appendEvent(transaction, session, options.now, {
    type: "message_accepted",
    messageId: message.id,
    taskId: message.task,
    seq: message.seq,
    sender: message.sender.name,
    senderId: message.sender.id,
    text: message.text,
    ...(message.images ? { images: message.images.length } : {}),
    position: needsTask ? position : 0,
  });
  if (isFull) {
    await closeWithoutTask(transaction, message, "refused", options.fullText, options);
    return { status: "full", message, waiting: queued };
  }
  if (options.answer !== undefined) {
    await closeWithoutTask(transaction, message, "answered", options.answer, options);
    return { status: "answered", message, text: options.answer };
  }
  await transaction.run(
    `insert into tasks (id, kind, session, seq, channel, agent, asker, parent, parent_session, bounds, state, trace_id, created_at)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued', ?, ?)`,
    message.task,
    message.kind ?? "chat-turn",
    session,
    message.seq,
    message.channel,
    message.agent ?? DEFAULT_AGENT,
    message.sender.id,
    options.parent?.task ?? null,
    options.parent?.session ?? null,
    jsonOrNull(options.parent?.bounds),
    options.traceId,
    options.now,
  );
  if (options.parent) {
    await openSession(transaction, options.parent.session, options.now);
    await announce(transaction, message, options.parent, options);
  }
  return { status: "accepted", message, position };
}

async function insertMessage(
  transaction: Transaction,
  message: StoredMessage,
  disposition: Disposition | null,
): Promise<void> {
  await transaction.run(
    `insert into messages (key, id, session, seq, channel, sender_id, sender_name, text, images, files, mentions, reply_to, kind, agent, task,
       received_at, disposition, reason, closed_at)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    message.key,
    message.id,
    message.session,
    message.seq,
    message.channel,
    message.sender.id,
    message.sender.name,
    message.text,
    jsonOrNull(message.images),
    jsonOrNull(message.files),
    jsonOrNull(message.mentions),
    jsonOrNull(message.replyTo),
    message.kind ?? "chat-turn",
    message.agent ?? DEFAULT_AGENT,
    message.task,
    message.receivedAt,
    disposition,
    disposition === "refused" ? "line-full" : disposition === "answered" ? "command" : null,
    disposition === null ? null : message.receivedAt,
  );
}

/** A message that never becomes work: what is said about it is stored with it. */
async function closeWithoutTask(
  transaction: Transaction,
  message: StoredMessage,
  disposition: Disposition,
  text: string,
  options: AcceptOptions,
): Promise<void> {
  await appendEvent(transaction, message.session, options.now, {
    type: "message_closed",
    messageId: message.id,
    disposition,
    text,
  });
  // Where cards say it all there is nothing more to say.
  if (!options.isPushed || text === "") return;
  await appendDelivery(
    transaction,
    {
      key: message.id,
      session: message.session,
      channel: message.channel,
      kind: disposition === "answered" ? "notice" : "failure",
      task: null,
      replyTo: jsonOrNull(message.replyTo),
      text,
    },
    options.now,
  );
}
