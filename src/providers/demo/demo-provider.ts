// The provider that answers while no key is set: it shows streaming and one tool at work, and how to connect a model. The
// same conversation always gets the same answer. Knows no network.

import { AppError } from "../../core/errors.ts";
import type { ConversationItem, ModelEvent, ModelProvider, ModelReply, ModelRequest } from "../../core/model.ts";
import { languageOf } from "../../core/user-text.ts";
import { roughInputTokens, roughTokens } from "../shared/rough-tokens.ts";
import { asksTime, demoAnswer, wordsOf } from "./demo-text.ts";

const NAME = "demo";
const CLOCK_TOOL = "current_time";

export interface DemoProviderOptions {
  /** Waited for before each word, so that streaming can be seen; must settle soon after the signal aborts. */
  readonly pace?: (signal: AbortSignal) => Promise<void>;
}

export function createDemoProvider({ pace }: DemoProviderOptions = {}): ModelProvider {
  return {
    name: NAME,
    async *stream(request, signal): AsyncGenerator<ModelEvent> {
      assertGoesOn(signal);
      const reply = replyTo(request);
      for (const text of wordsOf(reply.text)) {
        // Whatever the pace throws when it is stopped, the outcome is the same.
        if (pace) await pace(signal).catch(() => {});
        assertGoesOn(signal);
        yield { type: "text", text };
      }
      if (reply.text === "") yield { type: "alive" };
      yield { type: "reply", reply };
    },
  };
}

function assertGoesOn(signal: AbortSignal): void {
  if (signal.aborted) throw new AppError("cancelled", `${NAME}: the request was stopped`);
}

function replyTo(request: ModelRequest): ModelReply {
  const { question, turn } = lastTurn(request.items);
  const calls = turn.flatMap((item) => (item.role === "model" ? item.calls : []));
  const clock = calls.findLast((call) => call.name === CLOCK_TOOL);
  const isOffered = request.tools.some((tool) => tool.name === CLOCK_TOOL);
  const inputTokens = roughInputTokens(request);
  const usage = (written: string) => ({
    inputTokens,
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: Math.max(1, roughTokens(written)),
  });
  if (!clock && isOffered && asksTime(question)) {
    const call = { name: CLOCK_TOOL, argumentsText: "{}" };
    return { text: "", calls: [call], stop: "calls", usage: usage(call.name + call.argumentsText) };
  }
  const time = clock && { text: clock.result, isError: clock.isError };
  const text = demoAnswer({ language: languageOf(question), question, time });
  return { text, calls: [], stop: "end", usage: usage(text) };
}

/** What was asked last, and what was done about it since. */
function lastTurn(items: readonly ConversationItem[]): { question: string; turn: readonly ConversationItem[] } {
  const at = items.findLastIndex((item) => item.role === "person");
  const asked = items[at];
  return { question: asked?.role === "person" ? asked.text : "", turn: items.slice(at + 1) };
}
