import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/core/json.ts";
import type { ConversationItem, ModelRequest } from "../../src/core/model.ts";
import { createAnthropicProvider } from "../../src/providers/anthropic/anthropic-provider.ts";
import { toAnthropicRequest } from "../../src/providers/anthropic/to-anthropic-request.ts";
import { spoken } from "./anthropic-wire.ts";
import { call, lookUp, model, person, replyOf, requestOf } from "./provider-contract.ts";
import { startWireServer, streams } from "./wire-server.ts";

const MARK = { cache_control: { type: "ephemeral" } };

/** What arrives at the vendor. */
async function sent(request: ModelRequest): Promise<{ text: string; body: JsonObject }> {
  await using server = await startWireServer(streams(spoken("ok")));
  await replyOf(createAnthropicProvider({ name: "anthropic", apiKey: "k", baseUrl: server.url }), request);
  const [arrived] = server.requests;
  expect(arrived?.path).toBe("/v1/messages");
  return { text: arrived?.text ?? "", body: arrived?.body ?? {} };
}

const withoutMarks = (text: string): string => text.replaceAll(',"cache_control":{"type":"ephemeral"}', "");

const messagesOf = async (...items: readonly ConversationItem[]): Promise<unknown> => {
  const { text } = await sent(requestOf(items));
  return JSON.parse(withoutMarks(text)).messages;
};

const said = (text: string) => ({ type: "text", text });

