// The configuration is edited while tasks run: the next task has the new one, a task under way the limits it began with (P14), and a
// right that is taken away is gone at once (P5).

import { describe, expect, test } from "vitest";
import type { Tool } from "../../src/core/tool.ts";
import { startTestApp } from "../support/start-test-app.ts";

const open = 'roles: { member: { users: ["*"], grants: ["*"] } }\napprovals: { capabilities: [] }\n';
const closed = 'roles: { member: { users: ["*"], grants: [] } }\napprovals: { capabilities: [] }\n';

function tool(name: string, run: Tool["run"]): Tool {
  const parameters = { type: "object", properties: {} } as const;
  return { name, description: `Does ${name}.`, capabilities: ["fs.read"], parameters, run };
}

describe("an edit of the configuration", () => {
  test("takes a right away from a task that runs", async () => {
    let looks = 0;
    await using test = await startTestApp({
      config: open,
      tools: [
        tool("look", async () => {
          looks += 1;
          test.reconfigure(closed);
          return "seen";
        }),
      ],
      model: [{ calls: [{ name: "look" }] }, { calls: [{ name: "look" }] }, "done"],
    });
    await test.say("look twice");
    await test.idle();
    expect(looks).toBe(1);
    expect((await test.eventsOf("tool_end")).map(({ status }) => status)).toEqual(["ok", "denied"]);
  });

  test("of a limit holds for the next task, not for the one under way", async () => {
    await using test = await startTestApp({
      config: `${open}limits: { modelCallsPerTask: 3 }\n`,
      tools: [
        tool("look", async () => {
          test.reconfigure(`${open}limits: { modelCallsPerTask: 1 }\n`);
          return "seen";
        }),
      ],
      model: [{ calls: [{ name: "look" }] }, "first is done", { calls: [{ name: "look" }] }, "never said"],
    });
    await test.say("first");
    await test.idle();
    await test.say("second");
    await test.idle();
    expect(test.answers[0]).toBe("first is done");
    expect(test.answers[1]).toContain("more steps than a task may use");
  });
});
