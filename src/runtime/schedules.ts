// Takes orders for later and fires them when their time comes: each time once, as a message of its author. What fell into a time when
// nothing ran is made up for once, however often it was missed. What is ordered is read by `readTime`, once by a command, once by a tool.

import { createHash } from "node:crypto";
import type { Inbox } from "../core/channel.ts";
import type { Clock } from "../core/clock.ts";
import type { Json } from "../core/json.ts";
import type { Log } from "../core/log.ts";
import type { InboundMessage, Language, Sender, SessionKey } from "../core/message.ts";
import type { Schedule, ScheduleStore } from "../core/schedule.ts";
import { scheduleText } from "../core/schedule-text.ts";
import { languageOf } from "../core/user-text.ts";
import { isTimeZone } from "../lib/time-zone.ts";
import { nextTime, readTime, shownTime } from "../lib/when.ts";

export interface ScheduleOrder {
  /** Of what asks for it: asked for again it is the same order. */
  readonly key: string;
  readonly session: SessionKey;
  readonly channel: string;
  readonly author: Sender;
  readonly replyTo: Json | undefined;
  /** With the time in it, unless `cron` or `time` tells it. */
  readonly text: string;
  readonly time?: string;
  readonly cron?: string;
  readonly timeZone?: string;
  readonly language: Language;
}

/** What came of it, as a sentence for who asked. */
export interface Ordered {
  readonly isDone: boolean;
  readonly text: string;
}

export interface Schedules {
  add(order: ScheduleOrder): Promise<Ordered>;
  list(session: SessionKey, language: Language): Promise<string>;
  end(id: string, session: SessionKey, by: string, language: Language): Promise<Ordered>;
  /** Fires what is due, now and from now on. */
  start(): Promise<void>;
  stop(): void;
}

export interface ScheduleParts {
  readonly store: ScheduleStore;
  readonly accept: Inbox["accept"];
  /** Where nobody named one. */
  readonly timeZone: () => string;
  readonly mayStop: (person: string, author: string) => boolean;
  readonly clock: Clock;
  readonly log: Log;
}

const BOUNDS = { ofSession: 20, ofAuthor: 100 };
const FIRED_AT_ONCE_MAX = 100;
const LOOK_MS_MAX = 60_000;
const RETRY_MS = 5_000;
const GAP_MS_MIN = 5 * 60_000;
const GAPS_LOOKED_AT = 24;
const AWAY_MS_MAX = 5 * 366 * 86_400_000;
/** So late it is said. */
const LATE_MS = 2 * 60_000;

type Refusal = "noTime" | "noText" | "past" | "far" | "cron" | "zone";

