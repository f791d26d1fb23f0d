// The tool that reads a web page: HTML as Markdown, text and JSON as they are, everything else by name only. Where it may go is
// decided by the safe fetch that is handed in.

import type { Tool } from "../core/tool.ts";
import type { SafeFetch } from "../lib/safe-fetch/safe-fetch.ts";
import { ACCEPT_TEXT, isReadable, readablePage, sizeOf } from "./readable-page.ts";
import { untrustedText } from "./untrusted-text.ts";

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
        accept: ACCEPT_TEXT,
        isWanted: isReadable,
      });
      const { title, text, isCut } = await readablePage(fetched, signal);
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
