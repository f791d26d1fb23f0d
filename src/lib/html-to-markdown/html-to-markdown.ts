// A page as Markdown, in one pass over its tags and in linear time whatever the page does: no tree is built, so nothing can be nested
// deep enough or left open often enough to hold the server. The main content comes first; menus and footers come last.

import { setImmediate } from "node:timers/promises";
import { Parser } from "htmlparser2";
import { createBlocks } from "./blocks.ts";
import { createPageReader } from "./page-reader.ts";

export interface PageText {
  readonly title: string;
  readonly markdown: string;
  /** A bound was reached: the page goes on. */
  readonly isCut: boolean;
}

const PIECE_CHARS = 64 * 1024;

/** `base` is where the page was found: links and pictures become absolute by it. */
export async function htmlToMarkdown(html: string, base: string, signal?: AbortSignal): Promise<PageText> {
  const blocks = createBlocks();
  const reader = createPageReader(blocks, base);
  const parser = new Parser(reader.handler, { decodeEntities: true });
  for (let at = 0; at < html.length && !reader.isFull(); at += PIECE_CHARS) {
    parser.write(html.slice(at, at + PIECE_CHARS));
    // Others get their turn between two pieces.
    await setImmediate();
    signal?.throwIfAborted();
  }
  const isCut = reader.isFull();
  if (!isCut) parser.end();
  return { title: reader.title(), markdown: blocks.text(), isCut };
}
