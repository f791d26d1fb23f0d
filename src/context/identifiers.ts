// Finds in a text what must survive word for word: links, ids, tickets, paths, versions, money, dates, `key = value`. Every
// pattern has bounded quantifiers: the time is linear in the text, and the text is bounded by whoever calls.

import { safeSlice } from "./view.ts";

export interface FoundIdentifier {
  readonly text: string;
  readonly key?: string;
  /** How many of its sort stand in the text: one of a kind tells more than one line of a list. */
  readonly alike: number;
  /** Tells little without the words around it: a date, a sum, the name of a file. */
  readonly isWeak: boolean;
}

const IDENTIFIER_CHARS_MAX = 160;
const FOUND_MAX = 400;

const STRONG: readonly RegExp[] = [
  /https?:\/\/[^\s<>"'`)\]}，。；、]{4,150}/gu,
  // Without a scheme, as people write them.
  /(?<![\w@./-])(?:[a-z0-9-]{1,40}\.){1,4}(?:com|org|net|io|dev|cn|co|ai|app|edu|gov)\/[\w./?=&%#-]{1,120}/gi,
  /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi,
  /\b(?:ou|oc|om|cli|on)_[0-9a-z]{8,40}\b/g, // Feishu
  /\b[UCDGTW][A-Z0-9]{8,12}\b/g, // Slack
  /\b[A-Z][A-Z0-9]{1,9}-\d{1,7}\b/g, // tickets
  /(?<![\w&/])#\d{1,7}\b/g,
  /\b[0-9a-f]{12,64}\b/g, // hashes
  /(?<![\w/.])(?:~|\.{1,2})?\/(?:[\w.@-]{1,60}\/){1,10}[\w.@-]{1,60}/g, // paths
  /\bv?\d{1,4}\.\d{1,5}\.\d{1,6}(?:[-+][\w.]{1,30})?\b/g, // versions
  /\b[\w.+-]{1,60}@[\w-]{1,60}\.[\w.]{2,40}\b/g,
];
const WEAK: readonly RegExp[] = [
  /\b[\w.-]{1,40}\.(?:ts|js|py|go|rs|java|md|ya?ml|json|sql|csv|sh|toml|conf|log|pdf|xlsx?|docx?)\b/g,
  /(?:[$€£¥￥]|USD|EUR|CNY|RMB)\s?\d[\d,.]{0,15}(?:\s?(?:[kKmM]|万|亿))?|\d[\d,.]{0,15}\s?(?:元|万元|美元|USD|EUR|CNY)/g,
  /\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2})?|\d{4}年\d{1,2}月\d{1,2}日|\d{1,2}月\d{1,2}[日号]/g,
  /\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b/g, // addresses
];
const PAIR =
  /(?<![\w.])([A-Za-z_][\w.-]{1,40}|\p{Script=Han}{2,8})"?\s?(?:=|:|：|is now|改为|是)\s?(?!\/\/)("[^"\n]{1,60}"|`[^`\n]{1,60}`|[\w.+%/-]{1,60})/gu;
/** "This ticket" is another one each time: a later value of it replaces none. */
const POINTING = /^[这那该此]/;

const PATTERNS = [...STRONG, ...WEAK];

export function findIdentifiers(text: string): readonly FoundIdentifier[] {
  const found = new Map<string, { readonly sort: string | number; readonly key?: string }>();
  const sorts = new Map<string | number, number>();
  /** `sort`: the place of its pattern, or its key. */
  const add = (raw: string, sort: string | number, key?: string): void => {
    const clean = safeSlice(raw.replace(/[.,;:!?]+$/, ""), IDENTIFIER_CHARS_MAX);
    // A number in a link, a name in a path: found already, as what it is a part of.
    if (clean.length < 2 || [...found.keys()].some((known) => known.includes(clean))) return;
    sorts.set(sort, (sorts.get(sort) ?? 0) + 1);
    if (found.size < FOUND_MAX) found.set(clean, { sort, ...(key === undefined ? {} : { key }) });
  };
  for (const match of text.matchAll(PAIR)) {
    const [whole, name = "", value = ""] = match;
    const key = name.toLowerCase();
    // A pair is worth carrying when its value is one: a number, or something quoted.
    if (/\d/.test(value) || /^["`]/.test(value)) add(whole.trim(), key, POINTING.test(key) ? undefined : key);
  }
  for (const [place, pattern] of PATTERNS.entries()) for (const match of text.matchAll(pattern)) add(match[0], place);
  return [...found].map(([clean, { sort, key }]) => ({
    text: clean,
    alike: sorts.get(sort) ?? 1,
    isWeak: typeof sort === "number" && sort >= STRONG.length,
    ...(key === undefined ? {} : { key }),
  }));
}
