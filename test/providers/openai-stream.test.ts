import { describe, expect, test } from "vitest";
import type { ModelProvider } from "../../src/core/model.ts";
import { createOpenAiProvider } from "../../src/providers/openai/openai-provider.ts";
import { COUNTED, DONE, data, delta, finish, say, spoken, toolCall, usage } from "./openai-wire.ts";
import {
  describeProviderContract,
  never,
  outcomeOf,
  type ProviderAtWork,
  replyOf,
  requestOf,
} from "./provider-contract.ts";
import {
  type Answer,
  answersJson,
  diesAfter,
  hangsAfter,
  startWireServer,
  streams,
  type WireServer,
} from "./wire-server.ts";

const providerFor = (server: WireServer): ModelProvider =>
  createOpenAiProvider({ name: "openai", apiKey: "key-of-the-test", baseUrl: `${server.url}/v1` });

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
  name: "openai",
  answering: () => atWork(streams(spoken("Hello", " you"))),
  hanging: () => atWork(hangsAfter(say("Hello"))),
});

describe("a reply of the OpenAI provider", () => {
  test.each([1, 2, 3, 5, 4_096])("is the same however its bytes are cut up (%i at a time)", async (pieceBytes) => {
    await using work = await atWork(streams(spoken("Grüße, ", "你好，", "👋🏽 world"), pieceBytes));
    const { text, reply } = await outcomeOf(work.provider);
    expect(text).toBe("Grüße, 你好，👋🏽 world");
    expect(reply?.text).toBe(text);
  });

  test("puts parallel calls together whose arguments come interleaved", async () => {
    await using work = await atWork(
      streams(
        toolCall(0, { id: "call_a", name: "look_up", arguments: "" }) +
          toolCall(1, { id: "call_b", name: "count", arguments: "" }) +
          toolCall(0, { arguments: '{"wo' }) +
          toolCall(1, { arguments: '{"n":' }) +
          toolCall(0, { arguments: 'rd":"a"}' }) +
          toolCall(1, { arguments: "2}" }) +
          finish("tool_calls") +
          DONE,
      ),
    );
    const reply = await replyOf(work.provider);
    expect(reply.stop).toBe("calls");
    expect(reply.calls).toEqual([
      { name: "look_up", argumentsText: '{"word":"a"}' },
      { name: "count", argumentsText: '{"n":2}' },
    ]);
  });

  test("passes arguments on that are no JSON, for the tool executor to refuse", async () => {
    await using work = await atWork(
      streams(toolCall(0, { id: "a", name: "look_up", arguments: '{"word": oops' }) + finish("tool_calls") + DONE),
    );
    expect((await replyOf(work.provider)).calls).toEqual([{ name: "look_up", argumentsText: '{"word": oops' }]);
  });

  test("takes a call without a name for what it is: unusable", async () => {
    await using work = await atWork(streams(toolCall(0, { id: "a", arguments: "{}" }) + finish("tool_calls") + DONE));
    expect((await outcomeOf(work.provider)).error?.code).toBe("provider-bad-reply");
  });

  test("counts cached and written tokens apart from the others", async () => {
    const counts = {
      prompt_tokens: 1_000,
      completion_tokens: 7,
      total_tokens: 1_007,
      prompt_tokens_details: { cached_tokens: 600, cache_write_tokens: 300 },
    };
    await using work = await atWork(streams(say("hi") + finish("stop") + usage(counts) + DONE));
    expect((await replyOf(work.provider)).usage).toEqual({
      inputTokens: 100,
      cachedInputTokens: 600,
      cacheWriteTokens: 300,
      outputTokens: 7,
    });
  });

  test.each([
    ["stop", "end"],
    ["length", "length"],
    ["content_filter", "refused"],
    ["tool_calls", "end"],
    ["something_new", "end"],
  ])("that ends with %s stops as %s", async (reason, stop) => {
    await using work = await atWork(streams(say("hi") + finish(reason) + DONE));
    expect((await replyOf(work.provider)).stop).toBe(stop);
  });

  test("that the model itself refuses says so, in the model's words", async () => {
    await using work = await atWork(streams(delta({ refusal: "I cannot do that." }) + finish("stop") + DONE));
    expect(await replyOf(work.provider)).toMatchObject({ text: "I cannot do that.", stop: "refused" });
  });

  test("that is empty is handed on as it is", async () => {
    await using work = await atWork(streams(finish("stop") + COUNTED + DONE));
    expect(await replyOf(work.provider)).toMatchObject({ text: "", calls: [], stop: "end" });
  });

  test("that was cut off in a call does not pass for a call without arguments", async () => {
    await using work = await atWork(
      streams(toolCall(0, { id: "a", name: "look_up", arguments: "" }) + finish("length") + DONE),
    );
    expect(await replyOf(work.provider)).toMatchObject({ stop: "length", calls: [{ argumentsText: "" }] });
  });

  test("that never ends is streamed for as long as it is read", async () => {
    const endless: Answer = async (response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      while (!response.destroyed && !response.writableEnded) {
        await new Promise((resolve) => response.write(say("on and "), resolve));
        await new Promise(setImmediate);
      }
    };
    await using work = await atWork(endless);
    let count = 0;
    for await (const event of work.provider.stream(requestOf(), never())) {
      if (event.type === "text" && ++count === 2_000) break;
    }
    expect(count).toBe(2_000);
    await work.hungUp?.();
  });

  test("leaves its connection for later ones", async () => {
    await using work = await atWork(streams(spoken("hi")));
    for (let count = 0; count < 6; count++) await replyOf(work.provider);
    expect(work.server.requests).toHaveLength(6);
    expect(work.server.connections()).toBeLessThan(6);
  });
});

