// Times as people say them ("tomorrow at 9", "10分钟后") and as cron writes them, in a time zone of theirs.

import type { ParsedResult } from "chrono-node";
import * as en from "chrono-node/en";
import * as zh from "chrono-node/zh/hans";
import { Cron } from "croner";

export interface SaidTime {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The text without the words that told the time. */
  readonly rest: string;
}

/** A day without an hour begins with work. */
const MORNING = 9;
const NAMED_ZONE = /\b(?:UTC|GMT|[A-Z]{1,3}[SD]T)\b|[+-]\d{2}:?\d{2}$|\dZ$/;
const FILLING = /^[\s,，:：;；、.。-]+|[\s,，:：;；、-]+$/g;
/** `明天上午9点提醒我开会` asks for 开会. */
const ASKING = /^(?:提醒我|叫我|to\s+|that\s+)\s*/i;

/** The first time that a text tells; undefined when it tells none. */
export function readTime(text: string, now: number, timeZone: string): SaidTime | undefined {
  // The parsers calculate with the machine's own clock: they are shown the wall clock of the zone as if it were that.
  const reference = wallClock(now, timeZone);
  const options = { forwardDate: true };
  const found = [...zh.parse(text, reference, options), ...en.casual.parse(text, reference, options)].sort(
    (a, b) => b.text.length - a.text.length,
  );
  const [said] = found;
  if (!said) return undefined;
  const at = NAMED_ZONE.test(said.text) ? said.start.date().getTime() : instantOf(said, timeZone);
  const rest = (text.slice(0, said.index) + text.slice(said.index + said.text.length)).replaceAll(FILLING, "");
  return { at, rest: rest.replace(ASKING, "") };
}

function wallClock(now: number, timeZone: string): Date {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    hourCycle: "h23",
    ...{ year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" },
  }).formatToParts(now);
  const part = (type: Intl.DateTimeFormatPartTypes): number =>
    Number(parts.find((one) => one.type === type)?.value ?? 0);
  return new Date(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
}

function instantOf({ start }: ParsedResult, timeZone: string): number {
  const part = (name: "month" | "day" | "hour" | "minute" | "second"): string =>
    String((name === "hour" && !start.isCertain("hour") ? MORNING : start.get(name)) ?? 0).padStart(2, "0");
  const time = start.isCertain("hour") ? `${part("minute")}:${part("second")}` : "00:00";
  const wall = `${start.get("year")}-${part("month")}-${part("day")}T${part("hour")}:${time}`;
  return new Cron(wall, { timezone: timeZone }).nextRun(new Date(0))?.getTime() ?? Number.NaN;
}

/** The next time of a cron expression (minute hour day month weekday); undefined when there is none. Throws when it is no such. */
export const nextTime = (cron: string, after: number, timeZone: string): number | undefined =>
  new Cron(cron, { timezone: timeZone, mode: "5-part" }).nextRun(new Date(after))?.getTime();

/** `Sun, 22 Nov 2026, 09:00 (Europe/Berlin)` */
export const shownTime = (at: number, timeZone: string, language: "en" | "zh"): string => {
  const format = new Intl.DateTimeFormat(language === "zh" ? "zh-CN" : "en-GB", {
    timeZone,
    ...{ weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" },
  });
  return `${format.format(at)} (${timeZone})`;
};
