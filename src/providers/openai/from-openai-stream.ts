// One reply out of the messages of a chat-completions stream. Trusts nothing in them: every field may be missing, null or of
// another type, since any server may call itself compatible. Must not know the network.

import { AppError } from "../../core/errors.ts";
import { isJsonObject, type JsonObject } from "../../core/json.ts";
import type { ModelReply, Usage } from "../../core/model.ts";
import { VendorErrorEvent } from "../shared/provider-failure.ts";
import { roughTokens } from "../shared/rough-tokens.ts";
import type { ServerSentMessage } from "../shared/server-sent-events.ts";
import type { ReplyReader } from "../shared/stream-reply.ts";
import { OpenAiToolCalls } from "./openai-tool-calls.ts";

export class OpenAiReplyReader implements ReplyReader {
  readonly #provider: string;
  readonly #roughInput: () => number;
  readonly #calls = new OpenAiToolCalls();
  #text = "";
  #reasoning = "";
  #hasRefused = false;
  #finishReason: string | undefined;
  #usage: Usage | undefined;
  #isClosed = false;

  /** `roughInput`: the size of the request, for servers that do not count. */
  constructor(provider: string, roughInput: () => number) {
    this.#provider = provider;
    this.#roughInput = roughInput;
  }

  isClosed(): boolean {
    return this.#isClosed;
  }

  isWhole(): boolean {
    return this.#finishReason !== undefined;
  }

  take({ event, data }: ServerSentMessage): string {
    if (data === "") return "";
    if (data.trim() === "[DONE]") {
      this.#isClosed = true;
      return "";
    }
    const chunk = parsed(data);
    if (event === "error" || (chunk.error !== undefined && chunk.error !== null)) throw new VendorErrorEvent(chunk);
    const choice = Array.isArray(chunk.choices) ? firstChoice(chunk.choices) : undefined;
    // Kimi counts inside the choice, Groq in a field of its own; where every chunk counts, the last one is right.
    const groq = isJsonObject(chunk.x_groq) ? chunk.x_groq.usage : undefined;
    this.#usage = usageFrom(chunk.usage) ?? usageFrom(choice?.usage) ?? usageFrom(groq) ?? this.#usage;
    return choice ? this.#takeChoice(choice) : "";
  }

  #takeChoice(choice: JsonObject): string {
    // `message` is what a server sends that does not stream.
    const delta = isJsonObject(choice.delta) ? choice.delta : this.isWhole() ? undefined : choice.message;
    if (typeof choice.finish_reason === "string" && choice.finish_reason !== "") {
      this.#finishReason = choice.finish_reason;
    }
    if (!isJsonObject(delta)) return "";
    this.#calls.add(delta.tool_calls);
    if (typeof delta.reasoning_content === "string") this.#reasoning += delta.reasoning_content;
    if (typeof delta.refusal === "string" && delta.refusal !== "") this.#hasRefused = true;
    const text = textFrom(delta.content) + textFrom(delta.refusal);
    this.#text += text;
    return text;
  }

  finish(): ModelReply {
    const stop = this.#stop();
    const calls = this.#calls.finish(stop === "length");
    const usage = this.#usage ?? this.#roughUsage(calls.map((call) => call.argumentsText).join());
    const reply: ModelReply = {
      text: this.#text,
      calls,
      stop: stop !== "end" ? stop : calls.length > 0 ? "calls" : "end",
      usage,
    };
    if (this.#reasoning === "") return reply;
    return { ...reply, replay: { provider: this.#provider, content: { reasoning_content: this.#reasoning } } };
  }

  // Without a finish reason the reply counts as broken off even after [DONE]: gateways write [DONE] whenever their own
  // upstream ends, and half an answer shown as a whole one is worse than asking again.
  #stop(): "end" | "length" | "refused" {
    switch (this.#finishReason) {
      case undefined:
        throw new AppError("provider-stream-broken", "the stream ended before the reply did");
      case "length":
      case "max_tokens":
      case "model_length":
        return "length";
      case "content_filter":
        return "refused";
      case "insufficient_system_resource":
        throw new AppError("provider-overloaded", "the vendor ran out of resources in the middle of the reply");
      case "error":
      case "abort":
        throw new AppError("provider-stream-broken", `the vendor gave up the reply (${this.#finishReason})`);
      default:
        // "tool_calls" is not asked for: many servers say "stop" with calls, and some "tool_calls" without.
        return this.#hasRefused ? "refused" : "end";
    }
  }

  #roughUsage(argumentsText: string): Usage {
    const outputTokens = roughTokens(this.#text + this.#reasoning + argumentsText);
    return { inputTokens: this.#roughInput(), cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens };
  }
}

function parsed(data: string): JsonObject {
  try {
    const chunk: unknown = JSON.parse(data);
    if (isJsonObject(chunk)) return chunk;
  } catch (cause) {
    throw new AppError("provider-stream-broken", "a message of the stream is not JSON", { cause });
  }
  throw new AppError("provider-stream-broken", "a message of the stream is not a JSON object");
}

/** We never ask for more than one. */
function firstChoice(choices: readonly unknown[]): JsonObject | undefined {
  const choice = choices.find((each) => isJsonObject(each) && (each.index ?? 0) === 0);
  return isJsonObject(choice) ? choice : undefined;
}

/** Text, or Mistral's list of parts, of which only the text is for the reader. */
function textFrom(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((part: unknown) => (isJsonObject(part) && typeof part.text === "string" ? part.text : ""))
    .join("");
}

function usageFrom(raw: unknown): Usage | undefined {
  if (!isJsonObject(raw)) return undefined;
  const details = isJsonObject(raw.prompt_tokens_details) ? raw.prompt_tokens_details : {};
  const prompt = count(raw.prompt_tokens);
  const output = count(raw.completion_tokens);
  if (prompt === undefined && output === undefined) return undefined;
  const cached = count(details.cached_tokens) ?? count(raw.prompt_cache_hit_tokens) ?? count(raw.cached_tokens) ?? 0;
  const written = count(details.cache_write_tokens) ?? 0;
  return {
    inputTokens: Math.max(0, (prompt ?? 0) - cached - written),
    cachedInputTokens: cached,
    cacheWriteTokens: written,
    outputTokens: output ?? 0,
  };
}

const count = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
