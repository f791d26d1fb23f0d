// A message of a chat becomes an InboundMessage: whether it is for the bot, which session it belongs to, who says it and what. The
// same for what is pushed and for what is caught up with later; a second time of one message is the ledger's to notice.

import type { ChannelLedger, Inbox } from "../../../core/channel.ts";
import type { Log } from "../../../core/log.ts";
import {
  type AcceptResult,
  EXTERNAL,
  type FileReference,
  type InboundMessage,
  type Sender,
} from "../../../core/message.ts";
import type { ChatRules } from "../../../core/platform-settings.ts";
import type { Asking } from "../asking.ts";
import type { BoundedMap } from "../bounded-map.ts";
import type { FeishuIdentity } from "../feishu-identity.ts";
import type { ReplyPlace } from "../reply-place.ts";
import { messageKey, sessionKey } from "../session-key.ts";
import type { BotTurns } from "./bot-turns.ts";
import type { ChatMessage } from "./chat-message.ts";
import type { Chats } from "./chats.ts";
import type { EarlierMessages } from "./earlier-messages.ts";
import { quoteOf } from "./file-reference.ts";
import { createMentionReader } from "./mention-text.ts";
import { messageContent } from "./message-content.ts";
import type { Names } from "./names.ts";
import type { Topics } from "./topics.ts";

export interface IncomingParts {
  readonly channel: string;
  readonly inbox: Pick<Inbox, "accept">;
  readonly ledger: Pick<ChannelLedger, "messageOf" | "messagesOfTask" | "hasSession">;
  readonly rules: ChatRules;
  readonly identity: () => FeishuIdentity;
  readonly asking: Asking;
  readonly names: Names;
  readonly chats: Chats;
  readonly topics: Topics;
  readonly botTurns: BotTurns;
  readonly earlier: EarlierMessages;
  /** Taken back before they came. */
  readonly recalled: BoundedMap<true>;
  readonly log: Log;
  readonly accepted: (result: AcceptResult, place: ReplyPlace) => void;
  /** The task whose card this message of ours is. */
  readonly taskOfCard: (message: string) => string | undefined;
}

/** Something else than the message itself asks: a reaction on it. */
export interface Asked {
  readonly key: string;
  readonly by: string;
  readonly words: string;
  readonly at: number;
}

export interface Incoming {
  /** Resolves when the message is stored, or is none for the bot. Rejects when it must come again. */
  take(message: ChatMessage): Promise<void>;
  ask(message: ChatMessage, asked: Asked): Promise<void>;
}

const MENTIONS_MAX = 30;
/** Stands for the bot's mention while what is behind it is looked for; nobody can say it. */
const CALL = "\u0000";

