import { describe, expect, test } from "vitest";
import type { ModelProvider, ModelReply } from "../../src/core/model.ts";
import { createOpenAiProvider } from "../../src/providers/openai/openai-provider.ts";
import { COUNTED, DONE, data, delta, finish, say, spoken, toolCall, usage } from "./openai-wire.ts";
import { call, lookUp, model, outcomeOf, person, replyOf, requestOf } from "./provider-contract.ts";
import { type Answer, answersJson, startWireServer, streams, type WireServer } from "./wire-server.ts";

const providerFor = (server: WireServer): ModelProvider =>
  createOpenAiProvider({ name: "local", apiKey: "", baseUrl: `${server.url}/v1` });

async function replyTo(...wire: readonly string[]): Promise<ModelReply> {
  await using server = await startWireServer(streams(wire.join("")));
  return await replyOf(providerFor(server));
}

const whole = (word: string): string => JSON.stringify({ word });

describe("tool calls as compatible servers send them", () => {
  const expected = [
    { name: "look_up", argumentsText: whole("a") },
    { name: "look_up", argumentsText: whole("b") },
  ];

  test.each<[string, string]>([
    [
      "whole, without an index and without ids (Ollama of old)",
      toolCall(undefined, { name: "look_up", arguments: whole("a") }) +
        toolCall(undefined, { name: "look_up", arguments: whole("b") }),
    ],
    [
      "whole, all with index 0 (Ollama)",
      toolCall(0, { id: "call_1", name: "look_up", arguments: whole("a") }) +
        toolCall(0, { id: "call_2", name: "look_up", arguments: whole("b") }),
    ],
    [
      "whole, all with index 0 and without ids",
      toolCall(0, { name: "look_up", arguments: whole("a") }) + toolCall(0, { name: "look_up", arguments: whole("b") }),
    ],
    [
      "both in one chunk",
      delta({
        tool_calls: [
          { index: 0, id: "1", type: "function", function: { name: "look_up", arguments: whole("a") } },
          { index: 1, id: "2", type: "function", function: { name: "look_up", arguments: whole("b") } },
        ],
      }),
    ],
    [
      "with the arguments as an object",
      toolCall(0, { id: "1", name: "look_up", arguments: { word: "a" } }) +
        toolCall(1, { id: "2", name: "look_up", arguments: { word: "b" } }),
    ],
    [
      "with the id and the name in every piece, without an index",
      toolCall(undefined, { id: "1", name: "look_up", arguments: '{"word":' }) +
        toolCall(undefined, { id: "1", name: "look_up", arguments: '"a"}' }) +
        toolCall(undefined, { id: "2", name: "look_up", arguments: '{"word":' }) +
        toolCall(undefined, { id: "2", name: "look_up", arguments: '"b"}' }),
    ],
    [
      "interleaved, told apart by their ids alone",
      toolCall(undefined, { id: "1", name: "look_up", arguments: '{"word":' }) +
        toolCall(undefined, { id: "2", name: "look_up", arguments: '{"word":' }) +
        toolCall(undefined, { id: "1", arguments: '"a"}' }) +
        toolCall(undefined, { id: "2", arguments: '"b"}' }),
    ],
    [
      "with the whole arguments said once more at the end",
      toolCall(0, { id: "1", name: "look_up", arguments: '{"word":' }) +
        toolCall(0, { arguments: '"a"}' }) +
        toolCall(0, { arguments: whole("a") }) +
        toolCall(1, { id: "2", name: "look_up", arguments: whole("b") }),
    ],
  ])("%s are told apart", async (_how, wire) => {
    const reply = await replyTo(wire, finish("stop"), DONE);
    expect(reply.calls).toEqual(expected);
    expect(reply.stop).toBe("calls");
  });

  test("with the index of one that has no arguments are told apart from it", async () => {
    const first = toolCall(0, { id: "1", name: "now", arguments: "" });
    const second = toolCall(0, { id: "2", name: "look_up", arguments: whole("b") });
    expect((await replyTo(first, second, finish("stop"), DONE)).calls).toEqual([
      { name: "now", argumentsText: "{}" },
      { name: "look_up", argumentsText: whole("b") },
    ]);
  });

  test.each([[""], [null], [undefined]])("without arguments (%j) have none", async (given) => {
    const piece = given === undefined ? {} : { arguments: given };
    const reply = await replyTo(toolCall(0, { id: "1", name: "look_up", ...piece }), finish("tool_calls"), DONE);
    expect(reply.calls).toEqual([{ name: "look_up", argumentsText: "{}" }]);
  });
});

