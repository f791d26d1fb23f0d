// Markdown to safe HTML; markdown.js makes it. markdown-it is handed in.

import type MarkdownIt from "markdown-it";

/** Returns the HTML of each block of the text. */
export function createMarkdown(parser: typeof MarkdownIt, words: { readonly copy: string }): (text: string) => string[];
