// What of a text decides how many tokens it has, counted in one pass: no regular expression, no look back further than one
// character, so that time grows with length and with nothing else. Knows no model; the weights are in token-estimate.ts.

import {
  ACCENTED,
  ALPHABET,
  CYRILLIC,
  classOfUnit,
  DIGIT,
  EMOJI,
  HAN,
  HAN_RARE,
  HANGUL,
  KANA,
  LOWER,
  NEWLINE,
  PUNCTUATION,
  RULE,
  SPACE,
  UPPER,
  WIDE_PUNCTUATION,
} from "./character-class.ts";

/** One of each counted thing; the names are the rows of the table of weights. */
const NONE = {
  words: 0,
  lettersBeyondFour: 0,
  camelHumps: 0,
  digitGroups: 0,
  digitsAfterSpace: 0,
  punctuationRuns: 0,
  punctuationChanges: 0,
  punctuationRepeats: 0,
  ruleRepeats: 0,
  newlineRuns: 0,
  spaceRuns: 0,
  blanksBeyondTwo: 0,
  han: 0,
  hanRare: 0,
  hanRuns: 0,
  widePunctuation: 0,
  kana: 0,
  hangul: 0,
  accented: 0,
  cyrillic: 0,
  alphabet: 0,
  rareScript: 0,
  emoji: 0,
  mixedCharacters: 0,
  capitals: 0,
};

type Counts = typeof NONE;
export type Feature = keyof Counts;

const isFeature = (name: string): name is Feature => Object.hasOwn(NONE, name);
export const FEATURES: readonly Feature[] = Object.keys(NONE).filter(isFeature);

const LETTERS_OF_A_SHORT_WORD = 4;
/** No word is longer; what is (base64, genes, a held key) costs what mixed characters cost. */
const LETTERS_OF_A_WORD_MAX = 24;
/** So long a name has longer parts than this; where letters are thrown together the case changes sooner. */
const NOISE = { lengthMin: 32, lettersAHumpMax: 5 };
const DIGITS_A_TOKEN = 3;

/** All that is asked of a text. */
type Units = Pick<string, "length" | "charCodeAt">;

export function countFeatures(text: Units): Counts {
  const counts = { ...NONE };
  let index = 0;
  while (index < text.length) index = countRun(text, index, counts);
  return counts;
}

const classAt = (text: Units, index: number): number => classOfUnit[text.charCodeAt(index)] ?? 0;

const isWordClass = (kind: number): boolean => kind >= LOWER && kind <= DIGIT;
const isPunctuationClass = (kind: number): boolean => kind === RULE || kind === PUNCTUATION;
const isHanClass = (kind: number): boolean => kind === HAN || kind === HAN_RARE;

/** Counts what begins at `start`; returns where the next thing begins, always further on. */
function countRun(text: Units, start: number, counts: Counts): number {
  const kind = classAt(text, start);
  if (isWordClass(kind)) return countWord(text, start, counts);
  if (isPunctuationClass(kind)) return countPunctuation(text, start, counts);
  if (kind === SPACE || kind === NEWLINE) return countBlanks(text, start, kind, counts);
  if (isHanClass(kind)) return countHan(text, start, counts);
  const end = endOfClass(text, start, kind);
  counts[singleFeature(kind)] += end - start;
  return end;
}

/** Where the characters of one class end that begin at `start`. */
function endOfClass(text: Units, start: number, kind: number): number {
  let index = start + 1;
  while (index < text.length && classAt(text, index) === kind) index += 1;
  return index;
}

function singleFeature(kind: number): Feature {
  switch (kind) {
    case WIDE_PUNCTUATION:
      return "widePunctuation";
    case KANA:
      return "kana";
    case HANGUL:
      return "hangul";
    case CYRILLIC:
      return "cyrillic";
    case ALPHABET:
      return "alphabet";
    case EMOJI:
      return "emoji";
    default:
      return "rareScript";
  }
}

/** Letters and digits up to the next character that is neither: words and numbers, or a mixture like an id. */
function countWord(text: Units, start: number, counts: Counts): number {
  let index = start;
  let digits = 0;
  let upper = 0;
  let accented = 0;
  let humps = 0;
  let segment = 0;
  let excess = 0;
  let before = 0;
  for (; index < text.length; index += 1) {
    const kind = classAt(text, index);
    if (!isWordClass(kind)) break;
    if (kind === DIGIT) digits += 1;
    else if (kind === UPPER) {
      upper += 1;
      if (before === LOWER || before === ACCENTED) {
        humps += 1;
        segment = 0;
      }
    } else if (kind === ACCENTED) accented += 1;
    segment += 1;
    if (segment > LETTERS_OF_A_WORD_MAX) excess += 1;
    before = kind;
  }
  const length = index - start;
  if (classAt(text, start) === DIGIT && start > 0 && classAt(text, start - 1) === SPACE) counts.digitsAfterSpace += 1;
  if (digits === length) counts.digitGroups += Math.ceil(length / DIGITS_A_TOKEN);
  else if (digits > 0 || isNoise(length, humps)) counts.mixedCharacters += length;
  else {
    counts.words += 1;
    counts.lettersBeyondFour += Math.max(0, length - excess - LETTERS_OF_A_SHORT_WORD);
    counts.camelHumps += humps;
    counts.accented += accented;
    counts.mixedCharacters += excess;
    if (upper === length && length > 1) counts.capitals += length - excess;
  }
  return index;
}

const isNoise = (length: number, humps: number): boolean =>
  length >= NOISE.lengthMin && humps * NOISE.lettersAHumpMax > length;

function countPunctuation(text: Units, start: number, counts: Counts): number {
  let index = start + 1;
  counts.punctuationRuns += 1;
  for (; index < text.length; index += 1) {
    const kind = classAt(text, index);
    if (!isPunctuationClass(kind)) break;
    if (text.charCodeAt(index) !== text.charCodeAt(index - 1)) counts.punctuationChanges += 1;
    else if (kind === RULE) counts.ruleRepeats += 1;
    else counts.punctuationRepeats += 1;
  }
  return index;
}

function countBlanks(text: Units, start: number, kind: number, counts: Counts): number {
  const end = endOfClass(text, start, kind);
  const length = end - start;
  if (kind === NEWLINE) counts.newlineRuns += 1;
  else if (length > 1) counts.spaceRuns += 1;
  counts.blanksBeyondTwo += Math.max(0, length - 2);
  return end;
}

function countHan(text: Units, start: number, counts: Counts): number {
  let index = start;
  for (; index < text.length; index += 1) {
    const kind = classAt(text, index);
    if (kind === HAN) counts.han += 1;
    else if (kind === HAN_RARE) counts.hanRare += 1;
    else break;
  }
  counts.hanRuns += 1;
  return index;
}
