// What Slack tells us, in its own words, as far as we read it: the one place where its payloads are parsed.

import { z } from "zod";

const text = z.string();
const maybe = text.nullish().transform((value) => value ?? undefined);

export const slackFile = z.object({
  id: text,
  name: maybe,
  mimetype: maybe,
  size: z.number().optional(),
  mode: maybe,
  /** Over Slack Connect only the id is told: `check_file_info`. */
  file_access: maybe,
  url_private: maybe,
  url_private_download: maybe,
});

export type SlackFile = z.infer<typeof slackFile>;

const attachment = z.object({
  text: maybe,
  fallback: maybe,
  author_name: maybe,
  /** A message that was forwarded, not a link's preview. */
  is_share: z.boolean().optional(),
  blocks: z.array(z.unknown()).optional(),
});

export type SlackAttachment = z.infer<typeof attachment>;

const said = {
  type: text.optional(),
  subtype: maybe,
  ts: text,
  thread_ts: maybe,
  text: text.nullish().transform((value) => value ?? ""),
  user: maybe,
  username: maybe,
  bot_id: maybe,
  app_id: maybe,
  team: maybe,
  user_team: maybe,
  source_team: maybe,
  user_profile: z.object({ display_name: maybe, real_name: maybe, name: maybe }).optional().catch(undefined),
  files: z.array(slackFile).optional().catch(undefined),
  attachments: z.array(attachment).optional().catch(undefined),
  edited: z.object({ ts: maybe }).optional().catch(undefined),
  latest_reply: maybe,
};

/** A message as it stands in a conversation. */
export const slackMessage = z.object(said);

export type SlackMessage = z.infer<typeof slackMessage>;

/** An event that is a message: said, changed or deleted. */
export const messageEvent = z.object({
  ...said,
  channel: text,
  channel_type: maybe,
  deleted_ts: maybe,
  message: slackMessage.optional().catch(undefined),
  previous_message: slackMessage.optional().catch(undefined),
});

export type MessageEvent = z.infer<typeof messageEvent>;

export const reactionEvent = z.object({
  user: text,
  reaction: text,
  item: z.object({ type: z.literal("message"), channel: text, ts: text }),
});

export const sessionStopped = z.object({ channel: text, user: text, thread_ts: text });

export const eventEnvelope = z.object({
  type: z.literal("event_callback"),
  event_id: text,
  team_id: maybe,
  context_team_id: maybe,
  api_app_id: maybe,
  authorizations: z
    .array(z.object({ team_id: maybe, user_id: maybe }))
    .optional()
    .catch(undefined),
  is_ext_shared_channel: z.boolean().optional(),
  event: z.looseObject({ type: text }),
});

export type EventEnvelope = z.infer<typeof eventEnvelope>;

export const blockActions = z.object({
  type: z.literal("block_actions"),
  user: z.object({ id: text, name: maybe, username: maybe, team_id: maybe }),
  team: z.object({ id: text }).nullish(),
  container: z.object({ thread_ts: maybe, message_ts: maybe }).optional(),
  channel: z.object({ id: text }).nullish(),
  message: z.object({ thread_ts: maybe, ts: maybe }).optional(),
  response_url: maybe,
  actions: z.array(z.object({ action_id: text, value: maybe })).max(100),
});

export const slashCommand = z.object({
  command: text,
  text: text.optional().transform((value) => value ?? ""),
  team_id: text,
  channel_id: text,
  user_id: text,
  user_name: maybe,
  trigger_id: text,
  response_url: maybe,
});

export type SlashCommand = z.infer<typeof slashCommand>;
