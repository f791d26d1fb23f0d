// Prints leaves as Markdown again: four blanks a level, fences that hold, code and tables at the margin, since no platform nests
// them reliably. A list item whose marker stands in an earlier message is left out: what it holds moves to the left.

import { displayWidth } from "../../lib/terminal-text.ts";
import { JOINER } from "./markdown-inline.ts";
import type { Container, Leaf } from "./markdown-leaves.ts";

const INDENT = 4;
const ALIGNED_COLUMNS_MAX = 120;

/** Prints the leaves of one message after the other: it remembers which markers were printed before. */
export function createPrinter(): (leaves: readonly Leaf[]) => string {
  const printed = new Set<Container>();
  return (leaves) => {
    const open = new Set<Container>();
    let text = "";
    leaves.forEach((leaf, place) => {
      const before = leaves[place - 1];
      text += before ? separator(leaf, before) : "";
      text += printLeaf(leaf, printed, open);
      if (isAtMargin(leaf)) open.clear();
    });
    return text;
  };
}

/** At least as much as the leaf takes wherever it stands. */
export const printAlone = (leaf: Leaf): string => `${printLeaf(leaf, new Set(), new Set())}${" ".repeat(INDENT)}\n>\n`;

/** What each further line of the leaf takes besides its text. */
export const linePrefix = (leaf: Leaf): string => (isAtMargin(leaf) ? "" : leaf.within.map(continued).join(""));

export const isAtMargin = ({ kind }: Leaf): boolean => kind === "code" || kind === "table" || kind === "rule";

function separator(leaf: Leaf, before: Leaf): string {
  if (isAtMargin(leaf) || isAtMargin(before)) return "\n\n";
  const [outer, outerBefore] = [leaf.within[0], before.within[0]];
  if (outer !== undefined && outer === outerBefore)
    return leaf.isApart ? (outer.kind === "quote" ? "\n>\n" : "\n\n") : "\n";
  return !leaf.isApart && outer?.kind === "item" && outerBefore?.kind === "item" ? "\n" : "\n\n";
}

function printLeaf(leaf: Leaf, printed: Set<Container>, open: Set<Container>): string {
  const markers: string[] = [];
  let prefix = "";
  for (const container of leaf.within) {
    if (container.kind === "quote") {
      if (!isAtMargin(leaf)) prefix += "> ";
    } else if (!printed.has(container)) {
      printed.add(container);
      open.add(container);
      markers.push(prefix + container.marker);
      prefix += continued(container);
    } else if (open.has(container)) prefix += continued(container);
  }
  if (isAtMargin(leaf)) return [...markers, "", printBody(leaf)].join("\n").replace(/^\n/, "");
  const [first = "", ...lines] = printBody(leaf).split("\n");
  const last = markers.pop();
  return [...markers, (last === undefined ? prefix : `${last} `) + first, ...lines.map((line) => prefix + line)].join(
    "\n",
  );
}

const continued = ({ kind, marker }: Container): string =>
  kind === "quote" ? "> " : " ".repeat(Math.max(INDENT, marker.length + 1));

function printBody({ kind, text, mark }: Leaf): string {
  if (kind === "rule") return "---";
  if (kind === "heading") return `${mark} ${text}`;
  if (kind !== "code") return text;
  const fence = "`".repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}${mark}\n${text}\n${fence}`;
}

const FENCE_CHARS_MAX = 8;

/** Backticks in code that no fence could hold are parted. */
export const fenceable = (code: string): string =>
  code.replace(/`{4,}/g, (run) => (run.length < FENCE_CHARS_MAX ? run : (run.match(/`{1,2}/g) ?? []).join(JOINER)));

const longestRun = (text: string): number =>
  Math.max(0, ...(text.match(/`{3,7}/g) ?? []).slice(0, 1000).map((run) => run.length));

/** A table as code: its columns under each other where that stays readable. */
export function tableAsCode(table: Leaf): Leaf {
  const rows = table.text.split("\n").map(cellsOf);
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 3, displayWidth(cell));
    });
  const isNarrow = widths.reduce((sum, width) => sum + width + 3, 1) <= ALIGNED_COLUMNS_MAX;
  const line = (row: readonly string[], isRule: boolean) =>
    `| ${row.map((cell, column) => (isRule ? "-".repeat(widths[column] ?? 3) : padded(cell, widths[column] ?? 0))).join(" | ")} |`;
  const text = isNarrow ? rows.map((row, place) => line(row, place === 1)).join("\n") : table.text;
  return { ...table, kind: "code", text, mark: "" };
}

/** Rows with more cells than the heading would lose them: the heading gets empty ones. */
export function withWholeHeading(table: Leaf): Leaf {
  const [head = "", rule = "", ...rows] = table.text.split("\n");
  const columns = cellsOf(head).length;
  const missing = Math.max(0, ...rows.map((row) => cellsOf(row).length)) - columns;
  if (missing <= 0) return table;
  const wider = (line: string, cell: string) => `| ${[...cellsOf(line), ...Array(missing).fill(cell)].join(" | ")} |`;
  return { ...table, text: [wider(head, " "), wider(rule, "---"), ...rows].join("\n") };
}

const padded = (cell: string, width: number): string => cell + " ".repeat(Math.max(0, width - displayWidth(cell)));

export const cellsOf = (row: string): readonly string[] =>
  row
    .trim()
    .replace(/^\|/, "")
    .replace(/(?<!\\)\|$/, "")
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
