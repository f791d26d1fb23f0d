// chat.startStream, appendStream, stopStream: a message that grows, five minutes and about 11 kB long.

import { z } from "zod";
import { validBlocks } from "../block-validation.ts";
import { MARKDOWN_CHARS_MAX, STREAM_BYTES_MAX, TASK_FIELD_CHARS_MAX } from "../limits.ts";
import { metadataArgument, validMetadata } from "../message-content.ts";
import {
  joinedChannel,
  json,
  type MethodContext,
  type Methods,
  method,
  postChannel,
  text,
  threadRoot,
  timestamp,
} from "../method.ts";
import type { Block, Message, Stream } from "../records.ts";
import { SlackError } from "../slack-error.ts";
import { messageShape } from "../wire-shapes.ts";
import { byBot } from "./chat.ts";

const taskText = z.string().max(TASK_FIELD_CHARS_MAX);
const Chunk = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("markdown_text"), text: z.string() }),
  z.strictObject({
    type: z.literal("task_update"),
    id: z.string().min(1),
    title: taskText,
    status: z.enum(["pending", "in_progress", "complete", "error"]),
    details: taskText.optional(),
    output: taskText.optional(),
    sources: z.array(z.unknown()).optional(),
  }),
  z.strictObject({ type: z.literal("plan_update"), title: taskText }),
  z.strictObject({ type: z.literal("blocks"), blocks: z.array(z.unknown()) }),
]);
type Chunk = z.output<typeof Chunk>;

const growth = { markdown_text: text.optional(), chunks: json(z.unknown()).optional() };
const SessionStatus = z.enum(["active", "processing", "suspended", "closed"]);

interface Growth {
  readonly markdown_text?: string | undefined;
  readonly chunks?: unknown;
}

function chunksOf(given: Growth): readonly Chunk[] {
  if (given.markdown_text !== undefined && given.chunks !== undefined) throw new SlackError("markdown_text_conflict");
  if ((given.markdown_text?.length ?? 0) > MARKDOWN_CHARS_MAX) throw new SlackError("msg_too_long");
  if (given.markdown_text !== undefined) return [{ type: "markdown_text", text: given.markdown_text }];
  if (given.chunks === undefined) return [];
  const chunks = z.array(Chunk).safeParse(given.chunks);
  if (!chunks.success)
    throw new SlackError(
      "invalid_chunks",
      chunks.error.issues.map(({ message }) => `[ERROR] ${message}`),
    );
  return chunks.data;
}

function grow(message: Pick<Message, "markdown" | "blocks">, stream: Stream, chunks: readonly Chunk[]): void {
  const bytes = chunks.reduce(
    (sum, chunk) => sum + (chunk.type === "markdown_text" ? Buffer.byteLength(chunk.text) : 0),
    0,
  );
  if (stream.bytes + bytes > STREAM_BYTES_MAX) throw new SlackError("msg_too_long");
  const added: readonly Block[] = chunks.flatMap((chunk) => (chunk.type === "blocks" ? validBlocks(chunk.blocks) : []));
  stream.bytes += bytes;
  message.blocks = [...message.blocks, ...added];
  for (const chunk of chunks) {
    if (chunk.type === "markdown_text") message.markdown = `${message.markdown ?? ""}${chunk.text}`;
    if (chunk.type === "plan_update") stream.planTitle = chunk.title;
    if (chunk.type === "task_update") stream.tasks.set(chunk.id, { ...stream.tasks.get(chunk.id), ...chunk });
  }
}

/** The stream of one's own message, if it can still grow. */
function growing(context: MethodContext, channelId: string, ts: string): { message: Message; stream: Stream } {
  const channel = joinedChannel(context, channelId);
  const message = context.world.message(channel.id, ts);
  if (!message) throw new SlackError("message_not_found");
  if (message.botId !== context.installation.botId) throw new SlackError("message_not_owned_by_app");
  const { stream } = message;
  if (stream?.state === "stopped-by-user") throw new SlackError("stopped_by_user");
  if (stream?.state !== "streaming") throw new SlackError("message_not_in_streaming_state");
  return { message, stream };
}

export const streamMethods: Methods = {
  "chat.startStream": method({
    tier: 2,
    scopes: ["chat:write"],
    takes: {
      channel: text,
      thread_ts: timestamp,
      ...growth,
      recipient_user_id: text.optional(),
      recipient_team_id: text.optional(),
      task_display_mode: z.enum(["timeline", "plan"]).optional(),
      icon_emoji: text.optional(),
      icon_url: text.optional(),
      username: text.optional(),
    },
    run(given, context) {
      const channel = postChannel(context, given.channel);
      threadRoot(context, channel, given.thread_ts, "invalid_thread_ts");
      if (channel.kind !== "im") {
        if (given.recipient_user_id === undefined) throw new SlackError("missing_recipient_user_id");
        if (given.recipient_team_id === undefined) throw new SlackError("missing_recipient_team_id");
      }
      const recipient = given.recipient_user_id;
      if (recipient !== undefined && !context.world.users.has(recipient)) throw new SlackError("user_not_found");
      const chunks = chunksOf(given);
      const firstText = chunks.map((chunk) => (chunk.type === "markdown_text" ? chunk.text : "")).join("");
      const draft: Pick<Message, "markdown" | "blocks"> = { markdown: undefined, blocks: [] };
      const stream: Stream = {
        startedAt: context.clock.now(),
        recipient: channel.kind === "im" ? undefined : recipient,
        firstText,
        bytes: 0,
        state: "streaming",
        tasks: new Map(),
        planTitle: undefined,
      };
      grow(draft, stream, chunks);
      const where = { channel: channel.id, threadTs: given.thread_ts };
      const message = context.world.post({ ...byBot(context), ...where, ...draft, stream });
      context.world.setSession(channel.id, given.thread_ts, { status: "processing" });
      return { channel: channel.id, ts: message.ts };
    },
  }),

  "chat.appendStream": method({
    tier: 4,
    scopes: ["chat:write"],
    takes: { channel: text, ts: timestamp, ...growth },
    run(given, context) {
      const { message, stream } = growing(context, given.channel, given.ts);
      const chunks = chunksOf(given);
      if (chunks.length === 0 || chunks.every((chunk) => chunk.type === "markdown_text" && chunk.text === "")) {
        throw new SlackError("no_text");
      }
      grow(message, stream, chunks);
      return { channel: given.channel, ts: given.ts };
    },
  }),

  "chat.stopStream": method({
    tier: 2,
    scopes: ["chat:write"],
    takes: {
      channel: text,
      ts: timestamp,
      ...growth,
      ...metadataArgument,
      blocks: json(z.unknown()).optional(),
      session_status: SessionStatus.optional(),
    },
    run(given, context) {
      const { message, stream } = growing(context, given.channel, given.ts);
      const chunks = chunksOf(given);
      const metadata = validMetadata(given.metadata);
      const blocks = given.blocks === undefined ? [] : validBlocks(given.blocks);
      grow(message, stream, chunks);
      context.world.change(message, (kept) => {
        kept.blocks = [...kept.blocks, ...blocks];
        kept.metadata = metadata ?? kept.metadata;
        stream.state = "stopped";
      });
      if (message.threadTs !== undefined) {
        context.world.setSession(message.channel, message.threadTs, { status: given.session_status ?? "active" });
      }
      return {
        channel: given.channel,
        ts: given.ts,
        message: messageShape(context.world, context.place, message, true),
      };
    },
  }),
};
