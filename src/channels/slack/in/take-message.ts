// From an event about a message to the ledger: said, changed, or taken back. When a call resolves it is stored, or none of ours.

import type { ChannelLedger, Inbox } from "../../../core/channel.ts";
import type { Clock } from "../../../core/clock.ts";
import type { Log } from "../../../core/log.ts";
import type { AcceptResult } from "../../../core/message.ts";
import type { ChatRules } from "../../../core/platform-settings.ts";
import type { ReplyPlace } from "../reply-place.ts";
import { messageKey, scopeOf, tsToMs } from "../session-keys.ts";
import { isBot, isOwn, type MessageReader, type Reading, type Surroundings, threadMemo } from "./read-message.ts";
import { mentions } from "./readable-text.ts";
import type { MessageEvent, SlackMessage } from "./slack-events.ts";

export interface TakerParts {
  readonly inbox: Inbox;
  readonly ledger: Pick<ChannelLedger, "putMemo">;
  readonly reader: MessageReader;
  readonly rules: ChatRules;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of each message right after it was stored. */
  readonly accepted: (result: AcceptResult, place: ReplyPlace) => void;
  /** Told of each message that was taken back while it waited. */
  readonly withdrawn: (key: string) => void;
}

export interface MessageTaker {
  /** Anything that happens to a message: it is said, changed or deleted. */
  event(event: MessageEvent, where: Surroundings): Promise<void>;
  said(message: SlackMessage, where: Surroundings): Promise<void>;
  /** It may say something else than what we know of it. */
  edited(message: SlackMessage, where: Surroundings): Promise<void>;
  /** It is not there any more. */
  deleted(ts: string, where: Surroundings): Promise<void>;
  store(ours: Extract<Reading, { status: "ours" }>): Promise<AcceptResult>;
}

/** A changed message that we do not know may be one whose first event is still on its way; an older one is history. */
const FRESH_MS = 10 * 60 * 1_000;
const KEYS_MAX = 1_000;

export function createMessageTaker(parts: TakerParts): MessageTaker {
  const { inbox, ledger, reader, rules, clock, log } = parts;
  /** Deleted before we heard of them: Slack promises no order, and sends again what could not be stored. */
  const gone = new Set<string>();
  /** In the ledger: Slack tells of a mention twice, and of what it takes for lost again. The ledger would say the same. */
  const stored = new Set<string>();

  function ignored(why: string, channel: string, ts: string): void {
    log.debug("ignored", { why, channel, ts });
  }

  async function store({ message, place }: Extract<Reading, { status: "ours" }>): Promise<AcceptResult> {
    const result = await inbox.accept(message, (seen) => parts.accepted(seen, place));
    remember(stored, message.key);
    if (result.status === "duplicate") return result;
    if (!place.isDm && scopeOf(rules, false) !== "thread")
      await ledger.putMemo("slack", threadMemo(place.team, place.channel, place.thread), {}, clock.now());
    return result;
  }

  async function said(message: SlackMessage, where: Surroundings): Promise<void> {
    const key = messageKey(where.identity.team, where.channel, message.ts);
    if (stored.has(key)) return ignored("told again", where.channel, message.ts);
    if (gone.has(key)) return ignored("deleted before it came", where.channel, message.ts);
    const reading = await reader.read(message, where);
    if (reading.status === "ours") await store(reading);
    else ignored(reading.why, where.channel, message.ts);
  }

  async function changed(now: SlackMessage, before: SlackMessage | undefined, where: Surroundings): Promise<void> {
    const { channel, identity } = where;
    if (now.subtype === "tombstone") return deleted(now.ts, where);
    if (isOwn(now, identity)) return ignored("our own, changed", channel, now.ts);
    if (isBot(now)) return ignored("another bot's, changed", channel, now.ts);
    const isEdit = before ? before.text !== now.text : now.edited !== undefined;
    if (!isEdit) return ignored("nothing changed but its looks", channel, now.ts);
    const result = await inbox.amend(messageKey(identity.team, channel, now.ts), await reader.textOf(now, identity));
    if (result !== "unknown") return;
    const isCalled = mentions(now.text, identity.botUser) && !mentions(before?.text ?? "", identity.botUser);
    if (isCalled || clock.now() - tsToMs(now.ts) < FRESH_MS) await said(now, where);
    else ignored("an old message of no concern, changed", channel, now.ts);
  }

  async function deleted(ts: string, { channel, identity }: Surroundings): Promise<void> {
    const key = messageKey(identity.team, channel, ts);
    const result = await inbox.withdraw(key);
    if (result === "withdrawn") parts.withdrawn(key);
    if (result !== "unknown") return;
    ignored("none of ours, deleted", channel, ts);
    remember(gone, key);
  }

  return {
    said,
    edited: (message, where) => changed(message, undefined, where),
    deleted,
    store,
    event: async (event, where) => {
      switch (event.subtype) {
        case "message_changed":
          if (event.message) await changed(event.message, event.previous_message, where);
          return;
        case "message_deleted":
          if (event.deleted_ts !== undefined) await deleted(event.deleted_ts, where);
          return;
        default:
          await said(event, where);
      }
    },
  };
}

function remember(keys: Set<string>, key: string): void {
  keys.add(key);
  for (const oldest of keys) {
    if (keys.size <= KEYS_MAX) break;
    keys.delete(oldest);
  }
}
