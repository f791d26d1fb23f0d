// A call's arguments as a person is shown them before consenting: whole, with what the eye would miss made visible. What is too long
// to be read is not shown in part: then nobody can consent to it.

import type { JsonObject } from "../core/json.ts";

const CHARS_MAX = 3_000;
/** Controls, marks that turn the direction of text, blanks without width. */
const HIDDEN = /[\p{Cc}\p{Cf}\u2028\u2029\u00a0\u115f\u3164]/gu;

export function shownArguments(args: JsonObject): string | undefined {
  const text = JSON.stringify(args, null, 2)
    .split("\n")
    .map((line) => line.replace(HIDDEN, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`))
    .join("\n");
  return text.length <= CHARS_MAX ? text : undefined;
}
