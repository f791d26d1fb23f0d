// What kind of chat it is: a direct one, a group, or one whose every message opens a topic. Events tell the first only; direct
// chats are remembered across a restart, the rest is asked for again.

import { z } from "zod";
import type { ChannelLedger } from "../../../core/channel.ts";
import type { Clock } from "../../../core/clock.ts";
import type { Asking } from "../asking.ts";
import { createBoundedMap } from "../bounded-map.ts";

export type ChatKind = "p2p" | "group" | "topics";

export interface Chats {
  /** Undefined: the platform did not tell. */
  kind(chat: string): Promise<ChatKind | undefined>;
  /** An event said so. */
  keepP2p(chat: string): Promise<void>;
}

const CHATS_MAX = 5_000;
const KNOWN_MS = 24 * 60 * 60_000;
const MEMO = "p2p:";

const chatShape = z
  .object({ chat_mode: z.string(), group_message_type: z.string().nullish() })
  .transform(({ chat_mode: mode, group_message_type: form }): ChatKind => {
    if (mode === "p2p") return "p2p";
    return mode === "topic" || form === "thread" ? "topics" : "group";
  });

export interface ChatsParts {
  readonly channel: string;
  readonly asking: Asking;
  readonly ledger: Pick<ChannelLedger, "memo" | "putMemo">;
  readonly clock: Pick<Clock, "now">;
}

export function createChats({ channel, asking, ledger, clock }: ChatsParts): Chats {
  const kinds = createBoundedMap<ChatKind>(clock, CHATS_MAX);
  return {
    kind: async (chat) => {
      const known = kinds.get(chat);
      if (known) return known;
      const isDirect = (await ledger.memo(channel, MEMO + chat)) !== undefined;
      const told = isDirect
        ? "p2p"
        : chatShape.safeParse(await asking.get(`/im/v1/chats/${encodeURIComponent(chat)}`)).data;
      if (told) kinds.set(chat, told, KNOWN_MS);
      return told;
    },
    keepP2p: async (chat) => {
      if (kinds.get(chat) === "p2p") return;
      kinds.set(chat, "p2p", KNOWN_MS);
      if (!(await ledger.memo(channel, MEMO + chat)))
        await ledger.putMemo(channel, MEMO + chat, true, clock.now(), "with-next");
    },
  };
}
