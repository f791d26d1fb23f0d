// Packs leaves into messages: as many as fit, in order, nothing left out. What is too large alone is cut: code reopens its fence,
// a table repeats its heading. The one notion of both platforms; what differs is handed in as limits and as the way to dress a leaf.

import { asPlainStart, cutPlace, lengthWithin, type Measure } from "./markdown-cut.ts";
import { type InlineWriter, JOINER, writeInline, writeRow } from "./markdown-inline.ts";
import { type Leaf, readLeaves } from "./markdown-leaves.ts";
import {
  cellsOf,
  createPrinter,
  fenceable,
  linePrefix,
  printAlone,
  tableAsCode,
  withWholeHeading,
} from "./markdown-print.ts";
import { isTableRule } from "./markdown-stream-line.ts";

export interface Limits {
  /** What one message holds, in the unit of `measure`. */
  readonly size: number;
  readonly measure: Measure;
  /** Blocks that the platform makes of a message, and how many of them a leaf adds. */
  readonly blocks: number;
  readonly blocksOf: (leaf: Leaf, before: Leaf | undefined) => number;
  /** Absent: tables are shown as code. */
  readonly tables?: TableLimits;
}

export interface TableLimits {
  /** All tables of a message together. */
  readonly count: number;
  readonly characters: number;
  /** Of one table, with its heading. */
  readonly rows: number;
  readonly columns: number;
}

/** How a platform writes what is in a leaf. */
export interface Dress {
  readonly inline: InlineWriter;
  readonly code: (code: string) => string;
  /** The last word on a leaf whose text is written. */
  readonly leaf: (leaf: Leaf) => Leaf;
}

export interface Packed {
  /** What stands between the rules of the message. */
  readonly sections: readonly string[];
  readonly markdown: string;
}

/** From here on people get the first message and the whole answer as a file: nobody reads the sixteenth message in a row. */
export const MESSAGES_MAX = 15;

export function packMarkdown(markdown: string, dress: Dress, limits: Limits): readonly Packed[] {
  const leaves = readLeaves(markdown).flatMap((leaf) => split(dressed(leaf, dress, limits), limits));
  const print = createPrinter();
  return grouped(leaves, limits)
    .map((group) => {
      const sections = sectionsOf(group).map(print);
      return { sections, markdown: sections.join("\n\n---\n\n").replace(/^\n+|\n+$/g, "") };
    })
    .filter(({ markdown }) => markdown.trim() !== "");
}

function sectionsOf(leaves: readonly Leaf[]): readonly (readonly Leaf[])[] {
  const sections: Leaf[][] = [[]];
  for (const leaf of leaves) {
    if (leaf.kind === "rule" && leaf.within.length === 0) sections.push([]);
    else sections.at(-1)?.push(leaf);
  }
  return sections;
}

function dressed(leaf: Leaf, dress: Dress, limits: Limits): Leaf {
  if (leaf.kind === "code") return dress.leaf({ ...leaf, text: fenceable(dress.code(leaf.text)) });
  if (leaf.kind !== "table") return dress.leaf({ ...leaf, text: withoutTable(writeInline(leaf.text, dress.inline)) });
  const table = withWholeHeading(leaf);
  const rows = table.text.split("\n").map((row) => writeRow(row, dress.inline));
  const written = { ...table, text: rows.join("\n") };
  return canBeTable(written, limits) ? written : dressed(tableAsCode(leaf), dress, limits);
}

/** A paragraph that goes on below its quote (`> a` and then `| b |`) would become a table when each line has its mark. */
function withoutTable(text: string): string {
  const lines = text.split("\n");
  return lines.map((line, place) => (isTableRule(line, lines[place - 1] ?? "") ? JOINER + line : line)).join("\n");
}

/** Each row fits beside the heading, so that the table can be cut anywhere. */
function canBeTable({ text }: Leaf, { tables, size, measure }: Limits): boolean {
  if (!tables) return false;
  const [head = "", rule = "", ...rows] = text.split("\n");
  if (cellsOf(head).length > tables.columns) return false;
  const longest = Math.max(0, ...rows.map(measure));
  return measure(head) + measure(rule) + longest < Math.min(size, tables.characters) / 2;
}

