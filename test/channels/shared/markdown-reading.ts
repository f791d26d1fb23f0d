// What people see of Markdown, told without a look at our renderers: as letters, digits and pictures. Marks and blanks may be
// written in another way; words, numbers, addresses and their order may not.

import MarkdownIt, { type Token } from "markdown-it";
import { HEADING_CELL, LANGUAGE } from "./markdown-documents.ts";

const platform = new MarkdownIt("default", { html: true });
platform.validateLink = () => true;
platform.normalizeLink = (url) => url;

const NAMED: Readonly<Record<string, string>> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"' };

/** Of a source, or of text that is shown as it is. */
export function visible(text: string): string {
  const seen = new Set<string>();
  return text
    .toWellFormed()
    .replaceAll("\0", "\ufffd")
    .replace(/&#(\d{2,3});/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replace(/&#x3c;/gi, "<")
    .replace(/&(?:amp|lt|gt|quot);/g, (name) => NAMED[name] ?? name)
    .replaceAll("%40", "@")
    .replaceAll("\u2060", "")
    .replaceAll(LANGUAGE, "")
    .replace(HEADING_CELL, (cell) => (seen.size < seen.add(cell).size ? cell : ""))
    .replace(/[\s!-/:-@[-`{-~]/g, "")
    .replace(/at(?:userid|id)ouann(?:Ann)?at/g, "Ann");
}

export interface Reading {
  readonly text: string;
  /** Structures a platform makes of it; lists and quotes count with the code and tables in them. */
  readonly structures: number;
  /** Of each table its rows, its widest row and its characters. */
  readonly tables: readonly { readonly rows: number; readonly columns: number; readonly characters: number }[];
  readonly addresses: readonly string[];
  readonly images: number;
  readonly hasHtml: boolean;
}

/** What a platform that reads Markdown by the book shows of it: what that would swallow is missing here. */
export function readAsPlatform(markdown: string): Reading {
  const tokens = platform.parse(markdown, {});
  const text: string[] = [];
  const addresses: string[] = [];
  const tables: { rows: number; columns: number; characters: number }[] = [];
  let [structures, images, columns, hasHtml] = [0, 0, 0, false];
  const inline = (children: readonly Token[]): void => {
    const open: string[] = [];
    for (const token of children) {
      if (token.type === "link_open") {
        const address = String(token.attrGet("href"));
        addresses.push(address);
        open.push(token.markup === "autolink" ? "" : ` ${address} ${token.attrGet("title") ?? ""}`);
      } else if (token.type === "link_close") text.push(open.pop() ?? "");
      else if (token.type === "image") images += 1;
      else if (token.type === "html_inline") hasHtml ||= !/^<\/?at\b/.test(token.content);
      if (token.type === "softbreak" || token.type === "hardbreak") text.push("\n");
      else if (token.type !== "image") text.push(token.content);
    }
  };
  for (const token of tokens) {
    if (token.type === "inline") inline(token.children ?? []);
    else if (token.type === "fence" || token.type === "code_block") text.push(token.content, "\n");
    else if (token.type === "html_block") hasHtml = true;
    else if (token.type === "list_item_open") text.push(token.info, " ");
    else if (token.type === "table_open") {
      const [first = 0, end = 0] = token.map ?? [];
      const lines = markdown.split("\n").slice(first, end);
      tables.push({ rows: 0, columns: 0, characters: lines.join("\n").length });
    } else if (token.type === "tr_open") columns = 0;
    else if (token.type === "th_open" || token.type === "td_open") columns += 1;
    else if (token.type === "tr_close") {
      const table = tables.at(-1);
      if (table) Object.assign(table, { rows: table.rows + 1, columns: Math.max(table.columns, columns) });
    }
    const isBlock = token.nesting === 0 ? token.type !== "inline" : token.nesting > 0 && token.level === 0;
    if (isBlock || (token.type === "table_open" && token.level > 0)) structures += 1;
    if (token.nesting !== 0 || token.type === "inline") text.push("\n");
  }
  return { text: visible(text.join("")), structures, tables, addresses, images, hasHtml };
}

/** Empty if what was shown is the source, else where they part. */
export function difference(shown: string, source: string): string {
  const [one, other] = [visible(shown), visible(source)];
  if (one === other) return "";
  let place = 0;
  while (one[place] === other[place]) place += 1;
  const around = (text: string) => text.slice(Math.max(0, place - 30), place + 30);
  return `at ${place} of ${other.length}: shown "${around(one)}", written "${around(other)}"`;
}
