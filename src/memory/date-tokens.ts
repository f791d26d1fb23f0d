// Dates as search tokens: when a thing was said, and the days its text names. A token a precision, so that a question that
// knows only the month finds the day as well. A boost for the search, never a filter.

import { createDayOf, type Day } from "./calendar.ts";
import type { DateMeaning } from "./date-rule.ts";
import { findDates } from "./find-dates.ts";

export interface DateTokens {
  /** For a stored text: its own day in every precision, and the days its text names. */
  forText(text: string, at: number): string;
  /** For a question: tokens of the dates it names, and the question without them. */
  forQuestion(question: string, now: number): { readonly tokens: readonly string[]; readonly rest: string };
}

const NAMED_DATES_MAX = 16;
const QUESTION_TOKENS_MAX = 16;
const HALF_A_YEAR = 6;

const two = (value: number): string => String(value).padStart(2, "0");

const yearToken = (year: number): string => `dy${year}`;
const monthToken = (year: number, month: number): string => `dym${year}${two(month)}`;
const anyYearMonthToken = (month: number): string => `dm${two(month)}`;
const anyYearDayToken = (month: number, day: number): string => `dmd${two(month)}${two(day)}`;
const dayToken = ({ year, month, day }: Day): string => `dymd${year}${two(month)}${two(day)}`;

const questionTokens = ({ days, dayOfAnyYear, month, year }: DateMeaning): readonly string[] => {
  if (days) return days.map(dayToken);
  if (dayOfAnyYear) return [anyYearDayToken(dayOfAnyYear.month, dayOfAnyYear.day)];
  if (month === undefined) return year === undefined ? [] : [yearToken(year)];
  return [year === undefined ? anyYearMonthToken(month) : monthToken(year, month)];
};

/** Only what names one day: "last month", said today, is not what today's text is looked for by. */
function textTokens({ days, dayOfAnyYear }: DateMeaning, said: Day): readonly string[] {
  const [first] = days ?? [];
  const day = dayOfAnyYear ? inNearestYear(dayOfAnyYear, said) : days?.length === 1 ? first : undefined;
  return day ? [anyYearDayToken(day.month, day.day), dayToken(day)] : [];
}

/** "January 3", said in December, is next year's. */
function inNearestYear({ month, day }: Pick<Day, "month" | "day">, said: Day): Day {
  const monthsAway = month - said.month;
  const year = said.year + (monthsAway > HALF_A_YEAR ? -1 : monthsAway < -HALF_A_YEAR ? 1 : 0);
  return { year, month, day };
}

export function createDateTokens(timeZone: string): DateTokens {
  const dayOf = createDayOf(timeZone);
  return {
    forText: (text, at) => {
      const said = dayOf(at);
      const own = [
        yearToken(said.year),
        monthToken(said.year, said.month),
        anyYearMonthToken(said.month),
        anyYearDayToken(said.month, said.day),
        dayToken(said),
      ];
      const named = findDates(text.normalize("NFKC"), said)
        .slice(0, NAMED_DATES_MAX)
        .flatMap(({ meaning }) => textTokens(meaning, said));
      return [...new Set([...own, ...named])].join(" ");
    },
    forQuestion: (asked, now) => {
      const question = asked.normalize("NFKC");
      let rest = "";
      let end = 0;
      const tokens = new Set<string>();
      for (const date of findDates(question, dayOf(now))) {
        rest += `${question.slice(end, date.start)} `;
        end = date.end;
        for (const token of questionTokens(date.meaning)) tokens.add(token);
      }
      return { tokens: [...tokens].slice(0, QUESTION_TOKENS_MAX), rest: rest + question.slice(end) };
    },
  };
}
