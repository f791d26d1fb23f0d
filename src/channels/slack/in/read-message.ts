// What a message of Slack's is to us: none of our business, with the reason, or a message for the inbox. The same for messages that
// were pushed and for those fetched later; it stores nothing.

import type { ChannelLedger } from "../../../core/channel.ts";
import { EXTERNAL, type InboundMessage, type Sender } from "../../../core/message.ts";
import type { ChatRules } from "../../../core/platform-settings.ts";
import type { ReplyPlace } from "../reply-place.ts";
import { isDirect, messageKey, type Spot, scopeOf, sessionOf } from "../session-keys.ts";
import type { SlackIdentity } from "../slack-identity.ts";
import type { BotTurns } from "./bot-turns.ts";
import { attachedText, behindCall, mentions, namedUsers, readableText } from "./readable-text.ts";
import type { SlackMessage } from "./slack-events.ts";
import type { SlackFiles } from "./slack-files.ts";
import type { Names } from "./slack-names.ts";
import { senderOf } from "./standing.ts";

/** Where a message was said, as far as the message itself does not tell. */
export interface Surroundings {
  readonly identity: SlackIdentity;
  readonly channel: string;
  readonly channelType?: string | undefined;
  readonly isShared?: boolean | undefined;
  /** Whether we took part in its thread when it was said, where that is known better than from the ledger. */
  readonly takesPart?: boolean;
}

export type Reading =
  | { readonly status: "ours"; readonly message: InboundMessage; readonly place: ReplyPlace }
  | { readonly status: "ignored"; readonly why: string };

export interface ReaderParts {
  readonly rules: ChatRules;
  readonly ledger: Pick<ChannelLedger, "hasSession" | "memo" | "messageOf">;
  readonly names: Names;
  readonly files: SlackFiles;
  readonly botTurns: BotTurns;
}

export interface MessageReader {
  read(message: SlackMessage, where: Surroundings): Promise<Reading>;
  /** All that it says, as the inbox takes it. */
  textOf(message: SlackMessage, identity: SlackIdentity): Promise<string>;
}

const TAKEN_SUBTYPES = ["file_share", "thread_broadcast", "me_message", "bot_message"];
const PLATFORM_USERS = ["USLACK", "USLACKBOT"];
/** For the model, where somebody only calls us. */
const WORDLESS = "(mentions you without words)";

/** What marks a thread we take part in where the session's key does not tell. */
export const threadMemo = (team: string, channel: string, root: string): string => `thread:${team}:${channel}:${root}`;

export function isOwn(message: SlackMessage, { botUser, botId, appId }: SlackIdentity): boolean {
  return message.user === botUser || message.bot_id === botId || (appId !== "" && message.app_id === appId);
}

export const isBot = (message: SlackMessage): boolean =>
  message.bot_id !== undefined || message.subtype === "bot_message";

