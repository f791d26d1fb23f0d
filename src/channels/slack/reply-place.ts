// Where an answer goes in Slack, and what it answers: made from the event that asked, handed back with each delivery.

import { z } from "zod";

export const replyPlace = z.object({
  team: z.string(),
  channel: z.string(),
  /** The root of the thread the answer is posted in. */
  thread: z.string(),
  /** The message that asks, for reactions. Absent where there is none to be seen (a slash command). */
  message: z.string().optional(),
  user: z.string(),
  isDm: z.boolean(),
});

export type ReplyPlace = z.infer<typeof replyPlace>;
