import { describe, expect, test } from "vitest";
import type { ConversationItem } from "../../src/core/model.ts";
import { createAnthropicProvider } from "../../src/providers/anthropic/anthropic-provider.ts";
import { callBlock, finish, STOP, spoken, start, textBlock, thinkingBlock } from "./anthropic-wire.ts";
import { call, outcomeOf, person, replyOf, requestOf } from "./provider-contract.ts";
import { type Answer, answersJson, startWireServer, streams } from "./wire-server.ts";

type ModelItem = Extract<ConversationItem, { role: "model" }>;

const said = (text: string) => ({ type: "text", text });

describe("thinking", () => {
  const thought = streams(
    start() +
      thinkingBlock(0, "Which clock?", "sig-1") +
      textBlock(1, "I look.") +
      thinkingBlock(2, "", "sig-2") +
      callBlock(3, "look_up", '{"word":"x"}') +
      finish("tool_use") +
      STOP,
  );
  const spokenAgain = streams(spoken("ok"));
  const refused = answersJson(400, {
    type: "error",
    error: {
      type: "invalid_request_error",
      message:
        "messages.1.content.0: Invalid `signature` in `thinking` block. The block is bound to a different conversation.",
    },
  });

  async function afterThinking(replies: readonly Answer[], name = "anthropic") {
    const server = await startWireServer(thought, ...replies);
    const provider = createAnthropicProvider({ name, apiKey: "k", baseUrl: server.url });
    const { text, replay } = await replyOf(provider, requestOf());
    const item: ModelItem = {
      role: "model",
      text: `\n\n${text}`,
      calls: [call("ours")],
      ...(replay ? { replay } : {}),
    };
    return { server, provider, item, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  }

  test("goes back whole and in its place, with our ids at the calls", async () => {
    await using conversation = await afterThinking([spokenAgain]);
    await replyOf(conversation.provider, requestOf([person("time?"), conversation.item]));
    expect(conversation.server.requests[1]?.body.messages).toMatchObject([
      {},
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "Which clock?", signature: "sig-1" },
          said("I look."),
          { type: "thinking", thinking: "", signature: "sig-2" },
          { type: "tool_use", id: "ours", name: "look_up" },
        ],
      },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "ours" }] },
    ]);
  });

  test("that the vendor no longer takes is left out, from then on for the whole conversation", async () => {
    await using conversation = await afterThinking([refused, spokenAgain]);
    const request = requestOf([person("time?"), conversation.item]);
    expect((await replyOf(conversation.provider, request)).text).toBe("ok");
    await replyOf(conversation.provider, request);
    const { requests } = conversation.server;
    expect(requests).toHaveLength(4);
    expect(requests[1]?.text).toContain("sig-1");
    for (const { text } of requests.slice(2)) expect(text).not.toContain("thinking");
    expect(requests[2]?.body.messages).toMatchObject([{}, { content: [said("\n\nI look."), { id: "ours" }] }, {}]);
  });

  test("is not what another 400 is about", async () => {
    const other = answersJson(400, {
      type: "error",
      error: { type: "invalid_request_error", message: "max_tokens: too small" },
    });
    await using conversation = await afterThinking([other]);
    const { error } = await outcomeOf(conversation.provider, requestOf([person("time?"), conversation.item]));
    expect(error?.code).toBe("provider-refused");
    expect(conversation.server.requests).toHaveLength(2);
  });

  test("of another provider, or of a reply that was shortened since, is not shown", async () => {
    await using conversation = await afterThinking([spokenAgain], "other");
    const { item, server } = conversation;
    const anthropic = createAnthropicProvider({ name: "anthropic", apiKey: "k", baseUrl: server.url });
    await replyOf(anthropic, requestOf([person("time?"), item]));
    await replyOf(conversation.provider, requestOf([person("time?"), { ...item, text: "I …" }]));
    await replyOf(conversation.provider, requestOf([person("time?"), { ...item, calls: [] }, person("well?")]));
    expect(server.requests).toHaveLength(4);
    for (const { text } of server.requests.slice(1)) expect(text).not.toContain("sig-1");
  });
});
