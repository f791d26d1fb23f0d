// Steps: the committed pieces of a task. Read by task they are its checkpoints; read by session, in order, they are the
// transcript. Append-only; the one thing filled in later, once, is the result of a call, in the call's own row (P9).

import type { JsonObject } from "./json.ts";
import type { Image, Sender, SessionKey } from "./message.ts";
import type { Usage, VendorReplay } from "./model.ts";
import type { ActiveSkill } from "./skill.ts";

/** The sentence for a call whose result a crash swallowed and that must not be run twice. */
export type CallStatus = "ok" | "error" | "denied" | "unknown" | "cancelled";

export interface CallResult {
  readonly status: CallStatus;
  /** What the model reads: bounded, the whole kept in `whole` when it was longer. */
  readonly text: string;
  readonly whole?: string;
  /** The call opened a skill: from here on the task follows it. */
  readonly skill?: ActiveSkill;
  readonly durationMs?: number;
}

/** What somebody said, taken into the work. */
export interface SaidStep {
  readonly kind: "said";
  readonly message: string;
  readonly sender: Sender;
  readonly text: string;
  readonly images?: readonly Image[];
  /** The step is what came with the message, not the message. */
  readonly isFiles?: boolean;
}

/** One reply of the model. `text` includes the blank line that parts it from the reply before. */
export interface ReplyStep {
  readonly kind: "reply";
  readonly text: string;
  readonly model: string;
  readonly usage: Usage;
  /** The model's output limit ended it; the next reply goes on from there. */
  readonly isCut?: boolean;
  readonly replay?: VendorReplay;
}

/** One call a reply asked for. Without a result it is an intent: it may or may not have run. */
export interface CallStep {
  readonly kind: "call";
  /** Our id, shown to vendors. */
  readonly id: string;
  readonly name: string;
  readonly arguments: JsonObject;
  /** Set where the model's arguments were no JSON object: what is wrong with them. */
  readonly malformed?: string;
  readonly result?: CallResult;
}

/** Something the runtime tells the model (a conversation starts anew, a tool was switched off). */
export interface NoteStep {
  readonly kind: "note";
  readonly text: string;
  /** The person started a skill: from here on the task follows it. */
  readonly skill?: ActiveSkill;
  /** What the task is about, said again because others spoke while it waited. */
  readonly request?: string;
}

/** The end of the task as the conversation remembers it: why there is no answer. Absent for a done task. */
export interface EndStep {
  readonly kind: "end";
  readonly state: "failed" | "cancelled";
  readonly text: string;
}

export type StepBody = SaidStep | ReplyStep | CallStep | NoteStep | EndStep;

export interface Step {
  readonly session: SessionKey;
  /** The place in the session's transcript; rising, unique. */
  readonly seq: number;
  readonly task: string;
  /** The place in its task, from 1. `<task>.<n>` is the reference `recall` takes. */
  readonly n: number;
  readonly at: number;
  readonly body: StepBody;
}

/** The skill that the step opened. */
export const skillOf = (body: StepBody): ActiveSkill | undefined =>
  body.kind === "note" ? body.skill : body.kind === "call" ? body.result?.skill : undefined;

export const stepReference = (task: string, n: number): string => `${task}.${n}`;
