// Where a text that is too long may be cut: after a line, a sentence, a word, in need between two characters as people see them;
// never inside of a link, a piece of code, a mention or an emoji.

import { inlineTokens, JOINER } from "./markdown-inline.ts";

/** What a piece of text costs of a message's limit; never less for a longer piece. */
export type Measure = (text: string) => number;

const WIDE_SENTENCE_END = /[。！？；]/;
const SENTENCE_END = /[。！？；!?;.]/;
const BLOCK_START = /^(?:[`~]{3}|[-+*#>=|]|\d+[.)])/;
const GRAPHEME_CHARS_MAX = 120;
/** More than a token can have, so that one that begins before the limit is seen whole. */
const TOKEN_CHARS_MAX = 2_500;
const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** How many characters of the text fit. `newline` is what each line costs besides. */
export function lengthWithin(text: string, budget: number, measure: Measure, newline = 0): number {
  let cost = 0;
  let length = 0;
  for (const character of text) {
    cost += measure(character) + (character === "\n" ? newline : 0);
    if (cost > budget) break;
    length += character.length;
  }
  return length;
}

/** The best place to cut at or before `limit`; above 0 if the limit is. */
export function cutPlace(text: string, limit: number, isInline: boolean): number {
  if (limit >= text.length) return text.length;
  const isClosed = isInline ? closedPlaces(text.slice(0, limit + TOKEN_CHARS_MAX)) : () => false;
  const line = text.lastIndexOf("\n", limit - 1) + 1;
  if (line > limit / 2 && !isClosed(line)) return line;
  let word = 0;
  for (let place = limit; place > limit / 2; place -= 1) {
    if (place <= limit * 0.75 && word > 0) return word;
    const before = text.charAt(place - 1);
    const isSpace = /\s/.test(before);
    if (!isSpace && !WIDE_SENTENCE_END.test(before)) continue;
    if (isClosed(place)) continue;
    if (place > limit * 0.75 && (!isSpace || SENTENCE_END.test(text.charAt(place - 2)))) return place;
    if (isSpace) word ||= place;
  }
  if (word > 0) return word;
  let place = limit;
  while (place > 0 && isClosed(place)) place -= 1;
  return place > 0 && place < limit ? place : characterStart(text, limit);
}

/** Tells the places inside of what must stay whole. */
function closedPlaces(inline: string): (place: number) => boolean {
  const closed = new Uint8Array(inline.length + 2);
  for (const { kind, text, start } of inlineTokens(inline)) {
    if (kind !== "plain") closed.fill(1, start + 1, start + text.length + (kind === "less" ? 1 : 0));
  }
  return (place) => closed[place] === 1;
}

/** The last place up to this one that is not inside of what people see as one character. */
function characterStart(text: string, place: number): number {
  const entity = /&#?\w{0,10}$/.exec(text.slice(Math.max(0, place - 12), place))?.[0].length ?? 0;
  if (entity > 0 && entity < place && /^#?\w{0,10};/.test(text.slice(place, place + 12))) return place - entity;
  const from = Math.max(0, place - GRAPHEME_CHARS_MAX);
  const found = graphemes.segment(text.slice(from, place + GRAPHEME_CHARS_MAX)).containing(place - from);
  const start = from + (found?.index ?? 0);
  if (start > from) return start;
  return isLowSurrogate(text, place) && place > 1 ? place - 1 : place;
}

const isLowSurrogate = (text: string, place: number): boolean => /[\udc00-\udfff]/.test(text.charAt(place));

/** Text that would not begin a block where it comes from, kept from being read as the beginning of a list or of code. */
export function asPlainStart(rest: string): string {
  const text = rest.replace(/^[ \t\n]+/, "");
  return BLOCK_START.test(text) ? JOINER + text : text;
}
