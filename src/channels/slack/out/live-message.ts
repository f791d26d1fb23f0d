// Single calls about a live message, and what their refusals mean.

import type { ReplyPlace } from "../reply-place.ts";
import { type SlackApi, SlackFailure } from "../slack-api.ts";

/** The message is not there, or not to be changed by us any more. */
const GONE = new Set([
  "message_not_found",
  "cant_update_message",
  "edit_window_closed",
  "message_not_owned_by_app",
  "cant_delete_message",
  "update_failed",
]);

/** It has ended: by somebody's stop, or after its five minutes. */
const ENDED = new Set(["stopped_by_user", "message_not_in_streaming_state"]);

/** Slack here does not know streams. */
const NOT_KNOWN = new Set(["unknown_method", "method_deprecated", "feature_not_enabled"]);

const hasCode = (error: unknown, codes: ReadonlySet<string>): boolean =>
  error instanceof SlackFailure && codes.has(error.code);

export const isGone = (error: unknown): boolean => hasCode(error, GONE);
export const hasEnded = (error: unknown): boolean => hasCode(error, ENDED);
export const isUnknownMethod = (error: unknown): boolean => hasCode(error, NOT_KNOWN);

/** Whatever the stream was, it is none afterwards. */
export async function stopStream(
  api: SlackApi,
  { channel }: ReplyPlace,
  ts: string,
  last: Record<string, unknown>,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await api.call("chat.stopStream", { channel, ts, ...last }, { lane: ts, ...(signal ? { signal } : {}) });
  } catch (error) {
    if (!hasEnded(error) && !isGone(error) && !isUnknownMethod(error)) throw error;
  }
}

/** One that may still be a stream: Slack would go on showing its thread as being processed. */
export async function removeLive(api: SlackApi, place: ReplyPlace, ts: string, signal?: AbortSignal): Promise<void> {
  await stopStream(api, place, ts, {}, signal);
  await deleteMessage(api, place, ts, signal);
}

export async function deleteMessage(
  api: SlackApi,
  { channel }: ReplyPlace,
  ts: string,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await api.call("chat.delete", { channel, ts }, { lane: ts, ...(signal ? { signal } : {}) });
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}
