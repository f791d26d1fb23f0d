// Steps as a conversation: well-formed whatever the steps are (P9), and only ever added to (P11).

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toConversation } from "../../src/context/conversation.ts";
import { systemPrompt } from "../../src/context/system-prompt.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { NO_USAGE } from "../../src/core/model.ts";
import type { SaidStep, Step, StepBody } from "../../src/core/step.ts";
import { toAnthropicRequest } from "../../src/providers/anthropic/to-anthropic-request.ts";

const speak = (said: SaidStep): string => `${said.sender.name}: ${said.text}`;

const words = fc.oneof(fc.string({ unit: "grapheme", maxLength: 12 }), fc.constantFrom("", " ", "\n", "answer"));
const status = fc.constantFrom(
  "ok" as const,
  "error" as const,
  "denied" as const,
  "unknown" as const,
  "cancelled" as const,
);

const body: fc.Arbitrary<StepBody> = fc.oneof(
  fc.record({
    kind: fc.constant("said" as const),
    message: fc.constant("m"),
    sender: fc.constant({ id: "web:ann", name: "Ann" }),
    text: words,
  }),
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("reply" as const),
      text: words,
      model: fc.constant("fake/model"),
      usage: fc.constant(NO_USAGE),
    }),
  },
  {
    weight: 3,
    arbitrary: fc
      .record({
        kind: fc.constant("call" as const),
        name: fc.constantFrom("look", "write"),
        args: fc.dictionary(fc.string({ maxLength: 5 }), fc.oneof(fc.integer(), words), { maxKeys: 3 }),
        result: fc.option(fc.record({ status, text: words }), { nil: undefined }),
      })
      .map(({ kind, name, args, result }) => {
        const named = { kind, id: "", name, arguments: args as JsonObject };
        return result ? { ...named, result } : named;
      }),
  },
  fc.record({ kind: fc.constant("note" as const), text: words }),
  fc.record({
    kind: fc.constant("end" as const),
    state: fc.constantFrom("failed" as const, "cancelled" as const),
    text: words,
  }),
);

/** Any steps in any order, also such as no runtime would write. */
const steps: fc.Arbitrary<readonly Step[]> = fc.array(body, { maxLength: 25, size: "max" }).map((bodies) =>
  bodies.map((one, index) => ({
    session: "web:s",
    seq: index + 1,
    task: "task_1",
    n: index + 1,
    at: 0,
    body: one.kind === "call" ? { ...one, id: `call_${index}` } : one,
  })),
);

function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
}

