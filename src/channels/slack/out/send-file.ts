// A delivery that is a file: uploaded and shared into the thread once, with its words beside it; or a sentence where Slack takes no file.

import type { ChannelLedger } from "../../../core/channel.ts";
import { chatText } from "../../../core/chat-text.ts";
import type { Clock } from "../../../core/clock.ts";
import type { Delivery } from "../../../core/delivery.ts";
import type { Log } from "../../../core/log.ts";
import { languageOf } from "../../../core/user-text.ts";
import { compileSlack, degradeSlack } from "../render/compile-slack.ts";
import type { ReplyPlace } from "../reply-place.ts";
import { type SlackApi, SlackFailure } from "../slack-api.ts";
import { isMendable } from "../slack-failure.ts";
import { uploadFile } from "./uploads.ts";

export interface FileSending {
  readonly api: SlackApi;
  readonly ledger: Pick<ChannelLedger, "putMemo" | "memo" | "dropMemo" | "fileContent">;
  readonly clock: Clock;
  readonly log: Log;
  readonly delivery: Delivery;
  readonly place: ReplyPlace;
  /** Files we shared in the thread, as far as they were looked up. */
  readonly shared: readonly string[];
  readonly signal: AbortSignal;
}

/** Gives what is to be said instead where Slack takes no file; undefined when it is there. */
export async function sendFile({ delivery, log, ...sending }: FileSending): Promise<string | undefined> {
  const { file, key, text } = delivery;
  try {
    const content = file && (await sending.ledger.fileContent(file.hash));
    if (!content) throw new SlackFailure("upload", "file_is_gone", "refused");
    const upload = { filename: file.name, content, comment: captionOf(text) };
    await uploadFile({ ...sending, key: `${key}:file`, file: upload });
    return undefined;
  } catch (error) {
    const isForGood = error instanceof SlackFailure && error.kind === "refused";
    // A missing scope is mended some day; what waits behind the file must not wait for that.
    if (!isForGood || (isMendable(error) && error.code !== "missing_scope")) throw error;
    log.warn("slack takes no file, it is told so", { key, code: error.code });
    return [text, chatText("fileNotSent", languageOf(text), file?.name ?? "")].join("\n\n").trim();
  }
}

/** A caption is a model's words like any others, and calls nobody. */
const captionOf = (text: string): string =>
  compileSlack(text, { mayMention: new Set() })
    .flatMap(degradeSlack)
    .map((message) => message.text)
    .join("\n");
