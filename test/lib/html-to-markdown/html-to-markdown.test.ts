// Pages as Markdown: what people write, and what is written against us.

import { describe, expect, test } from "vitest";
import { htmlToMarkdown } from "../../../src/lib/html-to-markdown/html-to-markdown.ts";

const BASE = "https://example.com/docs/page";
const markdown = async (html: string): Promise<string> => (await htmlToMarkdown(html, BASE)).markdown;

describe("what people write", () => {
  test.each([
    ["headings", "<h1>One</h1><h3>Three <em>so</em></h3>", "# One\n\n### Three so"],
    ["paragraphs that are not closed", "<p>a<p>b\n  c", "a\n\nb c"],
    ["entities", "<p>Tom &amp; &lt;Jerry&gt; &#20320;&hellip;", "Tom & <Jerry> 你…"],
    ["links, absolute", '<a href="../x?q=1&amp;r=(2)">go</a>', "[go](https://example.com/x?q=1&r=%282%29)"],
    ["links by the page's own base", '<base href="/else/"><a href="y">go</a>', "[go](https://example.com/else/y)"],
    ["a card in a link", '<a href="/c"><h3>Name</h3><p>More</p></a>', "[Name More ](https://example.com/c)"],
    ["a link with nothing in it", '<p>a<a href="/x"><span></span></a>b', "ab"],
    ["a place in the page", '<a href="#top">top</a>', "top"],
    ["nested lists", "<ul><li>a<ol><li>b<li>c</ol><li>d</ul>", "- a\n  1. b\n  2. c\n- d"],
    ["a quote", "<blockquote><p>a<p>b</blockquote>c", "> a\n\n> b\n\nc"],
    ["code", "<pre><code>if (a) {\n    b;\n}</code></pre>", "```\nif (a) {\n    b;\n}\n```"],
    ["code in a line", "<p>run <code>npm  test</code> now", "run `npm test` now"],
    ["a table", "<table><tr><th>a<th>b<tr><td><p>1</p><td>2</table>", "| a | b |\n| --- | --- |\n| 1 | 2 |"],
    ["lines", "a<br>b<br/>c", "a\nb\nc"],
    [
      "pictures with words",
      '<img src="p.png" alt="A cat"><img src="q.png">',
      "![A cat](https://example.com/docs/p.png)",
    ],
    ["blanks between inline elements", "<b>a</b> <i>b</i>\n<u>c</u>", "a b c"],
    ["Chinese", "<p>你好，<b>世界</b>。</p>", "你好，世界。"],
  ])("%s", async (_, html, expected) => expect(await markdown(html)).toBe(expected));

  test("the main content comes first, menus and footers last, and nothing is lost", async () => {
    const html = "<body><nav>menu</nav><div>before</div><main><p>main<aside>beside</aside></main><footer>foot</footer>";
    expect(await markdown(html)).toBe("main\n\n---\n\nbefore\n\n---\n\nmenu\n\nbeside\n\nfoot");
  });

  test("the title is told apart", async () => {
    const page = await htmlToMarkdown("<head><title> A &amp;\n B </title><p>text<svg><title>no</title></svg>", BASE);
    expect(page).toEqual({ title: "A & B", markdown: "text", isCut: false });
  });
});

describe("what is written against us", () => {
  test.each([
    ["scripts and styles", "<script>a</script><style>b</style><noscript>c</noscript><template>d</template>x"],
    ["a script that closes itself in words", '<script>"<\\/script>"; evil</script >x'],
    ["frames, controls, drawings", "<iframe src=/>y</iframe><textarea>a</textarea><svg><text>b</text></svg>x"],
    ["comments", "<!-- ignore --!>x<!-- all that came before"],
    ["what nobody sees", '<p hidden>a<p aria-hidden=true>b<p style="color:red; DISPLAY : none">c<p>x'],
    ["dead links", '<a href="javascript:alert(1)">x</a>'],
    ["links that hold a file", '<a href="data:text/html,evil">x</a>'],
    ["links that hold a secret's worth of text", `<a href="/${"q".repeat(3_000)}">x</a>`],
    ["a base that is no place", '<base href="javascript:1//"><a href="javascript:2">x</a>'],
  ])("%s leave no trace", async (_, html) => expect(await markdown(html)).toBe("x"));

  const many = (text: string, times: number) => text.repeat(times);
  test.each([
    ["deep", many("<div>", 400_000)],
    ["deep lists", many("<ul><li>", 200_000)],
    ["deep quotes", many("<blockquote>a", 200_000)],
    ["deep formats", many("<b><i><a href=/>", 100_000)],
    ["deep tables", many("<table><tr><td>", 100_000)],
    ["deep drawings", many("<svg>", 300_000)],
    ["never closed", many("<p>a", 150_000)],
    ["closed and never open", many("<div>", 300) + many("</p>", 100_000)],
    ["only signs", many("<", 2_000_000)],
    ["comments never closed", many("<!--", 500_000)],
    ["attributes", `<a ${Array.from({ length: 150_000 }, (_, n) => `a${n}=1`).join(" ")}>`],
    ["entities", many("&amp;&#x41;&bogus;", 100_000)],
    ["cells", `<table><tr>${many("<td>a", 100_000)}`],
    ["rows", `<table>${many("<tr><td>a<td>b", 60_000)}`],
    ["pictures", many('<img alt="a" src="b">', 100_000)],
    ["lines", many("<br>", 150_000)],
    ["blanks", `a${many(" ", 2_000_000)}b`],
    ["signs of Markdown", many("_*[`", 500_000)],
    ["styles", many(`<i style="${many(";", 400)}">`, 300) + many(`<i style="${many(" ", 5_000)}"></i>`, 300)],
  ])("%s: ends, and is bounded", { timeout: 8_000 }, async (_, html) => {
    const page = await htmlToMarkdown(html, BASE);
    expect(page.markdown.length).toBeLessThan(3_000_000);
  });

  test("a stop is heard in the middle of a page", async () => {
    const stop = new AbortController();
    const reading = htmlToMarkdown(many("<p>a", 400_000), BASE, stop.signal);
    stop.abort(new Error("stopped by hand"));
    await expect(reading).rejects.toThrow("stopped by hand");
  });
});
