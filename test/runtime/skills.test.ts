// Skills in a conversation: shown, opened, started by name, and never a way round anybody's rights.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { silentLog } from "../../src/core/log.ts";
import type { Tool } from "../../src/core/tool.ts";
import { createSkillLibrary, type SkillLibrary } from "../../src/skills/skill-library.ts";
import { startTestApp } from "../support/start-test-app.ts";

let root: string;
let skills: SkillLibrary;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "signalbox-skills-"));
  skills = createSkillLibrary({ folder: root, log: silentLog, hasBin: () => true, hasEnv: () => true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function write(name: string, head = "", body = `How to ${name}.`): Promise<void> {
  mkdirSync(join(root, name), { recursive: true });
  writeFileSync(join(root, name, "SKILL.md"), `---\nname: ${name}\ndescription: About ${name}.\n${head}---\n${body}\n`);
  await skills.reload();
}

const ran: string[] = [];
const toolOf = (name: string, ...capabilities: readonly string[]): Tool => ({
  name,
  description: "",
  capabilities,
  parameters: { type: "object" },
  run: async () => {
    ran.push(name);
    return `${name} did it`;
  },
});
const tools = [toolOf("read_file", "fs.read"), toolOf("run_command", "shell.exec")];
const ALL = 'roles: { member: { users: ["*"], grants: ["*"] } }\napprovals: { capabilities: [] }';
const open = (name: string) => ({ calls: [{ name: "open_skill", arguments: { name } }] });
const offered = (request: { tools: readonly { name: string }[] } | undefined): readonly string[] =>
  (request?.tools ?? []).map(({ name }) => name).filter((name) => tools.some((tool) => tool.name === name));

beforeEach(() => {
  ran.length = 0;
});

describe("a skill", () => {
  test("is in the index, is opened by the model, and its instructions are followed from then on", async () => {
    await write("weekly-report");
    await using bot = await startTestApp({ skills, model: [open("weekly-report"), "done"] });
    await bot.say("report, please");
    await bot.idle();
    expect(bot.model.requests[0]?.system).toContain("- weekly-report: About weekly-report.");
    expect(JSON.stringify(bot.model.requests[1]?.items)).toContain("How to weekly-report.");
  });

  test("bounds what the task may use, offered and run, until the task ends", async () => {
    await write("careful", "requires: { capabilities: [fs.read] }\n");
    await using bot = await startTestApp({
      skills,
      tools,
      config: ALL,
      model: [open("careful"), { calls: [{ name: "run_command" }, { name: "read_file" }] }, "done", "next"],
    });
    await bot.say("go");
    await bot.idle();
    await bot.say("and now?");
    await bot.idle();
    expect(bot.model.requests.map(offered)).toEqual([
      ["read_file", "run_command"],
      ["read_file"],
      ["read_file"],
      ["read_file", "run_command"],
    ]);
    expect(ran).toEqual(["read_file"]);
    expect(JSON.stringify(bot.model.requests[2]?.items)).toContain("the skill careful does without shell.exec");
  });

  test("opened after another does not widen what the first one bounds", async () => {
    await write("careful", "requires: { capabilities: [] }\n");
    await write("bold", "requires: { capabilities: [shell.exec] }\n");
    await using bot = await startTestApp({
      skills,
      tools,
      config: ALL,
      model: [open("careful"), open("bold"), { calls: [{ name: "run_command" }] }, "done"],
    });
    await bot.say("go");
    await bot.idle();
    expect(ran).toEqual([]);
  });

  test("never gives what the person is not granted", async () => {
    await write("bold", "requires: { capabilities: [shell.exec] }\n");
    await using bot = await startTestApp({
      skills,
      tools,
      config: 'roles: { member: { users: ["*"], grants: [fs.read] } }',
      model: [open("bold"), { calls: [{ name: "run_command" }, { name: "Bash" }] }, "done"],
    });
    await bot.say("go");
    await bot.idle();
    expect(bot.model.requests[0]?.system).not.toContain("bold");
    expect(ran).toEqual([]);
    const last = JSON.stringify(bot.model.requests[2]?.items);
    expect(last.split("Not allowed: shell.exec is not granted")).toHaveLength(3);
  });

  test("a tool by another agent's name for it is that tool, with its rights", async () => {
    await using bot = await startTestApp({ tools, config: ALL, model: [{ calls: [{ name: "Bash" }] }, "done"] });
    await bot.say("go");
    await bot.idle();
    expect(ran).toEqual(["run_command"]);
  });
});

describe("started by name", () => {
  test("the skill is given before the model is asked, and bounds the task", async () => {
    await write("careful", "requires: { capabilities: [fs.read] }\n");
    await using bot = await startTestApp({ skills, tools, config: ALL, model: ["done"] });
    await bot.say("/careful with this");
    await bot.idle();
    const [request] = bot.model.requests;
    expect(JSON.stringify(request?.items)).toContain("How to careful.");
    expect(offered(request)).toEqual(["read_file"]);
    expect(bot.answers).toEqual(["done"]);
  });

  test("a skill that cannot be used here is said to be so, with the reason", async () => {
    await write("elsewhere", "requires: { channels: [feishu] }\n");
    await using bot = await startTestApp({ skills, model: ["I cannot"] });
    await bot.say("/elsewhere now");
    await bot.idle();
    expect(JSON.stringify(bot.model.requests[0]?.items)).toContain("cannot be used here: it is for feishu");
  });

  test("the bounds hold after a crash", async () => {
    await write("careful", "requires: { capabilities: [fs.read] }\n");
    const first = await startTestApp({
      skills,
      tools,
      config: ALL,
      model: [{ text: "I", until: new Promise(() => {}) }],
    });
    await first.say("/careful");
    await expect.poll(() => first.model.requests.length).toBe(1);
    await first.stop();
    rmSync(join(root, "careful"), { recursive: true });
    await skills.reload();
    await using second = await startTestApp({ folder: first.folder, skills, tools, config: ALL, model: ["done"] });
    await second.idle();
    expect(offered(second.model.requests[0])).toEqual(["read_file"]);
  });
});

describe("edited while it runs (P14)", () => {
  test("a task under way keeps what it began with, the next has the new", async () => {
    await write("notes", "", "Old way.");
    const edit: Tool = { ...toolOf("edit"), run: async () => write("notes", "", "New way.").then(() => "edited") };
    await using bot = await startTestApp({
      skills,
      tools: [edit],
      model: [{ calls: [{ name: "edit" }] }, open("notes"), "one", open("notes"), "two"],
    });
    await bot.say("one");
    await bot.idle();
    await bot.say("two");
    await bot.idle();
    const shown = (n: number): string => JSON.stringify(bot.model.requests[n]?.items);
    expect(shown(2)).toContain("Old way.");
    expect(shown(2)).not.toContain("New way.");
    expect(shown(4)).toContain("New way.");
  });
});

describe("/skills", () => {
  test("lists what is usable and what is not with the reason; what is broken only to administrators", async () => {
    await write("notes");
    await write("elsewhere", "requires: { channels: [feishu] }\n");
    await write("broken", "requires: { capabilities: [fly] }\n");
    const config = 'roles: { admin: { users: ["slack:root"], grants: ["*"] }, member: { users: ["*"], grants: [] } }';
    await using bot = await startTestApp({ skills, config });
    await bot.say("/skills");
    await bot.idle();
    expect(bot.answers[0]).toBe("- `/notes` About notes.\n- elsewhere: not usable here (it is for feishu)");
    await bot.say("/skills", { sender: { id: "slack:root", name: "Root" } });
    await bot.idle();
    expect(bot.answers[1]).toMatch(/- broken\/SKILL\.md:4: .*"fly" is not known/);
  });

  test("says so when there are none", async () => {
    await using bot = await startTestApp();
    await bot.say("/skills");
    await bot.idle();
    expect(bot.answers).toEqual(["There are no skills here."]);
  });
});
