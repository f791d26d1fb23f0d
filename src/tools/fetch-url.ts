// The tool that reads a web page: HTML as Markdown, text and JSON as they are, everything else by name only. Where it may go is
// decided by the safe fetch that is handed in.

import type { Tool } from "../core/tool.ts";
import { htmlToMarkdown } from "../lib/html-to-markdown/html-to-markdown.ts";
import { decodeText } from "../lib/safe-fetch/decode-text.ts";
import type { Fetched, SafeFetch } from "../lib/safe-fetch/safe-fetch.ts";
import { untrustedText } from "./untrusted-text.ts";

const TEXT_CHARS_MAX = 1_000_000;
const ACCEPT = "text/html, application/xhtml+xml, text/markdown, text/plain;q=0.9, application/json;q=0.9, */*;q=0.5";
const HTML = /^(?:text\/html|application\/xhtml\+xml)$/;
const TEXT = /^(?:text\/.+|application\/(?:.+\+)?(?:json|xml|yaml|x-yaml|toml|javascript|x-ndjson|ndjson|sql))$/;

export interface FetchUrlParts {
  readonly fetch: SafeFetch["fetch"];
}

export function createFetchUrl({ fetch }: FetchUrlParts): Tool {
  return {
    name: "fetch_url",
    description:
      "Reads a public web page or file by its URL: HTML comes as Markdown with the main content first, text and JSON as they are. " +
      "Other kinds are only named. No log-in, no scripts, no private networks.",
    capabilities: ["net.fetch"],
    isRepeatable: true,
    isParallel: true,
    parameters: {
      type: "object",
      properties: { url: { type: "string", maxLength: 4_000, description: "The whole URL, with https://" } },
      required: ["url"],
      additionalProperties: false,
    },
    run: async ({ url }, { signal }) => {
      const fetched = await fetch(String(url), {
        signal,
        accept: ACCEPT,
        isWanted: (type) => type === "" || HTML.test(type) || TEXT.test(type),
      });
      const { title, text, isCut } = await readable(fetched, signal);
      const head = [fetched.url, `status ${fetched.status}`, fetched.mediaType || "no media type"].join(", ");
      if (text === undefined) return `${head}${sizeOf(fetched)}: this kind of file is not read.`;
      const body = [
        title && `# ${title}\n`,
        text.trim() || "(It is empty.)",
        isCut && "(It goes on; this is what fits.)",
      ];
      return untrustedText(head, body.filter((part) => typeof part === "string" && part !== "").join("\n"));
    },
  };
}

interface Readable {
  readonly title: string;
  /** Absent: it is no text. */
  readonly text?: string;
  readonly isCut: boolean;
}

async function readable({ body, charset, mediaType, url, isCut }: Fetched, signal: AbortSignal): Promise<Readable> {
  if (!body) return { title: "", isCut };
  // Without a media type only what is text is read: a zero byte is in every picture and archive.
  if (mediaType === "" && body.includes(0)) return { title: "", isCut };
  const whole = decodeText(body, charset);
  if (HTML.test(mediaType) || (mediaType === "" && /^\s{0,100}<(?:!doctype html|html)\b/i.test(whole))) {
    const page = await htmlToMarkdown(whole, url, signal);
    return { title: page.title, text: page.markdown, isCut: isCut || page.isCut };
  }
  return { title: "", text: whole.slice(0, TEXT_CHARS_MAX), isCut: isCut || whole.length > TEXT_CHARS_MAX };
}

function sizeOf({ length, body }: Fetched): string {
  const size = length ?? body?.length;
  if (size === undefined) return "";
  return `, ${size < 10_240 ? `${size} bytes` : `${Math.round(size / 1_024)} kB`}`;
}
