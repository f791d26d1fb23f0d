// A growing answer on streaming cards: the first card, then for each moment the full text of each card (the old text is always
// the beginning of the new one, so it is typed on), and the cards that stay when it is whole.

import { advanceStream, STREAM_START, type StreamRules, type StreamState } from "../../shared/markdown-stream.ts";
import {
  type CompileOptions,
  cardOf,
  compileFeishu,
  type FeishuCard,
  type FeishuPart,
  summaryOf,
} from "./compile-feishu.ts";
import { type FeishuOptions, feishuMarkdown } from "./feishu-text.ts";
import { jsonBytes } from "./json-bytes.ts";

/** The element of a streaming card whose content grows. */
export const STREAM_ELEMENT_ID = "answer";

/** Below a compiled card's, which indents lists wider. */
const STREAM_BYTES_MAX = 16_000;
const TABLES_MAX = 5;

export interface CardStreamState {
  readonly stream: StreamState;
  /** The full text of each card, in order; the last one still grows. */
  readonly cards: readonly string[];
}

export const CARD_STREAM_START: CardStreamState = { stream: STREAM_START, cards: [] };

/** What a stream begins with: `content` stands there until the first text comes. */
export function streamCard({
  summary,
  content = "",
}: {
  readonly summary?: string;
  readonly content?: string;
}): FeishuCard {
  return {
    schema: "2.0",
    config: { update_multi: true, streaming_mode: true, ...summaryOf(summary) },
    body: { elements: [{ tag: "markdown", element_id: STREAM_ELEMENT_ID, content }] },
  };
}

/** `text` is the whole text so far. With `isWhole` the cards together are all of it. */
export function planCardStream(
  text: string,
  from: CardStreamState,
  options: FeishuOptions,
  isWhole: boolean,
): CardStreamState {
  const rules: StreamRules = {
    dress: feishuMarkdown(options),
    size: STREAM_BYTES_MAX,
    measure: jsonBytes,
    tables: TABLES_MAX,
  };
  const { pieces, state } = advanceStream(text, from.stream, rules, isWhole);
  const cards = [...from.cards];
  for (const { message, append } of pieces) cards[message] = (cards[message] ?? "") + append;
  return { stream: state, cards };
}

/** The cards as they stay: one for each card of the stream, so that each is updated in its place. */
export function finishedCards({ cards }: CardStreamState, options: CompileOptions): readonly FeishuPart[] {
  return cards.map((text) => {
    const [part, ...more] = compileFeishu(text, options);
    if (part && more.length === 0) return part;
    return { card: cardOf([text], options.summary), markdown: text };
  });
}
