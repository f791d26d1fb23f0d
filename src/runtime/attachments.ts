// What came with a message: fetched from its channel when its work begins, checked, bounded, and committed as a step, so that the
// transcript holds it whatever becomes of the platform's copy. What cannot be read is named, never passed over.

import type { Channel, FetchedFile } from "../core/channel.ts";
import type { Clock } from "../core/clock.ts";
import { AppError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { FileReference, Image, SessionKey, StoredMessage } from "../core/message.ts";
import type { SaidStep, Step } from "../core/step.ts";
import { childController, endsWithin } from "../lib/abort.ts";

export interface AttachmentParts {
  readonly channels: ReadonlyMap<string, Pick<Channel, "fetchFile">>;
  readonly clock: Clock;
  /** Puts a file where the session's tools find it; gives its path for them. */
  readonly keep?: KeepFile | undefined;
}

export type KeepFile = (session: SessionKey, name: string, content: Uint8Array) => Promise<string>;

export interface Attachments {
  /** The step of the first message whose files are not in the task's steps yet. */
  next(
    messages: readonly StoredMessage[],
    mine: readonly Step[],
    signal: AbortSignal,
    log: Log,
  ): Promise<SaidStep | undefined>;
}

const FILES_MAX = 10;
const IMAGES_MAX = 8;
const IMAGE_BYTES_MAX = 5 * 1024 * 1024;
const TEXT_BYTES_MAX = 400_000;
const FETCH_MS_MAX = 30_000;
const GRACE_MS = 1_000;
const IMAGES: readonly string[] = ["image/png", "image/jpeg", "image/gif", "image/webp"];
const TEXT = /^text\/|[/+](?:json|xml|yaml|x-yaml|toml|csv|javascript|typescript|x-sh|sql)$/;
const TEXT_NAME =
  /\.(?:txt|md|csv|tsv|json|ya?ml|toml|xml|html?|css|js|ts|tsx|py|go|rs|java|c|h|cpp|sh|sql|log|diff|patch)$/i;

export function createAttachments({ channels, clock, keep }: AttachmentParts): Attachments {
  async function fetch(
    channel: string,
    file: FileReference,
    bytesMax: number,
    signal: AbortSignal,
    log: Log,
  ): Promise<FetchedFile> {
    const fetchFile = channels.get(channel)?.fetchFile;
    if (!fetchFile) throw new AppError("file-unavailable", `the channel ${channel} has no files`);
    if (file.bytes > bytesMax) throw new AppError("file-unavailable", `it is larger than ${bytesMax} bytes`);
    const { controller, release } = childController(signal);
    const cancel = clock.after(FETCH_MS_MAX, () =>
      controller.abort(new AppError("file-unavailable", "it did not come in time")),
    );
    try {
      return await endsWithin(fetchFile(file, bytesMax, controller.signal), {
        timers: clock,
        signal: controller.signal,
        graceMs: GRACE_MS,
        onAbandoned: () => log.warn("fetch abandoned", { channel, file: file.name }),
      });
    } finally {
      cancel();
      release();
    }
  }

  /** Also for tools; without it the file is still read. */
  async function kept(session: SessionKey, name: string, content: Uint8Array, log: Log): Promise<string> {
    if (!keep) return "";
    try {
      return `, in the workspace as ${await keep(session, name, content)}`;
    } catch (error) {
      log.warn("a file could not be kept in the workspace", { session, file: name, error });
      return "";
    }
  }

  async function read(
    { channel, session }: StoredMessage,
    file: FileReference,
    signal: AbortSignal,
    log: Log,
  ): Promise<{ readonly text: string; readonly image?: Image }> {
    const size = file.bytes > 0 ? `, ${file.bytes} bytes` : "";
    const named = `[file ${file.name} (${file.mediaType}${size})`;
    const isImage = IMAGES.includes(file.mediaType);
    if (!isImage && !isText(file)) return { text: `${named}: this kind of file cannot be read here]` };
    try {
      const fetched = await fetch(channel, file, isImage ? IMAGE_BYTES_MAX : TEXT_BYTES_MAX, signal, log);
      const content = Buffer.from(fetched.bytes);
      // Some platforms do not say beforehand what kind of image it is.
      if (isImage && !IMAGES.includes(fetched.mediaType)) throw new AppError("file-unavailable", "it is no image");
      const text = isImage ? "" : textIn(file, content);
      const place = await kept(session, file.name, content, log);
      if (isImage)
        return {
          text: `${named}${place}]`,
          image: { mediaType: fetched.mediaType, base64: content.toString("base64") },
        };
      return { text: `${named}${place}]\n${text}\n[end of ${file.name}]` };
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      log.warn("a file could not be read", { channel, file: file.name, error });
      return { text: `${named}: it could not be read]` };
    }
  }

  return {
    next: async (messages, mine, signal, log) => {
      const isThere = (message: StoredMessage): boolean =>
        mine.some(({ body }) => body.kind === "said" && body.isFiles === true && body.message === message.id);
      const message = messages.find((one) => (one.files ?? []).length > 0 && !isThere(one));
      if (!message?.files) return undefined;
      const texts: string[] = [];
      const images: Image[] = [];
      for (const [place, file] of message.files.entries()) {
        const isTooMany = place >= FILES_MAX || (IMAGES.includes(file.mediaType) && images.length >= IMAGES_MAX);
        const got = isTooMany
          ? { text: `[file ${file.name}: too many files at once, this one was not read]` }
          : await read(message, file, signal, log);
        texts.push(got.text);
        if (got.image) images.push(got.image);
      }
      return {
        kind: "said",
        message: message.id,
        sender: message.sender,
        text: texts.join("\n\n"),
        isFiles: true,
        ...(images.length > 0 ? { images } : {}),
      };
    },
  };
}

/** Throws on what is no text. Spreadsheets in China often save tables in the national encoding. */
function textIn({ name }: FileReference, content: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(content);
  } catch (error) {
    if (!/\.[ct]sv$/i.test(name)) throw error;
    return new TextDecoder("gb18030", { fatal: true }).decode(content);
  }
}

const isText = ({ mediaType, name }: FileReference): boolean => TEXT.test(mediaType) || TEXT_NAME.test(name);