describe("a request to Anthropic", () => {
  test("puts results first in the user turn that follows, together with what the person says next", async () => {
    const messages = await messagesOf(
      person("look up a"),
      person("and b"),
      model("One moment.", call("call_1"), call("call_2", { isError: true, result: "" })),
      person("hurry"),
      model("Done."),
      person("thanks"),
    );
    expect(messages).toEqual([
      { role: "user", content: [said("look up a"), said("and b")] },
      {
        role: "assistant",
        content: [
          said("One moment."),
          { type: "tool_use", id: "call_1", name: "look_up", input: { word: "call_1" } },
          { type: "tool_use", id: "call_2", name: "look_up", input: { word: "call_2" } },
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "call_1", content: "found call_1" },
          { type: "tool_result", tool_use_id: "call_2", content: "(no output)", is_error: true },
          said("hurry"),
        ],
      },
      { role: "assistant", content: [said("Done.")] },
      { role: "user", content: [said("thanks")] },
    ]);
  });

  test("never holds an empty text, nor a reply that says and asks nothing", async () => {
    const messages = await messagesOf(person("a"), model(" \n"), person("b"), model("", call("call_1")), person(" "));
    expect(messages).toMatchObject([
      { role: "user", content: [said("a"), said("b")] },
      { role: "assistant", content: [{ type: "tool_use" }] },
      { role: "user", content: [{ type: "tool_result" }, said("(empty message)")] },
    ]);
  });

  test("begins and ends with a user turn even if the conversation does not", async () => {
    const messages = await messagesOf(model("I begin."), person("a"), model("I end."));
    expect(messages).toMatchObject([
      { role: "user" },
      { role: "assistant" },
      { role: "user" },
      { role: "assistant" },
      { content: [said("(go on)")] },
    ]);
  });

  test("shows images before the words about them, and names those that nobody can be shown", async () => {
    const images = [
      { mediaType: "image/png", base64: "iVBORw0=" },
      { mediaType: "image/tiff", base64: "SUkq" },
    ];
    const messages = await messagesOf({ role: "person", text: "what is this?", images });
    expect(messages).toEqual([
      {
        role: "user",
        content: [
          { type: "image", source: { type: "base64", media_type: "image/png", data: "iVBORw0=" } },
          said("(an image of type image/tiff, which cannot be shown to you)"),
          said("what is this?"),
        ],
      },
    ]);
  });

  test("leaves out an empty system prompt and an empty list of tools", async () => {
    const { body } = await sent(requestOf([person("a")], { system: " " }));
    expect(body).not.toHaveProperty("system");
    expect(body).not.toHaveProperty("tools");
    expect(body).toMatchObject({ model: "some-model", max_tokens: 1_000, stream: true });
  });

  test("defines the tools its messages speak of, even where none is offered any more", async () => {
    const { body } = await sent(requestOf([person("a"), model("", call("call_1"), call("call_2"))]));
    expect(body.tools).toEqual([
      { name: "look_up", description: "No longer offered.", input_schema: { type: "object" }, ...MARK },
    ]);
    expect(body.tool_choice).toEqual({ type: "none" });
  });

  test("marks tools, system and the last two user turns for the cache, and no more than the four that are allowed", async () => {
    const other = { ...lookUp, name: "other" };
    const items = [
      person("a"),
      model("b"),
      person("c"),
      model("", call("call_1")),
      person("d"),
      model("e"),
      person("f"),
      person("g"),
    ];
    const { body, text } = await sent(requestOf(items, { tools: [lookUp, other] }));
    expect(body.system).toEqual([{ ...said("You are helpful."), ...MARK }]);
    expect(body.tools).toMatchObject([{ name: "look_up" }, { name: "other", ...MARK }]);
    expect(JSON.stringify(body.tools).match(/ephemeral/g)).toHaveLength(1);
    expect(text.match(/ephemeral/g)).toHaveLength(4);
    expect(body.messages).toMatchObject([
      {},
      {},
      {},
      {},
      { role: "user", content: [{ type: "tool_result" }, { ...said("d"), ...MARK }] },
      {},
      { role: "user", content: [said("f"), { ...said("g"), ...MARK }] },
    ]);
  });

  test("carries the key where any server looks for it, to the right path whether or not the base URL names the version", async () => {
    await using server = await startWireServer(streams(spoken("ok")));
    await replyOf(createAnthropicProvider({ name: "anthropic", apiKey: "sk-ant-mine", baseUrl: `${server.url}/v1/` }));
    expect(server.requests[0]).toMatchObject({
      path: "/v1/messages",
      headers: { authorization: "Bearer sk-ant-mine", "x-api-key": "sk-ant-mine" },
    });
    expect(server.requests[0]?.headers["anthropic-version"]).toBeDefined();
  });

  test("to api.anthropic.com is what the SDK makes it", async () => {
    let headers = new Headers();
    const fetch: typeof globalThis.fetch = async (url, init) => {
      expect(String(url)).toBe("https://api.anthropic.com/v1/messages");
      headers = new Headers(init?.headers);
      return new Response(spoken("ok"), { headers: { "content-type": "text/event-stream" } });
    };
    await replyOf(createAnthropicProvider({ name: "anthropic", apiKey: "sk-ant-mine", fetch }));
    expect(headers.get("authorization")).toBe("Bearer sk-ant-mine");
    expect(headers.has("x-api-key")).toBe(false);
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

  test("of a conversation is the same bytes in every later request, but for the marks (P11)", async () => {
    const lengths = [1, 2, 4, 5, 6, 8, 10];
    const texts: string[] = [];
    for (const length of lengths) texts.push((await sent(requestOf(long.slice(0, length), { tools: [lookUp] }))).text);
    for (const [index, text] of texts.slice(0, -1).entries()) {
      const next = withoutMarks(texts[index + 1] ?? "");
      expect(next.startsWith(withoutMarks(text).replace(/[\]}]+$/, ""))).toBe(true);
    }
  });

  test("that one request wrote is marked in the next, so that it is read", async () => {
    const marked = async (items: readonly ConversationItem[]): Promise<readonly number[]> => {
      const { text } = await sent(requestOf(items));
      const ends: number[] = [];
      for (const match of text.matchAll(/,"cache_control"/g))
        ends.push(withoutMarks(text.slice(0, match.index)).length);
      return ends;
    };
    const first = await marked(long.slice(0, 5));
    const second = await marked(long.slice(0, 6));
    expect(second).toContain(first.at(-1));
  });

  test("is the same bytes for the same items, whatever order a store gave their keys", async () => {
    const bytes = (items: ModelRequest["items"]): string =>
      JSON.stringify(toAnthropicRequest(requestOf(items), { provider: "anthropic", hasThinkingBack: true }));
    const block = { type: "thinking", thinking: "hm", signature: "s" };
    const turned = { signature: "s", thinking: "hm", type: "thinking" };
    const items = (args: JsonObject, thinking: JsonObject): ModelRequest["items"] => [
      person("a"),
      {
        role: "model",
        text: "",
        calls: [call("x", { arguments: args })],
        replay: { provider: "anthropic", content: { blocks: [thinking, { type: "call" }] } },
      },
    ];
    expect(bytes(items({ b: 1, a: { d: 2, c: 3 } }, block))).toBe(bytes(items({ a: { c: 3, d: 2 }, b: 1 }, turned)));
  });
});
