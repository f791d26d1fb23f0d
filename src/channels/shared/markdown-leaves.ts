// Reads Markdown into leaves: paragraphs, headings, code, tables and rules, in order, each with its exact source and the list
// items and quotes it stands in. Flat, so that a message may end between any two. Knows nothing of a platform.

import MarkdownIt, { type StateBlock, type Token } from "markdown-it";
import { asPlainStart } from "./markdown-cut.ts";

/** Leaves in the same quote or list item share the same object. */
export interface Container {
  readonly kind: "quote" | "item";
  /** Of an item: `-` or `3.` */
  readonly marker: string;
}

export interface Leaf {
  readonly kind: "text" | "heading" | "code" | "table" | "rule";
  /** Inline Markdown, code, or the lines of the table. */
  readonly text: string;
  /** Of a heading `##`, of code its language. */
  readonly mark: string;
  /** The outermost first. */
  readonly within: readonly Container[];
  /** A blank line stands before it. */
  readonly isApart: boolean;
}

/** Levels of nesting that are read; what is deeper stays as it is written. A list takes two, a quote one. */
const DEPTH_MAX = 16;
const LANGUAGE = /^[A-Za-z][\w+#.-]{0,29}$/;

const reader = createReader();

export function readLeaves(markdown: string): readonly Leaf[] {
  const leaves: Leaf[] = [];
  const within: Container[] = [];
  const leavesBefore: number[] = [];
  let endLine = 0;
  let opening: Token | undefined;

  const add = (kind: Leaf["kind"], text: string, mark: string, map: Token["map"]): void => {
    leaves.push({ kind, text, mark, within: [...within], isApart: (map?.[0] ?? 0) > endLine });
    endLine = map?.[1] ?? endLine;
  };

  for (const token of reader.parse(markdown.toWellFormed(), {})) {
    if (token.type === "blockquote_open") within.push({ kind: "quote", marker: "" });
    else if (token.type === "list_item_open") {
      within.push({ kind: "item", marker: token.info === "" ? "-" : token.info + token.markup });
      leavesBefore.push(leaves.length);
    } else if (token.type === "list_item_close" || token.type === "blockquote_close") {
      if (token.type === "list_item_close" && leavesBefore.pop() === leaves.length) add("text", "", "", null);
      within.pop();
    } else if (token.type === "paragraph_open" || token.type === "heading_open") opening = token;
    else if (token.type === "inline" && opening?.type === "heading_open")
      add("heading", token.content.replaceAll("\n", " "), "#".repeat(Number(opening.tag.slice(1))), opening.map);
    else if (token.type === "inline") add("text", token.content, "", token.map);
    else if (token.type === "raw_text")
      add("text", token.content.split("\n").map(asPlainStart).join("\n"), "", token.map);
    else if (token.type === "raw_table") add("table", token.content, "", token.map);
    else if (token.type === "hr") add("rule", "", "", token.map);
    else if (token.type === "code_block") add("code", token.content.replace(/\n$/, ""), "", token.map);
    else if (token.type === "fence") {
      const language = token.info.trim();
      const isLanguage = language === "" || LANGUAGE.test(language);
      if (!isLanguage) add("text", asPlainStart(language), "", token.map);
      add("code", token.content.replace(/\n$/, ""), isLanguage ? language : "", token.map);
    }
  }
  return leaves;
}

/** Blocks only. Definitions of links and HTML are left as text: a platform that does not know them would hide them. */
function createReader() {
  const markdown = new MarkdownIt({ html: false });
  markdown.core.ruler.enableOnly(["normalize", "block"]);
  markdown.block.ruler.disable(["reference", "html_block"]);
  const [isTable] = markdown.block.ruler.getRules("");
  const endsTable = markdown.block.ruler.getRules("blockquote");
  // The parser drops cells that have no heading above them: the lines are kept instead of its cells.
  const interrupts = { alt: ["paragraph", "reference"] };
  markdown.block.ruler.at(
    "table",
    (state, start, last, isSilent) => {
      if (!isTable?.(state, start, last, true)) return false;
      if (isSilent) return true;
      const goesOn = (line: number) => {
        const indent = (state.sCount[line] ?? 0) - state.blkIndent;
        if (line >= last || state.isEmpty(line) || indent < 0 || indent >= 4) return false;
        return !endsTable.some((isEnd) => isEnd(state, line, last, true));
      };
      let end = start + 2;
      while (goesOn(end)) end += 1;
      addRaw(state, "raw_table", start, end);
      return true;
    },
    interrupts,
  );
  // The parser throws away what is nested too deep for it.
  markdown.block.ruler.before("table", "too_deep", (state, start, last, isSilent) => {
    if (state.level < DEPTH_MAX) return false;
    let end = start + 1;
    while (end < last && !state.isEmpty(end) && (state.sCount[end] ?? 0) >= state.blkIndent) end += 1;
    if (!isSilent) addRaw(state, "raw_text", start, end);
    return true;
  });
  return markdown;
}

function addRaw(state: StateBlock, type: string, start: number, end: number): void {
  const token = state.push(type, "", 0);
  token.content = state.getLines(start, end, state.blkIndent, false).trim();
  token.map = [start, end];
  state.line = end;
}
