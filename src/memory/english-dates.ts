// Dates as English names them: May 2, 2nd of May 2026, yesterday, last Friday, three weeks ago.

import { plusDays, plusMonths } from "./calendar.ts";
import {
  type DateMeaning,
  type DateRule,
  type DateRules,
  monthAndDay,
  monthOfYear,
  nearWeekday,
  oneDay,
  weekAway,
  weekdayOfWeek,
  weekendAway,
} from "./date-rule.ts";

const MONTH =
  "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?";
const WEEKDAY = "mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs(?:day)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?";
const FULL_WEEKDAY = "monday|tuesday|wednesday|thursday|friday|saturday|sunday";
const COUNT = "\\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|a couple of|a few";
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const COUNTS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
/** Also verbs: without a number beside them they are months only when written as names. */
const ALSO_VERBS = ["may", "mar", "march"];
const LETTERS_TOLD_APART = 3;

const monthFrom = (word: string): number => MONTHS.indexOf(word.slice(0, LETTERS_TOLD_APART).toLowerCase()) + 1;
const weekdayFrom = (word: string): number => WEEKDAYS.indexOf(word.slice(0, LETTERS_TOLD_APART).toLowerCase()) + 1;

function countFrom(text: string): number {
  const word = text.toLowerCase();
  if (/^\d+$/.test(word)) return Number(word);
  if (word === "a couple of") return 2;
  if (word === "a few") return 3;
  return word === "a" || word === "an" ? 1 : COUNTS.indexOf(word);
}

const ways: Readonly<Record<string, number>> = { last: -1, past: -1, previous: -1, this: 0, next: 1 };
const wayOf = (word: string | undefined): number => ways[word?.toLowerCase() ?? ""] ?? 0;
const yearFrom = (year: string | undefined): number | undefined => (year === undefined ? undefined : Number(year));

const dayWords: Readonly<Record<string, number>> = {
  "the day before yesterday": -2,
  yesterday: -1,
  "last night": -1,
  today: 0,
  tonight: 0,
  "this morning": 0,
  "this afternoon": 0,
  "this evening": 0,
  tomorrow: 1,
  "the day after tomorrow": 2,
};

function awayFrom(today: Parameters<DateRule["mean"]>[1], unit: string, number: number): DateMeaning {
  switch (unit.toLowerCase()) {
    case "day":
      return oneDay(plusDays(today, number));
    case "week":
      return weekAway(today, number);
    case "weekend":
      return weekendAway(today, number);
    case "month":
      return plusMonths(today, number);
    default:
      return { year: today.year + number };
  }
}

const rules: readonly DateRule[] = [
  {
    pattern: new RegExp(
      `\\b(?<month>${MONTH})\\b\\.? {1,3}(?<day>\\d{1,2})(?:st|nd|rd|th)?\\b(?!:\\d)(?:,? {1,3}(?<year>(?:19|20)\\d{2})\\b)?`,
      "gi",
    ),
    mean: ({ month = "", day, year }) =>
      isVerb(month, year) ? undefined : monthAndDay(monthFrom(month), Number(day), yearFrom(year)),
  },
  {
    pattern: new RegExp(
      `\\b(?<day>\\d{1,2})(?<ordinal>st|nd|rd|th)? {1,3}(?<of>of {1,3})?(?<month>${MONTH})\\b\\.?(?:,? {1,3}(?<year>(?:19|20)\\d{2})\\b)?`,
      "gi",
    ),
    mean: ({ day, ordinal, of, month = "", year }) =>
      isVerb(month, ordinal ?? of ?? year) ? undefined : monthAndDay(monthFrom(month), Number(day), yearFrom(year)),
  },
  {
    pattern: new RegExp(`\\b(?<month>${MONTH})\\b\\.?,? {1,3}(?:of {1,3})?(?<year>(?:19|20)\\d{2})\\b`, "gi"),
    mean: ({ month = "", year }) => monthOfYear(monthFrom(month), yearFrom(year)),
  },
  {
    pattern: new RegExp(
      `\\b(?:(?<way>last|this|next|in|during|since|until|of|from|by) {1,3})?(?<month>${MONTH})\\b(?!\\.?,? {1,3}\\d)`,
      "gi",
    ),
    mean: ({ way, month = "" }, today) => {
      if (isVerb(month, way)) return undefined;
      // Short forms alone are names and sums ("Jan said", "dec 5"), not months.
      if (way === undefined && month.length <= LETTERS_TOLD_APART && monthFrom(month) !== 5) return undefined;
      const number = monthFrom(month);
      if (way === undefined || !(way.toLowerCase() in ways)) return monthOfYear(number);
      if (wayOf(way) < 0) return monthOfYear(number, number < today.month ? today.year : today.year - 1);
      return monthOfYear(number, wayOf(way) > 0 && number <= today.month ? today.year + 1 : today.year);
    },
  },
  {
    pattern: /\b(?:in|since|during|of|from) {1,3}(?<year>(?:19|20)\d{2})\b(?![-/.]\d)/gi,
    mean: ({ year }) => ({ year: Number(year) }),
  },
  {
    pattern: new RegExp(`\\b(?<word>${Object.keys(dayWords).join("|")})\\b`, "gi"),
    mean: ({ word = "" }, today) => oneDay(plusDays(today, dayWords[word.toLowerCase()] ?? 0)),
  },
  {
    pattern: new RegExp(
      `\\b(?<count>${COUNT}) {1,3}(?<unit>day|week|month|year)s? {1,3}(?:ago|earlier|before)\\b`,
      "gi",
    ),
    mean: ({ count = "", unit = "" }, today) => awayFrom(today, unit, -countFrom(count)),
  },
  {
    pattern: /\b(?<way>last|past|previous|this|next) {1,3}(?<unit>weekend|week|month|year)\b/gi,
    mean: ({ way, unit = "" }, today) => awayFrom(today, unit, wayOf(way)),
  },
  {
    pattern: new RegExp(`\\b(?<way>last|next|this) {1,3}(?<day>${WEEKDAY})\\b`, "gi"),
    mean: ({ way, day = "" }, today) => {
      const wanted = weekdayFrom(day);
      const near = nearWeekday(today, wanted).days ?? [];
      const [past] = near;
      if (wayOf(way) < 0 && past) return oneDay(near.length > 1 ? past : plusDays(past, -7));
      return oneDay(weekdayOfWeek(today, wayOf(way), wanted));
    },
  },
  {
    pattern: new RegExp(`\\b(?:on {1,3})?(?<day>${FULL_WEEKDAY})\\b`, "gi"),
    mean: ({ day = "" }, today) => nearWeekday(today, weekdayFrom(day)),
  },
];

const isVerb = (month: string, sign: string | undefined): boolean =>
  sign === undefined && ALSO_VERBS.includes(month) && month === month.toLowerCase();

const SIGN =
  "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|day|week|month|year|night|morning|evening|tomorrow|(?:19|20)\\d\\d";
export const englishDates: DateRules = { sign: new RegExp(`\\b(?:${SIGN})|day\\b|tonight|afternoon`, "i"), rules };