describe("a server that is only nearly compatible", () => {
  test("may leave out usage: what was read and written is guessed, not free", async () => {
    const reply = await replyTo(say("four words of answer"), finish("stop"), DONE);
    expect(reply.usage).toEqual({ inputTokens: 6, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens: 5 });
  });

  test.each([
    ["DeepSeek", usage({ prompt_tokens: 10, completion_tokens: 2, prompt_cache_hit_tokens: 8 })],
    [
      "Kimi",
      delta({}).replace('"delta"', '"usage":{"prompt_tokens":10,"completion_tokens":2,"cached_tokens":8},"delta"'),
    ],
    [
      "Groq",
      data({
        choices: [],
        x_groq: { usage: { prompt_tokens: 10, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 8 } } },
      }),
    ],
  ])("may count in its own place (%s)", async (_who, counted) => {
    const reply = await replyTo(say("hi"), finish("stop"), counted, DONE);
    expect(reply.usage).toMatchObject({ inputTokens: 2, cachedInputTokens: 8, outputTokens: 2 });
  });

  test("may send nulls, unknown events, comments, empty choices and no last blank line", async () => {
    const reply = await replyTo(
      ": OPENROUTER PROCESSING\n\n",
      data({ object: "something.else" }),
      data({ choices: [], prompt_filter_results: [] }),
      data({ choices: null }),
      delta({ role: "assistant", content: null, tool_calls: null, reasoning_content: null }),
      data({ choices: [{ index: 1, delta: { content: "the other choice" } }] }),
      data({ choices: [{ delta: { content: [{ type: "text", text: "Hel" }] }, finish_reason: "" }] }),
      say("lo"),
      finish("stop"),
      COUNTED,
      "data: [DONE]",
    );
    expect(reply).toMatchObject({ text: "Hello", stop: "end" });
  });

  test("shows that it lives through comments and reasoning", async () => {
    await using server = await startWireServer(
      streams(`: keep-alive\n\n${delta({ reasoning: "hm" })}${say("hi")}${finish("stop")}`),
    );
    const { events } = await outcomeOf(providerFor(server));
    expect(events.map((event) => event.type)).toEqual(["alive", "alive", "text", "alive", "reply"]);
  });

  test("needs no key", async () => {
    await using server = await startWireServer(streams(spoken("hi")));
    expect((await replyOf(providerFor(server))).text).toBe("hi");
  });
});

