// What an answer looks like as Slack messages.

import { describe, expect, test } from "vitest";
import { STREAM_START } from "../../../../src/channels/shared/markdown-stream.ts";
import { compileSlack, degradeSlack, slackAnswer } from "../../../../src/channels/slack/render/compile-slack.ts";
import { planStream } from "../../../../src/channels/slack/render/stream-slack.ts";

const options = { mayMention: new Set(["U1"]) };
const markdownOf = (source: string): string => compileSlack(source, options)[0]?.markdown ?? "";
const seen = (text: string): string => text.replaceAll("\u2060", "·");

describe("an answer for Slack", () => {
  test("is one Markdown block, with text for the notification", () => {
    expect(compileSlack("# Hi\n\nall **well**", options)).toEqual([
      {
        markdown: "# Hi\n\nall **well**",
        message: { blocks: [{ type: "markdown", text: "# Hi\n\nall **well**" }], text: "*Hi*\n\nall *well*" },
      },
    ]);
    expect(compileSlack("\n \n", options)).toEqual([]);
  });

  test("calls whom it may and nobody else", () => {
    expect(seen(markdownOf("<@U1> <@U2> <!channel> @here `<!here>`"))).toBe(
      "<@U1> <·@U2> <·!channel> @·here `<·!here>`",
    );
  });

  test("shows pictures as links, and as text what must not be one", () => {
    expect(seen(markdownOf("![a](https://x.y/z.png) [b](javascript:c) <b>"))).toBe(
      "[a](https://x.y/z.png) [b]·(javascript:c) <·b>",
    );
  });

  test("goes on with code in the next message", () => {
    const parts = compileSlack(`\`\`\`ts\n${"const a = 1;\n".repeat(2_000)}\`\`\``, options);
    expect(parts.length).toBe(3);
    for (const { markdown } of parts) expect(markdown).toMatch(/^```ts\nconst a = 1;\n[\s\S]*const a = 1;\n```$/);
  });

  test("goes on with a table under the same heading", () => {
    const parts = compileSlack(`| a | b |\n|---|---|\n${"| 1 | 2 |\n".repeat(250)}`, options);
    const headings = parts.flatMap(({ markdown }) => markdown.match(/\| a \| b \|/g) ?? []);
    expect(headings).toHaveLength(3);
  });

  test("shows a table that is too wide as code", () => {
    const row = (cell: string) => `|${`${cell}|`.repeat(21)}`;
    expect(markdownOf([row("a"), row("-"), row("1")].join("\n"))).toMatch(/^```\n\|a\|/);
  });

  test("is a first message and a file when there would be too many", () => {
    const long = "word ".repeat(40_000);
    expect(slackAnswer("short", options).file).toBeUndefined();
    expect(slackAnswer(long, options)).toMatchObject({ parts: { length: 1 }, file: { content: long } });
  });

  test("without blocks is mrkdwn", () => {
    const [part] = compileSlack("a **b** [c](https://d.e) <@U1> x < y\n\n```ts\nif (a && b)\n```", options);
    expect(part && degradeSlack(part)).toEqual([
      { text: "a *b* c (https://d.e) <@U1> x &lt; y\n\n```\nif (a &amp;&amp; b)\n```" },
    ]);
  });

  test.each([
    ["text of a single line", "字".repeat(1_000_000)],
    ["a chat's usual Markdown", `${"Words and `code` and [a](https://b.c).\n\n- one\n- two\n\n".repeat(18_000)}`],
    ["quotes in quotes", `${">".repeat(500_000)} deep`],
    ["brackets that never close", "[".repeat(1_000_000)],
  ])("of a megabyte is whole: %s", (_, source) => {
    const letters = (text: string) => text.replace(/[^\p{L}\p{N}]/gu, "");
    expect(
      letters(
        compileSlack(source, options)
          .map(({ markdown }) => markdown)
          .join(""),
      ) === letters(source),
    ).toBe(true);
  });
});

describe("a stream for Slack", () => {
  test("waits until it is certain what a word is", () => {
    const first = planStream("Hi <!chan", STREAM_START, options, false);
    expect(first.pieces).toEqual([{ message: 0, append: "Hi " }]);
    const second = planStream("Hi <!channel> and", first.state, options, false);
    expect(second.pieces.map(({ append }) => seen(append))).toEqual(["<·!channel> and"]);
  });

  test("closes code and opens it again where it rolls over", () => {
    const source = `\`\`\`ts\n${"const a = 1;\n".repeat(1_000)}\`\`\`\n`;
    const { pieces } = planStream(source, STREAM_START, options, true);
    expect(pieces.map(({ message }) => message)).toEqual([0, 1]);
    for (const { append } of pieces) expect(append).toMatch(/^```ts\n[\s\S]*\n```\n?$/);
  });
});
