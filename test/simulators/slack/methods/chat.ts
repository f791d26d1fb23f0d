// chat.*: posting, changing and deleting messages. Streams are in stream.ts.

import { UPDATE_TEXT_CHARS_MAX } from "../limits.ts";
import { contentArguments, metadataArgument, validContent, validMetadata } from "../message-content.ts";
import {
  flag,
  joinedChannel,
  type MethodContext,
  type Methods,
  method,
  ownMessage,
  postChannel,
  seenChannel,
  text,
  threadRoot,
  timestamp,
} from "../method.ts";
import { SlackError } from "../slack-error.ts";
import { messageShape } from "../wire-shapes.ts";

const WRITE = ["chat:write"];

const authorship = {
  as_user: flag.optional(),
  icon_emoji: text.optional(),
  icon_url: text.optional(),
  username: text.optional(),
  link_names: flag.optional(),
  parse: text.optional(),
};

/** Who posts: the fields of a new message of the bot. */
export const byBot = ({ installation }: MethodContext) => ({
  userId: installation.botUserId,
  botId: installation.botId,
  teamId: installation.teamId,
});

export const chatMethods: Methods = {
  "chat.postMessage": method({
    tier: "post",
    scopes: WRITE,
    takes: {
      channel: text,
      ...contentArguments,
      ...metadataArgument,
      ...authorship,
      thread_ts: timestamp.optional(),
      reply_broadcast: flag.optional(),
      unfurl_links: flag.optional(),
      unfurl_media: flag.optional(),
      mrkdwn: flag.optional(),
    },
    run(given, context) {
      const channel = postChannel(context, given.channel);
      const { warning, ...content } = validContent(given);
      const metadata = validMetadata(given.metadata);
      if (given.thread_ts !== undefined) threadRoot(context, channel, given.thread_ts, "thread_not_found");
      const message = context.world.post({
        ...byBot(context),
        ...content,
        channel: channel.id,
        threadTs: given.thread_ts,
        isBroadcast: given.reply_broadcast ?? false,
        metadata,
      });
      const shape = messageShape(context.world, context.place, message, true);
      return { channel: channel.id, ts: message.ts, message: shape, ...warning };
    },
  }),

  "chat.update": method({
    tier: 3,
    scopes: WRITE,
    takes: {
      channel: text,
      ts: timestamp,
      ...contentArguments,
      ...metadataArgument,
      as_user: flag.optional(),
      link_names: flag.optional(),
      parse: text.optional(),
      reply_broadcast: flag.optional(),
    },
    run(given, context) {
      const channel = joinedChannel(context, given.channel);
      const message = ownMessage(context, channel, given.ts, "cant_update_message");
      if (message.stream?.state === "streaming") throw new SlackError("streaming_state_conflict");
      const metadata = validMetadata(given.metadata);
      const { warning, ...content } = validContent(given, UPDATE_TEXT_CHARS_MAX);
      const isTextOnly = given.text !== undefined && given.blocks === undefined;
      context.world.change(message, (kept) => {
        kept.text = content.text || kept.text;
        kept.markdown = content.markdown;
        // New text without blocks takes the old blocks away.
        if (given.blocks !== undefined || isTextOnly || content.markdown !== undefined) kept.blocks = content.blocks;
        if (content.markdown !== undefined) kept.text = "";
        if (given.attachments !== undefined) kept.attachments = content.attachments;
        if (metadata) kept.metadata = metadata;
        kept.stream = undefined;
        if (isTextOnly) kept.edited = { user: context.installation.botUserId, ts: context.world.ids.ts() };
      });
      const shape = messageShape(context.world, context.place, message, true);
      return { channel: channel.id, ts: message.ts, text: shape.text, message: shape, ...warning };
    },
  }),

  "chat.delete": method({
    tier: 3,
    scopes: WRITE,
    takes: { channel: text, ts: timestamp, as_user: flag.optional() },
    run(given, context) {
      const channel = joinedChannel(context, given.channel);
      context.world.delete(ownMessage(context, channel, given.ts, "cant_delete_message"));
      return { channel: channel.id, ts: given.ts };
    },
  }),

  "chat.postEphemeral": method({
    tier: 4,
    scopes: WRITE,
    takes: { channel: text, user: text, ...contentArguments, ...authorship, thread_ts: timestamp.optional() },
    run(given, context) {
      const channel = joinedChannel(context, given.channel);
      const { text: said, markdown, blocks } = validContent(given);
      if (!context.world.users.has(given.user)) throw new SlackError("user_not_found");
      if (!channel.members.has(given.user)) throw new SlackError("user_not_in_channel");
      if (given.thread_ts !== undefined) threadRoot(context, channel, given.thread_ts, "thread_not_found");
      const ts = context.world.ids.ts();
      context.world.ephemerals.push({
        channel: channel.id,
        ts,
        threadTs: given.thread_ts,
        to: given.user,
        text: said,
        markdown,
        blocks,
      });
      return { message_ts: ts };
    },
  }),

  "chat.getPermalink": method({
    tier: "special",
    takesJson: false,
    takes: { channel: text, message_ts: timestamp },
    run(given, context) {
      const channel = seenChannel(context, given.channel);
      const message = context.world.message(channel.id, given.message_ts);
      if (!message) throw new SlackError("message_not_found");
      const domain = context.world.teams.get(context.installation.teamId)?.domain;
      const thread = message.threadTs ? `?thread_ts=${message.threadTs}&cid=${channel.id}` : "";
      const permalink = `https://${domain}.slack.com/archives/${channel.id}/p${message.ts.replace(".", "")}${thread}`;
      return { channel: channel.id, permalink };
    },
  }),
};
