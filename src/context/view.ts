// What the model is shown of a session: the last compaction's body, then the steps after it. A pure function of the record and
// the log, so that a replay gives the same bytes (P11).

import type { Compaction } from "../core/compaction.ts";
import type { ConversationItem } from "../core/model.ts";
import { type CallResult, type Step, stepReference } from "../core/step.ts";
import { type Speak, toConversation } from "./conversation.ts";

const PRUNED_CHARS = 120;
const HEAD_SHARE = 0.6;
/** A person's words are cut later than a tool's. */
const SAID_FACTOR = 4;
/** Shorter results cost less than what would stand in their place. */
export const PRUNED_CHARS_MIN = 500;

export function buildView(
  record: Compaction | undefined,
  steps: readonly Step[],
  speak: Speak,
): readonly ConversationItem[] {
  const upto = record?.upto ?? 0;
  const shown = steps.filter((step) => step.seq > upto).map((step) => (record ? shortened(step, record) : step));
  const items = toConversation(shown, speak);
  return record && record.body !== "" ? [{ role: "person", text: record.body }, ...items] : items;
}

function shortened(step: Step, record: Compaction): Step {
  const short = pruned(step, record.prunedUpto);
  return step.seq > record.cutUpto ? short : cut(short, record.cutChars);
}

/** Head and tail of what is too long even for the newest part; the whole is in the log. */
function cut(step: Step, chars: number): Step {
  const { body } = step;
  if (body.kind === "call" && body.result) {
    return { ...step, body: { ...body, result: { ...body.result, text: headAndTail(step, body.result.text, chars) } } };
  }
  if (body.kind === "said" || body.kind === "reply") {
    return { ...step, body: { ...body, text: headAndTail(step, body.text, chars * SAID_FACTOR) } };
  }
  return step;
}

function headAndTail(step: Step, text: string, chars: number): string {
  if (text.length <= chars) return text;
  const head = safeSlice(text, Math.ceil(chars * HEAD_SHARE));
  const tail = text.slice(text.length - Math.floor(chars * (1 - HEAD_SHARE))).replace(/^[\udc00-\udfff]/, "");
  return `${head}\n[... ${text.length - head.length - tail.length} characters left out; recall {"reference":"${stepReference(step.task, step.n)}"} reads them]\n${tail}`;
}

function pruned(step: Step, prunedUpto: number): Step {
  const { body } = step;
  if (step.seq > prunedUpto || body.kind !== "call" || !body.result || !isPrunable(body.result)) return step;
  const text = `${safeSlice(body.result.text, PRUNED_CHARS)} [... an old result, left out; recall {"reference":"${stepReference(step.task, step.n)}"} reads it]`;
  return { ...step, body: { ...body, result: { status: body.result.status, text } } };
}

/** Errors stay: what did not work is worth more than its length. */
export const isPrunable = (result: CallResult): boolean =>
  result.status === "ok" && result.text.length >= PRUNED_CHARS_MIN;

/** Never ends in half a character. */
export function safeSlice(text: string, chars: number): string {
  const cut = text.slice(0, chars);
  const last = cut.charCodeAt(cut.length - 1);
  return last >= 0xd800 && last <= 0xdbff ? cut.slice(0, -1) : cut;
}
