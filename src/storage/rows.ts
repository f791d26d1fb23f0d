// Rows of the ledger as our types. Pure translations; no SQL.

import type { SentFile } from "../core/aside.ts";
import type { ShownButton } from "../core/button.ts";
import type { Delivery } from "../core/delivery.ts";
import type { Json } from "../core/json.ts";
import type { FileReference, Image, Sender, StoredMessage } from "../core/message.ts";
import type { SessionEvent, SessionEventBody } from "../core/session-event.ts";
import type { Bound } from "../core/skill.ts";
import type { CallResult, Step, StepBody } from "../core/step.ts";
import type { Task, TaskState } from "../core/task.ts";
import type { TaskKind } from "../core/task-kind.ts";
import { number, numberOrNull, type Row, text, textOrNull } from "./database.ts";

// The one checked border of this folder: what these columns hold was written by this folder, as these types.
const parse = <T>(json: string): T => JSON.parse(json) as T;

export function messageFrom(row: Row): StoredMessage {
  const images = textOrNull(row, "images");
  const files = textOrNull(row, "files");
  const mentions = textOrNull(row, "mentions");
  const replyTo = textOrNull(row, "reply_to");
  return {
    key: text(row, "key"),
    id: text(row, "id"),
    session: text(row, "session"),
    seq: number(row, "seq"),
    channel: text(row, "channel"),
    sender: { id: text(row, "sender_id"), name: text(row, "sender_name") },
    text: text(row, "text"),
    ...(images === null ? {} : { images: parse<Image[]>(images) }),
    ...(files === null ? {} : { files: parse<FileReference[]>(files) }),
    ...(mentions === null ? {} : { mentions: parse<Sender[]>(mentions) }),
    ...(replyTo === null ? {} : { replyTo: parse<Json>(replyTo) }),
    kind: text(row, "kind") as TaskKind,
    agent: text(row, "agent"),
    task: text(row, "task"),
    receivedAt: number(row, "received_at"),
  };
}

/** Who said a message, and whom it names. */
export function peopleOf(row: Row): readonly Sender[] {
  const mentions = textOrNull(row, "mentions");
  return [
    { id: text(row, "sender_id"), name: text(row, "sender_name") },
    ...(mentions === null ? [] : parse<Sender[]>(mentions)),
  ];
}

export const sentFileFrom = (row: Row): SentFile => parse<SentFile>(text(row, "file"));

export const taskFrom = (row: Row): Task => ({
  id: text(row, "id"),
  kind: text(row, "kind") as TaskKind,
  session: text(row, "session"),
  channel: text(row, "channel"),
  agent: text(row, "agent"),
  asker: text(row, "asker"),
  parent: textOrNull(row, "parent"),
  parentSession: textOrNull(row, "parent_session"),
  bounds: parse<Bound[]>(textOrNull(row, "bounds") ?? "[]"),
  state: text(row, "state") as TaskState,
  attempts: number(row, "attempts"),
  failures: number(row, "failures"),
  createdAt: number(row, "created_at"),
  startedAt: numberOrNull(row, "started_at"),
  endedAt: numberOrNull(row, "ended_at"),
  traceId: text(row, "trace_id"),
  reason: textOrNull(row, "reason"),
});

/** Without the whole of a long result, which is read only when it is asked for. */
export const STEP_COLUMNS = "session, seq, task, n, at, body, result";

export function stepFrom(row: Row): Step {
  const body = parse<StepBody>(text(row, "body"));
  const result = textOrNull(row, "result");
  const whole = textOrNull(row, "whole");
  return {
    session: text(row, "session"),
    seq: number(row, "seq"),
    task: text(row, "task"),
    n: number(row, "n"),
    at: number(row, "at"),
    body:
      body.kind === "call" && result !== null
        ? { ...body, result: { ...parse<CallResult>(result), ...(whole === null ? {} : { whole }) } }
        : body,
  };
}

export const eventFrom = (row: Row): SessionEvent => ({
  session: text(row, "session"),
  n: number(row, "n"),
  at: number(row, "at"),
  body: parse<SessionEventBody>(text(row, "body")),
});

export function deliveryFrom(row: Row): Delivery {
  const replyTo = textOrNull(row, "reply_to");
  const buttons = textOrNull(row, "buttons");
  const replaces = textOrNull(row, "replaces_id");
  const file = textOrNull(row, "file");
  const mention = textOrNull(row, "mention");
  return {
    key: text(row, "key"),
    session: text(row, "session"),
    n: number(row, "n"),
    channel: text(row, "channel"),
    kind: text(row, "kind") as Delivery["kind"],
    task: textOrNull(row, "task"),
    replyTo: replyTo === null ? null : parse<Json>(replyTo),
    text: text(row, "text"),
    ...(buttons === null ? {} : { buttons: parse<ShownButton[]>(buttons) }),
    ...(replaces === null ? {} : { replaces }),
    ...(file === null ? {} : { file: parse<SentFile>(file) }),
    ...(mention === null ? {} : { mention: parse<Sender>(mention) }),
    tries: number(row, "tries"),
    createdAt: number(row, "created_at"),
  };
}
