// What an agent shows besides messages: thread status, title, prompts, the session with its stop button, views.

import { z } from "zod";
import { validBlocks } from "../block-validation.ts";
import {
  LOADING_MESSAGE_CHARS_MAX,
  LOADING_MESSAGES_MAX,
  PROMPTS_MAX,
  SESSION_TITLE_CHARS_MAX,
  VIEW_BLOCKS_MAX,
  VIEW_BYTES_MAX,
  VIEW_TITLE_CHARS_MAX,
} from "../limits.ts";
import {
  joinedChannel,
  json,
  type MethodContext,
  type Methods,
  method,
  text,
  threadRoot,
  timestamp,
} from "../method.ts";
import type { View } from "../records.ts";
import { SlackError } from "../slack-error.ts";
import type { Wire } from "../wire-shapes.ts";

const title = z.string().min(1).max(SESSION_TITLE_CHARS_MAX);
const styling = { icon_emoji: text.optional(), icon_url: text.optional(), username: text.optional() };
const NO_STOP_EVENT = "missing_agent_session_stopped_event_subscription";
const ViewShape = json(z.looseObject({ type: z.enum(["modal", "home"]), blocks: z.array(z.unknown()) }));

function thread(context: MethodContext, channelId: string, threadTs: string): string {
  const channel = joinedChannel(context, channelId);
  threadRoot(context, channel, threadTs, "invalid_thread_ts");
  return channel.id;
}

function keepView(
  context: MethodContext,
  userId: string,
  kind: View["kind"],
  content: z.output<typeof ViewShape>,
): Wire {
  if (content.type !== kind) throw new SlackError("invalid_arguments", [`[ERROR] must be a ${kind} view`]);
  if (JSON.stringify(content).length > VIEW_BYTES_MAX) throw new SlackError("view_too_large");
  const heading = z.object({ text: z.string() }).safeParse(content.title).data?.text ?? "";
  if (kind === "modal" && (heading.length === 0 || heading.length > VIEW_TITLE_CHARS_MAX)) {
    throw new SlackError("invalid_arguments", [
      `[ERROR] must be less than ${VIEW_TITLE_CHARS_MAX + 1} characters [json-pointer:/view/title/text]`,
    ]);
  }
  validBlocks(content.blocks, VIEW_BLOCKS_MAX);
  const view: View = { id: context.world.ids.next("V"), kind, userId, content };
  context.world.views.push(view);
  const { botId, teamId } = context.installation;
  return {
    view: { ...content, id: view.id, team_id: teamId, bot_id: botId, app_id: context.place.appId, hash: view.id },
  };
}

export const agentMethods: Methods = {
  "assistant.threads.setStatus": method({
    tier: "special",
    scopes: ["chat:write", "assistant:write"],
    takes: {
      channel_id: text,
      thread_ts: timestamp,
      status: text,
      loading_messages: json(
        z.array(z.string().max(LOADING_MESSAGE_CHARS_MAX)).min(1).max(LOADING_MESSAGES_MAX),
      ).optional(),
      ...styling,
    },
    run(given, context) {
      const channelId = thread(context, given.channel_id, given.thread_ts);
      const loadingMessages = given.loading_messages ?? [];
      const status = { text: given.status, loadingMessages, setAt: context.clock.now() };
      context.world.setStatus(channelId, given.thread_ts, given.status === "" ? undefined : status);
      return {};
    },
  }),

  "assistant.threads.setTitle": method({
    tier: 4,
    scopes: ["assistant:write"],
    takes: { channel_id: text, thread_ts: timestamp, title: text },
    run(given, context) {
      const channelId = thread(context, given.channel_id, given.thread_ts);
      context.world.setSession(channelId, given.thread_ts, { title: given.title });
      return {};
    },
  }),

  "assistant.threads.setSuggestedPrompts": method({
    tier: 4,
    scopes: ["assistant:write"],
    takes: {
      channel_id: text,
      thread_ts: timestamp.optional(),
      title: text.optional(),
      prompts: json(
        z
          .array(z.strictObject({ title: z.string(), message: z.string() }))
          .min(1)
          .max(PROMPTS_MAX),
      ),
    },
    run(given, context) {
      const channel = joinedChannel(context, given.channel_id);
      if (given.thread_ts !== undefined) threadRoot(context, channel, given.thread_ts, "invalid_thread_ts");
      context.world.prompts.push({ channel: channel.id, threadTs: given.thread_ts, prompts: given.prompts });
      return {};
    },
  }),

  "agents.sessions.setStatus": method({
    tier: 3,
    scopes: ["chat:write"],
    takes: {
      channel_id: text,
      thread_ts: timestamp.optional(),
      status: z.enum(["active", "processing", "suspended", "closed"]),
      title: title.optional(),
      initiator_user_id: text.optional(),
      ...styling,
    },
    run(given, context) {
      if (given.thread_ts === undefined) throw new SlackError("invalid_thread_ts");
      const channelId = thread(context, given.channel_id, given.thread_ts);
      const isNew = context.world.session(channelId, given.thread_ts) === undefined;
      const change = isNew && given.title !== undefined ? { title: given.title } : {};
      context.world.setSession(channelId, given.thread_ts, { status: given.status, ...change });
      if (context.events.isSubscribed("agent_session_stopped")) return {};
      return { warning: NO_STOP_EVENT, response_metadata: { warnings: [NO_STOP_EVENT] } };
    },
  }),

  "agents.sessions.rename": method({
    tier: 3,
    scopes: ["chat:write"],
    takes: { channel_id: text, thread_ts: timestamp.optional(), title },
    run(given, context) {
      if (given.thread_ts === undefined) throw new SlackError("invalid_thread_ts");
      const channelId = thread(context, given.channel_id, given.thread_ts);
      if (!context.world.session(channelId, given.thread_ts)) throw new SlackError("session_not_found");
      context.world.setSession(channelId, given.thread_ts, { title: given.title });
      return {};
    },
  }),

  "views.open": method({
    tier: 4,
    takes: { trigger_id: text, view: ViewShape },
    run: (given, context) => keepView(context, context.triggers.exchange(given.trigger_id), "modal", given.view),
  }),

  "views.publish": method({
    tier: 4,
    takes: { user_id: text, view: ViewShape, hash: text.optional() },
    run(given, context) {
      if (!context.world.users.has(given.user_id)) throw new SlackError("user_not_found");
      return keepView(context, given.user_id, "home", given.view);
    },
  }),
};
