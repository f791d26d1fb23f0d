// Takes inline Markdown apart, so that a platform can write each token in its own harmless way and no cut falls into one. Reading
// is linear: every token is bounded but code, and code that is not closed is looked for once for each number of backticks.

export interface InlineToken {
  readonly kind: "plain" | "escape" | "code" | "link" | "mention" | "address" | "less" | "stop" | "call" | "entity";
  readonly text: string;
  readonly start: number;
}

/** Shown nowhere, but parts what a platform would read as one: `<!channel>` and `[x](javascript:y)` become mere text. */
export const JOINER = "\u2060";

const SAFE_SCHEME = "(?:https?:\\/\\/|mailto:)";
const URL_CHARS = "(?:[^\\s()<>]|\\([^\\s()<>]{0,200}\\)){1,1500}";

type Rule = readonly [kind: InlineToken["kind"], pattern: RegExp];
const rule = (kind: InlineToken["kind"], pattern: string): Rule => [kind, new RegExp(pattern, "isy")];

const LINK_RULE = rule("link", `!?\\[[^[\\]]{0,500}\\]\\(${SAFE_SCHEME}${URL_CHARS}(?: +"[^"]{0,200}")?\\)`);
/** By the character a token begins with. What no rule takes is plain. */
const RULES: Readonly<Record<string, readonly Rule[]>> = {
  "\\": [rule("escape", "\\\\[!-\\/:-@[-`{-~]")],
  "`": [rule("code", "(`{1,16})(?!`).+?(?<!`)\\1(?!`)"), rule("plain", "`+")],
  "!": [LINK_RULE],
  "[": [LINK_RULE],
  "<": [
    rule(
      "mention",
      "<@[A-Z0-9]{2,30}(?:\\|[^<>]{0,80})?>|<at (?:user_)?id=[\"']?[\\w-]{1,60}[\"']? ?>[^<>]{0,80}<\\/at>",
    ),
    rule("address", `<${SAFE_SCHEME}[^\\s<>]{1,1500}>`),
    rule("less", "<(?=[A-Za-z/!?@\\\\&])"),
  ],
  "]": [rule("stop", `\\](?=:|\\((?! *<?${SAFE_SCHEME}))`)],
  "@": [rule("call", "@(?=here|channel|everyone|\\\\?_all)")],
  "&": [rule("entity", "&(?:amp;)?#?\\w{1,10};")],
};
const STARTS = /[\\`!<\]@&[]/g;

/** What may still become a token when more text comes. */
const UNCERTAIN = new RegExp(
  `^(?:${[
    "\\\\",
    "`.{0,1020}",
    `!?(?:\\[(?:[^[\\]]{0,500}(?:\\](?:\\((?:[^\\s()<>]|\\([^\\s()<>]{0,200}\\)?){0,1500}(?: +(?:"[^"]{0,200}"?)?)?)?)?)?)?`,
    "<(?:[A-Za-z/!?@\\\\&][^\\s<>]{0,150})?",
    "<(?:@[^<>]{0,150}|at [^<>]{0,99}(?:>[^<>]{0,80}(?:<(?:\\/a?t?)?)?)?)",
    "\\](?:\\( *<?[a-z]{0,7}:?\\/{0,2})?",
    "@[\\w\\\\]{0,8}",
    "&#?\\w{0,10}",
  ].join("|")})$`,
  "is",
);
const UNCERTAIN_CODE = /(?:<[^\s<>]{0,20}|&[^\s<>&]{0,20}|@[\w\\]{0,8}|[\ud800-\udbff])$/;
const UNCERTAIN_CHARS_MAX = 2_500;
/** A picture may still get a colour of skin or be joined to the next one. */
const UNFINISHED_PICTURE =
  /[\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}\p{M}\p{Cf}\p{Cs}]{1,60}$/u;

/** The tokens of a paragraph or a line; joined they are the whole. */
export function inlineTokens(line: string): readonly InlineToken[] {
  const tokens: InlineToken[] = [];
  let place = 0;
  while (place < line.length) {
    STARTS.lastIndex = place;
    const start = STARTS.exec(line)?.index ?? line.length;
    if (start > place) tokens.push({ kind: "plain", text: line.slice(place, start), start: place });
    if (start < line.length) tokens.push(tokenAt(line, start));
    place = start + (start < line.length ? (tokens.at(-1)?.text.length ?? 0) : 0);
  }
  return tokens;
}

function tokenAt(line: string, start: number): InlineToken {
  for (const [kind, pattern] of RULES[line.charAt(start)] ?? []) {
    pattern.lastIndex = start;
    if (!pattern.test(line)) continue;
    return { kind, text: line.slice(start, pattern.lastIndex), start };
  }
  return { kind: "plain", text: line.charAt(start), start };
}

/** How much of a line that may go on is certain: its tokens stay what they are, whatever comes. */
export function certainLength(line: string): number {
  const tokens = inlineTokens(line);
  const open = tokens.findIndex((token) => {
    if (line.length - token.start > UNCERTAIN_CHARS_MAX) return false;
    const isOpen =
      token.kind === "plain" || LOOKS_AHEAD.has(token.kind) || token.start + token.text.length === line.length;
    return isOpen && UNCERTAIN.test(line.slice(token.start));
  });
  if (open < 0) return line.length - (UNFINISHED_PICTURE.exec(line)?.[0].length ?? 0);
  const before = tokens[open - 1];
  return (before && LOOKS_AHEAD.has(before.kind) ? before : tokens[open])?.start ?? 0;
}

/** What these are hangs on what follows, so they are shown together with it. */
const LOOKS_AHEAD: ReadonlySet<InlineToken["kind"]> = new Set(["less", "stop", "call"]);

/** The same in code, where only the beginning of a call counts. */
export const certainCodeLength = (line: string): number => line.length - (UNCERTAIN_CODE.exec(line)?.[0].length ?? 0);

/** How a platform writes a token so that it is seen as it was meant. */
export interface InlineWriter {
  readonly plain: (text: string) => string;
  /** A character after a backslash. */
  readonly escaped: (character: string) => string;
  readonly code: (text: string) => string;
  /** Undefined: this person may not be called. */
  readonly mention: (text: string) => string | undefined;
  readonly link: (label: string, url: string) => string;
  readonly address: (url: string) => string;
  /** A `<` that could begin a tag or a mention. */
  readonly less: string;
}

const LINK = /^(!?)\[(.*)\]\((\S*?)(?: +"(.*)")?\)$/s;
const READS_AS_SIGN = /^&(?:#0*(?:60|64)|#x0*(?:3c|40)|lt|commat);$/i;

/** Inline Markdown in which nobody is called and nothing can be run: every visible character is kept. */
export function writeInline(text: string, writer: InlineWriter): string {
  return inlineTokens(text)
    .map((token) => writeToken(token, writer))
    .join("");
}

/** The row of a table: no token goes from cell to cell. */
export const writeRow = (row: string, writer: InlineWriter): string =>
  row
    .split(/((?<!\\)\|)/)
    .map((cell) => writeInline(cell, writer))
    .join("");

function writeToken({ kind, text }: InlineToken, writer: InlineWriter): string {
  switch (kind) {
    case "plain":
      return writer.plain(text);
    case "escape":
      return writer.escaped(text.slice(1));
    case "code":
      return text.includes("\n") ? withoutCode(text, writer) : writer.code(text);
    case "mention":
      return writer.mention(text) ?? writer.less + writeInline(text.slice(1), writer);
    case "less":
      return writer.less;
    case "address":
      return writer.address(withoutCalls(text.slice(1, -1)));
    case "entity":
      return writer.plain(text) + (READS_AS_SIGN.test(text) ? JOINER : "");
    case "stop":
    case "call":
      return writer.plain(text) + JOINER;
    case "link": {
      const [, , label = "", url = "", title] = LINK.exec(text) ?? [];
      const target = withoutCalls(url);
      const link = label.trim() === "" ? writer.address(target) : writer.link(writeInline(label, writer), target);
      return title ? `${link} (${writeInline(title, writer)})` : link;
    }
  }
}

/** Platforms differ on code that goes over a line: it becomes text, in which all is harmless. */
const withoutCode = (text: string, writer: InlineWriter): string =>
  text
    .split(/(`+)/)
    .map((part) => (part.startsWith("`") ? [...part].map(writer.escaped).join("") : writeInline(part, writer)))
    .join("");

const withoutCalls = (url: string): string => url.replace(/@(?=here|channel|everyone|_all)/gi, "%40");
