// What an answer looks like as Feishu cards.

import { describe, expect, test } from "vitest";
import {
  compileFeishu,
  feishuAnswer,
  feishuPost,
  feishuText,
} from "../../../../src/channels/feishu/render/compile-feishu.ts";
import {
  CARD_STREAM_START,
  finishedCards,
  planCardStream,
  STREAM_ELEMENT_ID,
  streamCard,
} from "../../../../src/channels/feishu/render/stream-feishu.ts";

const options = { mayMention: new Set(["ou_1"]) };
const markdownOf = (source: string): string => compileFeishu(source, options)[0]?.markdown ?? "";
const seen = (text: string): string => text.replaceAll("\u2060", "·");

describe("an answer for Feishu", () => {
  test("is a card of Markdown and rules", () => {
    expect(compileFeishu("a\n\n---\n\nb", { ...options, summary: "in short" }).map(({ card }) => card)).toEqual([
      {
        schema: "2.0",
        config: { update_multi: true, summary: { content: "in short" } },
        body: {
          elements: [
            { tag: "markdown", element_id: "text_0", content: "a" },
            { tag: "hr", element_id: "rule_1" },
            { tag: "markdown", element_id: "text_1", content: "b" },
          ],
        },
      },
    ]);
  });

  test("calls whom it may and nobody else, also when it was told to", () => {
    const source = '<at id=ou_1></at> <at id=ou_2></at> <at user_id="all">x</at> `<at id=all></at>`';
    expect(seen(compileFeishu(source, { mayMention: new Set(["ou_1", "all"]) })[0]?.markdown ?? "")).toBe(
      '<at id=ou_1></at> &#60;·at id=ou_2>&#60;·/at> &#60;·at user_id="all">x&#60;·/at> `<·at id=all><·/at>`',
    );
  });

  test("indents lists by four and writes literal marks as entities", () => {
    expect(markdownOf("- a\n  - b\n\n1 \\* 2")).toBe("- a\n    - b\n\n1 &#42; 2");
  });

  test("begins a new card before a sixth table", () => {
    const parts = compileFeishu("| a |\n|---|\n| 1 |\n\n".repeat(7), options);
    expect(parts.map(({ markdown }) => markdown.match(/\| a \|/g)?.length)).toEqual([5, 2]);
  });

  test("goes down the ladder with the same content", () => {
    const [part] = compileFeishu("\\*a\\* <at id=ou_1></at>", options);
    expect(part && feishuPost(part).zh_cn.content).toEqual([
      [{ tag: "md", text: '&#42;a&#42; <at user_id="ou_1"></at>' }],
    ]);
    expect(part && feishuText(part)).toEqual({ text: '*a* <at user_id="ou_1"></at>' });
    expect(feishuAnswer("字".repeat(200_000), options)).toMatchObject({ parts: { length: 1 }, file: {} });
  });
});

describe("a stream for Feishu", () => {
  test("begins with a card whose one element grows", () => {
    const card = streamCard({ summary: "…" });
    expect(card.config.streaming_mode).toBe(true);
    expect(card.body.elements.map(({ element_id }) => element_id)).toEqual([STREAM_ELEMENT_ID]);
  });

  test("goes on in a second card and finishes each in its place", () => {
    const source = "A paragraph of some length.\n\n".repeat(1_000);
    const half = planCardStream(source.slice(0, 10_000), CARD_STREAM_START, options, false);
    const whole = planCardStream(source, half, options, true);
    expect(half.cards).toHaveLength(1);
    expect(whole.cards[0]?.startsWith(half.cards[0] ?? "-")).toBe(true);
    expect(whole.cards.join("")).toBe(source);
    expect(finishedCards(whole, options)).toHaveLength(whole.cards.length);
  });
});
