// How Slack takes Markdown apart: each heading, list, table, fence, quote and paragraph becomes a block of its own.

import MarkdownIt from "markdown-it";
import type { Block } from "./records.ts";

const parser = new MarkdownIt();

/** The source text of each structure at the top level. */
export function markdownStructures(markdown: string): readonly string[] {
  const lines = markdown.split("\n");
  return parser
    .parse(markdown, {})
    .filter((token) => token.level === 0 && token.nesting !== -1 && token.map)
    .map((token) => lines.slice(token.map?.[0], token.map?.[1]).join("\n").trimEnd());
}

/** What history and events show of Markdown: not what was sent, but the rich text Slack made of it. */
export function expandMarkdown(markdown: string, blockId: (index: number) => string): readonly Block[] {
  return markdownStructures(markdown).map((text, index) => ({
    type: "rich_text",
    block_id: blockId(index),
    elements: [{ type: "rich_text_section", elements: [{ type: "text", text }] }],
  }));
}

/** A message's blocks as they count and as they are kept: `markdown` blocks taken apart, every block with an id. */
export function keptBlocks(markdown: string | undefined, blocks: readonly Block[], key: string): readonly Block[] {
  let made = 0;
  const id = (): string => `${key.slice(-4)}${(made++).toString(36)}`;
  return [
    ...(markdown === undefined ? [] : expandMarkdown(markdown, id)),
    ...blocks.flatMap((block) =>
      block.type === "markdown"
        ? expandMarkdown(String(block.text), id)
        : [{ ...block, block_id: block.block_id ?? id() }],
    ),
  ];
}
