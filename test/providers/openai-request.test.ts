import { afterEach, describe, expect, test, vi } from "vitest";
import type { ConversationItem, ModelRequest } from "../../src/core/model.ts";
import { firstDialect, OPENAI_BASE_URL } from "../../src/providers/openai/openai-dialect.ts";
import { createOpenAiProvider } from "../../src/providers/openai/openai-provider.ts";
import { toOpenAiRequest } from "../../src/providers/openai/to-openai-request.ts";
import { DONE, delta, finish, spoken } from "./openai-wire.ts";
import { call, lookUp, model, person, replyOf, requestOf } from "./provider-contract.ts";
import { startWireServer, streams } from "./wire-server.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

/** What arrives at the vendor. */
async function sent(request: ModelRequest): Promise<{ text: string; body: Record<string, unknown> }> {
  await using server = await startWireServer(streams(spoken("ok")));
  await replyOf(createOpenAiProvider({ name: "openai", apiKey: "k", baseUrl: `${server.url}/v1` }), request);
  const [arrived] = server.requests;
  expect(arrived?.path).toBe("/v1/chat/completions");
  return { text: arrived?.text ?? "", body: { ...arrived?.body } };
}

const messagesOf = async (...items: readonly ConversationItem[]): Promise<unknown> =>
  (await sent(requestOf(items))).body.messages;

