// Which topic a message is in. One topic has several ids, and not every message names the same: the topic's own (`omt_`), its root
// message, or neither where the platform forgot. Those the bot takes part in are kept in the ledger, under every id they were seen
// with, so that a conversation stays one across restarts.

import { z } from "zod";
import type { ChannelLedger } from "../../../core/channel.ts";
import type { Clock } from "../../../core/clock.ts";
import type { Asking } from "../asking.ts";
import { createBoundedMap } from "../bounded-map.ts";
import { type ChatMessage, messageList } from "./chat-message.ts";

export interface Topics {
  /** Reads what an earlier process kept. */
  load(): Promise<void>;
  /** The topic's key; undefined outside of topics. `isTopicChat`: there every message is in one. */
  of(message: ChatMessage, isTopicChat: boolean): Promise<string | undefined>;
  /** The same without asking: undefined unless the bot takes part in it by now. */
  known(message: ChatMessage): string | undefined;
  /** Whether the bot took part already when this was said: what was said before it came is not for it. */
  isJoined(message: ChatMessage): boolean;
  /** The bot takes part since this time: all ids of this message's topic are the topic's from now on. */
  keep(message: ChatMessage, topic: string, since: number): Promise<void>;
  /** The platform's own id of a topic of this chat, to list its messages by. */
  listId(chat: string, topic: string): string | undefined;
}

export interface TopicsParts {
  readonly channel: string;
  readonly asking: Asking;
  readonly ledger: Pick<ChannelLedger, "memos" | "putMemo" | "dropMemo">;
  readonly clock: Pick<Clock, "now">;
}

const MEMO = "topic:";
const KEPT_MAX = 10_000;
/** More at once would be read when it starts; what is over is dropped, oldest first. */
const LOADED_MAX = 12_000;
const PLAIN_MAX = 2_000;
const PLAIN_MS = 10 * 60_000;

/** What is kept under each id of a topic. */
const joinedTopic = z.object({ topic: z.string(), since: z.number() });
type JoinedTopic = z.infer<typeof joinedTopic>;

const isTopicId = (id: string): boolean => id.startsWith("omt_");

export function createTopics({ channel, asking, ledger, clock }: TopicsParts): Topics {
  const kept = createBoundedMap<JoinedTopic>(clock, KEPT_MAX);
  const listIds = createBoundedMap<string>(clock, KEPT_MAX);
  /** Seen only: the root of a topic tells its id to replies that do not. */
  const seen = createBoundedMap<string>(clock, KEPT_MAX);
  const plain = createBoundedMap<true>(clock, PLAIN_MAX);

  const hold = (chat: string, id: string, joined: JoinedTopic): void => {
    kept.set(`${chat}:${id}`, joined);
    if (isTopicId(id)) listIds.set(`${chat}:${joined.topic}`, id);
  };
  const idsOf = ({ id, root, topic }: ChatMessage): readonly string[] =>
    [topic, root ?? (topic === undefined ? undefined : id)].filter((one) => one !== undefined);

  function joined(message: ChatMessage): JoinedTopic | undefined {
    const { chat, topic, root, id } = message;
    if (topic !== undefined) seen.set(`${chat}:${root ?? id}`, topic);
    for (const one of idsOf(message)) {
      const found = kept.get(`${chat}:${one}`);
      if (found) return found;
    }
    return undefined;
  }

  /** A reply that names no topic may still be in one; the message itself, asked for, tells. */
  async function ask({ chat, id, root = "" }: ChatMessage): Promise<string | undefined> {
    const before = seen.get(`${chat}:${root}`);
    if (before !== undefined || plain.get(root)) return before;
    const told = messageList.safeParse(await asking.get(`/im/v1/messages/${encodeURIComponent(id)}`)).data?.messages[0];
    if (told && told.topic === undefined) plain.set(root, true, PLAIN_MS);
    return told?.topic;
  }

  return {
    known: (message) => joined(message)?.topic,
    isJoined: (message) => message.at >= (joined(message)?.since ?? Number.POSITIVE_INFINITY),
    load: async () => {
      const memos = await ledger.memos(channel, MEMO, LOADED_MAX);
      const over = Math.max(0, memos.length - KEPT_MAX);
      for (const { key } of memos.slice(0, over)) await ledger.dropMemo(channel, key);
      for (const { key, value } of memos.slice(over)) {
        const [chat = "", id = ""] = key.slice(MEMO.length).split(":");
        const found = joinedTopic.safeParse(value).data;
        if (found) hold(chat, id, found);
      }
    },
    of: async (message, isTopicChat) => {
      const found = joined(message)?.topic ?? message.topic;
      if (found !== undefined) return found;
      if (message.root !== undefined) {
        const told = await ask(message);
        if (told !== undefined) return kept.get(`${message.chat}:${told}`)?.topic ?? told;
      }
      return isTopicChat ? (message.root ?? message.id) : undefined;
    },
    keep: async (message, topic, at) => {
      const { chat } = message;
      const since = (joined(message) ?? kept.get(`${chat}:${topic}`))?.since ?? at;
      // The last stands for a message that opens a topic whose id is not known yet.
      const ids = [...new Set([...idsOf(message), topic])].filter((id) => kept.get(`${chat}:${id}`)?.topic !== topic);
      const keepOne = (id: string): Promise<void> =>
        // The message, which is stored next, makes it durable with itself.
        ledger.putMemo(channel, `${MEMO}${chat}:${id}`, { topic, since }, clock.now(), "with-next");
      await Promise.all(ids.map(keepOne));
      for (const id of ids) hold(chat, id, { topic, since });
    },
    listId: (chat, topic) => (isTopicId(topic) ? topic : listIds.get(`${chat}:${topic}`)),
  };
}
