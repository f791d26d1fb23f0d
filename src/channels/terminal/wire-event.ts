// A session's events as the server sends them. What is unknown or broken is nothing, so that an older client lives on.

import { z } from "zod";
import type { SessionEventBody } from "../../core/session-event.ts";

type Body = Exclude<SessionEventBody, { readonly type: "text_end" | "file_sent" }>;

/** `file_sent` comes with where the file is had, `text_end` without its text, and the text that is being written comes in deltas. */
export type WireEvent =
  | Body
  | (Extract<SessionEventBody, { readonly type: "file_sent" }> & { readonly url: string })
  | { readonly type: "text_end"; readonly taskId: string }
  | { readonly type: "text_delta"; readonly taskId: string; readonly text: string };

const taskId = z.string();
const text = z.string();
const messageIds = z.array(z.string());

const wireEvent: z.ZodType<WireEvent> = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("message_accepted"),
    messageId: z.string(),
    taskId,
    seq: z.number(),
    sender: z.string(),
    senderId: z.string(),
    text,
    images: z.number().exactOptional(),
    position: z.number(),
  }),
  z.object({
    type: z.literal("message_closed"),
    messageId: z.string(),
    disposition: z.enum(["answered", "failed", "cancelled", "refused"]),
    text,
  }),
  z.object({ type: z.literal("message_joined"), taskId, messageId: z.string() }),
  z.object({ type: z.literal("execution_start"), taskId, messageIds, attempt: z.number() }),
  z.object({ type: z.literal("text_delta"), taskId, text }),
  z.object({ type: z.literal("text_reset"), taskId }),
  z.object({ type: z.literal("text_end"), taskId }),
  z.object({ type: z.literal("tool_start"), taskId, callId: z.string(), name: z.string(), arguments: z.string() }),
  z.object({
    type: z.literal("tool_end"),
    taskId,
    callId: z.string(),
    name: z.string(),
    status: z.string(),
    summary: z.string(),
  }),
  z.object({
    type: z.literal("approval_requested"),
    taskId,
    approvalId: z.string(),
    tool: z.string(),
    text,
    buttons: z.array(z.object({ id: z.string(), kind: z.enum(["stop", "approve", "deny"]), label: z.string() })),
  }),
  z.object({
    type: z.literal("approval_decided"),
    taskId,
    approvalId: z.string(),
    state: z.enum(["approved", "denied", "expired"]),
    text,
  }),
  z.object({
    type: z.literal("file_sent"),
    taskId,
    fileId: z.string(),
    name: z.string(),
    mediaType: z.string(),
    bytes: z.number(),
    text,
    url: z.string(),
  }),
  z.object({ type: z.literal("person_mentioned"), taskId, person: z.string(), text }),
  z.object({ type: z.literal("agent_started"), taskId, agent: z.string(), goal: z.string() }),
  z.object({
    type: z.literal("agent_done"),
    taskId,
    agent: z.string(),
    state: z.enum(["done", "failed", "cancelled"]),
    text,
  }),
  z.object({
    type: z.literal("execution_complete"),
    taskId,
    messageIds,
    state: z.enum(["done", "failed", "cancelled"]),
    cancelled: z.boolean(),
    error: z.string().exactOptional(),
    text,
  }),
]);

export function toWireEvent(type: string | undefined, json: string): WireEvent | undefined {
  try {
    const fields: unknown = JSON.parse(json);
    if (typeof fields !== "object" || fields === null) return undefined;
    return wireEvent.safeParse({ ...fields, type }).data;
  } catch {
    return undefined;
  }
}
