// Messages that another one quotes or forwards: fetched by id, as lines "who: what".

import type { FileReference } from "../../../core/message.ts";
import type { FeishuIdentity } from "../feishu-identity.ts";
import { type ChatMessage, messageList } from "./chat-message.ts";
import { createMentionReader } from "./mention-text.ts";
import { messageContent } from "./message-content.ts";
import type { Names } from "./names.ts";

/** GET of the open API, patient or not. */
export type Get = (
  path: string,
  query: Readonly<Record<string, string>>,
) => Promise<Record<string, unknown> | undefined>;

export interface EarlierMessage {
  readonly message: ChatMessage;
  /** Who said what; of a forwarded one all that is in it. */
  readonly text: string;
  readonly files: readonly FileReference[];
}

export interface EarlierMessages {
  /** Undefined: it cannot be had (any more). */
  read(id: string, get: Get): Promise<EarlierMessage | undefined>;
}

const PARTS_MAX = 200;
const NAMES_MAX = 30;

export interface EarlierMessagesParts {
  readonly names: Names;
  readonly identity: () => FeishuIdentity;
}

export function createEarlierMessages({ names, identity }: EarlierMessagesParts): EarlierMessages {
  async function nameOf({ sender, chat }: ChatMessage): Promise<string> {
    const { appId, botOpenId, name } = identity();
    if (sender.id === appId || sender.id === botOpenId) return name;
    if (sender.isBot) return "a bot";
    return names.of(sender.id, chat);
  }

  /** One person at a time is asked for once; beyond so many the rest stay ids. */
  async function namesOf(messages: readonly ChatMessage[]): Promise<ReadonlyMap<string, string>> {
    const first = new Map(messages.map((message) => [message.sender.id, message]));
    const asked = [...first.values()].slice(0, NAMES_MAX);
    return new Map(await Promise.all(asked.map(async (one) => [one.sender.id, await nameOf(one)] as const)));
  }

  return {
    read: async (id, get) => {
      const told = await get(`/im/v1/messages/${encodeURIComponent(id)}`, {
        card_msg_content_type: "user_card_content",
      });
      const [message, ...parts] = (messageList.safeParse(told).data?.messages ?? []).slice(0, PARTS_MAX);
      if (!message || message.isRecalled) return undefined;
      const spoken = await namesOf([message, ...parts]);
      const line = (one: ChatMessage): string => {
        const { text } = messageContent(one, createMentionReader(one.mentions, ""));
        return `${spoken.get(one.sender.id) ?? one.sender.id}: ${text}`;
      };
      const isForwarded = message.type === "merge_forward";
      return {
        message,
        text: (isForwarded && parts.length > 0 ? parts : [message]).map(line).join("\n"),
        files: isForwarded ? [] : messageContent(message, createMentionReader([], "")).files,
      };
    },
  };
}
