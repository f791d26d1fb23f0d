// Text for a terminal: what strangers wrote must not move the cursor, set the title or hide words, and lines must fit the width.

const ESCAPE = "\u001b";
/** First what carries a text of its own (a title, a link), then cursor movements and colours. */
const SEQUENCES = new RegExp(
  `${ESCAPE}[\\]PX^_][^\u0007${ESCAPE}\u009c]{0,4096}(?:\u0007|${ESCAPE}\\\\|\u009c)|[${ESCAPE}\u009b]\\[?[0-9;:<=>?]{0,64}[ -/]{0,8}[@-~]`,
  "g",
);
/** All controls but line feed and tab, and the marks that turn the direction of writing round. */
const CONTROLS = /[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu;
/** A cut pair of surrogates, or the beginning of a sequence. */
const UNFINISHED = new RegExp(`(?:[\ud800-\udbff]|${ESCAPE}\\[?[0-9;:<=>?]{0,64})$`);

/**
 * Without escape sequences and control characters, except line feed and tab. Only controls are lost: of an unfinished sequence
 * the printable rest stays.
 */
export function terminalText(text: string): string {
  return text
    .replace(/\r\n?|[\u2028\u2029]/g, "\n")
    .replace(SEQUENCES, "")
    .replace(CONTROLS, "");
}

/** The end of a piece of text whose meaning hangs on the next piece; empty if there is none. */
export const unfinishedEnd = (text: string): string => UNFINISHED.exec(text)?.[0] ?? "";

/** `terminalText` on one line. */
export const terminalLine = (text: string): string => terminalText(text).replace(/\s+/g, " ").trim();

const ZERO_WIDTH = /^[\p{Mark}\p{Cf}]$/u;
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]$/u;

const widthOf = (character: string): number => (ZERO_WIDTH.test(character) ? 0 : WIDE.test(character) ? 2 : 1);

/** How many columns a text without controls takes: Chinese, Japanese, Korean and most pictures take two each. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += widthOf(character);
  return width;
}

/** As much of the text as fits, with a mark where something was cut. */
export function fitWidth(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let width = 0;
  let fitting = "";
  for (const character of text) {
    width += widthOf(character);
    if (width > columns - 1) break;
    fitting += character;
  }
  return columns > 0 ? `${fitting}…` : "";
}
