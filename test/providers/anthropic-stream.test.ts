import { describe, expect, test } from "vitest";
import type { ModelProvider } from "../../src/core/model.ts";
import { createAnthropicProvider } from "../../src/providers/anthropic/anthropic-provider.ts";
import {
  add,
  begin,
  callBlock,
  end,
  event,
  finish,
  PING,
  STOP,
  spoken,
  start,
  textBlock,
  thinkingBlock,
} from "./anthropic-wire.ts";
import { describeProviderContract, outcomeOf, type ProviderAtWork, replyOf } from "./provider-contract.ts";
import { type Answer, diesAfter, hangsAfter, startWireServer, streams, type WireServer } from "./wire-server.ts";

const providerFor = (server: WireServer): ModelProvider =>
  createAnthropicProvider({ name: "anthropic", apiKey: "key-of-the-test", baseUrl: server.url });

async function atWork(...answers: readonly Answer[]): Promise<ProviderAtWork & { server: WireServer }> {
  const server = await startWireServer(...answers);
  return {
    server,
    provider: providerFor(server),
    hungUp: async () => server.requests.at(-1)?.hungUp,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

describeProviderContract({
  name: "anthropic",
  answering: () => atWork(streams(spoken("Hello", " you"))),
  hanging: () =>
    atWork(hangsAfter(start() + begin(0, { type: "text", text: "" }) + add(0, { type: "text_delta", text: "Hello" }))),
});

describe("a reply of the Anthropic provider", () => {
  test.each([1, 2, 3, 5, 4_096])("is the same however its bytes are cut up (%i at a time)", async (pieceBytes) => {
    await using work = await atWork(streams(spoken("Grüße, ", "你好，", "👋🏽 world"), pieceBytes));
    const { text, reply } = await outcomeOf(work.provider);
    expect(text).toBe("Grüße, 你好，👋🏽 world");
    expect(reply?.text).toBe(text);
  });

  test("holds the text and the calls, also where their pieces come interleaved", async () => {
    await using work = await atWork(
      streams(
        start() +
          textBlock(0, "One moment.") +
          begin(1, { type: "tool_use", id: "toolu_1", name: "look_up", input: {} }) +
          begin(2, { type: "tool_use", id: "toolu_2", name: "count", input: {} }) +
          add(1, { type: "input_json_delta", partial_json: '{"wo' }) +
          add(2, { type: "input_json_delta", partial_json: '{"n"' }) +
          add(1, { type: "input_json_delta", partial_json: 'rd":"a"}' }) +
          add(2, { type: "input_json_delta", partial_json: ":2}" }) +
          end(1) +
          end(2) +
          finish("tool_use") +
          STOP,
      ),
    );
    expect(await replyOf(work.provider)).toMatchObject({
      text: "One moment.",
      stop: "calls",
      calls: [
        { name: "look_up", argumentsText: '{"word":"a"}' },
        { name: "count", argumentsText: '{"n":2}' },
      ],
    });
  });

  test.each([
    ["no input at all", callBlock(0, "now"), "{}"],
    ["an empty piece", callBlock(0, "now", ""), "{}"],
    [
      "the whole input at once, as servers do that copy the API",
      begin(0, { type: "tool_use", id: "t", name: "now", input: { a: 1 } }) + end(0),
      '{"a":1}',
    ],
    ["input that is no JSON, for the tool executor to refuse", callBlock(0, "now", '{"a": oops'), '{"a": oops'],
  ])("takes a call with %s", async (_what, wire, argumentsText) => {
    await using work = await atWork(streams(start() + wire + finish("tool_use") + STOP));
    expect((await replyOf(work.provider)).calls).toEqual([{ name: "now", argumentsText }]);
  });

  test("that was cut off in a call does not pass for a call without arguments", async () => {
    await using work = await atWork(streams(start() + callBlock(0, "now") + finish("max_tokens") + STOP));
    expect(await replyOf(work.provider)).toMatchObject({ stop: "length", calls: [{ name: "now", argumentsText: "" }] });
  });

  test("parts two texts that something else stood between", async () => {
    await using work = await atWork(
      streams(
        start() + textBlock(0, "First.") + callBlock(1, "now") + textBlock(2, "Second.") + finish("tool_use") + STOP,
      ),
    );
    const { text, reply } = await outcomeOf(work.provider);
    expect(text).toBe("First.\n\nSecond.");
    expect(reply?.text).toBe(text);
  });

  test("counts each kind of token, the last word on each being right", async () => {
    const first = {
      input_tokens: 12,
      cache_read_input_tokens: 600,
      cache_creation_input_tokens: 300,
      output_tokens: 1,
    };
    await using work = await atWork(
      streams(start(first) + textBlock(0, "hi") + finish("end_turn", { input_tokens: null, output_tokens: 7 }) + STOP),
    );
    expect((await replyOf(work.provider)).usage).toEqual({
      inputTokens: 12,
      cachedInputTokens: 600,
      cacheWriteTokens: 300,
      outputTokens: 7,
    });
  });

  test("of a server that does not count is guessed, not free", async () => {
    await using work = await atWork(
      streams(start({}) + textBlock(0, "four words of answer") + finish("end_turn", {}) + STOP),
    );
    expect((await replyOf(work.provider)).usage).toMatchObject({ inputTokens: 6, outputTokens: 5 });
  });

  test.each([
    ["end_turn", "end"],
    ["stop_sequence", "end"],
    ["tool_use", "end"],
    ["max_tokens", "length"],
    ["pause_turn", "length"],
    ["refusal", "refused"],
    ["something_new", "end"],
  ])("that ends with %s stops as %s", async (reason, stop) => {
    await using work = await atWork(streams(start() + textBlock(0, "hi") + finish(reason) + STOP));
    expect((await replyOf(work.provider)).stop).toBe(stop);
  });

  test("that filled the model's window is a conversation too long", async () => {
    await using work = await atWork(
      streams(start() + textBlock(0, "hi") + finish("model_context_window_exceeded") + STOP),
    );
    expect((await outcomeOf(work.provider)).error?.code).toBe("context-too-long");
  });

  test("that is empty is handed on as it is", async () => {
    await using work = await atWork(streams(start() + finish("end_turn") + STOP));
    expect(await replyOf(work.provider)).toMatchObject({ text: "", calls: [], stop: "end" });
  });

  test("lives while it pings and thinks, and keeps its thinking as it came", async () => {
    const redacted = begin(1, { type: "redacted_thinking", data: "xyz" }) + end(1);
    await using work = await atWork(
      streams(
        start() +
          thinkingBlock(0, "Hm.", "sig") +
          redacted +
          PING +
          textBlock(2, "42") +
          callBlock(3, "now") +
          finish("tool_use") +
          STOP,
      ),
    );
    const { events, text, reply } = await outcomeOf(work.provider);
    expect(text).toBe("42");
    expect(events.filter((each) => each.type === "alive").length).toBeGreaterThan(8);
    expect(events.findIndex((each) => each.type === "alive")).toBe(0);
    expect(reply?.replay).toEqual({
      provider: "anthropic",
      content: {
        blocks: [
          { type: "thinking", thinking: "Hm.", signature: "sig" },
          { type: "redacted_thinking", data: "xyz" },
          { type: "text", text: "42" },
          { type: "call" },
        ],
      },
    });
  });

  test("passes over events, blocks and deltas it does not know", async () => {
    await using work = await atWork(
      streams(
        start() +
          event("vendor_news", { anything: [1, 2] }) +
          begin(0, { type: "server_tool_use", id: "s", name: "web_search", input: { q: "x" } }) +
          add(0, { type: "mystery_delta", text: "not for you" }) +
          add(9, { type: "text_delta", text: "of no block" }) +
          end(0) +
          textBlock(1, "hi") +
          finish("end_turn") +
          STOP,
      ),
    );
    expect(await replyOf(work.provider)).toMatchObject({ text: "hi", calls: [] });
  });

  test("is read where a server leaves the names of the events out", async () => {
    await using work = await atWork(streams(spoken("hi").replace(/^event: .*\n/gm, "")));
    expect((await replyOf(work.provider)).text).toBe("hi");
  });

  test("leaves its connection for later ones", async () => {
    await using work = await atWork(streams(spoken("hi")));
    for (let count = 0; count < 6; count++) await replyOf(work.provider);
    expect(work.server.connections()).toBeLessThan(6);
  });
});

describe("a stream that breaks", () => {
  test.each([
    ["before any text", start()],
    ["after some text", start() + begin(0, { type: "text", text: "" }) + add(0, { type: "text_delta", text: "Half" })],
    ["after everything but the end", start() + textBlock(0, "All of it.") + finish("end_turn")],
  ])("%s is broken, not ended", async (_when, text) => {
    await using dead = await atWork(diesAfter(text));
    expect((await outcomeOf(dead.provider)).error?.code).toBe("provider-stream-broken");
    await using ended = await atWork(streams(text));
    expect((await outcomeOf(ended.provider)).error?.code).toBe("provider-stream-broken");
  });

  test.each([
    ["overloaded_error", "provider-overloaded"],
    ["rate_limit_error", "provider-rate-limited"],
    ["api_error", "provider-unavailable"],
    ["timeout_error", "provider-timeout"],
    ["authentication_error", "provider-auth"],
    ["permission_error", "provider-auth"],
    ["billing_error", "provider-auth"],
    ["not_found_error", "provider-auth"],
    ["request_too_large", "context-too-long"],
    ["invalid_request_error", "provider-refused"],
    ["something_new", "provider-stream-broken"],
  ])("with an %s inside it is %s", async (type, code) => {
    const error = event("error", { error: { type, message: "Sorry" } });
    await using work = await atWork(streams(start() + textBlock(0, "Half") + error));
    const { text, error: failure } = await outcomeOf(work.provider);
    expect(text).toBe("Half");
    expect(failure?.code).toBe(code);
    expect(failure?.message).toBe("anthropic: Sorry");
  });

  test("with a message that is no JSON is broken", async () => {
    await using work = await atWork(streams(`${start()}event: content_block_start\ndata: {"type":\n\n${STOP}`));
    expect((await outcomeOf(work.provider)).error?.code).toBe("provider-stream-broken");
  });
});
