// Which agents a message calls, and with what.

import { describe, expect, test } from "vitest";
import { findMentions } from "../../src/agents/find-mentions.ts";
import type { Agent } from "../../src/core/agent.ts";

const agent = (name: string, ...aliases: readonly string[]): Agent => ({
  name,
  description: "",
  prompt: "",
  role: "main",
  aliases,
  hash: "",
});
const agents = new Map(
  [agent("researcher", "研究员", "res"), agent("coder"), agent("code-reviewer")].map((one) => [one.name, one]),
);

const called = (text: string): readonly string[] => {
  const found = findMentions(text, agents);
  return found.kind === "calls" ? found.calls.map(({ agent: { name }, goal }) => `${name}: ${goal}`) : [found.kind];
};

describe("calls", () => {
  test.each<[string, readonly string[]]>([
    ["@researcher compare X and Y", ["researcher: compare X and Y"]],
    [
      "@researcher compare X and Y, and @coder write the script",
      ["researcher: compare X and Y", "coder: write the script"],
    ],
    ["@researcher @coder look at this", ["researcher: look at this", "coder: look at this"]],
    ["@researcher and @coder: look at this", ["researcher: look at this", "coder: look at this"]],
    ["＠Researcher　比较一下", ["researcher: 比较一下"]],
    ["@研究员 比较 X 和 Y", ["researcher: 比较 X 和 Y"]],
    ["@RES, go on", ["researcher: go on"]],
    ["@code_reviewer look", ["code-reviewer: look"]],
    ["@coder mail a@researcher.org about it", ["coder: mail a@researcher.org about it"]],
    ["@coder fix `@decorator` use", ["coder: fix `@decorator` use"]],
    ["@coder\nline one\nline two", ["coder: line one\nline two"]],
  ])("%j", (text, calls) => {
    expect(called(text)).toEqual(calls);
  });

  test.each([
    ["hello @researcher", "none"],
    ["@Bob what do you think?", "none"],
    ["mail@researcher.org", "none"],
    ["", "none"],
    ["@", "none"],
    ["@researcher", "no-goal"],
    ["@researcher @coder", "no-goal"],
  ])("%j is %s", (text, kind) => {
    expect(called(text)).toEqual([kind]);
  });

  test("a name that is nearly ours is asked back about", () => {
    expect(findMentions("@reseacher compare", agents)).toEqual({
      kind: "unknown",
      name: "reseacher",
      nearest: "researcher",
    });
    expect(findMentions("@codre write", agents)).toMatchObject({ kind: "none" });
  });

  test("very many names, very long text: bounded, and soon", () => {
    const text = "@coder a ".repeat(5_000);
    const found = findMentions(text, agents);
    expect(found.kind === "calls" && found.calls.length).toBeLessThanOrEqual(8);
    expect(findMentions(`@${"a".repeat(500_000)}`, agents).kind).toBe("none");
  });
});
