// Where an answer goes in Feishu, and what it answers: made from the event that asked, handed back with each delivery.

import { z } from "zod";

export const replyPlace = z.object({
  chat: z.string(),
  /** The message that asks: answers are replies to it, which keeps them in its topic. */
  message: z.string(),
  /** The topic it is in, where it is in one. */
  topic: z.string().optional(),
  /** Who asked, by open id. */
  user: z.string(),
  isP2p: z.boolean(),
});

export type ReplyPlace = z.infer<typeof replyPlace>;
