// One reply out of the messages of an Anthropic stream. Trusts nothing in them and passes over what it does not know.
// Must not know the network.

import { AppError } from "../../core/errors.ts";
import { isJsonObject, type JsonObject } from "../../core/json.ts";
import type { ModelReply, RequestedCall, Usage } from "../../core/model.ts";
import { VendorErrorEvent } from "../shared/provider-failure.ts";
import { roughTokens } from "../shared/rough-tokens.ts";
import type { ServerSentMessage } from "../shared/server-sent-events.ts";
import type { ReplyReader } from "../shared/stream-reply.ts";
import { isThinking, type ReplyLayout, replayFrom } from "./anthropic-thinking.ts";

interface Block {
  readonly type: string;
  readonly name: string;
  /** The text, the thinking, or the arguments of a call. */
  text: string;
  /** What proves thinking to be the vendor's own. */
  signature: string;
}

export class AnthropicReplyReader implements ReplyReader {
  readonly #provider: string;
  readonly #roughInput: () => number;
  readonly #blocks = new Map<number, Block>();
  readonly #usage = new Map<string, number>();
  #text = "";
  #stopReason: string | undefined;
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
    return this.#isClosed;
  }

  take({ event, data }: ServerSentMessage): string {
    if (data === "") return "";
    const message = parsed(data);
    switch (message.type ?? event) {
      case "message_start":
        if (isJsonObject(message.message)) this.#count(message.message.usage);
        return "";
      case "content_block_start":
        return this.#begin(message.index, message.content_block);
      case "content_block_delta":
        return this.#add(message.index, message.delta);
      case "message_delta":
        this.#count(message.usage);
        if (isJsonObject(message.delta) && typeof message.delta.stop_reason === "string") {
          this.#stopReason = message.delta.stop_reason;
        }
        return "";
      case "message_stop":
        this.#isClosed = true;
        return "";
      case "error":
        throw new VendorErrorEvent(message);
      default:
        return "";
    }
  }

  #begin(index: unknown, start: unknown): string {
    if (typeof index !== "number" || !isJsonObject(start) || typeof start.type !== "string") return "";
    const isCall = start.type === "tool_use";
    // Compatible servers may give the whole input here; Anthropic gives an empty one and streams it.
    const input = isJsonObject(start.input) && Object.keys(start.input).length > 0 ? JSON.stringify(start.input) : "";
    const block: Block = {
      type: start.type,
      name: stringFrom(start.name),
      text: isCall ? input : stringFrom(start.thinking),
      signature: stringFrom(start.signature) || stringFrom(start.data),
    };
    this.#blocks.set(index, block);
    return start.type === "text" ? this.#addText(block, stringFrom(start.text)) : "";
  }

  #add(index: unknown, delta: unknown): string {
    const block = typeof index === "number" ? this.#blocks.get(index) : undefined;
    if (!block || !isJsonObject(delta)) return "";
    switch (delta.type) {
      case "text_delta":
        return this.#addText(block, stringFrom(delta.text));
      case "input_json_delta":
        block.text += stringFrom(delta.partial_json);
        return "";
      case "thinking_delta":
        block.text += stringFrom(delta.thinking);
        return "";
      case "signature_delta":
        block.signature += stringFrom(delta.signature);
        return "";
      default:
        return "";
    }
  }

  #addText(block: Block, text: string): string {
    if (text === "") return "";
    // Thinking or a call stood between two texts: without a break they would run into each other.
    const shown = block.text === "" && this.#text !== "" ? `\n\n${text}` : text;
    block.text += text;
    this.#text += shown;
    return shown;
  }

  finish(): ModelReply {
    const stop = this.#stop();
    const calls = this.#calls(stop === "length");
    const reply: ModelReply = {
      text: this.#text,
      calls,
      stop: stop !== "end" ? stop : calls.length > 0 ? "calls" : "end",
      usage: this.#usageOr(calls),
    };
    const replay = replayFrom(this.#provider, this.#layout());
    return replay ? { ...reply, replay } : reply;
  }

  #stop(): "end" | "length" | "refused" {
    if (!this.#isClosed) throw new AppError("provider-stream-broken", "the stream ended before the reply did");
    switch (this.#stopReason) {
      case "max_tokens":
      // We offer no tools of the vendor's own, so it cannot be going to go on by itself: the answer stops half-way.
      case "pause_turn":
        return "length";
      case "refusal":
        return "refused";
      case "model_context_window_exceeded":
        throw new AppError("context-too-long", "the model's window was full before the reply was finished");
      default:
        return "end";
    }
  }

  #ordered(): readonly Block[] {
    return [...this.#blocks].sort(([a], [b]) => a - b).map(([, block]) => block);
  }

  #calls(isCut: boolean): readonly RequestedCall[] {
    const calls = this.#ordered().filter((block) => block.type === "tool_use");
    return calls.map(({ name, text }, position) => {
      if (name === "") throw new AppError("provider-bad-reply", "a tool call came without a name");
      const isLast = position === calls.length - 1;
      // A call without arguments streams none; of a call that was cut off that says nothing.
      return { name, argumentsText: text === "" && !(isCut && isLast) ? "{}" : text };
    });
  }

  #layout(): ReplyLayout {
    return this.#ordered().flatMap(({ type, text, signature }): ReplyLayout => {
      if (type === "tool_use") return [{ type: "call" }];
      if (type === "text") return text === "" ? [] : [{ type, text }];
      if (!isThinking(type) || signature === "") return [];
      return type === "thinking"
        ? [{ type: "thinking", thinking: text, signature }]
        : [{ type: "redacted_thinking", data: signature }];
    });
  }

  #count(usage: unknown): void {
    if (!isJsonObject(usage)) return;
    // Each count is of the whole reply so far, and may be null where it was said before.
    for (const [name, value] of Object.entries(usage)) {
      if (typeof value === "number" && Number.isFinite(value) && value >= 0) this.#usage.set(name, value);
    }
  }

  #usageOr(calls: readonly RequestedCall[]): Usage {
    const counted = (name: string): number => this.#usage.get(name) ?? 0;
    if (this.#usage.has("input_tokens") || this.#usage.has("output_tokens")) {
      return {
        inputTokens: counted("input_tokens"),
        cachedInputTokens: counted("cache_read_input_tokens"),
        cacheWriteTokens: counted("cache_creation_input_tokens"),
        outputTokens: counted("output_tokens"),
      };
    }
    const outputTokens = roughTokens(this.#text + calls.map((call) => call.argumentsText).join());
    return { inputTokens: this.#roughInput(), cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens };
  }
}

function parsed(data: string): JsonObject {
  try {
    const message: unknown = JSON.parse(data);
    if (isJsonObject(message)) return message;
  } catch (cause) {
    throw new AppError("provider-stream-broken", "a message of the stream is not JSON", { cause });
  }
  throw new AppError("provider-stream-broken", "a message of the stream is not a JSON object");
}

const stringFrom = (value: unknown): string => (typeof value === "string" ? value : "");
