// Records in Slack's own words: what Web API answers and events show of a message, a person, a channel, a file.

import { keptBlocks } from "./markdown-blocks.ts";
import type { Channel, FileRecord, Message, User } from "./records.ts";
import { blocksText } from "./visible-text.ts";
import type { SlackWorld } from "./world.ts";

export type Wire = Readonly<Record<string, unknown>>;

/** The app and its address, which shapes name. */
export interface Place {
  readonly appId: string;
  readonly appName: string;
  readonly baseUrl: () => string;
}

/** Leaves out what is undefined, as JSON from Slack does. */
export const present = (fields: Wire): Wire =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

export function botProfile(place: Place, botId: string, teamId: string): Wire {
  return {
    id: botId,
    app_id: place.appId,
    name: place.appName,
    icons: {},
    deleted: false,
    updated: 1_700_000_000,
    team_id: teamId,
  };
}

/** `withMetadata`: Slack tells metadata only to who asks for it. */
export function messageShape(world: SlackWorld, place: Place, message: Message, withMetadata = false): Wire {
  const replies = message.threadTs === undefined ? world.replies(message) : [];
  const blocks = keptBlocks(message.markdown, message.blocks, message.ts);
  const root = message.threadTs === undefined ? undefined : world.message(message.channel, message.threadTs);
  const files = message.fileIds.flatMap((id) => world.files.get(id) ?? []);
  const isTombstone = message.subtype === "tombstone";
  return present({
    type: "message",
    subtype: message.subtype ?? (message.isBroadcast ? "thread_broadcast" : undefined),
    user: isTombstone ? "USLACKBOT" : message.userId,
    hidden: isTombstone ? true : undefined,
    ts: message.ts,
    client_msg_id: message.clientMsgId,
    text: message.text || message.markdown || blocksText(message.blocks),
    team: message.teamId,
    bot_id: message.botId,
    app_id: message.botId === undefined ? undefined : place.appId,
    bot_profile: message.botId === undefined ? undefined : botProfile(place, message.botId, message.teamId),
    blocks: blocks.length > 0 ? blocks : undefined,
    attachments: message.attachments.length > 0 ? message.attachments : undefined,
    files: files.length > 0 ? files.map((file) => fileShape(place, file)) : undefined,
    upload: files.length > 0 ? false : undefined,
    display_as_bot: files.length > 0 ? false : undefined,
    thread_ts: message.threadTs ?? (replies.length > 0 ? message.ts : undefined),
    parent_user_id: root?.userId,
    reply_count: replies.length > 0 ? replies.length : undefined,
    reply_users_count: replies.length > 0 ? new Set(replies.map((reply) => reply.userId)).size : undefined,
    latest_reply: replies.at(-1)?.ts,
    reply_users: replies.length > 0 ? [...new Set(replies.map((reply) => reply.userId))] : undefined,
    edited: message.edited,
    streaming_state: streamingState(message),
    reactions:
      message.reactions.size > 0
        ? [...message.reactions].map(([name, users]) => ({ name, users: [...users], count: users.size }))
        : undefined,
    metadata: withMetadata ? message.metadata : undefined,
  });
}

function streamingState(message: Message): string | undefined {
  if (!message.stream) return undefined;
  return message.stream.state === "streaming" ? "in_progress" : "completed";
}

export function userShape(user: User, viewedFrom: string): Wire {
  return present({
    id: user.id,
    team_id: user.teamId,
    name: user.name,
    deleted: false,
    real_name: user.realName,
    tz: user.timeZone,
    tz_label: user.timeZone,
    tz_offset: 3600,
    locale: user.locale,
    profile: present({
      real_name: user.realName,
      real_name_normalized: user.realName,
      display_name: user.name,
      display_name_normalized: user.name,
      bot_id: user.botId,
      team: user.teamId,
    }),
    is_admin: false,
    is_owner: false,
    is_restricted: false,
    is_ultra_restricted: false,
    is_bot: user.isBot,
    is_app_user: false,
    is_stranger: user.teamId === viewedFrom ? undefined : true,
    updated: 1_700_000_000,
  });
}

export function channelShape(channel: Channel, bot: string, viewedFrom: string): Wire {
  const isShared = channel.teamIds.length > 1;
  if (channel.kind === "im") {
    const other = [...channel.members].find((member) => member !== bot);
    return { id: channel.id, created: channel.created, is_im: true, is_org_shared: false, user: other, is_open: true };
  }
  return {
    id: channel.id,
    name: channel.name,
    name_normalized: channel.name,
    created: channel.created,
    creator: [...channel.members][0],
    is_channel: channel.kind === "public",
    is_group: channel.kind === "private",
    is_im: false,
    is_mpim: channel.kind === "mpim",
    is_private: channel.kind !== "public",
    is_archived: false,
    is_general: channel.name === "general",
    is_member: channel.members.has(bot),
    is_shared: isShared,
    is_ext_shared: isShared,
    is_org_shared: false,
    context_team_id: viewedFrom,
    shared_team_ids: channel.teamIds,
    topic: { value: "", creator: "", last_set: 0 },
    purpose: { value: "", creator: "", last_set: 0 },
  };
}

export const downloadPath = (file: FileRecord): string =>
  `/files-pri/${file.teamId}-${file.id}/download/${encodeURIComponent(file.name)}`;

export function fileShape(place: Place, file: FileRecord): Wire {
  const extension = file.name.includes(".") ? (file.name.split(".").at(-1) ?? "") : "binary";
  const url = `${place.baseUrl()}${downloadPath(file)}`;
  return {
    id: file.id,
    created: file.created,
    timestamp: file.created,
    name: file.name,
    title: file.title,
    mimetype: file.mimetype,
    filetype: extension,
    pretty_type: extension.toUpperCase(),
    user: file.userId,
    user_team: file.teamId,
    editable: false,
    size: file.content?.length ?? file.expectedLength,
    mode: "hosted",
    is_external: false,
    external_type: "",
    is_public: false,
    public_url_shared: false,
    display_as_bot: false,
    username: "",
    url_private: url.replace("/download/", "/"),
    url_private_download: url,
    permalink: `${place.baseUrl()}/files/${file.userId}/${file.id}`,
    file_access: "visible",
  };
}
