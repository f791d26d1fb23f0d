// What each tag of a page means for the Markdown text: one handler for the parser's events. It remembers only the open elements,
// and no more of them than a bound.

import type { Handler } from "htmlparser2";
import type { Blocks, Part } from "./blocks.ts";
import { absoluteLink } from "./links.ts";
import { BLOCKS, isHidden, partOf, SKIPPED } from "./meanings.ts";

export interface PageReader {
  readonly handler: Partial<Handler>;
  title(): string;
  /** A bound was reached; the rest of the page is not read. */
  isFull(): boolean;
}

interface Element {
  readonly name: string;
  readonly part: Part;
  readonly prefix: string;
  readonly isSkipped: boolean;
  readonly isPre: boolean;
  /** Inside a cell, a link or a heading blocks run together: it has to stay one line. */
  readonly isLine: boolean;
  readonly quotes: number;
  readonly lists: number;
  /** Written when it closes, if anything was written in it. */
  readonly end: string;
  itemsSoFar: number;
  rowsSoFar: number;
  cellsSoFar: number;
}

const DEPTH_MAX = 400;
const INDENTS_MAX = 8;
const CELLS_MAX = 40;
const OUTPUT_CHARS_MAX = 600_000;
const TITLE_CHARS_MAX = 300;
const ALT_CHARS_MAX = 300;
const LINES = /^(?:t[dh]|h[1-6])$/;
const CODE = /^(?:code|kbd|samp)$/;

const root: Element = {
  name: "",
  part: "body",
  prefix: "",
  isSkipped: false,
  isPre: false,
  isLine: false,
  quotes: 0,
  lists: 0,
  end: "",
  itemsSoFar: 0,
  rowsSoFar: 0,
  cellsSoFar: 0,
};

