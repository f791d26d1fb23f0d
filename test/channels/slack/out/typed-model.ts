// A model that writes what a test types, when the test types it.

import type { ModelEvent, ModelProvider, ModelReply } from "../../../../src/core/model.ts";

type Key = { readonly text: string } | { readonly end: "end" | "calls"; readonly calls: ModelReply["calls"] } | Error;

export class TypedModel implements ModelProvider {
  readonly name = "typed";
  readonly #keys: Key[] = [];
  #ring: () => void = () => {};

  type(text: string): void {
    this.#press({ text });
  }

  end(): void {
    this.#press({ end: "end", calls: [] });
  }

  call(name: string, args: unknown = {}): void {
    this.#press({ end: "calls", calls: [{ name, argumentsText: JSON.stringify(args) }] });
  }

  /** The reply breaks off; what follows is the next one. */
  fail(error: Error): void {
    this.#press(error);
  }

  async *stream(_request: unknown, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    let text = "";
    for (;;) {
      const key = this.#keys.shift();
      if (!key) {
        await new Promise<void>((resolve) => {
          this.#ring = resolve;
          signal.addEventListener("abort", () => resolve(), { once: true });
        });
        if (signal.aborted) throw signal.reason;
        continue;
      }
      if (key instanceof Error) throw key;
      if ("text" in key) {
        text += key.text;
        yield { type: "text", text: key.text };
        continue;
      }
      const usage = { inputTokens: 100, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens: 10 };
      yield { type: "reply", reply: { text, calls: key.calls, stop: key.end, usage } };
      return;
    }
  }

  #press(key: Key): void {
    this.#keys.push(key);
    this.#ring();
  }
}
