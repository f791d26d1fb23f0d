// What came for a URL as text for a model: HTML as Markdown, text and JSON as they are, everything else by name only.

import { htmlToMarkdown } from "../lib/html-to-markdown/html-to-markdown.ts";
import { decodeText } from "../lib/safe-fetch/decode-text.ts";
import type { Fetched } from "../lib/safe-fetch/safe-fetch.ts";

const TEXT_CHARS_MAX = 1_000_000;
const HTML = /^(?:text\/html|application\/xhtml\+xml)$/;
const TEXT = /^(?:text\/.+|application\/(?:.+\+)?(?:json|xml|yaml|x-yaml|toml|javascript|x-ndjson|ndjson|sql))$/;

export const ACCEPT_TEXT =
  "text/html, application/xhtml+xml, text/markdown, text/plain;q=0.9, application/json;q=0.9, */*;q=0.5";
export const isReadable = (mediaType: string): boolean =>
  mediaType === "" || HTML.test(mediaType) || TEXT.test(mediaType);

export interface Readable {
  readonly title: string;
  /** Absent: it is no text. */
  readonly text?: string;
  readonly isCut: boolean;
}

/** `prepare` may change the HTML before it is read. */
export async function readablePage(
  { body, charset, mediaType, url, isCut }: Fetched,
  signal: AbortSignal,
  prepare: (html: string) => Promise<string> = async (html) => html,
): Promise<Readable> {
  if (!body) return { title: "", isCut };
  // Without a media type only what is text is read: a zero byte is in every picture and archive.
  if (mediaType === "" && body.includes(0)) return { title: "", isCut };
  const whole = decodeText(body, charset);
  if (HTML.test(mediaType) || (mediaType === "" && /^\s{0,100}<(?:!doctype html|html)\b/i.test(whole))) {
    const page = await htmlToMarkdown(await prepare(whole), url, signal);
    return { title: page.title, text: page.markdown, isCut: isCut || page.isCut };
  }
  return { title: "", text: whole.slice(0, TEXT_CHARS_MAX), isCut: isCut || whole.length > TEXT_CHARS_MAX };
}

/** As it stands behind a name, with its comma; "" if it is not known. */
export function sizeOf({ length, body }: Fetched): string {
  const size = length ?? body?.length;
  if (size === undefined) return "";
  return `, ${size < 10_240 ? `${size} bytes` : `${Math.round(size / 1_024)} kB`}`;
}
