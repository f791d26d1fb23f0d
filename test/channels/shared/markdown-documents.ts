// Markdown as models write it, and worse: documents for property tests.

import fc from "fast-check";

/** Stands for every language of code: it is no visible text, and is named again where code goes on in the next message. */
export const LANGUAGE = "qqlang";
/** Cells of headings are unlike any other word and each other: a table that goes on in the next message repeats them. */
export const HEADING_CELL = /Hd\d+x/g;

const pieces = [
  ..."word,Zürich,naïve,数据库,これは,한국어,42,3.14,a_b_c,x<y,a < b,5 > 3,snake_case,#tag,100%,C++".split(","),
  ..."👨‍👩‍👧‍👦,👍🏽,🇨🇳,e\u0301,🏳️‍🌈,😀".split(","),
  ..."**bold**,*it*,~~gone~~,__b__,**注意：**请看,**open,`code`,``a ` b``,`<!here>`,`unclosed,`<at id=all></at>`".split(
    ",",
  ),
  "[site](https://example.com/a_b)",
  '[t](https://example.com/x(1) "a title")',
  "[a [nested] b](https://example.com)",
  "[bad](javascript:alert(1))",
  "[bad](<javascript:alert(2)>)",
  "[data](data:text/html,x)",
  "[rel](./file.md)",
  "[](https://example.com/empty)",
  "![pic](https://example.com/p.png)",
  "![](https://example.com/q.png)",
  "![k](img_v3_key)",
  "[![b](https://example.com/b.svg)](https://example.com)",
  "[ref][one]",
  "![ref]",
  "arr[i](x)",
  "<https://example.com/auto>",
  "<javascript:alert(3)>",
  "https://example.com/@here?x=1",
  "<div class='a'>html</div>",
  "<br>",
  "<!-- comment -->",
  "<script>alert(4)</script>",
  ..."<!channel>,<!here>,<!everyone|all>,<!subteam^S123|team>,@channel,@here,@everyone,@HERE,@_all".split(","),
  ..."<@UANN>,<@UANN|ann>,<@UBOB>,<@WCAT>,<#C123|general>,[x](<!channel>),@[here](https://example.com)".split(","),
  '<at id=ou_ann></at>,<at user_id="ou_ann">Ann</at>,<at user_id="all">All</at>,<at id=all></at>'.split(","),
  ..."<at id=ou_bob></at>,<\\!channel>,\\<!channel>,&lt;!channel&gt;,&#60;!channel>,&#60;at id=all>,<&#33;here>".split(
    ",",
  ),
  ..."\\*,\\_,\\<at id=all>,\\\\,\\`,&amp;,&#x3c;!here>,@\\_all,<\\at id=all>,<person id='ou_bob'>,]: x,|".split(","),
].flat();

const soupMarks = [..."\n\n\n   `~>-#*|[]()<!@\\&:=1.2中"].concat(
  "```",
  "~~~",
  "    ",
  "- ",
  "> ",
  "1. ",
  "<!",
  "<at ",
  "](",
  "👍🏽",
);

const inline = fc
  .array(fc.tuple(fc.constantFrom(...pieces), fc.constantFrom(" ", " ", " ", "", "，", "\n")), {
    minLength: 1,
    maxLength: 9,
  })
  .map((parts) => parts.flat().join(""));
const line = inline.map((text) => text.replaceAll("\n", " "));
const cell = fc.constantFrom(...pieces.filter((text) => !/[|\n]/.test(text)));

const heading = fc.tuple(fc.integer({ min: 1, max: 6 }), line).map(([level, text]) => `${"#".repeat(level)} ${text}`);
const setext = fc.tuple(inline, fc.constantFrom("===", "---")).map(([text, rule]) => `${text}\n${rule}`);

const codeLine = fc.oneof(
  line,
  fc.constantFrom("", "  indented", "```", "``````````", "~~~", "| a | b |", "|---|---|", "# no"),
);
const code = fc
  .tuple(
    fc.constantFrom("```", "~~~", "````", "~~~~~"),
    fc.constantFrom("", LANGUAGE, `${LANGUAGE} title=x.ts`),
    fc.array(codeLine, { maxLength: 6 }),
    fc.boolean(),
  )
  .map(([fence, info, lines, isClosed]) => [fence + info, ...lines, ...(isClosed ? [fence] : [])].join("\n"));
