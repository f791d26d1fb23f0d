// The command /remind: what is to be said later. Without words it lists what there is.

import type { InboundMessage, Language } from "../core/message.ts";
import { scheduleText } from "../core/schedule-text.ts";
import type { Schedules } from "./schedules.ts";

export interface RemindParts {
  readonly schedules: Schedules;
  readonly maySchedule: (person: string, channel: string) => boolean;
}

export type Remind = (message: InboundMessage, argument: string | undefined, language: Language) => Promise<string>;

const CANCEL = /^(?:cancel|取消)\s+([0-9a-f]{8})$/;
const CRON = /^cron\s+((?:\S+\s+){4}\S+)\s+(.+)$/s;

export function createRemind({ schedules, maySchedule }: RemindParts): Remind {
  return async ({ key, session, channel, sender, replyTo }, argument = "", language) => {
    if (argument === "") return `${await schedules.list(session, language)}\n${scheduleText("how", language)}`;
    const [, id] = CANCEL.exec(argument) ?? [];
    if (id !== undefined) return (await schedules.end(id, session, sender.id, language)).text;
    if (!maySchedule(sender.id, channel)) return scheduleText("notAllowed", language);
    const [, cron, words] = CRON.exec(argument) ?? [];
    const what = cron === undefined || words === undefined ? { text: argument } : { cron, text: words };
    return (await schedules.add({ key, session, channel, author: sender, replyTo, language, ...what })).text;
  };
}
