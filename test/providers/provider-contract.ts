// What every ModelProvider promises (src/core/model.ts), run against each of them; and the small words the tests share.

import { describe, expect, test } from "vitest";
import { AppError } from "../../src/core/errors.ts";
import type {
  CompletedCall,
  ConversationItem,
  ModelEvent,
  ModelProvider,
  ModelReply,
  ModelRequest,
} from "../../src/core/model.ts";

export const person = (text: string): ConversationItem => ({ role: "person", text });

export const model = (text: string, ...calls: readonly CompletedCall[]): ConversationItem => ({
  role: "model",
  text,
  calls,
});

export const call = (id: string, overrides: Partial<CompletedCall> = {}): CompletedCall => ({
  id,
  name: "look_up",
  arguments: { word: id },
  result: `found ${id}`,
  isError: false,
  ...overrides,
});

export const lookUp = {
  name: "look_up",
  description: "Looks a word up.",
  parameters: { type: "object", properties: { word: { type: "string" } }, required: ["word"] },
};

export const requestOf = (
  items: readonly ConversationItem[] = [person("hello")],
  overrides: Partial<ModelRequest> = {},
): ModelRequest => ({
  model: "some-model",
  system: "You are helpful.",
  tools: [],
  items,
  outputTokensMax: 1_000,
  cacheKey: "web:someone",
  ...overrides,
});

export const never = (): AbortSignal => new AbortController().signal;

export interface Outcome {
  readonly events: readonly ModelEvent[];
  readonly texts: readonly string[];
  readonly text: string;
  readonly reply: ModelReply | undefined;
  readonly error: AppError | undefined;
}

export async function outcomeOf(
  provider: ModelProvider,
  request: ModelRequest = requestOf(),
  signal: AbortSignal = never(),
): Promise<Outcome> {
  const events: ModelEvent[] = [];
  let error: AppError | undefined;
  try {
    for await (const event of provider.stream(request, signal)) events.push(event);
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    error = thrown;
  }
  const texts = events.flatMap((event) => (event.type === "text" ? [event.text] : []));
  const reply = events.flatMap((event) => (event.type === "reply" ? [event.reply] : [])).at(-1);
  return { events, texts, text: texts.join(""), reply, error };
}

export async function replyOf(provider: ModelProvider, request?: ModelRequest): Promise<ModelReply> {
  const { reply, error } = await outcomeOf(provider, request);
  if (!reply) throw error ?? new Error("no reply came");
  return reply;
}

export interface ProviderAtWork extends AsyncDisposable {
  readonly provider: ModelProvider;
  /** Settles when the vendor has seen that nobody reads any more; absent where there is no vendor. */
  readonly hungUp?: () => Promise<void>;
}

export interface ProviderUnderTest {
  readonly name: string;
  answering(): Promise<ProviderAtWork>;
  /** Some text comes, then nothing. */
  hanging(): Promise<ProviderAtWork>;
}

export function describeProviderContract({ name, answering, hanging }: ProviderUnderTest): void {
  describe(`${name}, as every provider`, () => {
    test("streams text and then exactly one reply that says the same, last", async () => {
      await using work = await answering();
      const { events, text, reply, error } = await outcomeOf(work.provider);
      expect(error).toBeUndefined();
      expect(events.filter((event) => event.type === "reply")).toHaveLength(1);
      expect(events.at(-1)?.type).toBe("reply");
      expect(text).not.toBe("");
      expect(reply).toMatchObject({ text, stop: "end", calls: [] });
    });

    test("counts what was read and written", async () => {
      await using work = await answering();
      const reply = await replyOf(work.provider);
      expect(reply.usage.inputTokens + reply.usage.cachedInputTokens).toBeGreaterThan(0);
      expect(reply.usage.outputTokens).toBeGreaterThan(0);
    });

    test("answers each request for itself", async () => {
      await using work = await answering();
      const [first, second] = await Promise.all([replyOf(work.provider), replyOf(work.provider)]);
      expect(first).toEqual(second);
    });

    test("a request that was stopped before it began is cancelled, and nothing is said", async () => {
      await using work = await answering();
      const { events, error } = await outcomeOf(work.provider, requestOf(), AbortSignal.abort());
      expect(error?.code).toBe("cancelled");
      expect(events).toEqual([]);
    });

    test("a request that is stopped in the middle is cancelled, whatever the reason given", async () => {
      await using work = await hanging();
      const controller = new AbortController();
      const reading = async (): Promise<void> => {
        for await (const event of work.provider.stream(requestOf(), controller.signal)) {
          if (event.type === "text") controller.abort(new AppError("task-timeout", "too long"));
        }
      };
      await expect(reading()).rejects.toMatchObject({ name: "AppError", code: "cancelled" });
      await work.hungUp?.();
    });

    test("a reader that leaves stops the request", async () => {
      await using work = await hanging();
      for await (const event of work.provider.stream(requestOf(), never())) if (event.type === "text") break;
      await work.hungUp?.();
    });

    test("a reader that leaves while it waits stops the request", async () => {
      await using work = await hanging();
      if (!work.hungUp) return;
      const events = work.provider.stream(requestOf(), never())[Symbol.asyncIterator]();
      let result = await events.next();
      while (!result.done && result.value.type !== "text") result = await events.next();
      const pending = events.next().catch(() => "given up");
      void events.return?.();
      await work.hungUp();
      await pending;
    });
  });
}
