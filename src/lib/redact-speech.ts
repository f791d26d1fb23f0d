// Takes out of what is said to people, also while it is still being written: our own secrets, keys that look like some vendor's, and
// the machine's own folders. Words about passwords stay: in an answer they are examples as often as not.

import { keyPatterns, MARK, secretForms } from "./redact.ts";

export interface SpeechRedactor {
  /** Nothing of ours: known secrets and folders. For what a tool found, which must stay as it is otherwise. */
  known(text: string): string;
  /** For what is said to people. */
  clean(text: string): string;
  /** How much of an unfinished text may be shown: behind it something may begin that is to be taken out. */
  shownLength(text: string): number;
}

export interface OwnWords {
  readonly secrets: readonly string[];
  /** Absolute paths of this machine that people have no use for. */
  readonly folders: readonly string[];
}

const FOLDER_MARK = "[folder]";
const FOLDER_CHARS_MIN = 5;
/** A text that goes on so long without being taken out is no key. */
const HELD_CHARS_MAX = 12_000;
const KEY_BEGINS =
  "sk- sk_ rk_ xox xapp- ghp_ gho_ ghu_ ghs_ ghr_ github_ npm_ hf_ gsk_ r8_ glpat- xai- pplx- AKIA AIza t- u- ey".split(
    " ",
  );
const KEY = new RegExp(`(?<![A-Za-z0-9_])(?:${KEY_BEGINS.join("|")})`);
const WORD_SIGN = /[A-Za-z0-9_]/;
const BLOCK_BEGINS = "-----BEGIN ";
const BLOCK_ENDS = /-----END [A-Z ]{0,30}-----/;

export function createSpeechRedactor({ secrets, folders }: OwnWords): SpeechRedactor {
  const known = [
    ...secretForms(secrets).map((value) => ({ value, mark: MARK })),
    ...[...new Set(folders)]
      .filter((folder) => folder.length >= FOLDER_CHARS_MIN)
      .sort((a, b) => b.length - a.length)
      .map((value) => ({ value, mark: FOLDER_MARK })),
  ];
  const withoutKnown = (text: string): string =>
    known.reduce((clean, { value, mark }) => clean.replaceAll(value, mark), text);

  return {
    known: withoutKnown,
    clean: (text) => keyPatterns.reduce((clean, pattern) => clean.replace(pattern, MARK), withoutKnown(text)),
    shownLength: (text) => {
      const begin = Math.max(0, text.length - HELD_CHARS_MAX);
      const tail = text.slice(begin);
      const run = tail.search(/(?<!\S)\S*$/);
      const places = [
        ...known.map(({ value }) => beginningOf(value, tail)),
        placeFrom(run, tail.slice(run).search(KEY)),
        ...[...KEY_BEGINS, BLOCK_BEGINS]
          .map((begin) => beginningOf(begin, tail))
          .filter((at) => !WORD_SIGN.test(tail[(at ?? 0) - 1] ?? "")),
        openBlock(tail),
      ];
      return begin + Math.min(...places.filter((place) => place !== undefined), tail.length);
    },
  };
}

/** Where the text ends with the beginning of the value. */
function beginningOf(value: string, text: string): number | undefined {
  const first = value[0] ?? "";
  for (let at = text.indexOf(first, text.length - value.length + 1); at >= 0; at = text.indexOf(first, at + 1)) {
    if (value.startsWith(text.slice(at))) return at;
  }
  return undefined;
}

function openBlock(text: string): number | undefined {
  const at = text.lastIndexOf(BLOCK_BEGINS);
  return at < 0 || BLOCK_ENDS.test(text.slice(at)) ? undefined : at;
}

const placeFrom = (start: number, offset: number): number | undefined => (offset < 0 ? undefined : start + offset);
