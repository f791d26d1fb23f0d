// What somebody wants said later: once, or again and again. When its time comes it arrives in its session's line as a message of its
// author, who has the rights of that moment.

import type { Json } from "./json.ts";
import type { Sender, SessionKey } from "./message.ts";

export interface Schedule {
  readonly id: string;
  readonly session: SessionKey;
  readonly channel: string;
  readonly author: Sender;
  /** Where the answer goes: as with the message that asked for it. */
  readonly replyTo?: Json;
  readonly text: string;
  /** Minute, hour, day, month, weekday; absent: once. */
  readonly cron?: string;
  readonly timeZone: string;
  readonly nextAt: number;
  readonly createdAt: number;
}

export interface ScheduleBounds {
  readonly ofSession: number;
  readonly ofAuthor: number;
}

export interface ScheduleStore {
  /** `known`: one with this id is or was there, nothing is changed. */
  addSchedule(schedule: Schedule, bounds: ScheduleBounds): Promise<"added" | "known" | "too-many">;
  /** Open ones of a session, the next first. */
  schedules(session: SessionKey, limit: number): Promise<readonly Schedule[]>;
  /** When the next of all is due. */
  nextSchedule(): Promise<number | undefined>;
  dueSchedules(now: number, limit: number): Promise<readonly Schedule[]>;
  /** It fired for `from`: the next time, or its end. Nothing happens if it is elsewhere already. */
  moveSchedule(id: string, from: number, next: number | undefined): Promise<void>;
  /** False if it is not open. */
  endSchedule(id: string): Promise<boolean>;
}
