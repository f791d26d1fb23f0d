// A step of the log as the pieces it is found by: short enough that what matches is what is shown, cut where a sentence ends.
// What only repeats the log (answers of the search itself) or tells nothing (notes, ends) is left out.

import type { LogTokens, SearchPiece } from "../core/log-search.ts";
import type { CallStep, Step } from "../core/step.ts";
import { wholeText } from "../core/step-text.ts";
import { systemTimeZone } from "./calendar.ts";
import { createDateTokens } from "./date-tokens.ts";
import { indexTokens, neighbourTokens } from "./search-tokens.ts";

/** Raise it with every change of the tokens, so that logs are indexed anew. */
const VERSION = 1;
/** The tool whose results are excerpts of the log: indexed, each search would bury what it found. */
const SEARCH_TOOL = "recall";
/** A wide character counts twice: a Chinese piece holds half as many characters and about as much. */
const PIECE_WIDTH_MAX = 1_000;
export const PIECE_CHARS_MAX = PIECE_WIDTH_MAX;
const PIECE_WIDTH_MIN = 600;
const HEAD_CHARS_MAX = 300;
const ARGUMENTS_CHARS_MAX = 1_000;
/** Of a longer text the rest is opened by its reference, not found: a dump of megabytes must not outweigh a conversation. */
const TEXT_HEAD_CHARS_MAX = 150_000;
const TEXT_TAIL_CHARS_MAX = 50_000;
const QUESTION_CHARS_MAX = 200;

const ASSISTANT = "assistant";
/** From here on (Hangul, kana, Han, full-width forms) a character is as much as two letters. */
const FIRST_WIDE_CODE = 0x1100;
const SENTENCE_END = /[\n。！？；!?;]/;
const WORD_END = /[\s，、,]/;

export interface TextPart {
  readonly start: number;
  readonly text: string;
}

export function createLogTokens(timeZone = systemTimeZone()): LogTokens {
  const dates = createDateTokens(timeZone);

  function pieces(step: Step, speaker: string, meta: string): readonly SearchPiece[] {
    return partsOf(wholeText(step)).map(({ start, text }) => ({
      start,
      length: text.length,
      speaker,
      isQuestion: step.body.kind === "said" && isOnlyQuestion(text),
      tokens: () => ({ body: indexTokens(text), meta: indexTokens(meta), dates: dates.forText(text, step.at) }),
      head: () => neighbourTokens(text.slice(0, HEAD_CHARS_MAX)),
    }));
  }

  return {
    version: `${VERSION} ${timeZone}`,
    piecesOf: (step) => {
      const { body } = step;
      if (body.kind !== "call" && body.text.trim() === "") return [];
      if (body.kind === "said") return pieces(step, body.sender.name, body.sender.name);
      if (body.kind === "reply") return pieces(step, ASSISTANT, "");
      if (body.kind !== "call" || !isTelling(body)) return [];
      return pieces(step, body.name, `${body.name} ${argumentsText(body)}`);
    },
  };
}

const isTelling = ({ name, result }: CallStep): boolean =>
  name !== SEARCH_TOOL && (result?.status === "ok" || result?.status === "error");

/** The values only: names of parameters are the same in every call. */
function argumentsText(call: CallStep): string {
  const values: string[] = [];
  JSON.stringify(call.arguments, (_key, value: unknown) => {
    if (typeof value === "string" || typeof value === "number") values.push(String(value));
    return value;
  });
  return values.join(" ").slice(0, ARGUMENTS_CHARS_MAX);
}

function isOnlyQuestion(text: string): boolean {
  const trimmed = text.trim();
  if (trimmed.length > QUESTION_CHARS_MAX || !/(?:[?？]|[吗呢][。.]?)$/.test(trimmed)) return false;
  return !/[\n。！；!;.] /.test(trimmed.slice(0, -1)) && !/[\n。！；]/.test(trimmed.slice(0, -1));
}

/** The text in parts that follow each other without a gap; of one that is too long, head and tail. */
export function partsOf(text: string): readonly TextPart[] {
  if (text.length <= TEXT_HEAD_CHARS_MAX + TEXT_TAIL_CHARS_MAX) return cutFrom(text, 0, text.length);
  return [...cutFrom(text, 0, TEXT_HEAD_CHARS_MAX), ...cutFrom(text, text.length - TEXT_TAIL_CHARS_MAX, text.length)];
}

function cutFrom(text: string, from: number, to: number): readonly TextPart[] {
  const parts: TextPart[] = [];
  let start = from;
  while (start < to) {
    const end = partEnd(text, start, to);
    const part = text.slice(start, end);
    if (part.trim() !== "") parts.push({ start, text: part });
    start = end;
  }
  return parts.length > 0 || from > 0 ? parts : [{ start: 0, text: "" }];
}

/** After the last sentence that fits, else after the last word, else where the width ends. */
function partEnd(text: string, start: number, to: number): number {
  let width = 0;
  let sentence = 0;
  let word = 0;
  for (let index = start; index < to; index += 1) {
    width += text.charCodeAt(index) >= FIRST_WIDE_CODE ? 2 : 1;
    if (width > PIECE_WIDTH_MAX) return sentence || word || index;
    if (width < PIECE_WIDTH_MIN) continue;
    const character = text.charAt(index);
    if (SENTENCE_END.test(character)) sentence = index + 1;
    else if (WORD_END.test(character)) word = index + 1;
  }
  return to;
}
