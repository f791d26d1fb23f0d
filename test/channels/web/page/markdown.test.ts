// An answer as HTML: what a hostile one must not become, and what a Chinese one must.

import MarkdownIt from "markdown-it";
import { describe, expect, test } from "vitest";
import { createMarkdown } from "../../../../src/channels/web/page/markdown.js";

const blocks = createMarkdown(MarkdownIt, { copy: "Copy" });
const html = (text: string): string => blocks(text).join("");
const ALLOWED =
  /^<\/?(?:p|a|em|strong|s|code|pre|div|span|button|table|thead|tbody|tr|th|td|ul|ol|li|br|hr|h[1-6]|blockquote)\b/;

describe("a hostile answer", () => {
  const hostile = [
    '<img src=x onerror="alert(1)"><script>alert(2)</script>',
    "[a](javascript:alert(3)) <javascript:alert(4)> [b](data:text/html,x) [c](vbscript:x) [d](/login) [e](//evil.example)",
    '[f](https://example.com "t\\" onmouseover=\\"alert(5)") ![g](javascript:alert(6)) ![h](https://evil.example/p.png)',
    '```"><img/src=x/onerror=alert(7)>\n</code></pre><script>alert(8)</script>\n```',
    "| a | b |\n|:--|--:|\n| <b>x</b> | y |",
    "[r]\n\n[r]: javascript:alert(9)",
    "[![in a link](https://evil.example/q.png)](https://example.com)",
  ].join("\n\n");

  test("has no element and no attribute that could do anything", () => {
    const tags = html(hostile).match(/<[^>]*>?/g) ?? [];
    expect(tags.filter((tag) => !ALLOWED.test(tag))).toEqual([]);
    expect(
      tags.filter((tag) => /\s(?:on\w+|style|src|srcset|srcdoc|id|name)=/i.test(tag.replace(/"[^"]*"/g, '""'))),
    ).toEqual([]);
  });

  test("has links to the web only, and they take nothing along", () => {
    const links = html(hostile).match(/<a [^>]*>/g) ?? [];
    expect(links.map((link) => /href="([^"]*)"/.exec(link)?.[1])).toEqual([
      "https://example.com",
      "https://evil.example/p.png",
      "https://example.com",
    ]);
    for (const link of links) expect(link).toContain('rel="noopener noreferrer nofollow" target="_blank"');
  });
});

describe("an answer", () => {
  test("shows a picture as a link to it, and inside of a link as its words", () => {
    expect(html("![a box](https://example.com/box.png)")).toContain(">a box</a>");
    expect(html("[![a box](https://example.com/box.png)](https://example.com)").match(/<a /g)).toHaveLength(1);
  });

  test("links addresses that are written as such, and no file names", () => {
    expect(html("see https://example.com/a，then")).toContain('href="https://example.com/a"');
    expect(html("edit README.md and main.rs, ask a@b.example")).not.toContain("<a");
    expect(html("[mail](mailto:a@example.com)")).toContain('href="mailto:a@example.com"');
  });

  test("aligns the cells of a table without a style", () => {
    expect(html("| a | b |\n|:-:|--:|\n| 1 | 2 |")).toContain('<td class="center">1</td>\n<td class="right">2</td>');
  });

  test("has a copy button on each piece of code", () => {
    expect(html("```ts\nconst a = 1 < 2;\n```\n\n    indented").match(/data-copy="code"/g)).toHaveLength(2);
    expect(html("```ts\n1 < 2\n```")).toContain("<span>ts</span>");
  });

  test("comes in blocks, of which only the last changes while it grows", () => {
    const text = "# One\n\ntwo\n\n- three\n- four\n\nfive";
    expect(blocks(text)).toHaveLength(4);
    expect(blocks(`${text} and more`).slice(0, 3)).toEqual(blocks(text).slice(0, 3));
  });

  test.each([
    ["**注意：**请看", "<strong>注意：</strong>请看"],
    ["概括为**“一区一车”**：好", "概括为<strong>“一区一车”</strong>：好"],
    ["これは**「重要」**です", "これは<strong>「重要」</strong>です"],
    ["他说*“好”*。", "他说<em>“好”</em>。"],
    ["plain **(bold)** text", "plain <strong>(bold)</strong> text"],
    ["2 * 3 * 4 是 24", "2 * 3 * 4 是 24"],
  ])("emphasises beside Chinese and Japanese words: %s", (text, expected) => {
    expect(html(text)).toBe(`<p>${expected}</p>\n`);
  });
});
