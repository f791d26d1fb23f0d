// A reaction that stands for a request: the emoji types of the configuration, put on any message by a person. The event names neither
// the chat nor what was said, so the message is fetched.

import { z } from "zod";
import type { Log } from "../../../core/log.ts";
import type { ChatRules } from "../../../core/platform-settings.ts";
import type { OneByOne } from "../../../lib/one-by-one.ts";
import type { FeishuApi } from "../feishu-api.ts";
import { FeishuFailure } from "../feishu-failure.ts";
import { eventKey } from "../session-key.ts";
import { messageList } from "./chat-message.ts";
import type { Incoming } from "./incoming.ts";

export interface ReactionsParts {
  readonly appId: string;
  readonly rules: Pick<ChatRules, "reactions">;
  readonly api: Pick<FeishuApi, "call">;
  readonly incoming: Incoming;
  readonly lines: OneByOne;
  readonly log: Log;
}

const CALL_MS_MAX = 2_000;

const reactionEvent = z.object({
  message_id: z.string().min(1),
  reaction_type: z.object({ emoji_type: z.string() }),
  // Of an app, our own working sign among them, it says `app`.
  operator_type: z.literal("user"),
  user_id: z.object({ open_id: z.string().min(1) }),
  action_time: z.coerce.number().catch(0),
});

export type Reacted = (event: unknown, eventId: string) => Promise<void>;

/** Rejects where the message could not be fetched for now: the event comes again. */
export function createReacted({ appId, rules, api, incoming, lines, log }: ReactionsParts): Reacted {
  return async (event, eventId) => {
    const reaction = reactionEvent.safeParse(event).data;
    const emoji = reaction?.reaction_type.emoji_type ?? "";
    const words = Object.hasOwn(rules.reactions, emoji) ? rules.reactions[emoji] : undefined;
    if (!reaction || words === undefined) return;
    const path = `/im/v1/messages/${encodeURIComponent(reaction.message_id)}`;
    try {
      const [message] = messageList.parse(
        await api.call("GET", path, { timeoutMs: CALL_MS_MAX, isPassing: true }),
      ).messages;
      if (!message || message.isRecalled) return;
      const asked = { key: eventKey(appId, eventId), by: reaction.user_id.open_id, words, at: reaction.action_time };
      await lines.run(message.chat, () => incoming.ask(message, asked));
    } catch (error) {
      if (!(error instanceof FeishuFailure) || error.kind !== "refused") throw error;
      const { code, scopes, grantUrl } = error;
      log.warn("feishu reaction not taken: its message may not be read", { code, scopes: scopes.join(" "), grantUrl });
    }
  };
}
