// An emoji on a message as a request about it, where the configuration names the emoji: its words and the quoted message, worked in
// that message's thread.

import { z } from "zod";
import type { Log } from "../../../core/log.ts";
import type { ChatRules } from "../../../core/platform-settings.ts";
import { isDirect, messageKey, sessionOf } from "../session-keys.ts";
import { type SlackApi, SlackFailure } from "../slack-api.ts";
import type { SlackIdentity } from "../slack-identity.ts";
import { isBot, isOwn, type MessageReader } from "./read-message.ts";
import { reactionEvent, type SlackMessage, slackMessage } from "./slack-events.ts";
import type { SlackFiles } from "./slack-files.ts";
import type { Names } from "./slack-names.ts";
import { senderOf } from "./standing.ts";
import type { MessageTaker } from "./take-message.ts";

export interface ReactionParts {
  readonly api: SlackApi;
  readonly rules: ChatRules;
  readonly reader: MessageReader;
  readonly taker: MessageTaker;
  readonly files: SlackFiles;
  readonly names: Names;
  readonly log: Log;
}

const QUOTED_CHARS_MAX = 20_000;
const FETCH_MS_MAX = 2_500;
const repliesAnswer = z.object({ messages: z.array(slackMessage) });

export type TakeReaction = (
  event: unknown,
  where: { readonly identity: SlackIdentity; readonly isShared: boolean | undefined },
) => Promise<void>;

export function createTakeReaction({ api, rules, reader, taker, files, names, log }: ReactionParts): TakeReaction {
  return async (event, { identity, isShared }) => {
    const parsed = reactionEvent.safeParse(event);
    if (!parsed.success) return;
    const { user, reaction, item } = parsed.data;
    // `thumbsup::skin-tone-2` is a thumbs up.
    const words = Object.entries(rules.reactions).find(([emoji]) => emoji === reaction.split("::")[0])?.[1];
    if (words === undefined || user === identity.botUser) return;
    const { team } = identity;
    const quoted = await messageAt(item.channel, item.ts);
    if (!quoted) return log.info("a reaction to a message that is not to be had", { channel: item.channel });

    const [person, author, text, references] = await Promise.all([
      names.person(user),
      quoted.user === undefined ? undefined : names.person(quoted.user),
      reader.textOf(quoted, identity),
      isOwn(quoted, identity) || isBot(quoted) ? [] : files.references(quoted.files ?? []),
    ]);
    const name = author?.name ?? quoted.username ?? "somebody";
    const lines = text
      .slice(0, QUOTED_CHARS_MAX)
      .split("\n")
      .map((line) => `> ${line}`);
    const isDm = isDirect(item.channel);
    const root = quoted.thread_ts ?? quoted.ts;
    const place = { team, channel: item.channel, thread: root, message: item.ts, user, isDm };
    await taker.store({
      status: "ours",
      place,
      message: {
        key: `${messageKey(team, item.channel, item.ts)}:${reaction}:${user}`,
        channel: "slack",
        session: sessionOf({ team, channel: item.channel, root, user, isDm }, rules),
        sender: senderOf({ user, name: person.name, team: person.team, isShared }, team),
        text: `${words}\n\n${name} wrote:\n${lines.join("\n")}`,
        replyTo: place,
        ...(references.length > 0 ? { files: references } : {}),
      },
    });
  };

  /** Asked with a reply's ts Slack gives that reply, with a root's the root first. */
  async function messageAt(channel: string, ts: string): Promise<SlackMessage | undefined> {
    try {
      const signal = AbortSignal.timeout(FETCH_MS_MAX);
      const answer = await api.call("conversations.replies", { channel, ts, limit: 1 }, { signal, lane: ts });
      return repliesAnswer.parse(answer).messages.find((message) => message.ts === ts);
    } catch (error) {
      // What may work later is not acknowledged, so that Slack sends it again.
      if (error instanceof SlackFailure && error.kind === "refused") return undefined;
      throw error;
    }
  }
}
