// What the killed program has where talks are compacted every few messages: little room, and a cheap model that writes good notes.

import { type ModelEvent, type ModelProvider, NO_USAGE } from "../../src/core/model.ts";
import { HEADINGS } from "../context/summary-models.ts";

export const TIGHT = { budgetTokens: 8_000, keepRecentTokens: 500, summaryTokens: 400 } as const;

/** Tells the platform when it is asked: a kill can fall between the question and the record. */
export const summariser = (tell: (path: string, body: unknown) => Promise<unknown>): ModelProvider => ({
  name: "notes",
  async *stream(): AsyncGenerator<ModelEvent> {
    await tell("/summary", {});
    const text = HEADINGS.en.map((heading) => `## ${heading}\n- nothing was said about this so far`).join("\n");
    yield { type: "text", text };
    yield { type: "reply", reply: { text, calls: [], stop: "end", usage: NO_USAGE } };
  },
});