export function createSchedules(parts: ScheduleParts): Schedules {
  const { store, clock, log } = parts;
  let cancelTimer = (): void => {};
  let isStopped = false;

  async function add(order: ScheduleOrder): Promise<Ordered> {
    const { language, session, channel, author, replyTo, cron } = order;
    const timeZone = order.timeZone ?? parts.timeZone();
    const read = isTimeZone(timeZone) ? readOrder(order, clock.now(), timeZone) : "zone";
    if (typeof read === "string") return { isDone: false, text: refusalText(read, language) };
    const id = createHash("sha256").update(order.key).digest("hex").slice(0, 8);
    const added = await store.addSchedule(
      {
        ...{ id, session, channel, author, timeZone, text: read.text, nextAt: read.at, createdAt: clock.now() },
        ...(cron === undefined ? {} : { cron }),
        ...(replyTo === undefined ? {} : { replyTo }),
      },
      BOUNDS,
    );
    if (added === "too-many") return { isDone: false, text: scheduleText("tooMany", language) };
    log.info("scheduled", { session, schedule: id, at: read.at });
    await armed();
    const time = shownTime(read.at, timeZone, language);
    const text =
      cron === undefined
        ? scheduleText("added", language, id, time)
        : scheduleText("repeated", language, id, time, cron);
    return { isDone: true, text };
  }

  async function fire(schedule: Schedule): Promise<void> {
    const { id, session, channel, author, nextAt, cron, timeZone } = schedule;
    const message: InboundMessage = {
      ...{ key: `schedule:${id}:${nextAt}`, channel, session, sender: author },
      text: firedText(schedule, clock.now()),
      ...(schedule.replyTo === undefined ? {} : { replyTo: schedule.replyTo }),
    };
    // Accepted first: a crash in between fires it again, under the same key.
    await parts.accept(message);
    const next = cron === undefined ? undefined : nextTime(cron, Math.max(nextAt, clock.now()), timeZone);
    await store.moveSchedule(id, nextAt, next);
    log.info("schedule fired", { session, schedule: id, next });
  }

  async function look(): Promise<void> {
    try {
      let failures = 0;
      for (const schedule of await store.dueSchedules(clock.now(), FIRED_AT_ONCE_MAX)) {
        // One that cannot fire holds no other up.
        await fire(schedule).catch((error: unknown) => {
          failures += 1;
          log.error("a schedule could not fire; it is tried again", { schedule: schedule.id, error });
        });
      }
      if (failures > 0) arm(RETRY_MS);
      else await armed();
    } catch (error) {
      log.error("schedules cannot be read", { error });
      arm(RETRY_MS);
    }
  }

  /** A timer for the next one. Never a long one: the machine's clock may be set. */
  async function armed(): Promise<void> {
    const next = await store.nextSchedule();
    arm(next === undefined ? LOOK_MS_MAX : Math.min(LOOK_MS_MAX, Math.max(0, next - clock.now())));
  }

  function arm(delayMs: number): void {
    cancelTimer();
    if (!isStopped) cancelTimer = clock.after(delayMs, () => void look());
  }

  return {
    add,
    list: async (session, language) => {
      const open = await store.schedules(session, BOUNDS.ofSession);
      const lines = open.map(({ id, nextAt, timeZone, cron, author, text }) => {
        const again = cron === undefined ? "" : `, \`${cron}\``;
        return `- \`${id}\` ${shownTime(nextAt, timeZone, language)}${again}, ${author.name}: ${text}`;
      });
      return lines.length === 0 ? scheduleText("none", language) : lines.join("\n");
    },
    end: async (id, session, by, language) => {
      const schedule = (await store.schedules(session, BOUNDS.ofSession)).find((one) => one.id === id);
      if (!schedule) return { isDone: false, text: scheduleText("unknown", language) };
      if (!parts.mayStop(by, schedule.author.id)) return { isDone: false, text: scheduleText("notYours", language) };
      await store.endSchedule(id);
      return { isDone: true, text: scheduleText("ended", language) };
    },
    start: look,
    stop: () => {
      isStopped = true;
      cancelTimer();
    },
  };
}

function readOrder(
  { text, time, cron }: ScheduleOrder,
  now: number,
  timeZone: string,
): { readonly at: number; readonly text: string } | Refusal {
  if (cron !== undefined) {
    const at = firstOf(cron, now, timeZone);
    return at === undefined ? "cron" : text === "" ? "noText" : { at, text };
  }
  const said = readTime(time ?? text, now, timeZone);
  if (!said || Number.isNaN(said.at)) return "noTime";
  if (said.at <= now) return "past";
  if (said.at > now + AWAY_MS_MAX) return "far";
  const rest = time === undefined ? said.rest : text;
  return rest === "" ? "noText" : { at: said.at, text: rest };
}

/** Undefined for what is no cron, never comes, or comes too often. */
function firstOf(cron: string, now: number, timeZone: string): number | undefined {
  try {
    const first = nextTime(cron, now, timeZone);
    for (let at = first, n = 0; at !== undefined && n < GAPS_LOOKED_AT; n += 1) {
      const next = nextTime(cron, at, timeZone);
      if (next !== undefined && next - at < GAP_MS_MIN) return undefined;
      at = next;
    }
    return first;
  } catch {
    return undefined;
  }
}

function refusalText(refusal: Refusal, language: Language): string {
  const text = scheduleText(refusal, language);
  return refusal === "noTime" || refusal === "noText" ? text + scheduleText("how", language) : text;
}

/** A call of an agent or a skill stays one; everything else says where it comes from. */
function firedText({ text, author, nextAt, timeZone }: Schedule, now: number): string {
  if (/^[/@]/.test(text)) return text;
  const language = languageOf(text);
  const time = shownTime(nextAt, timeZone, language);
  const late = now - nextAt > LATE_MS;
  if (language === "zh") return `⏰ ${author.name} 安排在 ${time} 的消息${late ? "（迟到）" : ""}：${text}`;
  return `⏰ Scheduled by ${author.name} for ${time}${late ? " (late)" : ""}: ${text}`;
}
