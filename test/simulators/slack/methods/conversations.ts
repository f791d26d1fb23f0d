// conversations.*: what can be read of channels and their past. None of them takes a JSON body but `open`.

import { PAGE_MAX } from "../limits.ts";
import {
  count,
  flag,
  joinedChannel,
  type MethodContext,
  type Methods,
  method,
  page,
  seenChannel,
  text,
  timestamp,
} from "../method.ts";
import type { Message } from "../records.ts";
import { SlackError } from "../slack-error.ts";
import { channelShape, messageShape } from "../wire-shapes.ts";

const HISTORY = ["channels:history", "groups:history", "im:history", "mpim:history"];
const READ = ["channels:read", "groups:read", "im:read", "mpim:read"];
const KIND = { public_channel: "public", private_channel: "private", im: "im", mpim: "mpim" } as const;

const paging = { cursor: text.optional(), limit: count.optional() };
const timeline = {
  ...paging,
  oldest: text.optional(),
  latest: text.optional(),
  inclusive: flag.optional(),
  include_all_metadata: flag.optional(),
};

interface Span {
  readonly oldest?: string | undefined;
  readonly latest?: string | undefined;
  readonly inclusive?: boolean | undefined;
}

/** Compared as digits: as floats two messages of one millisecond are the same. */
const micros = (ts: string): bigint => {
  const [seconds = "0", digits = ""] = ts.split(".");
  return BigInt(seconds) * 1_000_000n + BigInt(digits.padEnd(6, "0").slice(0, 6) || "0");
};

function isWithin({ ts }: Message, { oldest, latest, inclusive = false }: Span): boolean {
  if (oldest && (inclusive ? micros(ts) < micros(oldest) : micros(ts) <= micros(oldest))) return false;
  return !(latest && (inclusive ? micros(ts) > micros(latest) : micros(ts) >= micros(latest)));
}

const pageMax = (context: MethodContext): number => context.historyPageMax ?? PAGE_MAX;

export const conversationMethods: Methods = {
  "conversations.info": method({
    tier: 3,
    scopes: READ,
    takesJson: false,
    takes: { channel: text, include_locale: flag.optional(), include_num_members: flag.optional() },
    run(given, context) {
      const channel = seenChannel(context, given.channel);
      const { botUserId, teamId } = context.installation;
      const members = given.include_num_members ? { num_members: channel.members.size } : {};
      return { channel: { ...channelShape(channel, botUserId, teamId), ...members } };
    },
  }),

  "conversations.history": method({
    tier: 3,
    scopes: HISTORY,
    takesJson: false,
    takes: { channel: text, ...timeline },
    run(given, context) {
      const channel = joinedChannel(context, given.channel);
      const roots = context.world
        .messages(channel.id)
        .filter((message) => (message.threadTs === undefined || message.isBroadcast) && isWithin(message, given))
        .reverse();
      const { items, hasMore, response_metadata } = page(roots, given, pageMax(context));
      const withMetadata = given.include_all_metadata ?? false;
      return {
        messages: items.map((message) => messageShape(context.world, context.place, message, withMetadata)),
        has_more: hasMore,
        pin_count: 0,
        response_metadata,
      };
    },
  }),

  "conversations.replies": method({
    tier: 3,
    scopes: HISTORY,
    takesJson: false,
    takes: { channel: text, ts: timestamp, ...timeline },
    run(given, context) {
      const channel = joinedChannel(context, given.channel);
      const asked = context.world.message(channel.id, given.ts);
      if (!asked) throw new SlackError("thread_not_found");
      // Asked with a reply's ts Slack gives that reply alone. The root comes first whatever the span, on the first page only.
      const thread =
        asked.threadTs === undefined
          ? [asked, ...context.world.replies(asked).filter((reply) => isWithin(reply, given))]
          : [asked];
      const { items, hasMore, response_metadata } = page(thread, given, pageMax(context));
      const withMetadata = given.include_all_metadata ?? false;
      return {
        messages: items.map((message) => messageShape(context.world, context.place, message, withMetadata)),
        has_more: hasMore,
        response_metadata,
      };
    },
  }),

  "conversations.open": method({
    tier: 3,
    scopes: ["im:write", "mpim:write"],
    takes: {
      channel: text.optional(),
      users: text.optional(),
      return_im: flag.optional(),
      prevent_creation: flag.optional(),
    },
    run(given, context) {
      const { world, installation } = context;
      const { botUserId, teamId } = installation;
      if (given.channel !== undefined) {
        const channel = seenChannel(context, given.channel);
        return { no_op: true, already_open: true, channel: channelShape(channel, botUserId, teamId) };
      }
      const users = given.users?.split(",") ?? [];
      if (users.length === 0) throw new SlackError("users_list_not_supplied");
      if (users.some((user) => !world.users.has(user))) throw new SlackError("user_not_found");
      if (users.length > 8) throw new SlackError("too_many_users");
      const existing = world.channels.size;
      const channel = world.direct(teamId, [...users, botUserId]);
      const isOld = world.channels.size === existing;
      return { no_op: isOld, already_open: isOld, channel: channelShape(channel, botUserId, teamId) };
    },
  }),

  "conversations.members": method({
    tier: 4,
    scopes: READ,
    takesJson: false,
    takes: { channel: text, ...paging },
    run(given, context) {
      const { items, response_metadata } = page([...seenChannel(context, given.channel).members], given);
      return { members: items, response_metadata };
    },
  }),

  "conversations.list": method({
    tier: 2,
    scopes: READ,
    takesJson: false,
    takes: { ...paging, types: text.optional(), exclude_archived: flag.optional(), team_id: text.optional() },
    run(given, context) {
      const { botUserId, teamId } = context.installation;
      const types = (given.types ?? "public_channel").split(",").map((type) => type.trim());
      const kinds = new Map<string, string>(Object.entries(KIND));
      if (types.some((type) => !kinds.has(type))) throw new SlackError("invalid_types");
      const wanted = types.map((type) => kinds.get(type));
      const seen = [...context.world.channels.values()].filter(
        ({ kind, members, teamIds }) =>
          wanted.includes(kind) && teamIds.includes(teamId) && (kind === "public" || members.has(botUserId)),
      );
      const { items, response_metadata } = page(seen, given);
      return { channels: items.map((channel) => channelShape(channel, botUserId, teamId)), response_metadata };
    },
  }),
};
