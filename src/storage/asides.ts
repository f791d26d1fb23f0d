// What a task says beside its answer: once a call, so many of a kind, with its file, the delivery and the event in one transaction.
// On a channel that nothing is pushed to the delivery is only what the file is found by.

import { createHash } from "node:crypto";
import type { Aside, AsideLedger, AsideOptions, AsideSaid, SentFile } from "../core/aside.ts";
import type { Sender } from "../core/message.ts";
import type { SessionEventBody } from "../core/session-event.ts";
import type { Fence } from "../core/task.ts";
import { appendDelivery, appendEvent } from "./append.ts";
import { type Database, number, type Transaction, text, textOrNull } from "./database.ts";
import { peopleOf, sentFileFrom } from "./rows.ts";
import type { Fenced } from "./work.ts";

const MESSAGES_LOOKED_AT = 500;

export function createAsides({ read }: Pick<Database, "read">, fenced: Fenced): AsideLedger {
  return {
    sayAside: (fence, aside, options) =>
      fenced("aside", fence, (transaction) => sayAside(transaction, fence, aside, options)),

    people: async (sessions, limit) => {
      const found = new Map<string, Sender>();
      for (const session of sessions) {
        const rows = await read.all(
          "select sender_id, sender_name, mentions from messages where session = ? order by seq desc limit ?",
          session,
          MESSAGES_LOOKED_AT,
        );
        for (const person of rows.flatMap(peopleOf)) if (!found.has(person.id)) found.set(person.id, person);
      }
      return [...found.values()].slice(0, limit);
    },

    sentFile: async (session, key) => {
      const row = await read.get(
        "select file from deliveries where session = ? and key = ? and kind = 'file'",
        session,
        key,
      );
      return row && sentFileFrom(row);
    },

    fileContent: async (hash) => {
      const row = await read.get("select content from files where hash = ?", hash);
      return row && Buffer.from(text(row, "content"), "base64");
    },
  };
}

async function sayAside(
  transaction: Transaction,
  fence: Fence,
  aside: Aside,
  { key, now, isPushed, max }: AsideOptions,
): Promise<AsideSaid> {
  const task = await transaction.get("select channel, parent_session from tasks where id = ?", fence.task);
  const session = (task && textOrNull(task, "parent_session")) ?? fence.session;
  const before = await transaction.get("select 1 as n from deliveries where key = ?", key);
  if (before) return { status: "said", session };
  const said = await transaction.get(
    "select count(*) as n from deliveries where task = ? and kind = ?",
    fence.task,
    aside.kind,
  );
  if (said && number(said, "n") >= max) return { status: "too-many" };
  const file = aside.kind === "file" ? await keep(transaction, aside.file, now) : undefined;
  const first = await transaction.get("select reply_to from messages where task = ? order by seq limit 1", fence.task);
  await appendDelivery(
    transaction,
    {
      key,
      session,
      channel: task ? text(task, "channel") : "",
      kind: aside.kind,
      task: fence.task,
      replyTo: first ? textOrNull(first, "reply_to") : null,
      text: aside.text,
      ...(file ? { file } : {}),
      ...(aside.kind === "mention" ? { mention: aside.mention } : {}),
      ...(isPushed ? {} : { isShown: true }),
    },
    now,
  );
  await appendEvent(transaction, session, now, eventOf(aside, file, fence.task, key));
  return { status: "said", session };
}

async function keep(
  transaction: Transaction,
  { name, mediaType, content }: Extract<Aside, { kind: "file" }>["file"],
  now: number,
): Promise<SentFile> {
  const hash = createHash("sha256").update(content).digest("hex");
  await transaction.run(
    "insert into files (hash, content, created_at) values (?, ?, ?) on conflict (hash) do nothing",
    hash,
    Buffer.from(content).toString("base64"),
    now,
  );
  return { name, mediaType, bytes: content.length, hash };
}

function eventOf(aside: Aside, file: SentFile | undefined, taskId: string, key: string): SessionEventBody {
  if (aside.kind === "mention")
    return { type: "person_mentioned", taskId, person: aside.mention.name, text: aside.text };
  const { name, mediaType } = aside.file;
  return { type: "file_sent", taskId, fileId: key, name, mediaType, bytes: file?.bytes ?? 0, text: aside.text };
}