describe("a conversation (P9)", () => {
  test("has no empty replies, and each call once, in its own reply, with its result", () => {
    fc.assert(
      fc.property(steps, (log) => {
        const items = toConversation(frozen(log), speak);
        const calls = items.flatMap((item) => (item.role === "model" ? item.calls : []));
        for (const item of items) {
          if (item.role === "model") expect(item.text.trim() !== "" || item.calls.length > 0).toBe(true);
        }
        expect(new Set(calls.map(({ id }) => id)).size).toBe(calls.length);
        for (const call of calls) {
          const step = log.find(({ body: one }) => one.kind === "call" && one.id === call.id)?.body;
          if (step?.kind !== "call") throw new Error("a call from nowhere");
          expect(call.result).toBe(step.result?.text ?? call.result);
          expect(typeof call.result).toBe("string");
          expect(call.isError).toBe(step.result?.status !== "ok");
        }
        // A call whose reply is not before it belongs nowhere; all others are there.
        const owned = log.filter(({ body: one }, index) => {
          if (one.kind !== "call") return false;
          const before = log.slice(0, index).findLast(({ body: other }) => other.kind !== "call");
          return before?.body.kind === "reply";
        });
        expect(calls.map(({ id }) => id)).toEqual(owned.map(({ body: one }) => (one.kind === "call" ? one.id : "")));
      }),
      { numRuns: 500 },
    );
  });

  test("says what people said, and how requests ended, in the order of the log", () => {
    fc.assert(
      fc.property(steps, (log) => {
        const lines = toConversation(log, speak).flatMap((item) => (item.role === "person" ? [item.text] : []));
        const wanted = log.flatMap(({ body: one }) => {
          if (one.kind === "said") return [`Ann: ${one.text}`];
          if (one.kind === "note") return [expect.stringContaining(one.text)];
          return one.kind === "end" ? [expect.stringMatching(/^\[system note\] .*(failed|cancelled)/)] : [];
        });
        expect(lines).toEqual(wanted);
      }),
    );
  });

  test("is the same for the same log, and a longer log only adds to it (P11)", () => {
    fc.assert(
      fc.property(steps, fc.nat(25), (log, cut) => {
        const whole = toConversation(log, speak);
        expect(toConversation(structuredClone(log) as readonly Step[], speak)).toEqual(whole);
        // A reply and its calls are written together: no log ends between them.
        let end = Math.min(cut, log.length);
        while (log[end]?.body.kind === "call") end += 1;
        const start = toConversation(log.slice(0, end), speak);
        expect(whole.slice(0, start.length)).toEqual(start);
      }),
    );
  });

  test("becomes a request that keeps Anthropic's rules, whatever the steps are", () => {
    fc.assert(
      fc.property(steps, (log) => {
        const { messages } = toAnthropicRequest(
          {
            model: "m",
            system: "s",
            tools: [],
            items: toConversation(log, speak),
            outputTokensMax: 10,
            cacheKey: "s",
          },
          { provider: "anthropic", hasThinkingBack: true },
        );
        expect(messages[0]?.role).toBe("user");
        expect(messages.at(-1)?.role).toBe("user");
        for (const [index, message] of messages.entries()) {
          expect(message.role).toBe(index % 2 === 0 ? "user" : "assistant");
          const blocks = typeof message.content === "string" ? [] : message.content;
          expect(blocks.length).toBeGreaterThan(0);
          for (const block of blocks) if (block.type === "text") expect(block.text.trim()).not.toBe("");
          const asked = blocks.flatMap((block) => (block.type === "tool_use" ? [block.id] : []));
          const next = messages[index + 1]?.content;
          const results = (typeof next === "object" ? next : []).flatMap((block) =>
            block.type === "tool_result" ? [block.tool_use_id] : [],
          );
          if (message.role === "assistant") expect(results).toEqual(asked);
        }
      }),
    );
  });

  test("a result that is missing is said to be unknown, and is an error", () => {
    const bodies: readonly StepBody[] = [
      { kind: "reply", text: "", model: "m", usage: NO_USAGE },
      { kind: "call", id: "c1", name: "look", arguments: {} },
    ];
    const log = bodies.map((one, index) => ({
      session: "s",
      seq: index + 1,
      task: "t",
      n: index + 1,
      at: 0,
      body: one,
    }));
    expect(toConversation(log, speak)).toMatchObject([
      {
        role: "model",
        calls: [{ id: "c1", result: expect.stringContaining("may or may not have run"), isError: true }],
      },
    ]);
  });

  test("images stay with their words, and what a vendor wants back with its reply", () => {
    const replay = { provider: "anthropic", content: { thinking: "hm" } };
    const image = { mediaType: "image/png", base64: "aGk=" };
    const bodies: readonly StepBody[] = [
      { kind: "said", message: "m", sender: { id: "a", name: "Ann" }, text: "look", images: [image] },
      { kind: "reply", text: " seen ", model: "m", usage: NO_USAGE, replay },
    ];
    const log = bodies.map((one, index) => ({
      session: "s",
      seq: index + 1,
      task: "t",
      n: index + 1,
      at: 0,
      body: one,
    }));
    expect(toConversation(log, speak)).toEqual([
      { role: "person", text: "Ann: look", images: [image] },
      { role: "model", text: "seen", calls: [], replay },
    ]);
  });
});

test("the system prompt is the same bytes for the same agent and channel, and holds nothing that changes (P11)", () => {
  const parts = { agentPrompt: " Be kind. \n", channel: "web", skills: "" };
  expect(systemPrompt(parts)).toBe(systemPrompt({ ...parts }));
  expect(systemPrompt(parts)).toMatch(/^Be kind\.\n\n/);
  expect(systemPrompt(parts)).not.toMatch(/\d{4}|\d:\d/);
});
