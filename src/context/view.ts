// What the model is shown of a session: the last compaction's body, then the steps after it. A pure function of the record and
// the log, so that a replay gives the same bytes (P11).

import type { Compaction } from "../core/compaction.ts";
import type { JsonObject } from "../core/json.ts";
import type { ConversationItem } from "../core/model.ts";
import { type CallResult, type CallStep, type SaidStep, type Step, stepReference } from "../core/step.ts";
import { type Speak, toConversation } from "./conversation.ts";

const PRUNED_CHARS = 120;
const HEAD_SHARE = 0.6;
/** What people and the model said is cut later than what tools gave. */
const SAID_FACTOR = 4;
/** Below this, images and a vendor's own record of a reply go as well. */
const PICTURED_CHARS_MIN = 4_000;
/** Shorter results cost less than what would stand in their place. */
export const PRUNED_CHARS_MIN = 500;

/** How the steps after a compaction are shown. */
export type Shortening = Pick<Compaction, "prunedUpto" | "cutUpto" | "cutChars" | "resultChars">;

export function buildView(
  record: Compaction | undefined,
  steps: readonly Step[],
  speak: Speak,
): readonly ConversationItem[] {
  const upto = record?.upto ?? 0;
  const items = showSteps(
    steps.filter((step) => step.seq > upto),
    record,
    speak,
  );
  return record && record.body !== "" ? [{ role: "person", text: record.body }, ...items] : items;
}

export const showSteps = (
  steps: readonly Step[],
  shortening: Shortening | undefined,
  speak: Speak,
): readonly ConversationItem[] =>
  toConversation(shortening ? steps.map((step) => shortened(step, shortening)) : steps, speak);

function shortened(step: Step, shortening: Shortening): Step {
  const short = step.seq > shortening.prunedUpto ? step : pruned(step);
  return step.seq > shortening.cutUpto ? short : cut(short, shortening);
}

/** Head and tail of what is too long even for the newest part; the whole is in the log. */
function cut(step: Step, { cutChars: chars, resultChars }: Shortening): Step {
  const { body } = step;
  switch (body.kind) {
    case "call":
      return { ...step, body: cutCall(step, body, { chars, resultChars: Math.max(chars, resultChars) }) };
    case "said": {
      const short = { ...body, text: cutText(step, body.text, chars * SAID_FACTOR) };
      return { ...step, body: chars < PICTURED_CHARS_MIN ? withoutImages(short) : short };
    }
    case "reply": {
      const { replay, ...rest } = body;
      const text = cutText(step, body.text, chars * SAID_FACTOR);
      return { ...step, body: { ...rest, text, ...(replay && chars >= PICTURED_CHARS_MIN ? { replay } : {}) } };
    }
    default:
      return { ...step, body: { ...body, text: cutText(step, body.text, chars) } };
  }
}

function cutCall(
  step: Step,
  { result, ...call }: CallStep,
  { chars, resultChars }: { readonly chars: number; readonly resultChars: number },
): CallStep {
  return {
    ...call,
    arguments: cutArguments(call.arguments, chars),
    ...(result ? { result: { ...result, text: cutText(step, result.text, resultChars) } } : {}),
  };
}

/** Long strings first, so that the arguments keep their shape; what is long all the same is shown as text. */
function cutArguments(whole: JsonObject, chars: number): JsonObject {
  if (JSON.stringify(whole).length <= chars) return whole;
  const text = JSON.stringify(whole, (_key, value: unknown) =>
    typeof value === "string" && value.length > chars / 2 ? headAndTail(value, chars / 2, cutMark) : value,
  );
  return text.length <= chars * 2 ? (JSON.parse(text) as JsonObject) : { shortened: headAndTail(text, chars, cutMark) };
}

const cutMark = (left: number): string => `[... ${left} characters left out]`;

const cutText = (step: Step, text: string, chars: number): string =>
  headAndTail(
    text,
    chars,
    (left) =>
      `\n[... ${left} characters left out; recall {"reference":"${stepReference(step.task, step.n)}"} reads them]\n`,
  );

/** The whole text where its head, its tail and the mark between them would not be shorter. */
export function headAndTail(
  text: string,
  chars: number,
  mark: (charsLeftOut: number) => string,
  headShare = HEAD_SHARE,
): string {
  if (text.length <= chars) return text;
  const head = safeSlice(text, Math.ceil(chars * headShare));
  const tail = text.slice(text.length - Math.floor(chars * (1 - headShare))).replace(/^[\udc00-\udfff]/, "");
  const short = head + mark(text.length - head.length - tail.length) + tail;
  return short.length < text.length ? short : text;
}

function pruned(step: Step): Step {
  const { body } = step;
  if (body.kind === "said" && body.images) return { ...step, body: withoutImages(body) };
  if (body.kind !== "call" || !body.result || !isPrunable(body.result)) return step;
  const text = `${safeSlice(body.result.text, PRUNED_CHARS)} [... an old result, left out; recall {"reference":"${stepReference(step.task, step.n)}"} reads it]`;
  return { ...step, body: { ...body, result: { status: body.result.status, text } } };
}

function withoutImages({ images, ...said }: SaidStep): SaidStep {
  return images ? { ...said, text: `${said.text}\n[images no longer shown: ${images.length}]` } : said;
}

/** Errors stay: what did not work is worth more than its length. So do the instructions of a skill: they are followed. */
export const isPrunable = (result: CallResult): boolean =>
  result.status === "ok" && !result.skill && result.text.length >= PRUNED_CHARS_MIN;

/** Never ends in half a character. */
export function safeSlice(text: string, chars: number): string {
  const cut = text.slice(0, chars);
  const last = cut.charCodeAt(cut.length - 1);
  return last >= 0xd800 && last <= 0xdbff ? cut.slice(0, -1) : cut;
}
