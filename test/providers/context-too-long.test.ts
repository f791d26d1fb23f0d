import { expect, test } from "vitest";
import { createAnthropicProvider } from "../../src/providers/anthropic/anthropic-provider.ts";
import { createOpenAiProvider } from "../../src/providers/openai/openai-provider.ts";
import { outcomeOf } from "./provider-contract.ts";
import { answersJson, startWireServer } from "./wire-server.ts";

const says = (message: string, type = "invalid_request_error", code: string | null = null) => ({
  type: "error",
  error: { type, message, code },
});

test.each([
  [
    "OpenAI",
    400,
    says(
      "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
      "invalid_request_error",
      "context_length_exceeded",
    ),
  ],
  [
    "OpenAI, newer",
    400,
    says("Your input exceeds the context window of this model. Please adjust your input and try again."),
  ],
  ["Anthropic", 400, says("prompt is too long: 213462 tokens > 200000 maximum")],
  [
    "Anthropic, input and output",
    400,
    says("input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000"),
  ],
  [
    "vLLM",
    400,
    {
      object: "error",
      message: "The decoder prompt (length 9000) is longer than the maximum model length of 8192.",
      code: 400,
    },
  ],
  [
    "vLLM, newer",
    400,
    says("This model's maximum context length is 32768 tokens. However, you requested 40000 tokens."),
  ],
  ["SGLang", 400, says("The input (9000 tokens) is longer than the model's context length (8192 tokens).")],
  ["Ollama", 400, { error: "the input length exceeds the context length" }],
  [
    "llama.cpp",
    400,
    {
      error: {
        code: 400,
        message: "the request exceeds the available context size, try increasing it",
        type: "exceed_context_size_error",
      },
    },
  ],
  [
    "LM Studio",
    400,
    { error: "The number of tokens to keep from the initial prompt is greater than the context length" },
  ],
  ["DeepSeek", 400, says("This model's maximum context length is 131072 tokens. However, you requested 140000 tokens")],
  [
    "Qwen",
    400,
    says(
      "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 129024]",
      "invalid_request_error",
      "invalid_parameter_error",
    ),
  ],
  [
    "Gemini",
    400,
    {
      error: {
        code: 400,
        message: "The input token count (1196265) exceeds the maximum number of tokens allowed (1048575).",
        status: "INVALID_ARGUMENT",
      },
    },
  ],
  [
    "xAI",
    400,
    {
      code: "Client specified an invalid argument",
      error: "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
    },
  ],
  [
    "Groq",
    400,
    says("Please reduce the length of the messages or completion.", "invalid_request_error", "context_length_exceeded"),
  ],
  [
    "Mistral",
    400,
    {
      object: "error",
      message:
        "Prompt contains 140000 tokens and 0 draft tokens, too large for model with 131072 maximum context length",
      type: "invalid_request_invalid_args",
    },
  ],
  ["Kimi", 400, says("Invalid request: Your request exceeded model token limit: 131072 (requested: 140000)")],
  ["MiniMax", 400, says("invalid params, context window exceeds limit (2013)")],
  ["Zhipu", 400, { error: { code: "1261", message: "Prompt 超长" } }],
  ["a Chinese gateway", 400, says("输入内容过长，请缩短后重试")],
  ["Bedrock", 400, says("Input is too long for requested model.")],
  [
    "OpenRouter",
    400,
    {
      error: {
        code: 400,
        message:
          "This endpoint's maximum context length is 1048576 tokens. However, you requested about 1293741 tokens",
      },
    },
  ],
  [
    "TGI",
    422,
    {
      error: "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000",
      error_type: "validation",
    },
  ],
  ["LiteLLM over some other server", 500, says("litellm.ContextWindowExceededError: prompt is too long")],
])("a conversation too long is known in the words of %s", async (_who, status, body) => {
  await using server = await startWireServer(answersJson(status, body));
  for (const create of [createOpenAiProvider, createAnthropicProvider]) {
    const { error } = await outcomeOf(create({ name: "vendor", apiKey: "k", baseUrl: server.url }));
    expect(error?.code).toBe("context-too-long");
  }
});
