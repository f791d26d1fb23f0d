// Reads what a program writes, piece by piece, into what it tells: lines that are JSON objects are progress or the result, all others
// its answer. Bounded whatever comes, and clean: no control characters, no secrets.

import { isJsonObject } from "../core/json.ts";
import { terminalText } from "../lib/terminal-text.ts";
import { type Told, toldBy } from "./program-progress-line.ts";

export interface ProgramReader {
  read(piece: string): readonly Told[];
  /** There is no more. */
  end(): readonly Told[];
}

const LINE_CHARS_MAX = 1_000_000;
/** Beyond these lines only one with a result is looked into. */
const OBJECTS_MAX = 20_000;
/** Of what it writes besides objects: the beginning as it comes, the end at the end. */
const HEAD_CHARS_MAX = 120_000;
const TAIL_CHARS_MAX = 40_000;

export function createProgramReader(
  withoutSecrets: (text: string) => string,
  leftOut: (chars: number) => string,
): ProgramReader {
  let rest = "";
  /** The line is an object that is longer than any may be: its remainder is no text. */
  let isSkipping = false;
  let objects = 0;
  let chars = 0;
  let tail = "";

  const clean = (text: string): string => withoutSecrets(terminalText(text));

  function output(text: string): readonly Told[] {
    const room = Math.max(0, HEAD_CHARS_MAX - chars);
    chars += text.length;
    const head = text.slice(0, room);
    if (text.length > room) tail = (tail + text.slice(room)).slice(-TAIL_CHARS_MAX);
    return head === "" ? [] : [{ kind: "output", text: clean(head) }];
  }

  /** Undefined: it is no object, so it is text. */
  function object(line: string): readonly Told[] | undefined {
    if (!line.trimStart().startsWith("{")) return undefined;
    if (objects >= OBJECTS_MAX && !line.includes('"result"')) return [];
    try {
      const value: unknown = JSON.parse(withoutSecrets(line));
      if (!isJsonObject(value)) return undefined;
      objects += 1;
      return toldBy(value).map(cleaned);
    } catch {
      return undefined;
    }
  }

  const cleaned = (told: Told): Told => ("text" in told ? { ...told, text: terminalText(told.text) } : told);

  function tell(block: string): readonly Told[] {
    if (!block.includes("{")) return output(block);
    const told: Told[] = [];
    let plain = "";
    for (const line of block.split(/(?<=\n)/)) {
      const said = object(line);
      if (said === undefined) {
        plain += line;
        continue;
      }
      told.push(...output(plain), ...said);
      plain = "";
    }
    return [...told, ...output(plain)];
  }

  return {
    read: (piece) => {
      const text = rest + piece;
      const end = text.lastIndexOf("\n") + 1;
      rest = text.slice(end);
      let block = text.slice(0, end);
      if (isSkipping && end > 0) {
        block = block.slice(block.indexOf("\n") + 1);
        isSkipping = false;
      }
      const told = tell(block);
      if (rest.length <= LINE_CHARS_MAX) return told;
      const long = rest;
      rest = "";
      if (!isSkipping && !long.startsWith("{")) return [...told, ...output(long)];
      isSkipping = true;
      return told;
    },
    end: () => {
      // Half an object behind whole ones was to be another.
      const isHalf = objects > 0 && rest.trimStart().startsWith("{");
      const said = isSkipping ? [] : isHalf ? (object(rest) ?? []) : tell(rest);
      rest = "";
      const missing = chars - HEAD_CHARS_MAX - tail.length;
      const end = tail === "" ? "" : `${missing > 0 ? `\n${leftOut(missing)}\n` : ""}${clean(tail)}`;
      tail = "";
      return end === "" ? said : [...said, { kind: "output", text: end }];
    },
  };
}
