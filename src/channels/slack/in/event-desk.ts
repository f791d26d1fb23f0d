// Where every event arrives: is it for this workspace, what kind is it, whose work is it. Events of one chat are taken one by one, in
// order, behind what had been missed there.

import type { Inbox } from "../../../core/channel.ts";
import type { Log } from "../../../core/log.ts";
import type { ChatRules } from "../../../core/platform-settings.ts";
import type { OneByOne } from "../../../lib/one-by-one.ts";
import type { WhisperPlace } from "../out/whisper.ts";
import { isDirect, sessionOf } from "../session-keys.ts";
import type { SlackIdentity } from "../slack-identity.ts";
import type { TakeReaction } from "./reaction-request.ts";
import { type EventEnvelope, eventEnvelope, messageEvent, reactionEvent, sessionStopped } from "./slack-events.ts";
import type { Names } from "./slack-names.ts";
import { senderOf } from "./standing.ts";
import type { MessageTaker } from "./take-message.ts";

export interface EventDeskParts {
  readonly inbox: Inbox;
  readonly taker: MessageTaker;
  readonly takeReaction: TakeReaction;
  readonly names: Names;
  readonly rules: ChatRules;
  readonly oneByOne: OneByOne;
  readonly identity: () => Promise<SlackIdentity>;
  /** Resolves once it is known which chats have something to be caught up with. */
  readonly caughtUp: () => Promise<void>;
  /** Our access was taken away. */
  readonly lostAccess: (why: string) => void;
  readonly log: Log;
}

export function createEventDesk(parts: EventDeskParts): (envelope: unknown) => Promise<void> {
  const { inbox, taker, names, rules, oneByOne, log } = parts;

  async function message(envelope: EventEnvelope, known: SlackIdentity): Promise<void> {
    const parsed = messageEvent.safeParse(envelope.event);
    if (!parsed.success) return log.warn("a message is not understood", { event: envelope.event_id });
    const { channel, channel_type: channelType } = parsed.data;
    // The event may know our app's id where we could not ask for it.
    const identity = known.appId === "" ? { ...known, appId: envelope.api_app_id ?? "" } : known;
    const where = { identity, channel, channelType, isShared: envelope.is_ext_shared_channel };
    await oneByOne.run(channel, () => taker.event(parsed.data, where));
  }

  async function reaction(envelope: EventEnvelope, identity: SlackIdentity): Promise<void> {
    const parsed = reactionEvent.safeParse(envelope.event);
    if (!parsed.success) return;
    const where = { identity, isShared: envelope.is_ext_shared_channel };
    await oneByOne.run(parsed.data.item.channel, () => parts.takeReaction(parsed.data, where));
  }

  /** Slack's own stop button: the same as the person saying /stop there, answered to him alone. */
  async function stopped(envelope: EventEnvelope, { team }: SlackIdentity): Promise<void> {
    const parsed = sessionStopped.safeParse(envelope.event);
    if (!parsed.success) return log.warn("a stop is not understood", { event: envelope.event_id });
    const { channel, user, thread_ts: thread } = parsed.data;
    const person = await names.person(user);
    const isDm = isDirect(channel);
    const place: WhisperPlace = { team, channel, user, isWhisper: true, responseUrl: null, shownIn: thread };
    await inbox.accept({
      key: `slack:${team}:event:${envelope.event_id}`,
      channel: "slack",
      session: sessionOf({ team, channel, root: thread, user, isDm }, rules),
      sender: senderOf({ user, name: person.name, team: person.team, isShared: envelope.is_ext_shared_channel }, team),
      text: "/stop",
      replyTo: place,
    });
  }

  return async (body) => {
    const parsed = eventEnvelope.safeParse(body);
    if (!parsed.success) return log.warn("an event is not understood");
    const envelope = parsed.data;
    const identity = await parts.identity();
    const team = teamOf(envelope);
    if (team !== undefined && team !== identity.team)
      return log.debug("ignored", { why: "another workspace's", team, event: envelope.event_id });
    switch (envelope.event.type) {
      case "message":
      case "app_mention":
        await parts.caughtUp();
        return message(envelope, identity);
      case "reaction_added":
        return reaction(envelope, identity);
      case "agent_session_stopped":
        return stopped(envelope, identity);
      case "app_uninstalled":
        return parts.lostAccess("the app was removed from the workspace: install it again");
      case "tokens_revoked":
        if (isOurs(envelope.event.tokens, identity.botUser))
          parts.lostAccess("SLACK_BOT_TOKEN was revoked: install the app again and copy the new one");
        return;
      default:
        log.debug("ignored", { why: `nothing follows from ${envelope.event.type}`, event: envelope.event_id });
    }
  };
}

/** Whose installation it was sent to; over Slack Connect `team_id` may be the sender's. */
const teamOf = ({ context_team_id, authorizations, team_id }: EventEnvelope): string | undefined =>
  context_team_id ?? authorizations?.[0]?.team_id ?? (authorizations?.length ? undefined : team_id);

const isOurs = (tokens: unknown, botUser: string): boolean =>
  typeof tokens === "object" && tokens !== null && "bot" in tokens && Array.isArray(tokens.bot)
    ? tokens.bot.includes(botUser)
    : false;
