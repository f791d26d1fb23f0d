// How an agent's program is handed to the sandbox, and what is made of its end.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { ProgramRequest } from "../../src/core/program.ts";
import { createAgentPrograms } from "../../src/tools/agent-programs.ts";
import type { SandboxCommand, SandboxResult } from "../../src/tools/sandbox/sandbox.ts";
import { workspacesForTests } from "./workspace/workspace-for-tests.ts";

const { workspaces, clock, remove } = workspacesForTests({ bytes: 1_000 });
afterAll(remove);

const ended: SandboxResult = {
  exitCode: 0,
  stdout: { text: "", bytesLeftOut: 0 },
  stderr: { text: `${"x".repeat(5_000)} the end\n`, bytesLeftOut: 0 },
  isTimedOut: false,
  isFlooded: false,
};
const variables: Readonly<Record<string, string>> = { API_KEY: "key-0123456789", EMPTY: "", OTHER: "not asked for" };

/** Programs in a sandbox that does what the test says with a command. */
function programsWith(run: (command: SandboxCommand, signal: AbortSignal) => Promise<SandboxResult>) {
  const variable = (name: string): string | undefined => variables[name];
  const choice = () => ({ isOn: true, sandbox: { run } }) as const;
  return createAgentPrograms({ choice, workspaces, searchPath: "/usr/bin:/bin", variable, clock });
}

const request = (session: string, more: Partial<ProgramRequest> = {}): ProgramRequest => ({
  argv: ["claude", "-p", "it"],
  session,
  isWritable: false,
  env: ["API_KEY", "EMPTY", "MISSING"],
  hosts: ["api.example.com"],
  timeoutMs: 1_000,
  onOutput: () => {},
  ...more,
});
const never = new AbortController().signal;

test("it gets its arguments, its workspace, the variables that are named and set, and no more", async () => {
  const said: string[] = [];
  const seen: SandboxCommand[] = [];
  const programs = programsWith(async (command) => {
    seen.push(command);
    command.onOutput?.("answer", "stdout");
    command.onOutput?.("complaint", "stderr");
    return ended;
  });
  const end = await programs.run(request("web:a", { onOutput: (piece) => said.push(piece) }), never);
  expect(seen).toMatchObject([
    {
      run: ["claude", "-p", "it"],
      folder: (await workspaces.of("web:a")).folder,
      isWritable: false,
      env: { API_KEY: "key-0123456789" },
      hosts: ["api.example.com"],
    },
  ]);
  expect(Object.keys(seen[0]?.env ?? {})).toEqual(["API_KEY"]);
  expect(said).toEqual(["answer"]);
  expect(end).toMatchObject({ exitCode: 0, complaint: expect.stringMatching(/^x+ the end$/) });
  expect(end.complaint.length).toBeLessThanOrEqual(2_000);
  expect(programs.redactor(["API_KEY"])("my key-0123456789!")).toBe("my [redacted]!");
});

test("one that fills the workspace is ended; one that begins in a full one may make room", async () => {
  const programs = programsWith(async ({ folder }, signal) => {
    writeFileSync(join(folder, "large"), "x".repeat(2_000));
    await new Promise((resolve) => {
      signal.addEventListener("abort", resolve);
      setImmediate(() => clock.advance(1_000));
      if (signal.aborted) resolve(undefined);
    });
    throw signal.reason;
  });
  expect(await programs.run(request("web:full"), never)).toEqual({ endedFor: "quota", complaint: "" });
  const cleaner = programsWith(async () => {
    clock.advance(5_000);
    return ended;
  });
  expect(await cleaner.run(request("web:full"), never)).toMatchObject({ exitCode: 0 });
});

test.each([
  ["sh", true],
  ["nonsense-4711", false],
  ["/bin/sh", true],
  ["/opt/nonsense-4711", false],
  // It lies in the workspace, which only a run sees.
  ["./build.sh", true],
])("%s is there: %s", (program, isThere) => {
  expect(programsWith(async () => ended).isThere(program)).toBe(isThere);
});
