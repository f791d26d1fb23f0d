// To which class a UTF-16 code unit belongs when tokens are estimated, as one table made at start. Knows no tokenizer.

export const LOWER = 1;
export const UPPER = 2;
export const ACCENTED = 3;
export const DIGIT = 4;
/** Punctuation that people draw lines with: tokenizers know long runs of it. */
export const RULE = 5;
export const PUNCTUATION = 6;
export const SPACE = 7;
export const NEWLINE = 8;
/** The 3,755 most used characters, level 1 of GB 2312. */
export const HAN = 9;
/** All others, and with them what only Traditional Chinese writes. */
export const HAN_RARE = 10;
export const WIDE_PUNCTUATION = 11;
export const KANA = 12;
export const HANGUL = 13;
export const CYRILLIC = 14;
/** The other alphabets with many readers, from Greek and Arabic to Thai. */
export const ALPHABET = 15;
/** Emoji, their joiners and selectors, invisible characters and the second half of every surrogate pair. */
export const EMOJI = 16;
/** What tokenizers spell byte by byte. */
export const RARE_SCRIPT = 17;

type Range = readonly [first: number, last: number, characterClass: number];

/** Later ranges overwrite earlier ones; what stands in none is a rare script. */
const RANGES: readonly Range[] = [
  [0x0000, 0x00bf, PUNCTUATION],
  [0x0009, 0x0009, SPACE],
  [0x000a, 0x000d, NEWLINE],
  [0x0020, 0x0020, SPACE],
  [0x0030, 0x0039, DIGIT],
  [0x0041, 0x005a, UPPER],
  [0x0061, 0x007a, LOWER],
  [0x00a0, 0x00a0, SPACE],
  [0x00c0, 0x024f, ACCENTED],
  [0x00d7, 0x00d7, PUNCTUATION],
  [0x00f7, 0x00f7, PUNCTUATION],
  [0x0250, 0x06ff, ALPHABET],
  [0x0400, 0x052f, CYRILLIC],
  [0x0750, 0x077f, ALPHABET],
  [0x08a0, 0x10ff, ALPHABET],
  [0x1100, 0x11ff, HANGUL],
  [0x1780, 0x17ff, ALPHABET],
  [0x1e00, 0x1eff, ACCENTED],
  [0x1f00, 0x1fff, ALPHABET],
  [0x2000, 0x2bff, PUNCTUATION],
  [0x200b, 0x200f, EMOJI],
  [0x2014, 0x2014, WIDE_PUNCTUATION],
  [0x2018, 0x201d, WIDE_PUNCTUATION],
  [0x2026, 0x2026, WIDE_PUNCTUATION],
  [0x20d0, 0x20ff, EMOJI],
  [0x2600, 0x27bf, EMOJI],
  [0x2b00, 0x2bff, EMOJI],
  [0x2e80, 0x2fdf, HAN_RARE],
  [0x3000, 0x303f, WIDE_PUNCTUATION],
  [0x3005, 0x3007, HAN],
  [0x3040, 0x30ff, KANA],
  [0x3130, 0x318f, HANGUL],
  [0x31f0, 0x31ff, KANA],
  [0x3200, 0x33ff, WIDE_PUNCTUATION],
  [0x3400, 0x9fff, HAN_RARE],
  [0xac00, 0xd7af, HANGUL],
  [0xd83c, 0xd83e, EMOJI],
  [0xdc00, 0xdfff, EMOJI],
  [0xf900, 0xfaff, HAN_RARE],
  [0xfb50, 0xfdff, ALPHABET],
  [0xfe00, 0xfe0f, EMOJI],
  [0xfe30, 0xfe4f, WIDE_PUNCTUATION],
  [0xfe70, 0xfefe, ALPHABET],
  [0xff00, 0xffef, WIDE_PUNCTUATION],
  [0xff66, 0xff9f, KANA],
  [0xfff0, 0xffff, EMOJI],
];
const RULE_CHARACTERS = "=-_*#./";
/** Where GB 2312 keeps its level 1: rows 16 to 55 of 94 characters. */
const LEVEL_ONE = { firstRow: 0xb0, lastRow: 0xd7, firstCell: 0xa1, lastCell: 0xfe };

/** The class of every code unit, by its value. */
export const classOfUnit: Uint8Array = makeTable();

function makeTable(): Uint8Array {
  const table = new Uint8Array(0x10000).fill(RARE_SCRIPT);
  for (const [first, last, characterClass] of RANGES) table.fill(characterClass, first, last + 1);
  for (const character of RULE_CHARACTERS) table[character.charCodeAt(0)] = RULE;
  for (const character of mostUsedHan()) table[character.charCodeAt(0)] = HAN;
  return table;
}

function mostUsedHan(): string {
  const { firstRow, lastRow, firstCell, lastCell } = LEVEL_ONE;
  const bytes: number[] = [];
  for (let row = firstRow; row <= lastRow; row += 1) {
    // The last row is not full: its empty cells decode to private characters, which are no Han.
    for (let cell = firstCell; cell <= lastCell; cell += 1) bytes.push(row, cell);
  }
  const decoded = new TextDecoder("gbk").decode(new Uint8Array(bytes));
  return [...decoded].filter((character) => /\p{Script=Han}/u.test(character)).join("");
}
