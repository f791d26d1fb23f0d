// Numbers the links of a page in its HTML, in one linear pass, so that the Markdown of it shows them and a model can follow one.

import { setImmediate } from "node:timers/promises";
import { Parser } from "htmlparser2";
import { absoluteLink } from "../../../lib/html-to-markdown/links.ts";

export interface NumberedHtml {
  readonly html: string;
  /** Where link 1, 2, ... lead. */
  readonly links: readonly string[];
}

const LINKS_MAX = 2_000;
const PIECE_CHARS = 64 * 1024;

export async function numberLinks(html: string, found: string, signal: AbortSignal): Promise<NumberedHtml> {
  const links: string[] = [];
  const pieces: string[] = [];
  let written = 0;
  let base = found;
  const parser = new Parser({
    onopentag: (name, { href }) => {
      const link = href === undefined ? undefined : absoluteLink(href, base);
      if (link === undefined) return;
      if (name === "base") base = link;
      if (name !== "a" || !link.startsWith("http") || links.length >= LINKS_MAX) return;
      links.push(link);
      pieces.push(html.slice(written, parser.endIndex + 1), `#${links.length} `);
      written = parser.endIndex + 1;
    },
  });
  for (let at = 0; at < html.length; at += PIECE_CHARS) {
    parser.write(html.slice(at, at + PIECE_CHARS));
    // Others get their turn between two pieces.
    await setImmediate();
    signal.throwIfAborted();
  }
  parser.end();
  return { html: pieces.join("") + html.slice(written), links };
}
