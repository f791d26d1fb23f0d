// One SKILL.md: what is taken, what is refused with line and mend, what other agents' files bring along, what hostile ones try.

import { describe, expect, test } from "vitest";
import { parseSkill, SkillFault } from "../../src/skills/parse-skill.ts";

const skill = (head: string, body = "Do it well."): string => `---\n${head}\n---\n${body}\n`;
const plain = "name: notes\ndescription: Takes notes.";

function faultOf(text: string, folder = "notes"): SkillFault {
  try {
    parseSkill(text, folder);
  } catch (error) {
    if (error instanceof SkillFault) return error;
    throw error;
  }
  throw new Error("it was taken");
}

describe("what is taken", () => {
  test("name, description, body and our own requirements", () => {
    const text = skill(
      `${plain}\nrequires:\n  capabilities: [fs.read, mcp.github]\n  channels: [slack]\n  bins: [git]\n  env: [GITHUB_TOKEN]`,
    );
    expect(parseSkill(text, "notes")).toEqual({
      name: "notes",
      description: "Takes notes.",
      body: "Do it well.",
      requires: {
        capabilities: ["fs.read", "mcp.github"],
        channels: ["slack"],
        bins: ["git"],
        anyBins: [],
        env: ["GITHUB_TOKEN"],
      },
      tools: [],
      ignored: [],
    });
  });

  test("no capabilities said and none needed are two things", () => {
    expect(parseSkill(skill(plain), "notes").requires.capabilities).toBeUndefined();
    expect(parseSkill(skill(`${plain}\nrequires: { capabilities: [] }`), "notes").requires.capabilities).toEqual([]);
  });

  test.each(["\uFEFF", ""])("Windows line ends and a byte order mark (%j)", (mark) => {
    const text = mark + skill(plain).replaceAll("\n", "\r\n");
    expect(parseSkill(text, "notes")).toMatchObject({ name: "notes", body: "Do it well." });
  });

  test("a body with rules of its own, Chinese, a folded description", () => {
    const text = skill("name: notes\ndescription: >\n  会议纪要，\n  自动整理", "一\n\n---\n\n二");
    expect(parseSkill(text, "notes")).toMatchObject({ description: "会议纪要， 自动整理", body: "一\n\n---\n\n二" });
  });

  test("what other agents write is kept, understood or named", () => {
    const openClaw = `metadata: {"openclaw": {"emoji": "x", "requires": {"bins": ["gh"], "anyBins": ["a", "b"], "config": ["x"]}}}`;
    const text = skill(
      `${plain}\nlicense: MIT\nversion: 1.2.0\nuser-invocable: true\n${openClaw}\nallowed-tools: Bash(git:*) Read execute_shell`,
    );
    const parsed = parseSkill(text, "notes");
    expect(parsed.requires).toMatchObject({ bins: ["gh"], anyBins: ["a", "b"] });
    expect(parsed.tools).toEqual(["run_command", "read_file"]);
    expect(parsed.ignored).toEqual(["version", "user-invocable", "metadata requires.config"]);
  });

  test("requirements written as text inside metadata", () => {
    const text = skill(`${plain}\nmetadata:\n  clawdbot: '{"requires":{"env":["KEY"]}}'`);
    expect(parseSkill(text, "notes").requires.env).toEqual(["KEY"]);
  });
});

describe("what is refused, with the line and how to mend it", () => {
  test.each<[string, string, number, RegExp]>([
    ["no head", "just text", 1, /must begin with a line ---/],
    ["no name", skill("description: x"), 1, /name is missing: write `name:/],
    [
      "a name that is not the folder's",
      skill("description: x\nname: other"),
      3,
      /name is other but the folder is notes/,
    ],
    ["a name with capitals", skill("name: Notes\ndescription: x"), 2, /small letters/],
    ["no description", skill("name: notes"), 1, /description is missing/],
    ["an empty description", skill("name: notes\ndescription: ''"), 3, /description is empty/],
    ["a long description", skill(`name: notes\ndescription: ${"x".repeat(1_025)}`), 3, /over 1024/],
    ["no instructions", skill(plain, ""), 1, /no instructions/],
    [
      "an unknown capability",
      skill(`${plain}\nrequires: { capabilities: [fs.reed] }`),
      4,
      /"fs.reed" is not known; known are chat.file/,
    ],
    ["an unknown requirement", skill(`${plain}\nrequires: { binaries: [git] }`), 4, /binaries is not known/],
    ["broken YAML", skill("name: notes\ndescription: [x"), 3, /./],
    ["a key twice", skill(`${plain}\nname: notes`), 4, /name stands here a second time/],
    ["an alias", skill(`${plain}\nmetadata: { a: &a [1], b: *a }`), 2, /aliases are not read/],
    ["a list as head", skill("- a\n- b"), 2, /keys with values/],
    ["a tag nobody knows", skill(`${plain}\nmetadata: !!js/function 'x'`), 4, /./],
  ])("%s", (_what, text, line, message) => {
    const fault = faultOf(text);
    expect(fault.message).toMatch(message);
    expect(fault.line).toBe(line);
  });
});

describe("hostile files", () => {
  test.each(["js", "javascript", "json", "coffee", "toml"])("a head in %s is never run", (language) => {
    const text = `---${language}\nmodule.exports = (globalThis.pwned = true, {name: "notes"})\n---\nbody`;
    expect(faultOf(text).message).toMatch(/only YAML/);
    expect("pwned" in globalThis).toBe(false);
  });

  test("prototypes stay as they are", () => {
    const parsed = parseSkill(skill(`${plain}\nmetadata: { __proto__: { isAdmin: true } }\nconstructor: x`), "notes");
    expect(parsed.ignored).toContain("constructor");
    expect("isAdmin" in {}).toBe(false);
  });

  test.each([
    ["a huge head", skill(`${plain}\nmetadata: { x: "${"y".repeat(20_000)}" }`)],
    ["very many keys", skill(`${plain}\nmetadata:\n${Array.from({ length: 600 }, (_, n) => `  k${n}: 1`).join("\n")}`)],
    ["deep nesting", skill(`${plain}\nmetadata: ${"[".repeat(7_000)}`)],
    ["a huge body", skill(plain, "x".repeat(300_000))],
  ])("%s is refused, and soon", (_what, text) => {
    expect(faultOf(text)).toBeInstanceOf(SkillFault);
  });
});