export function createMessageReader({ rules, ledger, names, files, botTurns }: ReaderParts): MessageReader {
  async function textOf(message: SlackMessage, { botUser }: SlackIdentity): Promise<string> {
    const [said, attached] = await Promise.all([
      readableText(message.text, botUser, names),
      attachedText(message.attachments ?? [], botUser, names),
    ]);
    return [said, attached].filter((piece) => piece !== "").join("\n\n");
  }

  async function takesPart(spot: Spot): Promise<boolean> {
    if (scopeOf(rules, spot.isDm) === "thread") return ledger.hasSession(sessionOf(spot, rules));
    return (await ledger.memo("slack", threadMemo(spot.team, spot.channel, spot.root))) !== undefined;
  }

  /** Why it is not for us; undefined when it is. */
  async function notForUs(message: SlackMessage, spot: Spot, where: Surroundings): Promise<string | undefined> {
    const isMentioned = mentions(message.text, where.identity.botUser);
    if (spot.isDm || isMentioned) return undefined;
    if (isBot(message)) return "another bot that does not mention us";
    if (/^\s*<@[UW]/.test(message.text)) return "said to somebody else";
    if (!rules.mentionRequired) return undefined;
    // The root of a thread names itself as its thread.
    if (spot.root === message.ts) return "we are not mentioned";
    return (where.takesPart ?? (await takesPart(spot))) ? undefined : "a thread we take no part in";
  }

  async function isTooManyOfBots(message: SlackMessage, spot: Spot): Promise<boolean> {
    // Outside of threads each message is a root of its own: there the channel counts.
    const talk = `${spot.channel}:${message.thread_ts ?? ""}`;
    if (!isBot(message)) {
      botTurns.personSpoke(talk);
      return false;
    }
    const isKnown = (await ledger.messageOf(messageKey(spot.team, spot.channel, message.ts))) !== undefined;
    return !isKnown && !botTurns.take(talk);
  }

  return {
    textOf,
    read: async (message, where) => {
      const { identity, channel } = where;
      const noise = noiseOf(message, identity);
      if (noise !== undefined) return { status: "ignored", why: noise };
      const user = message.user ?? message.bot_id ?? "unknown";
      const isDm = isDirect(channel, where.channelType);
      const spot: Spot = { team: identity.team, channel, root: message.thread_ts ?? message.ts, user, isDm };
      const why = await notForUs(message, spot, where);
      if (why !== undefined) {
        if (!isBot(message)) await isTooManyOfBots(message, spot);
        return { status: "ignored", why };
      }
      if (await isTooManyOfBots(message, spot)) return { status: "ignored", why: "bots talk to each other" };

      const [name, text, references, named] = await Promise.all([
        nameOf(message, user),
        textOf(message, identity),
        files.references(message.files ?? []),
        namedIn(message, where),
      ]);
      if (text === "" && references.length === 0 && !mentions(message.text, identity.botUser))
        return { status: "ignored", why: "it is empty" };
      const team = message.user_team ?? message.source_team ?? message.team;
      const calls = await behindCall(message.text, identity.botUser, names);
      const isToNobody = message.ts !== spot.root && !mentions(message.text, identity.botUser);
      const place = { team: spot.team, channel, thread: spot.root, message: message.ts, user, isDm };
      return {
        status: "ours",
        place,
        message: {
          key: messageKey(spot.team, channel, message.ts),
          channel: "slack",
          session: sessionOf(spot, rules),
          sender: senderOf({ user, name, team, isShared: where.isShared }, identity.team),
          text: text === "" && references.length === 0 ? WORDLESS : text,
          replyTo: place,
          ...(isToNobody ? { repliesTo: messageKey(spot.team, channel, spot.root) } : {}),
          ...(calls === undefined ? {} : { calls }),
          ...(references.length > 0 ? { files: references } : {}),
          ...(named.length > 0 ? { mentions: named } : {}),
        },
      };
    },
  };

  async function namedIn({ text }: SlackMessage, { identity, isShared }: Surroundings): Promise<readonly Sender[]> {
    const users = namedUsers(text, identity.botUser);
    return Promise.all(
      users.map(async (user) => {
        const { name, team, isStranger } = await names.person(user);
        if (isStranger) return { id: `slack:${user}${EXTERNAL}`, name };
        return senderOf({ user, name, team, isShared }, identity.team);
      }),
    );
  }

  /** Profiles come along with strangers, whom we may not be able to look up. */
  async function nameOf({ user_profile, username, user }: SlackMessage, id: string): Promise<string> {
    const told = user_profile?.display_name || user_profile?.real_name || username;
    if (told || user === undefined) return told || id;
    return (await names.person(user)).name;
  }
}

function noiseOf(message: SlackMessage, identity: SlackIdentity): string | undefined {
  if (isOwn(message, identity)) return "our own";
  if (message.subtype !== undefined && !TAKEN_SUBTYPES.includes(message.subtype)) return `subtype ${message.subtype}`;
  if (message.user !== undefined && PLATFORM_USERS.includes(message.user)) return "Slack's own";
  return undefined;
}
