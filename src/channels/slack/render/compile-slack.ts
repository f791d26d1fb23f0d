// Markdown of any size and shape as Slack messages, nothing cut. The ladder when Slack refuses: `markdown` blocks, then plain
// messages, then one file.

import type { Leaf } from "../../shared/markdown-leaves.ts";
import { type Limits, MESSAGES_MAX, packMarkdown } from "../../shared/markdown-pack.ts";
import { isAtMargin } from "../../shared/markdown-print.ts";
import { type SlackOptions, slackMarkdown, slackMrkdwn } from "./slack-text.ts";

/** What `chat.postMessage` is given besides channel and thread. */
export interface SlackMessage {
  readonly text: string;
  readonly blocks?: readonly SlackMarkdownBlock[];
}

export interface SlackMarkdownBlock {
  readonly type: "markdown";
  readonly text: string;
}

export interface SlackPart {
  readonly message: SlackMessage;
  /** The same content as Markdown, already harmless: what `degradeSlack` works on. */
  readonly markdown: string;
}

export interface SlackFile {
  readonly filename: string;
  readonly content: string;
}

/** 12,000 characters are documented for a message; about 11,300 were once refused. */
const BLOCK_CHARS_MAX = 10_000;
/** Slack makes a block of each paragraph, heading, list, table and code, and takes 50. */
const STRUCTURES_MAX = 45;
const TEXT_CHARS_MAX = 3_900;
/** The text beside blocks is what notifications show. */
const NOTIFICATION_CHARS_MAX = 3_000;

const BLOCK_LIMITS: Limits = {
  size: BLOCK_CHARS_MAX,
  measure: (text) => text.length,
  blocks: STRUCTURES_MAX,
  blocksOf: structuresOf,
  tables: { count: 10, characters: 9_000, rows: 100, columns: 20 },
};

const TEXT_LIMITS: Limits = {
  size: TEXT_CHARS_MAX,
  measure: (text) => text.length,
  blocks: Number.POSITIVE_INFINITY,
  blocksOf: () => 0,
};

function structuresOf(leaf: Leaf, before: Leaf | undefined): number {
  if (isAtMargin(leaf)) return leaf.within.length > 0 ? 2 : 1;
  const isNextItem = before?.kind === "text" && !leaf.isApart && listOf(leaf) !== "" && listOf(leaf) === listOf(before);
  return leaf.kind === "text" && isNextItem ? 0 : 1;
}

/** What tells a list from the one before it. */
const listOf = ({ within }: Leaf): string => within[0]?.marker.at(-1) ?? "";

/** The answer in order, each part one message. Post them one after the other, each awaited. */
export function compileSlack(markdown: string, options: SlackOptions): readonly SlackPart[] {
  return packMarkdown(markdown, slackMarkdown(options), BLOCK_LIMITS).map((packed) => ({
    message: { blocks: [{ type: "markdown", text: packed.markdown }], text: notificationText(packed.markdown) },
    markdown: packed.markdown,
  }));
}

/** What is posted: all parts, or, of an answer that nobody would read in so many, the first and the whole as a file. */
export function slackAnswer(
  markdown: string,
  options: SlackOptions,
): { readonly parts: readonly SlackPart[]; readonly file?: SlackFile } {
  const parts = compileSlack(markdown, options);
  return parts.length <= MESSAGES_MAX ? { parts } : { parts: parts.slice(0, 1), file: slackFile(markdown) };
}

/** The same content without blocks, for when Slack refuses them. */
export function degradeSlack(part: SlackPart): readonly SlackMessage[] {
  return packMarkdown(part.markdown, slackMrkdwn(), TEXT_LIMITS).map(({ markdown }) => ({ text: markdown }));
}

/** The last rung: the source as it is. A file cannot call anybody. */
export const slackFile = (markdown: string): SlackFile => ({ filename: "answer.md", content: markdown.toWellFormed() });

function notificationText(markdown: string): string {
  const [first] = packMarkdown(markdown.slice(0, NOTIFICATION_CHARS_MAX).toWellFormed(), slackMrkdwn(), TEXT_LIMITS);
  return first?.markdown || "…";
}