describe("a stream that breaks", () => {
  test.each([
    ["before any text", delta({ role: "assistant", content: "" })],
    ["after some text", say("Half an ans")],
    ["in the middle of a message", `${say("Half")}data: {"choices":[{"delta":{"cont`],
    ["before a word of it came", ""],
  ])("%s is broken, not ended", async (_when, text) => {
    await using work = await atWork(diesAfter(text));
    const { reply, error } = await outcomeOf(work.provider);
    expect(error?.code).toBe("provider-stream-broken");
    expect(error?.cause).toBeDefined();
    expect(reply).toBeUndefined();
  });

  test.each([
    ["", ""],
    [" although the vendor says it is done", DONE],
  ])("off without a finish reason is broken%s", async (_even, ending) => {
    await using work = await atWork(streams(say("Half an ans") + ending));
    const { text, error } = await outcomeOf(work.provider);
    expect(text).toBe("Half an ans");
    expect(error?.code).toBe("provider-stream-broken");
  });

  test("after the finish reason has given all that was asked for", async () => {
    await using work = await atWork(diesAfter(say("All of it.") + finish("stop")));
    expect(await replyOf(work.provider)).toMatchObject({ text: "All of it.", stop: "end" });
  });

  test("with a message that is no JSON is broken", async () => {
    await using work = await atWork(streams(`${say("hi")}data: {"choices": [\n\n${finish("stop")}${DONE}`));
    expect((await outcomeOf(work.provider)).error?.code).toBe("provider-stream-broken");
  });

  test.each([
    [
      { error: { message: "Rate limit reached", type: "requests", code: "rate_limit_exceeded" } },
      "provider-rate-limited",
    ],
    [{ error: { message: "The server had an error", type: "server_error" } }, "provider-unavailable"],
    [{ error: { message: "maximum context length is 4096 tokens", code: 400 } }, "context-too-long"],
    [{ error: { message: "Provider returned error", code: 502 } }, "provider-unavailable"],
    [{ error: "the runner process has terminated" }, "provider-stream-broken"],
  ])("with an error inside it (%j) is that error: %s", async (body, code) => {
    await using work = await atWork(streams(say("Half") + data(body) + DONE));
    const { text, error } = await outcomeOf(work.provider);
    expect(text).toBe("Half");
    expect(error?.code).toBe(code);
  });

  test("with an error inside it is given up, even if the vendor leaves the line open", async () => {
    await using work = await atWork(
      hangsAfter(say("Half") + data({ error: { message: "Sorry", type: "server_error" } })),
    );
    expect((await outcomeOf(work.provider)).error?.code).toBe("provider-unavailable");
    await work.hungUp?.();
  });

  test.each([
    ["insufficient_system_resource", "provider-overloaded"],
    ["error", "provider-stream-broken"],
  ])("because the vendor gave up (%s) is no reply: %s", async (reason, code) => {
    await using work = await atWork(streams(say("Half") + finish(reason) + DONE));
    expect((await outcomeOf(work.provider)).error?.code).toBe(code);
  });
});

describe("an answer that is no stream", () => {
  test("but one JSON document is the reply all the same", async () => {
    const body = {
      choices: [{ index: 0, message: { role: "assistant", content: "Not streamed." }, finish_reason: "stop" }],
      usage: { prompt_tokens: 3, completion_tokens: 2 },
    };
    await using work = await atWork(answersJson(200, body));
    const { text, reply } = await outcomeOf(work.provider);
    expect(text).toBe("Not streamed.");
    expect(reply?.usage.outputTokens).toBe(2);
  });

  test("but an error with status 200 is that error", async () => {
    await using work = await atWork(answersJson(200, { error: { message: "overloaded", type: "overloaded_error" } }));
    expect((await outcomeOf(work.provider)).error?.code).toBe("provider-overloaded");
  });

  test("but a web page points to the base URL", async () => {
    await using work = await atWork((response) => {
      response.writeHead(200, { "content-type": "text/html" });
      response.end("<html>Welcome</html>");
    });
    const { error } = await outcomeOf(work.provider);
    expect(error?.code).toBe("provider-bad-reply");
    expect(error?.message).toContain("base URL");
  });
});
