// What one JSON object of a program's output tells: words, a tool that begins or ends, the result, what was spent. The shapes are those
// that command-line agents print (`claude --output-format stream-json`, `codex exec --json`), and the plainest ones. What is not
// known tells nothing.

import { z } from "zod";
import { isJsonObject, type JsonObject } from "../core/json.ts";
import type { Usage } from "../core/model.ts";

export type Told =
  | { readonly kind: "output"; readonly text: string }
  | { readonly kind: "message"; readonly text: string }
  | { readonly kind: "tool-start"; readonly id: string; readonly name: string; readonly arguments: JsonObject }
  | { readonly kind: "tool-end"; readonly id: string; readonly isError: boolean; readonly text: string }
  | { readonly kind: "spent"; readonly usage: Usage; readonly usd: number }
  | { readonly kind: "result"; readonly text: string };

const ARGUMENTS_CHARS_MAX = 2_000;
const RESULT_CHARS_MAX = 2_000;

const words = z.string().min(1);
const tokens = z.number().int().min(0).max(1e12).catch(0);

const usage = z
  .object({
    input_tokens: tokens,
    cached_input_tokens: tokens,
    cache_read_input_tokens: tokens,
    cache_creation_input_tokens: tokens,
    output_tokens: tokens,
  })
  .optional()
  .catch(undefined);

const result = z.object({
  type: z.literal("result"),
  result: z.string().optional(),
  total_cost_usd: z.number().min(0).max(1e6).catch(0),
  usage,
});

const block = z.union([
  z.object({ type: z.literal("text"), text: words }),
  z.object({ type: z.literal("tool_use"), id: words, name: words, input: z.unknown() }),
  z.object({
    type: z.literal("tool_result"),
    tool_use_id: words,
    is_error: z.boolean().catch(false),
    content: z.unknown(),
  }),
  z.unknown().transform(() => ({ type: "other" }) as const),
]);
const turn = z.object({ type: z.enum(["assistant", "user"]), message: z.object({ content: z.array(block) }) });

const item = z.object({
  type: z.enum(["item.started", "item.completed"]),
  item: z.object({
    id: words,
    type: words,
    text: z.string().catch(""),
    command: z.string().optional().catch(undefined),
    tool: z.string().optional().catch(undefined),
    exit_code: z.number().nullish().catch(undefined),
    status: z.string().catch(""),
    aggregated_output: z.string().catch(""),
  }),
});

const spent = z.object({ type: z.literal("turn.completed"), usage });
const broken = z.object({ type: z.literal("turn.failed"), error: z.object({ message: words }) });
const plain = z.object({
  text: z.string().catch(""),
  message: z.string().catch(""),
  tool: z.string().catch(""),
});

export function toldBy(value: JsonObject): readonly Told[] {
  switch (value.type) {
    case "result":
      return fromResult(value);
    case "assistant":
    case "user":
      return turn.safeParse(value).data?.message.content.flatMap((one) => fromBlock(one, value.type === "user")) ?? [];
    case "item.started":
    case "item.completed":
      return fromItem(value);
    case "turn.completed": {
      const told = spent.safeParse(value).data;
      return told ? spending(told.usage, 0) : [];
    }
    case "turn.failed": {
      const told = broken.safeParse(value).data;
      return told ? [{ kind: "message", text: told.error.message }] : [];
    }
    default:
      return fromPlain(value);
  }
}

function fromResult(value: JsonObject): readonly Told[] {
  const told = result.safeParse(value).data;
  if (!told) return [];
  const spends = spending(told.usage, told.total_cost_usd);
  return told.result === undefined ? spends : [...spends, { kind: "result", text: told.result }];
}

/** What the program was told itself is no word of its own; only what its tools gave is. */
function fromBlock(one: z.infer<typeof block>, isUser: boolean): readonly Told[] {
  switch (one.type) {
    case "text":
      return isUser ? [] : [{ kind: "message", text: one.text }];
    case "tool_use":
      return [{ kind: "tool-start", id: one.id, name: one.name, arguments: argumentsFrom(one.input) }];
    case "tool_result":
      return [{ kind: "tool-end", id: one.tool_use_id, isError: one.is_error, text: textOf(one.content) }];
    case "other":
      return [];
  }
}

function fromItem(value: JsonObject): readonly Told[] {
  const told = item.safeParse(value).data;
  if (!told) return [];
  const { id, type, text, command, tool, exit_code, status, aggregated_output } = told.item;
  const isOver = told.type === "item.completed";
  if (type === "agent_message") return isOver && text !== "" ? [{ kind: "message", text }] : [];
  if (type === "reasoning" || type === "todo_list") return [];
  if (!isOver) {
    const name = tool ?? type;
    return [{ kind: "tool-start", id, name, arguments: command === undefined ? {} : argumentsFrom({ command }) }];
  }
  const isError = status === "failed" || (exit_code ?? 0) !== 0;
  return [{ kind: "tool-end", id, isError, text: textOf(aggregated_output) }];
}

/** A program may write anything, of any size: what is shown of it is bounded here. */
function argumentsFrom(input: unknown): JsonObject {
  const text = JSON.stringify(input) ?? "";
  return isJsonObject(input) && text.length <= ARGUMENTS_CHARS_MAX
    ? input
    : { shortened: text.slice(0, ARGUMENTS_CHARS_MAX) };
}

const textOf = (content: unknown): string =>
  (typeof content === "string" ? content : (JSON.stringify(content) ?? "")).slice(0, RESULT_CHARS_MAX);

function fromPlain(value: JsonObject): readonly Told[] {
  const told = plain.safeParse(value).data;
  if (!told) return [];
  const text = told.text || told.message;
  return [...(told.tool === "" ? [] : stepOf(told.tool)), ...(text === "" ? [] : [{ kind: "message", text } as const])];
}

/** A tool that is only named: it is over with the word. */
const stepOf = (name: string): readonly Told[] => [
  { kind: "tool-start", id: "named", name, arguments: {} },
  { kind: "tool-end", id: "named", isError: false, text: "" },
];

function spending(counts: z.infer<typeof usage>, usd: number): readonly Told[] {
  if (!counts && usd === 0) return [];
  const cachedInputTokens = Math.max(counts?.cached_input_tokens ?? 0, counts?.cache_read_input_tokens ?? 0);
  return [
    {
      kind: "spent",
      usd,
      usage: {
        // codex counts what was cached among the input, claude beside it.
        inputTokens: Math.max(0, (counts?.input_tokens ?? 0) - (counts?.cached_input_tokens ?? 0)),
        cachedInputTokens,
        cacheWriteTokens: counts?.cache_creation_input_tokens ?? 0,
        outputTokens: counts?.output_tokens ?? 0,
      },
    },
  ];
}
