// What a named date can mean, and a rule that finds one: the words both languages' rules are written in.

import { type Day, mondayOf, plusDays, weekday } from "./calendar.ts";

/** Exactly as precise as the words: days, a day of any year, a month (of a year), a year. */
export interface DateMeaning {
  /** One day, or several where the words leave it open (a week, a bare "Friday"). */
  readonly days?: readonly Day[];
  readonly dayOfAnyYear?: { readonly month: number; readonly day: number };
  readonly month?: number;
  readonly year?: number;
}

export interface DateRule {
  /** Global; every quantifier that can meet the same characters twice is bounded, so that the search stays linear. */
  readonly pattern: RegExp;
  /** Undefined where the words are no date after all. */
  mean(groups: Readonly<Record<string, string | undefined>>, today: Day): DateMeaning | undefined;
}

/** The rules of one way to write dates, and what each of their dates holds: most texts hold no date, and that is quick to see. */
export interface DateRules {
  readonly sign: RegExp;
  readonly rules: readonly DateRule[];
}

const DAYS_A_WEEK = 7;

export const oneDay = (day: Day): DateMeaning => ({ days: [day] });

/** The seven days of the week that is so many weeks away. */
export function weekAway(today: Day, weeks: number): DateMeaning {
  const monday = plusDays(mondayOf(today), weeks * DAYS_A_WEEK);
  return { days: Array.from({ length: DAYS_A_WEEK }, (_, index) => plusDays(monday, index)) };
}

export const weekendAway = (today: Day, weeks: number): DateMeaning => ({
  days: weekAway(today, weeks).days?.slice(-2) ?? [],
});

export const weekdayOfWeek = (today: Day, weeks: number, wanted: number): Day =>
  plusDays(mondayOf(today), weeks * DAYS_A_WEEK + wanted - 1);

/** A weekday without more: the last one, today included, or the coming one. */
export function nearWeekday(today: Day, wanted: number): DateMeaning {
  const back = (weekday(today) - wanted + DAYS_A_WEEK) % DAYS_A_WEEK;
  const past = plusDays(today, -back);
  return { days: back === 0 ? [past] : [past, plusDays(past, DAYS_A_WEEK)] };
}

/** A month and a day, with the year if it was named. */
export const monthAndDay = (month: number, day: number, year?: number): DateMeaning | undefined => {
  if (month < 1 || month > 12 || day < 1 || day > 31) return undefined;
  return year === undefined ? { dayOfAnyYear: { month, day } } : oneDay({ year, month, day });
};

export const monthOfYear = (month: number, year?: number): DateMeaning | undefined => {
  if (month < 1 || month > 12) return undefined;
  return year === undefined ? { month } : { month, year };
};
