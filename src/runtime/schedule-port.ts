// What the tool `schedule` may do, bound to the conversation that asks. What an agent schedules belongs to the conversation it works for.

import type { Json } from "../core/json.ts";
import type { Sender, SessionKey } from "../core/message.ts";
import type { Store } from "../core/store.ts";
import type { ToolContext } from "../core/tool.ts";
import { languageOf } from "../core/user-text.ts";
import type { Ordered, ScheduleOrder, Schedules } from "./schedules.ts";

export function schedulePort(store: Pick<Store, "task" | "messagesOfTask">, schedules: () => Schedules) {
  async function placeOf({
    task,
    session,
    asker,
  }: ToolContext): Promise<{ session: SessionKey; author: Sender; replyTo: Json | undefined }> {
    const [first] = await store.messagesOfTask(task);
    const home = (await store.task(task))?.parentSession ?? session;
    return { session: home, author: { id: asker, name: first?.sender.name ?? asker }, replyTo: first?.replyTo };
  }

  const told = ({ isDone, text }: Ordered): string => {
    if (!isDone) throw new Error(text);
    return text;
  };

  return {
    add: async (order: Pick<ScheduleOrder, "text" | "time" | "cron" | "timeZone">, context: ToolContext) => {
      const key = `${context.task}/${context.call}`;
      const place = await placeOf(context);
      const asked = { ...order, ...place, key, channel: context.channel, language: languageOf(order.text) };
      return told(await schedules().add(asked));
    },
    list: async (context: ToolContext) => schedules().list((await placeOf(context)).session, "en"),
    end: async (id: string, context: ToolContext) =>
      told(await schedules().end(id, (await placeOf(context)).session, context.asker, "en")),
  };
}
