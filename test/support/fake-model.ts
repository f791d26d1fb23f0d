// A provider that answers from a script, and remembers what it was asked.

import { AppError } from "../../src/core/errors.ts";
import type {
  ModelEvent,
  ModelProvider,
  ModelReply,
  ModelRequest,
  RequestedCall,
  Usage,
} from "../../src/core/model.ts";

/** Text, calls, both, a failure, a failure after some text, or anything a function makes of the request. */
export type Script =
  | string
  | AppError
  | {
      readonly text?: string;
      readonly calls?: readonly { readonly name: string; readonly arguments?: unknown; readonly raw?: string }[];
      readonly stop?: ModelReply["stop"];
      readonly thenFail?: AppError;
      /** Resolves before the reply is complete: for work that a test wants to see under way. */
      readonly until?: Promise<unknown>;
      readonly usage?: Partial<Usage>;
    }
  | ((request: ModelRequest) => Script);

export class FakeModel implements ModelProvider {
  readonly name: string;
  readonly requests: ModelRequest[] = [];
  readonly #scripts: Script[];
  /** What is said when the script is used up. */
  readonly #fallback: Script;

  constructor(scripts: readonly Script[], options: { readonly name?: string; readonly fallback?: Script } = {}) {
    this.name = options.name ?? "fake";
    this.#scripts = [...scripts];
    this.#fallback = options.fallback ?? "(the script is used up)";
  }

  async *stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    this.requests.push(structuredClone(request) as ModelRequest);
    let script = this.#scripts.shift() ?? this.#fallback;
    while (typeof script === "function") script = script(request);
    if (script instanceof AppError) throw script;
    const plan = typeof script === "string" ? { text: script } : script;
    const text = plan.text ?? "";
    // In pieces of a few characters, as a vendor would.
    for (let at = 0; at < text.length; at += 7) yield { type: "text", text: text.slice(at, at + 7) };
    if (plan.until) await Promise.race([plan.until, aborted(signal)]);
    if (signal.aborted) throw signal.reason;
    if (plan.thenFail) throw plan.thenFail;
    const calls = (plan.calls ?? []).map(toCall);
    const usage = { inputTokens: 100, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens: 10, ...plan.usage };
    yield { type: "reply", reply: { text, calls, stop: plan.stop ?? (calls.length > 0 ? "calls" : "end"), usage } };
  }
}

const toCall = (call: {
  readonly name: string;
  readonly arguments?: unknown;
  readonly raw?: string;
}): RequestedCall => ({
  name: call.name,
  argumentsText: call.raw ?? JSON.stringify(call.arguments ?? {}),
});

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