export function createIncoming(parts: IncomingParts): Incoming {
  const { channel, inbox, ledger, rules, identity, topics, log } = parts;

  async function take(message: ChatMessage): Promise<void> {
    const { id, sender } = message;
    const { appId, botOpenId } = identity();
    if (sender.id === botOpenId || sender.id === appId || message.within !== undefined) return;
    if (message.isRecalled || parts.recalled.get(id)) return;
    // Pushed again, or caught up with: nothing needs to be asked about it a second time.
    const key = messageKey(appId, id);
    if (await ledger.messageOf(key)) return;
    for (const { openId, name } of message.mentions)
      if (openId !== undefined && name !== "") parts.names.learn(openId, name);

    const isP2p = message.isP2p ?? (await parts.chats.kind(message.chat)) === "p2p";
    if (isP2p) await parts.chats.keepP2p(message.chat);
    const isMentioned = message.mentions.some(({ openId }) => openId === botOpenId);
    const place = `${message.chat}:${topics.known(message) ?? message.topic ?? ""}`;
    if (!sender.isBot) parts.botTurns.person(place);
    if (!isP2p && !isMentioned && (sender.isBot || !(await isOpenToAll(message)))) return;
    if (sender.isBot && !parts.botTurns.bot(place)) {
      log.warn("feishu bot not answered: too many turns without a person", { chat: message.chat, bot: sender.id });
      return;
    }
    await accept(message, isP2p, { key, by: sender.id, words: undefined, at: message.at });
  }

  /** Without a mention: in topics, and in replies to what was asked, of which the bot is a part. */
  async function isOpenToAll(message: ChatMessage): Promise<boolean> {
    const { root } = message;
    if (!rules.mentionRequired || topics.isJoined(message)) return true;
    return root !== undefined && (await ledger.messageOf(messageKey(identity().appId, root))) !== undefined;
  }

  async function ask(message: ChatMessage, asked: Asked): Promise<void> {
    const isP2p = message.isP2p ?? (await parts.chats.kind(message.chat)) === "p2p";
    await accept(message, isP2p, asked);
  }

  async function accept(
    message: ChatMessage,
    isP2p: boolean,
    { key, by, words, at }: Omit<Asked, "words"> & { readonly words: string | undefined },
  ): Promise<void> {
    const scope = isP2p ? rules.scopes.dm : rules.scopes.group;
    const topic = await topicOf(message, isP2p);
    const session = sessionKey(
      identity().appId,
      message.chat,
      scope === "user" ? by : scope === "thread" ? topic : undefined,
    );
    const { text, files } = words === undefined ? await spoken(message, topic, session) : await shownTo(message, words);
    const isOutside = words === undefined && isForeign(message.sender.tenant);
    const mentions = words === undefined ? namedIn(message) : [];
    const here = { chat: message.chat, message: message.id, user: by, isP2p };
    const replyTo = topic === undefined ? here : { ...here, topic };
    const inbound: InboundMessage = {
      key,
      channel,
      session,
      sender: { id: `${channel}:${by}${isOutside ? EXTERNAL : ""}`, name: await nameOf(message, by) },
      text,
      replyTo,
      ...(words === undefined ? await toWhom(message) : {}),
      ...(files.length > 0 ? { files } : {}),
      ...(mentions.length > 0 ? { mentions } : {}),
    };
    // Not behind it: after a crash in between the message comes again, a conversation that lost its topic would not.
    const kept = topic === undefined ? undefined : topics.keep(message, topic, at);
    await Promise.all([inbox.accept(inbound, (result) => parts.accepted(result, replyTo)), kept]);
  }

  /** For whom the words are: behind a mention of the bot, or under something that called agents. */
  async function toWhom(message: ChatMessage): Promise<Pick<InboundMessage, "repliesTo" | "calls">> {
    const { parent, mentions } = message;
    const { appId, botOpenId } = identity();
    if (mentions.some(({ openId }) => openId === botOpenId)) {
      const { text } = messageContent(message, createMentionReader(mentions, botOpenId, CALL));
      const [before = "", ...behind] = text.split(CALL);
      return before.trim() === "" ? {} : { calls: behind.join("") };
    }
    if (parent === undefined) return {};
    const task = parts.taskOfCard(parent);
    const [called] = task === undefined ? [] : await ledger.messagesOfTask(task);
    return { repliesTo: called?.key ?? messageKey(appId, parent) };
  }

  /** Only where sessions are split by topic it matters that a topic is one though the event does not say so. */
  async function topicOf(message: ChatMessage, isP2p: boolean): Promise<string | undefined> {
    const isSplit = (isP2p ? rules.scopes.dm : rules.scopes.group) === "thread";
    if (!isSplit) return topics.known(message) ?? message.topic;
    const isTopicChat = message.topic === undefined && !isP2p && (await parts.chats.kind(message.chat)) === "topics";
    return topics.of(message, isTopicChat);
  }

  /** What was said; nothing but a mention is a call by name. */
  async function spoken(
    message: ChatMessage,
    topic: string | undefined,
    session: string,
  ): Promise<{ readonly text: string; readonly files: readonly FileReference[] }> {
    const { botOpenId, name } = identity();
    const { text, files } = messageContent(message, createMentionReader(message.mentions, botOpenId));
    const quoted = text.startsWith("/") ? [] : await quotedBy(message, topic, session);
    const isEmpty = text === "" && files.length === 0;
    return { text: isEmpty ? `@${name}` : text, files: [...quoted, ...files] };
  }

  async function quotedBy(
    { parent, root = parent }: ChatMessage,
    topic: string | undefined,
    session: string,
  ): Promise<readonly FileReference[]> {
    if (parent === undefined || parts.taskOfCard(parent) !== undefined) return [];
    // In a topic all answer its root, which is news to the bot only the first time.
    if (topic !== undefined && parent === root && (await ledger.hasSession(session))) return [];
    const quoted = await parts.earlier.read(parent, parts.asking.get);
    return [quoteOf(parent, quoted?.text), ...(quoted?.files ?? [])];
  }

  async function shownTo(
    message: ChatMessage,
    words: string,
  ): Promise<{ text: string; files: readonly FileReference[] }> {
    const { files } = messageContent(message, createMentionReader(message.mentions, ""));
    const quoted = await parts.earlier.read(message.id, parts.asking.get);
    return { text: words, files: [quoteOf(message.id, quoted?.text), ...files] };
  }

  async function nameOf({ chat, sender }: ChatMessage, by: string): Promise<string> {
    return sender.isBot && by === sender.id ? `bot ${by.slice(-6)}` : parts.names.of(by, chat);
  }

  const namedIn = ({ mentions }: ChatMessage): readonly Sender[] =>
    mentions.slice(0, MENTIONS_MAX).flatMap(({ openId, name, tenant }) => {
      if (openId === undefined || openId === identity().botOpenId || name === "") return [];
      return [{ id: `${channel}:${openId}${isForeign(tenant) ? EXTERNAL : ""}`, name }];
    });

  const isForeign = (tenant: string | undefined): boolean => {
    const { tenantKey } = identity();
    return tenant !== undefined && tenantKey !== undefined && tenant !== tenantKey;
  };

  return { take, ask };
}
