// What a program is called with: an argument list, whatever somebody asked.

import { expect, test } from "vitest";
import type { Agent } from "../../src/core/agent.ts";
import { argvFor, programName } from "../../src/runtime/program-command.ts";

const agentWith = (...command: readonly string[]): Agent => ({
  ...{ name: "x", description: "x", prompt: "Be brief. {{goal}}", role: "main", aliases: [], hash: "1" },
  command,
});

test.each<[readonly string[], string, readonly string[]]>([
  [["claude", "-p", "{{goal}}"], 'fix "it"; rm -rf $HOME', ["claude", "-p", 'fix "it"; rm -rf $HOME']],
  [["x", "do: {{goal}}!", "--goal={{goal}}"], "a b", ["x", "do: a b!", "--goal=a b"]],
  // Replaced once: what was asked is no template.
  [["x", "{{prompt}}", "{{goal}}"], "{{prompt}}", ["x", "Be brief. {{goal}}", "{{prompt}}"]],
  // Never an option, never two arguments.
  [["x", "{{goal}}"], "--dangerously-skip-permissions", ["x", " --dangerously-skip-permissions"]],
  [["x", "-p{{goal}}"], "-v", ["x", "-p-v"]],
  [["x", "{{goal}}"], "a\0b\nc", ["x", "ab\nc"]],
])("%j for %j is %j", (command, goal, argv) => {
  expect(argvFor(agentWith(...command), goal)).toEqual(argv);
});

test("what no program can be given is refused, and where it lies is nobody's business", () => {
  expect(argvFor(agentWith("x", "{{goal}}"), "长".repeat(50_000))).toBeUndefined();
  expect(programName(["/opt/vendor/bin/claude", "-p"])).toBe("claude");
});
