// Shows a growing text: says what may be added to the last message now, and where the next one begins. What was added is never
// taken back, so it waits where more text could still change the meaning (`<!chan`), and it goes by lines, not by blocks.

import { asPlainStart, cutPlace, lengthWithin, type Measure } from "./markdown-cut.ts";
import { certainCodeLength, certainLength, JOINER, writeInline, writeRow } from "./markdown-inline.ts";
import type { Dress } from "./markdown-pack.ts";
import { cellsOf } from "./markdown-print.ts";
import {
  closingOf,
  isFenceLine,
  isTableRule,
  isUndecided,
  remembered,
  type StreamLine,
  withoutContainers,
} from "./markdown-stream-line.ts";

export interface StreamRules {
  readonly dress: Dress;
  /** What a message holds. It ends earlier where a block ends. */
  readonly size: number;
  readonly measure: Measure;
  /** In one message. */
  readonly tables: number;
}

/** Plain data, so that it can be kept with the messages it belongs to. */
export interface StreamState extends StreamLine {
  /** Characters of the source that are shown. */
  readonly consumed: number;
  /** The open message, counted from 0, and how much of it is used. */
  readonly message: number;
  readonly size: number;
  readonly tables: number;
}

export interface StreamPiece {
  /** A higher one than before begins a new message. */
  readonly message: number;
  readonly append: string;
}

export interface StreamAdvance {
  readonly pieces: readonly StreamPiece[];
  readonly state: StreamState;
}

export const STREAM_START: StreamState = {
  ...{ consumed: 0, message: 0, size: 0, tables: 0 },
  ...{ fence: "", tableHead: "", lineBefore: "", line: undefined },
};

/** From here on the message ends where a block ends, and a little later where a line does. */
const BLOCK_SHARE = 0.75;
const LINE_SHARE = 0.9;
/** For the fence that closes. */
const RESERVE = 100;

/** `text` is the whole text so far; `isWhole` when nothing more will come. */
export function advanceStream(text: string, from: StreamState, rules: StreamRules, isWhole: boolean): StreamAdvance {
  const pieces: StreamPiece[] = [];
  let state = from;

  while (state.consumed < text.length) {
    const end = text.indexOf("\n", state.consumed);
    const isComplete = end >= 0 || isWhole;
    const line = text.slice(state.consumed, end < 0 ? text.length : end);
    if (!isComplete && state.line === undefined && isUndecided(line)) break;
    const certain = isComplete ? line.length : (state.fence === "" ? certainLength : certainCodeLength)(line);
    if (certain === 0 && !isComplete) break;
    const isNewMessage = state.line === undefined && isTimeToRoll(line, state, rules);
    if (isNewMessage) rollOver();
    showLine(line.slice(0, certain), isNewMessage, isComplete);
    state = { ...state, consumed: state.consumed + certain };
    if (end < 0) break;
    append("\n");
    state = { ...state, consumed: state.consumed + 1, lineBefore: state.line ?? "", line: undefined };
  }
  return { pieces, state };

  function showLine(source: string, isFirst: boolean, isComplete: boolean): void {
    const isStart = state.line === undefined;
    const fence = isStart && isComplete ? isFenceLine(source, state.fence) : undefined;
    const isCode = state.fence !== "" || fence !== undefined;
    const write = isStart && withoutContainers(source).startsWith("|") ? writeRow : writeInline;
    let shown = isCode ? rules.dress.code(source) : write(source, rules.dress.inline);
    if (isFirst && state.fence === "") shown = shown.trimStart();
    if (isStart && isComplete && isTableRule(source, state.lineBefore)) {
      if (state.tables >= rules.tables) shown = JOINER + shown;
      else state = { ...state, tables: state.tables + 1, tableHead: headOf(shown, state) };
    } else if (isStart && !source.includes("|")) state = { ...state, tableHead: "" };
    show(shown);
    state = { ...state, line: remembered((state.line ?? "") + shown) };
    if (fence !== undefined) state = { ...state, fence };
  }

  function show(shown: string): void {
    const fitting = (text: string) => lengthWithin(text, rules.size - RESERVE - state.size, rules.measure);
    let rest = shown;
    for (let limit = fitting(rest); limit < rest.length; limit = fitting(rest)) {
      const place = cutPlace(rest, limit, state.fence === "");
      append(rest.slice(0, place));
      state = { ...state, tableHead: "", line: place > 0 ? "" : state.line };
      rollOver();
      rest = state.fence === "" ? asPlainStart(rest.slice(place)) : rest.slice(place);
    }
    append(rest);
  }

  function rollOver(): void {
    if (state.fence !== "") append(`${state.line === undefined ? "" : "\n"}${closingOf(state.fence)}`);
    state = { ...state, message: state.message + 1, size: 0, tables: state.tableHead === "" ? 0 : 1 };
    append(openingOf(state));
  }

  function append(part: string): void {
    if (part === "") return;
    state = { ...state, size: state.size + rules.measure(part) };
    const last = pieces.at(-1);
    if (last?.message === state.message) pieces[pieces.length - 1] = { ...last, append: last.append + part };
    else pieces.push({ message: state.message, append: part });
  }
}

/** What the stream has not shown yet, as Markdown that stands alone: for another message when the stream cannot go on. */
export const restOfStream = (text: string, state: StreamState): string =>
  openingOf(state) + text.slice(state.consumed).replace(/^\n/, "");

const openingOf = ({ fence, tableHead }: StreamLine): string => {
  const opening = fence || tableHead;
  return opening === "" ? "" : `${opening}\n`;
};

/** Empty if it cannot be repeated. */
function headOf(rule: string, { lineBefore, fence }: StreamLine): string {
  const [head, columns] = [withoutContainers(lineBefore), withoutContainers(rule)];
  const isHead = fence === "" && columns.includes("|") && cellsOf(head).length === cellsOf(columns).length;
  return isHead && columns.length <= HEAD_RULE_CHARS_MAX ? `${head}\n${columns}` : "";
}

const HEAD_RULE_CHARS_MAX = 500;

function isTimeToRoll(line: string, state: StreamState, rules: StreamRules): boolean {
  if (state.size === 0 || line.trim() === "" || isFenceLine(line, state.fence) === "") return false;
  if (state.size > rules.size * LINE_SHARE) return true;
  if (state.fence !== "" || state.tableHead !== "") return false;
  if (state.tables >= rules.tables && line.trimStart().startsWith("|")) return true;
  const isBlock = /^#{1,6} /.test(line) || (state.lineBefore.trim() === "" && /^\S/.test(line));
  return isBlock && state.size > rules.size * BLOCK_SHARE;
}
