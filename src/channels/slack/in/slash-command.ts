// `/assistant ...`: a command of ours, answered to whoever typed it alone, or a question, which is worked in a thread under a message
// of ours that says who asks what.

import { z } from "zod";
import type { Inbox } from "../../../core/channel.ts";
import { chatText } from "../../../core/chat-text.ts";
import type { Log } from "../../../core/log.ts";
import type { ChatRules } from "../../../core/platform-settings.ts";
import { languageOf } from "../../../core/user-text.ts";
import { escaped, type WhisperPlace, type Whispers } from "../out/whisper.ts";
import { isDirect, scopeOf, sessionOf } from "../session-keys.ts";
import { type SlackApi, SlackFailure } from "../slack-api.ts";
import type { SlackIdentity } from "../slack-identity.ts";
import { readableText } from "./readable-text.ts";
import { type SlashCommand, slashCommand } from "./slack-events.ts";
import type { Names } from "./slack-names.ts";
import { senderOf } from "./standing.ts";
import type { MessageTaker } from "./take-message.ts";

export interface SlashParts {
  readonly api: SlackApi;
  readonly inbox: Inbox;
  readonly taker: MessageTaker;
  readonly names: Names;
  readonly whispers: Whispers;
  readonly rules: ChatRules;
  readonly identity: () => Promise<SlackIdentity>;
  readonly log: Log;
}

/** Alone on the line: "new ideas for the party" is a question. */
const COMMAND =
  /^\/?(help|status|stop|tasks|new|why|compact|skills|mcp)$|^\/?mcp\s+accept\s.+|^\/?stop\s+task_\w+$|^\/[a-z]+\b/;
const POST_MS_MAX = 2_000;
const posted = z.object({ ts: z.string() });

export function createSlashCommand(parts: SlashParts): (body: unknown) => Promise<void> {
  const { api, inbox, taker, names, whispers, rules, log } = parts;

  async function command(given: SlashCommand, words: string, identity: SlackIdentity): Promise<void> {
    const { team } = identity;
    const isDm = isDirect(given.channel_id);
    const scope = scopeOf(rules, isDm);
    const chat = `slack:${team}:${given.channel_id}`;
    const sender = await senderFor(given, team);
    await inbox.accept({
      key: keyOf(given, team),
      channel: "slack",
      session: scope === "user" ? `${chat}:${given.user_id}` : chat,
      sender,
      text: words.startsWith("/") ? words : `/${words}`,
      replyTo: whisperPlaceFor(given, team),
    });
  }

  async function question(given: SlashCommand, words: string, identity: SlackIdentity): Promise<void> {
    const { team, botUser } = identity;
    const { channel_id: channel, user_id: user } = given;
    const [sender, text] = await Promise.all([senderFor(given, team), readableText(words, botUser, names)]);
    let thread: string;
    try {
      const said = chatText("asks", languageOf(text), `<@${user}>`, escaped(text));
      const answer = await api.call(
        "chat.postMessage",
        { channel, text: said, unfurl_links: false, unfurl_media: false },
        { signal: AbortSignal.timeout(POST_MS_MAX), waitMsMax: POST_MS_MAX },
      );
      thread = posted.parse(answer).ts;
    } catch (error) {
      const code = error instanceof SlackFailure ? error.code : "";
      const isOutside = code === "not_in_channel" || code === "channel_not_found";
      log.warn("a question could not be shown", { channel, error });
      await tell(given, team, chatText(isOutside ? "inviteMe" : "notTaken", languageOf(text)));
      return;
    }
    const isDm = isDirect(channel);
    const place = { team, channel, thread, user, isDm };
    const session = sessionOf({ team, channel, root: thread, user, isDm }, rules);
    const message = { key: keyOf(given, team), channel: "slack", session, sender, text, replyTo: place };
    await taker.store({ status: "ours", place, message });
  }

  async function senderFor({ user_id: user, user_name, team_id }: SlashCommand, ourTeam: string) {
    const person = await names.person(user);
    const name = person.name === user ? (user_name ?? user) : person.name;
    return senderOf({ user, name, team: person.team ?? team_id, isShared: undefined }, ourTeam);
  }

  async function tell(given: SlashCommand, team: string, text: string): Promise<void> {
    const outcome = await whispers.say(whisperPlaceFor(given, team), text, new AbortController().signal);
    if (outcome.status !== "sent") log.warn("a command was not answered", { why: outcome.reason });
  }

  return async (body) => {
    const parsed = slashCommand.safeParse(body);
    if (!parsed.success) return log.warn("a command is not understood");
    const identity = await parts.identity();
    const words = parsed.data.text.trim() || "help";
    if (COMMAND.test(words)) await command(parsed.data, words, identity);
    else await question(parsed.data, words, identity);
  };
}

/** A trigger is of one command alone. */
const keyOf = ({ trigger_id }: SlashCommand, team: string): string => `slack:${team}:command:${trigger_id}`;

function whisperPlaceFor(
  { channel_id: channel, user_id: user, response_url }: SlashCommand,
  team: string,
): WhisperPlace {
  return { team, channel, user, isWhisper: true, responseUrl: response_url ?? null, shownIn: null };
}
