// Days of the calendar as plain numbers, and the day an instant falls on in a time zone. Knows no words and no tokens.

export interface Day {
  readonly year: number;
  /** 1-12. */
  readonly month: number;
  /** 1-31. */
  readonly day: number;
}

export type DayOf = (at: number) => Day;

const DAY_MS = 86_400_000;
const QUARTER_HOUR_MS = 900_000;
const YEAR_MIN = 1900;
const YEAR_MAX = 2199;

export const systemTimeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Instants as days of one time zone; throws RangeError where there is no such zone. */
export function createDayOf(timeZone: string): DayOf {
  const format = new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
  let lastQuarter = Number.NaN;
  let lastDay: Day = { year: 0, month: 0, day: 0 };
  return (at) => {
    // Zones begin their days at whole quarters of an hour, and texts of one log lie close together; formatting is slow.
    const quarter = Math.floor(at / QUARTER_HOUR_MS);
    if (quarter === lastQuarter) return lastDay;
    const [year = 0, month = 0, day = 0] = format.format(at).split("-").map(Number);
    lastQuarter = quarter;
    lastDay = { year, month, day };
    return lastDay;
  };
}

export function isDay({ year, month, day }: Day): boolean {
  if (!(year >= YEAR_MIN && year <= YEAR_MAX)) return false;
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

export function plusDays(from: Day, days: number): Day {
  const date = new Date(Date.UTC(from.year, from.month - 1, from.day) + days * DAY_MS);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

export function plusMonths(from: Day, months: number): Pick<Day, "year" | "month"> {
  const index = from.year * 12 + from.month - 1 + months;
  return { year: Math.floor(index / 12), month: (((index % 12) + 12) % 12) + 1 };
}

/** 1 = Monday ... 7 = Sunday. */
export const weekday = ({ year, month, day }: Day): number => new Date(Date.UTC(year, month - 1, day)).getUTCDay() || 7;

export const mondayOf = (day: Day): Day => plusDays(day, 1 - weekday(day));