const indented = fc.array(line, { minLength: 1, maxLength: 3 }).map((lines) => lines.map((l) => `    ${l}`).join("\n"));

let headings = 0;
export const tableOf = (columnsMax: number, rowsMax: number) =>
  fc
    .tuple(
      fc.integer({ min: 1, max: columnsMax }),
      fc.integer({ min: 0, max: rowsMax }),
      fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 }),
    )
    .map(([columns, rows, cells]) => {
      const head = Array.from({ length: columns }, () => `Hd${headings++}x`);
      const body = Array.from({ length: rows }, (_, place) => cells[place % cells.length] ?? []);
      return [head, head.map(() => "---"), ...body].map((row) => `| ${row.join(" | ")} |`).join("\n");
    });

const leaf = fc.oneof(
  { arbitrary: inline, weight: 6 },
  { arbitrary: heading, weight: 2 },
  { arbitrary: setext, weight: 1 },
  { arbitrary: code, weight: 2 },
  { arbitrary: indented, weight: 1 },
  { arbitrary: tableOf(4, 5), weight: 2 },
  {
    arbitrary: fc.constantFrom("---", "***", "[one]: https://example.com/ref", "[two]: javascript:alert(5)", "-", "#"),
    weight: 1,
  },
);

const indentedBy = (text: string, first: string, rest: string): string => first + text.replaceAll("\n", `\n${rest}`);
const container = (inner: fc.Arbitrary<string>) =>
  fc
    .tuple(
      fc.constantFrom("quote", "-", "*", "1.", "10.", "7)", "123."),
      fc.array(inner, { minLength: 1, maxLength: 3 }),
      fc.boolean(),
    )
    .map(([kind, items, isTight]) => {
      const gap = isTight ? "\n" : "\n\n";
      if (kind === "quote") return indentedBy(items.join(gap), "> ", "> ");
      return items.map((item) => indentedBy(item, `${kind} `, " ".repeat(kind.length + 1))).join(gap);
    });
const block = fc.oneof(
  { arbitrary: leaf, weight: 6 },
  { arbitrary: container(leaf), weight: 3 },
  { arbitrary: container(container(leaf)), weight: 2 },
  { arbitrary: container(container(container(leaf))), weight: 1 },
);

const joined = (blocks: fc.Arbitrary<string>, maxLength: number) =>
  fc
    .array(fc.tuple(blocks, fc.constantFrom("\n\n", "\n\n", "\n\n", "\n", "\r\n\r\n")), { maxLength })
    .map((parts) => parts.flat().join(""));

export const smallDocument = joined(block, 4);
export const soup = fc.array(fc.constantFrom(...soupMarks), { maxLength: 60 }).map((marks) => marks.join(""));

/** Many pages: every block is repeated or long, so that messages end in it. */
const long = (text: fc.Arbitrary<string>, times: number) =>
  fc
    .tuple(text, fc.integer({ min: 1, max: times }), fc.constantFrom("", " ", "\n", "。"))
    .map(([t, n, gap]) => (t + gap).repeat(n));
const longCode = fc.tuple(code, long(line, 200)).map(([text, more]) => text.replace("\n", `\n${more}\n`));
const nested = fc
  .tuple(fc.constantFrom("> ", "- ", "1. ", "> - "), fc.integer({ min: 1, max: 40 }), inline)
  .map(([mark, depth, text]) => mark.repeat(depth) + text);
export const longDocument = joined(
  fc.oneof(
    block,
    long(fc.constantFrom(...pieces), 2000),
    long(line, 150),
    longCode,
    tableOf(25, 150),
    nested,
    long(container(leaf), 80),
    container(long(line, 150)),
    fc.integer({ min: 1, max: 120 }).map((times) => "- - item\n\n---\n\n".repeat(times)),
  ),
  6,
);
