// What a stream has to know of the lines it shows: which open and close code, which make a table, and when a line that has only
// begun is certain enough to be shown.

export interface StreamLine {
  /** The line that reopens the code we are in; empty: in none. */
  readonly fence: string;
  /** Heading and rule of the table we are in. */
  readonly tableHead: string;
  readonly lineBefore: string;
  /** Of the line under way what is shown; undefined at its beginning. */
  readonly line: string | undefined;
}

const PREFIX = "[\\s>]*(?:(?:[-+*]|\\d{1,9}[.)])\\s+)*";
const CONTAINERS = new RegExp(`^${PREFIX}`);
const OPENING = new RegExp(`^${PREFIX}(?:(\`{3,40})([^\`]{0,120})|(~{3,40})(.{0,120}))$`, "s");
const LANGUAGE = /^\s*[A-Za-z][\w+#.-]{0,29}(?=\s|$)/;
const TABLE_RULE = /^[\s>]*(?:(?:[-+*]|\d{1,9}[.)])\s+)*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;
/** Marks of containers, then what may become a fence, a table or its rule. */
const UNDECIDED = /^[\s>]*(?:(?:[-+*]|\d{1,9}[.)]?)\s*)*(?:[`~]{1,2}|[`~]{3}.*|\|.*|[|:\s-]*)$/s;
const UNDECIDED_CHARS_MAX = 4_000;
const REMEMBERED_CHARS_MAX = 500;

/** Whether a line that has only begun could still open code, be in a table or be nothing. */
export const isUndecided = (line: string): boolean => line.length < UNDECIDED_CHARS_MAX && UNDECIDED.test(line);

/** Undefined: no fence. Else the fence that is open after the line, empty if it closes one. */
export function isFenceLine(line: string, open: string): string | undefined {
  if (open === "") {
    const [, ticks = "", ticksInfo = "", tildes = "", tildesInfo = ""] = OPENING.exec(line) ?? [];
    const [language = ""] = LANGUAGE.exec(ticksInfo + tildesInfo) ?? [];
    return ticks + tildes === "" ? undefined : ticks + tildes + language.trim();
  }
  const mark = closingOf(open);
  const closing = line.replace(/^[\s>]+/, "").trimEnd();
  return closing.startsWith(mark) && closing === mark.charAt(0).repeat(closing.length) ? "" : undefined;
}

export const closingOf = (fence: string): string => /^(?:`+|~+)/.exec(fence)?.[0] ?? "";

/** The second line of a table. Seen everywhere, also in what looks like code: one too many is harmless, one too few is refused. */
export const isTableRule = (line: string, before: string): boolean => before.includes("|") && TABLE_RULE.test(line);

/** A line as the next one needs it. Of a long one only whether it could head a table. */
export const remembered = (line: string): string =>
  line.length <= REMEMBERED_CHARS_MAX ? line : line.includes("|") ? "|" : "";

export const withoutContainers = (line: string): string => line.replace(CONTAINERS, "");
