// A tool in TypeScript: the days, weeks and weekdays between two dates, which models like to get wrong.

import type { Tool } from "../src/core/tool.ts";

const DAY_MS = 86_400_000;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const date = { type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2}$", description: "YYYY-MM-DD" };

export default {
  name: "days_between",
  description:
    "Counts the days from one date to another, and how many of them are Monday to Friday. Holidays are not known.",
  capabilities: [],
  isRepeatable: true,
  isParallel: true,
  parameters: {
    type: "object",
    properties: { from: date, to: date },
    required: ["from", "to"],
    additionalProperties: false,
  },
  run: async ({ from, to }) => {
    const [first, last] = [dayOf(from), dayOf(to)];
    const [start, end] = first < last ? [first, last] : [last, first];
    const weeks = Math.floor((end - start) / 7);
    let weekdays = weeks * 5;
    for (let day = start + weeks * 7; day < end; day += 1) if (isWeekday(day)) weekdays += 1;
    return JSON.stringify({ days: last - first, weekdays: first < last ? weekdays : -weekdays });
  },
} satisfies Tool;

/** Days since 1970. */
function dayOf(text: unknown): number {
  const [, year, month, day] = DATE.exec(String(text)) ?? [];
  const ms = Date.UTC(Number(year), Number(month) - 1, Number(day));
  if (new Date(ms).toISOString().slice(0, 10) !== text) throw new Error(`There is no date ${String(text)}.`);
  return ms / DAY_MS;
}

/** The first of January 1970 was a Thursday. */
const isWeekday = (day: number): boolean => (day + 3) % 7 < 5;
