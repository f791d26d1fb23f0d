// A chat-completions stream as api.openai.com writes it, for the tests to take apart.

import type { Json, JsonObject } from "../../src/core/json.ts";

const frame = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1_760_000_000, model: "some-model" };

export const data = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;

export const delta = (change: JsonObject, finish: string | null = null): string =>
  data({ ...frame, choices: [{ index: 0, delta: change, logprobs: null, finish_reason: finish }] });

export const say = (content: string): string => delta({ content });

export const finish = (reason: string): string => delta({}, reason);

export const usage = (counts: JsonObject): string => data({ ...frame, choices: [], usage: counts });

export const toolCall = (index: number | undefined, piece: { id?: string; name?: string; arguments?: Json }): string =>
  delta({
    tool_calls: [
      {
        ...(index === undefined ? {} : { index }),
        ...(piece.id === undefined ? {} : { id: piece.id, type: "function" }),
        function: {
          ...(piece.name === undefined ? {} : { name: piece.name }),
          ...(piece.arguments === undefined ? {} : { arguments: piece.arguments }),
        },
      },
    ],
  });

export const DONE = "data: [DONE]\n\n";

export const COUNTED = usage({ prompt_tokens: 20, completion_tokens: 5, total_tokens: 25 });

/** A whole ordinary answer. */
export const spoken = (...texts: readonly string[]): string =>
  delta({ role: "assistant", content: "" }) + texts.map(say).join("") + finish("stop") + COUNTED + DONE;