function split(leaf: Leaf, limits: Limits): readonly Leaf[] {
  if (leaf.kind === "table") return limits.tables ? splitTable(leaf, limits, limits.tables) : [leaf];
  return fits(costOf(leaf, undefined, limits), limits) ? [leaf] : splitText(leaf, limits);
}

function splitTable(table: Leaf, { size, measure }: Limits, tables: TableLimits): readonly Leaf[] {
  const [head = "", rule = "", ...rows] = table.text.split("\n");
  const heading = `${head}\n${rule}`;
  const room = Math.min(size, tables.characters) - measure(printAlone({ ...table, text: heading }));
  const pieces: string[][] = [[]];
  let used = 0;
  for (const row of rows) {
    const cost = measure(`${row}\n`);
    const piece = pieces.at(-1);
    if (piece && piece.length + 1 < tables.rows && used + cost <= room) piece.push(row);
    else {
      pieces.push([row]);
      used = 0;
    }
    used += cost;
  }
  return pieces.map((piece) => ({ ...table, text: [heading, ...piece].join("\n") }));
}

function splitText(leaf: Leaf, { size, measure }: Limits): readonly Leaf[] {
  const isInline = leaf.kind !== "code";
  const room = size - measure(printAlone({ ...leaf, text: "" })) - FENCES_GROWTH;
  const newline = measure(linePrefix(leaf));
  const pieces: Leaf[] = [];
  let rest = leaf.text;
  while (rest !== "") {
    const limit = Math.max(1, lengthWithin(rest, room, measure, newline));
    const place = Math.max(1, cutPlace(rest, limit, isInline));
    const text = rest.slice(0, place);
    const kind = leaf.kind === "heading" && pieces.length > 0 ? "text" : leaf.kind;
    if (!isInline || text.trim() !== "")
      pieces.push({ ...leaf, kind, text: isInline ? text.trimEnd() : text.replace(/\n$/, "") });
    rest = isInline ? asPlainStart(rest.slice(place)) : rest.slice(place);
  }
  return pieces;
}

/** Fences around backticks are longer than those around nothing. */
const FENCES_GROWTH = 16;

function grouped(leaves: readonly Leaf[], limits: Limits): readonly (readonly Leaf[])[] {
  const groups: (readonly Leaf[])[] = [];
  let group: Leaf[] = [];
  let used = NOTHING;
  for (const leaf of leaves) {
    const more = sum(used, costOf(leaf, group.at(-1), limits));
    if (group.length === 0 || fits(more, limits)) {
      group.push(leaf);
      used = more;
      continue;
    }
    // A heading goes along with what it heads.
    const heading = group.length > 1 && group.at(-1)?.kind === "heading" ? group.slice(-1) : [];
    const next = fits(costOfAll([...heading, leaf], limits), limits) ? [...heading, leaf] : [leaf];
    groups.push(group.slice(0, group.length + 1 - next.length));
    group = next;
    used = costOfAll(next, limits);
  }
  return group.length > 0 ? [...groups, group] : groups;
}

interface Cost {
  readonly size: number;
  readonly blocks: number;
  readonly tables: number;
  readonly tableCharacters: number;
}

const NOTHING: Cost = { size: 0, blocks: 0, tables: 0, tableCharacters: 0 };

const costOf = (leaf: Leaf, before: Leaf | undefined, { measure, blocksOf }: Limits): Cost => ({
  size: measure(printAlone(leaf)),
  blocks: blocksOf(leaf, before),
  tables: leaf.kind === "table" ? 1 : 0,
  tableCharacters: leaf.kind === "table" ? measure(leaf.text) : 0,
});

const costOfAll = (leaves: readonly Leaf[], limits: Limits): Cost =>
  leaves.map((leaf, place) => costOf(leaf, leaves[place - 1], limits)).reduce(sum, NOTHING);

const sum = (one: Cost, other: Cost): Cost => ({
  size: one.size + other.size,
  blocks: one.blocks + other.blocks,
  tables: one.tables + other.tables,
  tableCharacters: one.tableCharacters + other.tableCharacters,
});

const fits = (cost: Cost, { size, blocks, tables }: Limits): boolean =>
  cost.size <= size &&
  cost.blocks <= blocks &&
  (!tables || (cost.tables <= tables.count && cost.tableCharacters <= tables.characters));
