// The agents folder while people edit it.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AgentLibrary, createAgentLibrary } from "../../src/agents/agent-library.ts";
import { silentLog } from "../../src/core/log.ts";

let folder: string;
let library: AgentLibrary;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-agents-"));
  library = createAgentLibrary({ folder, roles: () => ["main", "cheap"], log: silentLog });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, head: string, body = "You are good at it."): void =>
  writeFileSync(join(folder, `${name}.md`), `---\n${head}\n---\n${body}\n`);
const problems = (): readonly string[] => library.problems().map(({ place, message }) => `${place}: ${message}`);

test("every shipped agent is usable", async () => {
  const shipped = createAgentLibrary({
    folder: resolve(import.meta.dirname, "../../config/agents"),
    roles: () => ["main", "cheap"],
    log: silentLog,
  });
  await shipped.reload();
  expect([...shipped.current().keys()]).toEqual(["coder", "planner", "researcher", "reviewer"]);
  expect(shipped.problems()).toEqual([]);
});

test("a good file is an agent; each change is told once", async () => {
  write("scout", "description: Looks around.\nmodel: cheap\ncapabilities: [net.fetch]\naliases: [看看]");
  expect(await library.reload()).toMatchObject([{ agent: "scout", action: "added" }]);
  expect(await library.reload()).toEqual([]);
  expect(library.current().get("scout")).toMatchObject({
    role: "cheap",
    capabilities: ["net.fetch"],
    aliases: ["看看"],
  });
  rmSync(join(folder, "scout.md"));
  expect(await library.reload()).toMatchObject([{ agent: "scout", action: "removed" }]);
});

test("a bad edit keeps the last good version and says line and mend", async () => {
  write("scout", "description: Looks around.");
  await library.reload();
  write("scout", "description: Looks around.\ncapabilites: [net.fetch]");
  await library.reload();
  expect(library.current().get("scout")?.prompt).toBe("You are good at it.");
  expect(problems()).toEqual([
    expect.stringMatching(/^scout\.md:3: capabilites is not known; known are description, model/),
  ]);
});

test("what is wrong with one is nobody else's problem", async () => {
  write("good", "description: x");
  write("role", "description: x\nmodel: huge");
  write("fly", "description: x\ncapabilities: [fly]");
  write("Big", "description: x");
  write("mute", "description: x", "");
  write("twin", "description: x\naliases: [good]");
  writeFileSync(join(folder, "none.md"), "no head");
  writeFileSync(join(folder, "bytes.md"), Buffer.from([0xff, 0xfe]));
  mkdirSync(join(folder, "folder.md"));
  symlinkSync("/etc/passwd", join(folder, "link.md"));
  await library.reload();
  expect([...library.current().keys()]).toEqual(["good"]);
  expect(problems()).toHaveLength(9);
  expect(problems().join("\n")).not.toContain(folder);
});

test("an agent that is a program says what it needs, and nothing that is the server's own", async () => {
  const command = 'command: [claude, -p, "{{goal}}"]';
  const more = "env: [ANTHROPIC_API_KEY]\nhosts: [api.anthropic.com]\nrepeatable: true\ntimeoutSeconds: 600";
  write("claude", `description: x\n${command}\n${more}`, "");
  write("leaks", `description: x\n${command}\nenv: [SLACK_BOT_TOKEN]`);
  write("values", `description: x\n${command}\nenv: ["KEY=1"]`);
  write("urls", `description: x\n${command}\nhosts: ["https://x.example"]`);
  write("tied", `description: x\n${command}\ncapabilities: [fs.read]`);
  write("words", "description: x\nhosts: [x.example]");
  await library.reload();
  expect(library.current().get("claude")).toMatchObject({
    command: ["claude", "-p", "{{goal}}"],
    env: ["ANTHROPIC_API_KEY"],
    hosts: ["api.anthropic.com"],
    isRepeatable: true,
    timeoutSeconds: 600,
  });
  expect(problems()).toEqual([
    expect.stringMatching(/^leaks\.md:4: env: SLACK_BOT_TOKEN is the server's own/),
    expect.stringMatching(/^tied\.md:4: capabilities: an agent with a command needs task\.cli/),
    expect.stringMatching(/^urls\.md:4: hosts: write names/),
    expect.stringMatching(/^values\.md:4: env: write names/),
    expect.stringMatching(/^words\.md:3: hosts: it is for an agent with a command/),
  ]);
});
