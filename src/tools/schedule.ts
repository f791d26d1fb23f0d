// The tool by which the model has something said later: once or by cron, with the rights that the person who asked has then.

import type { Tool, ToolContext } from "../core/tool.ts";

export interface SchedulePort {
  /** What came of it, in words; throws with the reason when nothing did. */
  add(
    order: { readonly text: string; readonly time?: string; readonly cron?: string; readonly timeZone?: string },
    context: ToolContext,
  ): Promise<string>;
  list(context: ToolContext): Promise<string>;
  end(id: string, context: ToolContext): Promise<string>;
}

const word = (description: string, maxLength = 100) => ({ type: "string", maxLength, description }) as const;

export const createSchedule = (port: SchedulePort): Tool => ({
  name: "schedule",
  description:
    "Has a message arrive in this conversation later, as if the person had sent it then: a reminder, or work to do at that time. " +
    "`create` needs `text` and either `time` (once) or `cron` (again and again); `list` shows what is scheduled; `cancel` needs `id`.",
  capabilities: ["schedule"],
  parameters: {
    type: "object",
    properties: {
      action: { type: "string", enum: ["create", "list", "cancel"] },
      text: word("What is to be said or done then, complete in itself", 2_000),
      time: word("e.g. 2026-11-25 09:00, tomorrow at 9, in 20 minutes, 明天上午9点"),
      cron: word("minute hour day month weekday, e.g. 0 9 * * 1-5; at most once in five minutes"),
      time_zone: word("e.g. Europe/Berlin; the server's if absent"),
      id: word("Of what is cancelled"),
    },
    required: ["action"],
    additionalProperties: false,
  },
  // Asked for again it is the same order: it is known by its call.
  isRepeatable: true,
  run: async ({ action, text, time, cron, time_zone: timeZone, id }, context) => {
    const given = (value: unknown): value is string => typeof value === "string" && value.trim() !== "";
    switch (action) {
      case "list":
        return port.list(context);
      case "cancel":
        return port.end(given(id) ? id : "", context);
      default: {
        if (!given(text)) throw new Error("Say in `text` what is to be said or done then.");
        if (given(time) === given(cron)) throw new Error("Give either `time` or `cron`.");
        return port.add(
          {
            text: text.trim(),
            ...(given(time) ? { time } : {}),
            ...(given(cron) ? { cron } : {}),
            ...(given(timeZone) ? { timeZone } : {}),
          },
          context,
        );
      }
    }
  },
});
