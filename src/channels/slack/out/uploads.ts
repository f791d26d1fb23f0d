// A file into a thread, in Slack's three steps. What was uploaded is kept until it is shared, so that a repeated try shares it once.

import { z } from "zod";
import type { ChannelLedger } from "../../../core/channel.ts";
import type { Clock } from "../../../core/clock.ts";
import type { ReplyPlace } from "../reply-place.ts";
import { type SlackApi, SlackFailure } from "../slack-api.ts";
import { slackFailure } from "../slack-failure.ts";

export interface OutgoingFile {
  readonly filename: string;
  readonly content: string | Uint8Array;
  /** In mrkdwn; stands with it. */
  readonly comment?: string;
}

export interface Upload {
  readonly api: SlackApi;
  readonly ledger: Pick<ChannelLedger, "putMemo" | "memo" | "dropMemo">;
  readonly clock: Clock;
  readonly place: ReplyPlace;
  /** The same for every try. */
  readonly key: string;
  readonly file: OutgoingFile;
  /** Files we shared in the thread, as far as they were looked up. */
  readonly shared: readonly string[];
  readonly signal: AbortSignal;
}

const CHANNEL = "slack";
const UPLOAD_MS_MAX = 20_000;
const uploadMemo = z.object({ file: z.string() });
const uploadAddress = z.object({ upload_url: z.string(), file_id: z.string() });

export async function uploadFile(upload: Upload): Promise<void> {
  const { api, ledger, clock, place, file, shared, signal } = upload;
  const memoKey = uploadMemoKey(upload.key);
  const memo = await ledger.memo(CHANNEL, memoKey);
  const before = uploadMemo.safeParse(memo?.value).data?.file;
  if (before !== undefined && shared.includes(before)) return;
  const id = before ?? (await transfer(api, file, signal));
  if (before === undefined) await ledger.putMemo(CHANNEL, memoKey, { file: id }, clock.now());
  try {
    await api.call(
      "files.completeUploadExternal",
      {
        ...{ files: [{ id, title: file.filename }], channel_id: place.channel, thread_ts: place.thread },
        ...(file.comment ? { initial_comment: file.comment } : {}),
      },
      { signal, lane: place.channel },
    );
  } catch (error) {
    // Shared by an earlier try, though it is not to be seen yet.
    if (before !== undefined && error instanceof SlackFailure && error.code === "file_not_found") return;
    throw error;
  }
}

export const uploadMemoKey = (key: string): string => `upload:${key}`;

async function transfer(api: SlackApi, { filename, content }: OutgoingFile, signal: AbortSignal): Promise<string> {
  const bytes = Buffer.from(content);
  const answer = await api.call("files.getUploadURLExternal", { filename, length: bytes.length }, { signal });
  const { upload_url, file_id } = uploadAddress.parse(answer);
  // No token goes there: the address is the permission.
  const response = await fetch(upload_url, {
    method: "POST",
    body: new Uint8Array(bytes),
    headers: { "Content-Type": "application/octet-stream" },
    redirect: "error",
    signal: AbortSignal.any([signal, AbortSignal.timeout(UPLOAD_MS_MAX)]),
  }).catch((error: unknown) => {
    throw notUploaded(error);
  });
  await response.body?.cancel();
  if (!response.ok) throw notUploaded(new Error(`the upload was answered with ${response.status}`));
  return file_id;
}

/** Nobody sees a file before it is shared, so it can always be tried again. */
const notUploaded = (error: unknown): SlackFailure =>
  new SlackFailure("upload", slackFailure("upload", error).code, "retry", { cause: error });