export function createPageReader(blocks: Blocks, found: string): PageReader {
  const open: Element[] = [{ ...root }];
  /** Signs that are written with the first word after them: an empty link or bold nothing leaves no trace. */
  let marks: string[] = [];
  let base = found;
  let title = "";
  let isTooDeep = false;

  const isFull = (): boolean => isTooDeep || blocks.size() > OUTPUT_CHARS_MAX;
  const inner = (): Element => open.at(-1) ?? root;

  function mark(sign: string): void {
    if (marks.length < DEPTH_MAX) marks.push(sign);
  }

  function writeMarks(): void {
    for (const sign of marks) blocks.raw(sign);
    marks = [];
  }

  function startBlock({ part, prefix }: Element, isInLine: boolean, first?: string): void {
    if (isInLine) blocks.words(" ");
    else blocks.open(part, prefix, first);
  }

  function opened(name: string, attributes: Readonly<Record<string, string>>): void {
    if (isFull()) return;
    const outer = inner();
    const isSkipped = outer.isSkipped || SKIPPED.has(name) || isHidden(attributes);
    const end = isSkipped ? "" : endOf(name, attributes);
    const element: Element = {
      ...outer,
      name,
      isSkipped,
      part: partOf(name, attributes) ?? outer.part,
      isPre: outer.isPre || name === "pre",
      isLine: (outer.isLine && name !== "table") || LINES.test(name) || end !== "",
      ...indented(name, outer),
      end,
      itemsSoFar: 0,
      rowsSoFar: 0,
      cellsSoFar: 0,
    };
    open.push(element);
    isTooDeep = open.length > DEPTH_MAX;
    if (name === "base" && attributes.href) base = absoluteLink(attributes.href, found) ?? base;
    if (!isSkipped) begin(element, outer, attributes);
  }

  function begin(element: Element, outer: Element, attributes: Readonly<Record<string, string>>): void {
    const { name } = element;
    if (BLOCKS.has(name)) startBlock(element, outer.isLine, firstOf(name, outer));
    if (name === "br") blocks.raw(element.isLine ? " " : "\n");
    else if (name === "pre" && !outer.isLine) blocks.raw("```\n");
    else if (name === "td" || name === "th") outer.cellsSoFar += 1;
    else if (name === "img") picture(attributes);
    else if (name === "a" && element.end !== "") mark("[");
    else if (CODE.test(name) && element.end !== "") mark("`");
  }

  /** How the block's first line begins, where it is not as the others. */
  function firstOf(name: string, outer: Element): string | undefined {
    const heading = /^h([1-6])$/.exec(name)?.[1];
    if (heading) return `${outer.prefix}${"#".repeat(Number(heading))} `;
    if (name === "tr") return `${outer.prefix}| `;
    if (name !== "li") return undefined;
    outer.itemsSoFar += 1;
    return `${outer.prefix}${outer.name === "ol" ? `${outer.itemsSoFar}.` : "-"} `;
  }

  function endOf(name: string, attributes: Readonly<Record<string, string>>): string {
    if (CODE.test(name)) return inner().isPre ? "" : "`";
    if (name !== "a") return "";
    const link = attributes.href === undefined ? undefined : absoluteLink(attributes.href, base);
    return link === undefined ? "" : `](${link})`;
  }

  function picture({ alt = "", src = "" }: Readonly<Record<string, string>>): void {
    const words = alt.replaceAll(/\s+/g, " ").trim().slice(0, ALT_CHARS_MAX);
    if (words === "") return;
    writeMarks();
    const link = absoluteLink(src, base);
    blocks.words(link === undefined ? `(picture: ${words})` : `![${words}](${link})`);
  }

  function closed(): void {
    if (isFull() || open.length === 1) return;
    const element = open.pop();
    if (!element || element.isSkipped) return;
    const { name, end } = element;
    const outer = inner();
    if (name === "pre" && !outer.isLine) blocks.raw("\n```");
    else if ((name === "td" || name === "th") && outer.cellsSoFar <= CELLS_MAX) endCell();
    else if (end !== "") closeMark(end);
    if (name === "tr") closeRow(element, outer);
    if (BLOCKS.has(name)) startBlock(outer, outer.isLine);
  }

  function endCell(): void {
    blocks.words(" ");
    blocks.raw("| ");
  }

  /** Nothing was written since its beginning: both are left out. */
  function closeMark(end: string): void {
    if (marks.length > 0) marks.pop();
    else blocks.raw(end);
  }

  function closeRow(row: Element, outer: Element): void {
    const table = open.findLast(({ name }) => name === "table") ?? outer;
    table.rowsSoFar += 1;
    if (table.rowsSoFar > 1 || row.cellsSoFar < 2 || outer.isLine) return;
    blocks.open(outer.part, outer.prefix);
    blocks.raw(`|${" --- |".repeat(Math.min(row.cellsSoFar, CELLS_MAX))}`);
  }

  function text(words: string): void {
    if (isFull()) return;
    const { name, isSkipped, isPre } = inner();
    if (name === "title" && open.at(-2)?.name !== "svg" && title.length < TITLE_CHARS_MAX) title += words;
    if (isSkipped) return;
    if (/\S/.test(words)) writeMarks();
    if (isPre) blocks.raw(words);
    else blocks.words(words);
  }

  return {
    handler: { onopentag: opened, onclosetag: closed, ontext: text },
    title: () => title.replaceAll(/\s+/g, " ").trim().slice(0, TITLE_CHARS_MAX),
    isFull,
  };
}

function indented(name: string, outer: Element): Pick<Element, "prefix" | "quotes" | "lists"> {
  const { prefix, quotes, lists } = outer;
  if (name === "blockquote" && quotes < INDENTS_MAX) return { prefix: `${prefix}> `, quotes: quotes + 1, lists };
  if (name === "li" && lists < INDENTS_MAX) return { prefix: `${prefix}  `, quotes, lists: lists + 1 };
  return { prefix, quotes, lists };
}
