// The dates a text names, absolute and relative to a day, in the order they stand. The rules of each language are beside this
// file; here is what they share.

import { type Day, isDay } from "./calendar.ts";
import { chineseDates } from "./chinese-dates.ts";
import type { DateMeaning, DateRule, DateRules } from "./date-rule.ts";
import { englishDates } from "./english-dates.ts";

export interface NamedDate {
  readonly start: number;
  readonly end: number;
  readonly meaning: DateMeaning;
}

const numericRules: readonly DateRule[] = [
  {
    pattern: /(?<!\d)(?<year>\d{4})[-/.](?<month>\d{1,2})[-/.](?<day>\d{1,2})(?!\d)/g,
    mean: ({ year, month, day }) => ({ days: [{ year: Number(year), month: Number(month), day: Number(day) }] }),
  },
  {
    pattern: /(?<![\d-])(?<year>(?:19|20)\d{2})-(?<month>0[1-9]|1[0-2])(?![-\d])/g,
    mean: ({ year, month }) => ({ month: Number(month), year: Number(year) }),
  },
];

const languages: readonly DateRules[] = [{ sign: /\d{4}[-/.]\d/, rules: numericRules }, chineseDates, englishDates];

export function findDates(text: string, today: Day): readonly NamedDate[] {
  const found: NamedDate[] = [];
  for (const rule of languages.flatMap(({ sign, rules }) => (sign.test(text) ? rules : []))) {
    for (const match of text.matchAll(rule.pattern)) {
      const meaning = rule.mean(match.groups ?? {}, today);
      if (!meaning || !isPossible(meaning)) continue;
      found.push({ start: match.index, end: match.index + match[0].length, meaning });
    }
  }
  return withoutOverlaps(found);
}

const isPossible = (meaning: DateMeaning): boolean => meaning.days === undefined || meaning.days.every(isDay);

/** Of what overlaps the one that begins first stays, and of those the longest: "last Friday", not "Friday". */
function withoutOverlaps(found: readonly NamedDate[]): readonly NamedDate[] {
  const kept: NamedDate[] = [];
  let end = 0;
  for (const date of found.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    if (date.start < end) continue;
    kept.push(date);
    end = date.end;
  }
  return kept;
}
