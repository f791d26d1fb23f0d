// Dates as Chinese names them: 5月2号, 二〇二六年五月, 昨天, 上周三, 三天前.

import { plusDays, plusMonths } from "./calendar.ts";
import {
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

const DIGITS = "零一二三四五六七八九";
const COUNT = "\\d{1,3}|[一二两三四五六七八九十]{1,3}|几";
const NUMBER = "\\d{1,2}|[一二三四五六七八九十]{1,3}";
const YEAR = "\\d{4}|[〇零一二三四五六七八九]{4}";
const WEEK = "(?:周|星期|礼拜|週)";
const SEVERAL = 3;

/** 5, 五, 十二, 二十, 三十一, 两; NaN where it is none. */
export function numberFromChinese(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  if (text === "几") return SEVERAL;
  const normal = text.replaceAll("两", "二");
  const [tens, ones] = normal.includes("十") ? normal.split("十") : ["0", normal];
  const digit = (part: string | undefined, empty: number): number => {
    if (part === undefined || part === "") return empty;
    return /^\d$/.test(part)
      ? Number(part)
      : part.length === 1 && DIGITS.includes(part)
        ? DIGITS.indexOf(part)
        : Number.NaN;
  };
  return digit(tens, 1) * 10 + digit(ones, 0);
}

const yearFromChinese = (text: string): number =>
  Number([...text.replaceAll("〇", "零")].map((one) => (DIGITS.includes(one) ? DIGITS.indexOf(one) : one)).join(""));

const yearWords: Readonly<Record<string, number>> = { 前年: -2, 去年: -1, 今年: 0, 明年: 1 };
const dayWords: Readonly<Record<string, number>> = { 大前: -3, 前: -2, 昨: -1, 今: 0, 明: 1, 后: 2, 大后: 3 };
const weekWords: Readonly<Record<string, number>> = { 上上: -2, 上: -1, 这: 0, 本: 0, 下: 1, 下下: 2 };

const weekdayFrom = (text: string): number => ("日天".includes(text) ? 7 : DIGITS.indexOf(text));

const yearOf = (year: string | undefined, word: string | undefined, now: number): number | undefined => {
  if (year !== undefined) return yearFromChinese(year);
  return word === undefined ? undefined : now + (yearWords[word] ?? 0);
};

const rules: readonly DateRule[] = [
  {
    pattern: new RegExp(
      `(?:(?<!\\d)(?<year>${YEAR}) ?年|(?<word>[前去今明]年))?(?: ?的)? ?(?<![\\d个十])(?<month>${NUMBER}) ?月(?:份| ?(?<day>${NUMBER}) ?[日号號])?`,
      "g",
    ),
    mean: ({ year, word, month = "", day }, today) => {
      const named = yearOf(year, word, today.year);
      const number = numberFromChinese(month);
      return day === undefined ? monthOfYear(number, named) : monthAndDay(number, numberFromChinese(day), named);
    },
  },
  {
    pattern: new RegExp(`(?<!\\d)(?:(?<year>${YEAR}) ?年|(?<word>[前去今明]年))`, "g"),
    mean: ({ year, word }, today) => ({ year: yearOf(year, word, today.year) ?? today.year }),
  },
  {
    pattern: /(?<word>大前|前|昨|今|明|大后|后)(?:天|日|早|晚|晨|夜)/g,
    mean: ({ word = "" }, today) => oneDay(plusDays(today, dayWords[word] ?? 0)),
  },
  {
    pattern: new RegExp(
      `(?<![\\d十])(?<count>${COUNT}) ?(?<unit>天|日|个?${WEEK}|个月|年)(?<way>之?前|以前|之?后|以后)`,
      "g",
    ),
    mean: ({ count = "", unit = "", way = "" }, today) => {
      const number = numberFromChinese(count) * (way.includes("前") ? -1 : 1);
      if (Number.isNaN(number)) return undefined;
      if (unit === "天" || unit === "日") return oneDay(plusDays(today, number));
      if (unit === "个月") return plusMonths(today, number);
      return unit === "年" ? { year: today.year + number } : weekAway(today, number);
    },
  },
  {
    pattern: new RegExp(`(?<which>上上|上|这|本|下下|下)个?${WEEK}(?<day>[一二三四五六日天末])?`, "g"),
    mean: ({ which = "", day }, today) => {
      const weeks = weekWords[which] ?? 0;
      if (day === undefined) return weekAway(today, weeks);
      return day === "末" ? weekendAway(today, weeks) : oneDay(weekdayOfWeek(today, weeks, weekdayFrom(day)));
    },
  },
  {
    pattern: new RegExp(`(?<![一两二三几每])${WEEK}(?<day>[一二三四五六日天])`, "g"),
    mean: ({ day = "" }, today) => nearWeekday(today, weekdayFrom(day)),
  },
  {
    pattern: /(?<which>上上|上|这|本|下)个?月/g,
    mean: ({ which = "" }, today) => plusMonths(today, weekWords[which] ?? 0),
  },
];

export const chineseDates: DateRules = { sign: /[年月天日早晚晨夜周週期拜]/, rules };
