// Days as a place counts them: when the one of a moment begins and ends, with every change of the clocks.

import { Cron } from "croner";

export interface Day {
  readonly start: number;
  readonly end: number;
}

export interface Zone {
  readonly name: string;
  dayOf(at: number): Day;
  /** `2026-11-22 00:00 UTC` */
  show(at: number): string;
}

export function createZone(name: string): Zone {
  const midnight = new Cron("0 0 * * *", { timezone: name });
  const date = new Intl.DateTimeFormat("en-CA", { timeZone: name, dateStyle: "short" });
  const time = new Intl.DateTimeFormat("en-GB", { timeZone: name, timeStyle: "short" });
  let known: Day = { start: 0, end: 0 };
  return {
    name,
    dayOf: (at) => {
      if (at < known.start || at >= known.end) {
        const [start] = midnight.previousRuns(1, new Date(at + 1));
        known = {
          start: start?.getTime() ?? 0,
          end: midnight.nextRun(new Date(at))?.getTime() ?? Number.POSITIVE_INFINITY,
        };
      }
      return known;
    },
    show: (at) => `${date.format(at)} ${time.format(at)} ${name}`,
  };
}