describe("a request to an OpenAI-compatible server", () => {
  test("begins with the system message and puts each call's result behind the reply that asked, in order", async () => {
    const messages = await messagesOf(
      person("look up a and b"),
      model("One moment.", call("call_1"), call("call_2", { isError: true, result: "no such word" })),
      person("and?"),
      model("Done."),
      person("thanks"),
    );
    expect(messages).toEqual([
      { role: "system", content: "You are helpful." },
      { role: "user", content: "look up a and b" },
      {
        role: "assistant",
        content: "One moment.",
        tool_calls: [
          { id: "call_1", type: "function", function: { name: "look_up", arguments: '{"word":"call_1"}' } },
          { id: "call_2", type: "function", function: { name: "look_up", arguments: '{"word":"call_2"}' } },
        ],
      },
      { role: "tool", tool_call_id: "call_1", content: "found call_1" },
      { role: "tool", tool_call_id: "call_2", content: "no such word" },
      { role: "user", content: "and?" },
      { role: "assistant", content: "Done." },
      { role: "user", content: "thanks" },
    ]);
  });

  test("never holds a reply that says and asks nothing", async () => {
    const messages = await messagesOf(person("a"), model(" \n"), person("b"));
    expect(messages).toEqual([
      { role: "system", content: "You are helpful." },
      { role: "user", content: "a" },
      { role: "user", content: "b" },
    ]);
  });

  test("has no text where a reply only calls, and words where a result or a message is empty", async () => {
    const messages = await messagesOf(person("  "), model("", call("call_1", { result: "" })));
    expect(messages).toMatchObject([
      { role: "system" },
      { role: "user", content: "(empty message)" },
      { role: "assistant", content: null },
      { role: "tool", content: "(no output)" },
    ]);
  });

  test("ends with the person's turn even if the conversation does not", async () => {
    const messages = await messagesOf(person("a"), model("b"));
    expect(messages).toMatchObject([{}, {}, { role: "assistant" }, { role: "user", content: "(go on)" }]);
  });

  test("leaves out an empty system prompt and an empty list of tools", async () => {
    const { body } = await sent(requestOf([person("a")], { system: "" }));
    expect(body.messages).toEqual([{ role: "user", content: "a" }]);
    expect(body).not.toHaveProperty("tools");
  });

  test("offers tools as functions", async () => {
    const { body } = await sent(requestOf([person("a")], { tools: [lookUp] }));
    expect(body.tools).toEqual([{ type: "function", function: lookUp }]);
  });

  test("shows images as data, and names those that nobody can be shown", async () => {
    const images = [
      { mediaType: "image/png", base64: "iVBORw0=" },
      { mediaType: "image/tiff", base64: "SUkq" },
    ];
    const messages = await messagesOf({ role: "person", text: "what is this?", images });
    expect(messages).toMatchObject([
      {},
      {
        role: "user",
        content: [
          { type: "text", text: "what is this?" },
          { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0=" } },
          { type: "text", text: "(an image of type image/tiff, which cannot be shown to you)" },
        ],
      },
    ]);
  });

  test("asks for usage, and calls the limit by the name its server knows", async () => {
    const { body } = await sent(requestOf());
    expect(body).toMatchObject({ stream: true, stream_options: { include_usage: true }, max_tokens: 1_000 });
    expect(body).not.toHaveProperty("max_completion_tokens");
    expect(body).not.toHaveProperty("prompt_cache_key");
  });

  test("to api.openai.com takes the new name and a cache key that tells nothing of the session", async () => {
    const body: Record<string, unknown> = {};
    const fetch: typeof globalThis.fetch = async (url, init) => {
      expect(String(url)).toBe("https://api.openai.com/v1/chat/completions");
      Object.assign(body, JSON.parse(String(init?.body)));
      return new Response(spoken("ok"), { headers: { "content-type": "text/event-stream" } });
    };
    await replyOf(createOpenAiProvider({ name: "openai", apiKey: "k", fetch }), requestOf());
    expect(body).toMatchObject({ max_completion_tokens: 1_000 });
    expect(body).not.toHaveProperty("max_tokens");
    expect(body.prompt_cache_key).toMatch(/^[0-9a-f]{64}$/);
  });

  test("carries the key it was given, and nothing from the environment", async () => {
    vi.stubEnv("OPENAI_API_KEY", "sk-of-the-environment");
    vi.stubEnv("OPENAI_ORG_ID", "org-of-the-environment");
    vi.stubEnv("OPENAI_PROJECT_ID", "project-of-the-environment");
    vi.stubEnv("OPENAI_BASE_URL", "http://elsewhere.invalid");
    await using server = await startWireServer(streams(spoken("ok")));
    await replyOf(createOpenAiProvider({ name: "openai", apiKey: "sk-mine", baseUrl: server.url }));
    await replyOf(createOpenAiProvider({ name: "local", apiKey: "", baseUrl: server.url }));
    expect(server.requests[0]?.headers).toMatchObject({ authorization: "Bearer sk-mine" });
    for (const { headers } of server.requests) expect(JSON.stringify(headers)).not.toContain("environment");
  });
});

describe("reasoning", () => {
  const reasoned = streams(
    delta({ reasoning_content: "Let me " }) +
      delta({ reasoning_content: "think." }) +
      delta({ content: "42" }) +
      finish("stop") +
      DONE,
  );

  test("is a sign of life, no text, and goes back with its own reply", async () => {
    await using server = await startWireServer(reasoned);
    const provider = createOpenAiProvider({ name: "deepseek", apiKey: "k", baseUrl: server.url });
    const events: string[] = [];
    for await (const event of provider.stream(requestOf(), new AbortController().signal)) events.push(event.type);
    expect(events.slice(0, 3)).toEqual(["alive", "alive", "text"]);

    const { text, replay } = await replyOf(provider);
    expect(replay).toEqual({ provider: "deepseek", content: { reasoning_content: "Let me think." } });
    const again = requestOf([
      person("?"),
      { role: "model", text, calls: [], ...(replay ? { replay } : {}) },
      person("why?"),
    ]);
    await replyOf(provider, again);
    expect(server.requests.at(-1)?.body.messages).toMatchObject([
      {},
      {},
      { role: "assistant", content: "42", reasoning_content: "Let me think." },
      {},
    ]);
  });

  test("of another provider is not shown", async () => {
    const replay = { provider: "anthropic", content: { reasoning_content: "secret" } };
    const { text } = await sent(requestOf([person("a"), { role: "model", text: "b", calls: [], replay }, person("c")]));
    expect(text).not.toContain("secret");
  });
});

describe("the prefix", () => {
  const long = [
    person("look up a"),
    model("", call("call_1"), call("call_2")),
    model("Here it is: 你好"),
    person("and b?"),
    person("please"),
    model("Looking.", call("call_3", { result: "" })),
    model(""),
    person("thanks"),
    model("Welcome."),
    person("bye"),
  ];

  test("of a conversation is the same bytes in every later request (P11)", async () => {
    const lengths = [1, 2, 4, 5, 6, 8, 10];
    const texts: string[] = [];
    for (const length of lengths) texts.push((await sent(requestOf(long.slice(0, length), { tools: [lookUp] }))).text);
    for (const [index, text] of texts.slice(0, -1).entries()) {
      expect(texts[index + 1]?.startsWith(text.replace(/[\]}]+$/, ""))).toBe(true);
    }
  });

  test("is the same bytes for the same items, whatever order a store gave their keys", async () => {
    const dialect = firstDialect(OPENAI_BASE_URL);
    const bytes = (args: ModelRequest["items"]): string =>
      JSON.stringify(toOpenAiRequest(requestOf(args), { provider: "openai", dialect }));
    const one = bytes([person("a"), model("", call("x", { arguments: { b: 1, a: { d: 2, c: 3 } } }))]);
    const other = bytes([person("a"), model("", call("x", { arguments: { a: { c: 3, d: 2 }, b: 1 } }))]);
    expect(one).toBe(other);
  });
});
