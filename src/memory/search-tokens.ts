// Text as search tokens, one way for what is stored and one for what is asked. Made here and not by an engine's own tokenizer,
// which either finds no Chinese word at all or none of two characters. Knows no storage; takes any string, in linear time.

import { isStopWord } from "./stop-words.ts";

/** What is asked, by how much a token tells: single characters are left out where they are common. */
export interface QueryTokens {
  readonly words: readonly string[];
  readonly characters: readonly string[];
}

/** Longer ones (base64, a minified line) are cut, in the log and in the question alike, so they still meet. */
const TOKEN_CHARS_MAX = 64;
const COMPOUND_PARTS_MAX = 12;
const QUERY_WORDS_MAX = 48;
const QUERY_CHARACTERS_MAX = 24;

/** Scripts written without spaces: a run of them, or a word or compound identifier of any other script. */
const UNSPACED = String.raw`[[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}々〆〇ー]&&[\p{L}\p{N}]]`;
const WORD = String.raw`[[\p{L}\p{N}\p{M}]--${UNSPACED}]`;
const JOINT = String.raw`[\-_.,\/:@#'’\&]`;
const RUN = new RegExp(`(?<unspaced>${UNSPACED}+)|${WORD}+(?:${JOINT}${WORD}+)*`, "gv");
const PART_BORDER = new RegExp(JOINT, "v");
const HUMP = /(?<=\p{Ll})(?=\p{Lu})/u;

/** The tokens of a stored text, parted by spaces; repeated as often as they occur. */
export function indexTokens(text: string): string {
  const tokens: string[] = [];
  pushTokens(text, tokens, tokens);
  return tokens.join(" ");
}

/** What a text's neighbours are found by: without the single characters, a third of the index that finds nothing more. */
export function neighbourTokens(text: string): string {
  const words: string[] = [];
  pushTokens(text, [], words);
  return words.join(" ");
}

/** The tokens of a question, each once, without what every text holds. */
export function queryTokens(text: string): QueryTokens {
  const words: string[] = [];
  const characters: string[] = [];
  pushTokens(text, characters, words);
  const telling = { words: tellingOnes(words), characters: tellingOnes(characters) };
  // A question of nothing but such words still means something.
  const isEmpty = telling.words.length + telling.characters.length === 0;
  const chosen = isEmpty ? { words, characters } : telling;
  return {
    words: [...new Set(chosen.words)].slice(0, QUERY_WORDS_MAX),
    characters: [...new Set(chosen.characters)].slice(0, QUERY_CHARACTERS_MAX),
  };
}

function pushTokens(text: string, characters: string[], words: string[]): void {
  // Full-width and half-width forms, ligatures and composed letters become one.
  for (const match of text.normalize("NFKC").matchAll(RUN)) {
    if (match.groups?.unspaced === undefined) pushWords(match[0], words);
    else pushGrams(match[0], characters, words);
  }
}

/** Single characters and neighbouring pairs: a word of two characters is found, and so is one the pairs cut apart. */
function pushGrams(run: string, singles: string[], pairs: string[]): void {
  let before = "";
  for (const character of run) {
    singles.push(character);
    if (before !== "") pairs.push(before + character);
    before = character;
  }
}

/** A word; of a compound its parts, the parts joined two by two, and all of them joined: `ORD-20391` is found as `ord20391`. */
function pushWords(run: string, into: string[]): void {
  const parts = run.split(PART_BORDER).slice(0, COMPOUND_PARTS_MAX);
  for (const part of parts) {
    into.push(cut(part.toLowerCase()));
    const humps = part.split(HUMP);
    if (humps.length > 1) for (const hump of humps.slice(0, COMPOUND_PARTS_MAX)) into.push(cut(hump.toLowerCase()));
  }
  for (let index = 1; index < parts.length; index += 1) {
    into.push(cut(`${parts[index - 1]}${parts[index]}`.toLowerCase()));
  }
  if (parts.length > 2) into.push(cut(parts.join("").toLowerCase()));
}

const cut = (token: string): string =>
  token.length > TOKEN_CHARS_MAX ? token.slice(0, TOKEN_CHARS_MAX).replace(/[\ud800-\udbff]$/, "") : token;

const tellingOnes = (tokens: readonly string[]): readonly string[] => tokens.filter((token) => !isStopWord(token));
