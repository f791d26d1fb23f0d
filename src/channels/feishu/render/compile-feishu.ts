// Markdown of any size and shape as Feishu cards (JSON 2.0), nothing cut. A refused card shows people nothing at all, so there is
// a ladder: card, then post, then plain text, then one file.

import { type Limits, MESSAGES_MAX, packMarkdown } from "../../shared/markdown-pack.ts";
import { type FeishuOptions, feishuMarkdown, withoutEntities, withUserIds } from "./feishu-text.ts";
import { jsonBytes } from "./json-bytes.ts";

export interface FeishuCard {
  readonly schema: "2.0";
  readonly config: {
    readonly update_multi: true;
    readonly streaming_mode?: boolean;
    readonly summary?: { readonly content: string };
  };
  readonly body: { readonly elements: readonly FeishuElement[] };
}

export type FeishuElement =
  | { readonly tag: "markdown"; readonly element_id: string; readonly content: string }
  | { readonly tag: "hr"; readonly element_id: string };

export interface FeishuPart {
  readonly card: FeishuCard;
  /** The same content as Markdown, already harmless: what the ladder works on. */
  readonly markdown: string;
}

export interface FeishuFile {
  readonly filename: string;
  readonly content: string;
}

export interface CompileOptions extends FeishuOptions {
  /** What the list of chats shows of it. */
  readonly summary?: string;
}

/** 30 KB are documented for a request, of which the card's frame and the request's own take some. */
const CARD_BYTES_MAX = 20_500;
/** Of 200: each has a frame of its own, which the bytes above leave room for. A rule parts two Markdown elements. */
const ELEMENTS_MAX = 40;
const TABLES_MAX = 5;
const SUMMARY_CHARS_MAX = 100;

const CARD_LIMITS: Limits = {
  size: CARD_BYTES_MAX,
  measure: jsonBytes,
  blocks: ELEMENTS_MAX,
  blocksOf: (leaf) => (leaf.kind === "rule" ? 2 : 0),
  tables: { count: TABLES_MAX, characters: CARD_BYTES_MAX, rows: 100, columns: 50 },
};

/** The answer in order, each part one card. */
export function compileFeishu(markdown: string, options: CompileOptions): readonly FeishuPart[] {
  return packMarkdown(markdown, feishuMarkdown(options), CARD_LIMITS).map((packed) => ({
    card: cardOf(packed.sections, options.summary),
    markdown: packed.markdown,
  }));
}

/** What is sent: all parts, or, of an answer that nobody would read in so many, the first and the whole as a file. */
export function feishuAnswer(
  markdown: string,
  options: CompileOptions,
): { readonly parts: readonly FeishuPart[]; readonly file?: FeishuFile } {
  const parts = compileFeishu(markdown, options);
  return parts.length <= MESSAGES_MAX ? { parts } : { parts: parts.slice(0, 1), file: feishuFile(markdown) };
}

/** The first rung down: the same content where a card is refused. */
export const feishuPost = ({ markdown }: Pick<FeishuPart, "markdown">) => ({
  zh_cn: { content: [[{ tag: "md" as const, text: withUserIds(markdown) }]] },
});

/** The second: the source as people can read it. */
export const feishuText = ({ markdown }: Pick<FeishuPart, "markdown">) => ({
  text: withUserIds(withoutEntities(markdown)),
});

/** The last: the source as it is. A file cannot call anybody. */
export const feishuFile = (markdown: string): FeishuFile => ({
  filename: "answer.md",
  content: markdown.toWellFormed(),
});

/** Sections of Markdown with a rule between any two. */
export function cardOf(sections: readonly string[], summary: string | undefined): FeishuCard {
  const elements = sections.flatMap((content, place): readonly FeishuElement[] => [
    ...(place > 0 ? [{ tag: "hr" as const, element_id: `rule_${place}` }] : []),
    ...(content === "" ? [] : [{ tag: "markdown" as const, element_id: `text_${place}`, content }]),
  ]);
  return { schema: "2.0", config: { update_multi: true, ...summaryOf(summary) }, body: { elements } };
}

export const summaryOf = (summary: string | undefined) =>
  summary === undefined
    ? {}
    : { summary: { content: [...summary.toWellFormed()].slice(0, SUMMARY_CHARS_MAX).join("") } };