describe("a server that refuses a parameter", () => {
  const refuses = (message: string, param: string | null = null, status = 400): Answer =>
    answersJson(status, { error: { message, type: "invalid_request_error", param, code: "unsupported_parameter" } });
  const answers = streams(spoken("hi"));

  test.each<[string, Answer, string, string | undefined]>([
    [
      "the old name of the limit",
      refuses(
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        "max_tokens",
      ),
      "max_tokens",
      "max_completion_tokens",
    ],
    [
      "usage in the stream",
      refuses("Unrecognized request argument supplied: stream_options"),
      "stream_options",
      undefined,
    ],
    [
      "usage in the stream, as a 422",
      refuses("body.stream_options: Extra inputs are not permitted", null, 422),
      "stream_options",
      undefined,
    ],
  ])("%s is asked without it, and not asked so again", async (_what, refusal, refused, instead) => {
    await using server = await startWireServer(refusal, answers);
    const provider = providerFor(server);
    expect((await replyOf(provider)).text).toBe("hi");
    await replyOf(provider);
    expect(server.requests).toHaveLength(3);
    expect(server.requests[0]?.body).toHaveProperty(refused);
    for (const { body } of server.requests.slice(1)) {
      expect(body).not.toHaveProperty(refused);
      if (instead) expect(body).toHaveProperty(instead, 1_000);
    }
  });

  test("one after the other is asked without each of them", async () => {
    await using server = await startWireServer(
      refuses("Unknown parameter: stream_options"),
      refuses("Unknown parameter: max_tokens"),
      answers,
    );
    expect((await replyOf(providerFor(server))).text).toBe("hi");
    expect(server.requests).toHaveLength(3);
  });

  test("under both names gets its refusal handed on", async () => {
    await using server = await startWireServer(
      refuses("Unknown parameter: max_tokens"),
      refuses("Unknown parameter: max_completion_tokens"),
    );
    expect((await outcomeOf(providerFor(server))).error?.code).toBe("provider-refused");
    expect(server.requests).toHaveLength(2);
  });

  test("tools together with reasoning gets them with reasoning off", async () => {
    const message =
      "Function tools with reasoning_effort are not supported for gpt-5.6-sol in /v1/chat/completions. " +
      "To use function tools, use /v1/responses or set reasoning_effort to 'none'.";
    await using server = await startWireServer(refuses(message, "reasoning_effort"), answers);
    const provider = providerFor(server);
    await replyOf(provider, requestOf([person("a")], { tools: [lookUp] }));
    expect(server.requests[1]?.body).toMatchObject({ reasoning_effort: "none" });
    await replyOf(provider, requestOf([person("a")]));
    expect(server.requests[2]?.body).not.toHaveProperty("reasoning_effort");
  });

  test("and cannot do without is passed over for the next provider, not blamed on the request", async () => {
    const refusal = refuses(
      "Unsupported value: 'reasoning_effort' does not support 'none' with this model.",
      "reasoning_effort",
    );
    await using server = await startWireServer(refusal);
    const { error } = await outcomeOf(providerFor(server), requestOf([person("a")], { tools: [lookUp] }));
    expect(error?.code).toBe("provider-auth");
    expect(server.requests).toHaveLength(2);
  });

  test("that carries reasoning back is asked without it", async () => {
    const replay = { provider: "local", content: { reasoning_content: "hm" } };
    const items = [
      person("a"),
      { ...model("b", call("c")), role: "model" as const, text: "b", calls: [], replay },
      person("d"),
    ];
    await using server = await startWireServer(
      refuses("'messages.2' : property 'reasoning_content' is unsupported"),
      answers,
    );
    await replyOf(providerFor(server), requestOf(items));
    expect(server.requests[0]?.text).toContain("reasoning_content");
    expect(server.requests[1]?.text).not.toContain("reasoning_content");
  });

  test("is not confused with one whose window is full", async () => {
    const message =
      "'max_tokens' or 'max_completion_tokens' is too large: 4096. More than this model's maximum " +
      "context length of 8192 tokens is not supported, and " +
      "your request has 6000 input tokens.";
    await using server = await startWireServer(
      answersJson(400, { object: "error", message, type: "BadRequestError", code: 400 }),
    );
    expect((await outcomeOf(providerFor(server))).error?.code).toBe("context-too-long");
    expect(server.requests).toHaveLength(1);
  });

  test("is not confused with one that wants a smaller number", async () => {
    await using server = await startWireServer(
      refuses("max_tokens is too large: 200000. At most 16384 are supported.", "max_tokens"),
    );
    expect((await outcomeOf(providerFor(server))).error?.code).toBe("provider-refused");
    expect(server.requests).toHaveLength(1);
  });
});
