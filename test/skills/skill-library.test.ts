// The skills folder while people edit it: what is good is taken, what is bad keeps the last good version, what is gone is gone.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Log, silentLog } from "../../src/core/log.ts";
import { systemClock } from "../../src/lib/system-clock.ts";
import { watchFolders } from "../../src/lib/watch-folders.ts";
import { createSkillLibrary, type SkillLibrary } from "../../src/skills/skill-library.ts";

let root: string;
let warned: string[];
let library: SkillLibrary;

const log: Log = { ...silentLog, warn: (message, fields) => void warned.push(`${message} ${JSON.stringify(fields)}`) };

beforeEach(() => {
  root = join(mkdtempSync(join(tmpdir(), "signalbox-skills-")), "skills");
  mkdirSync(root);
  warned = [];
  library = createSkillLibrary({
    folder: root,
    log,
    hasBin: (name) => name === "git",
    hasEnv: (name) => name === "TOKEN",
  });
});
afterEach(() => rmSync(join(root, ".."), { recursive: true, force: true }));

function write(name: string, more = "", body = "Do it."): void {
  mkdirSync(join(root, name), { recursive: true });
  writeFileSync(join(root, name, "SKILL.md"), `---\nname: ${name}\ndescription: About ${name}.\n${more}---\n${body}\n`);
}

const names = (): readonly string[] => [...library.current().skills.keys()];
const problems = (): readonly string[] =>
  library.current().problems.map(({ place, message }) => `${place}: ${message}`);

describe("edits", () => {
  test("added, changed, renamed, removed: each is told once with its hash", async () => {
    write("one");
    write("two");
    expect((await library.reload()).map(({ skill, action }) => `${skill} ${action}`)).toEqual([
      "one added",
      "two added",
    ]);
    expect(await library.reload()).toEqual([]);
    write("one", "", "Do it differently.");
    rmSync(join(root, "two"), { recursive: true });
    const before = library.current();
    expect((await library.reload()).map(({ skill, action }) => `${skill} ${action}`)).toEqual([
      "one changed",
      "two removed",
    ]);
    // Who began with the state before still has it.
    expect(before.skills.get("one")?.body).toBe("Do it.");
    expect(library.current().skills.get("one")?.body).toBe("Do it differently.");
    renameSync(join(root, "one"), join(root, "uno"));
    await library.reload();
    expect(names()).toEqual([]);
    expect(problems()).toEqual(["uno/SKILL.md:2: name is one but the folder is uno: make them the same"]);
  });

  test("a bad edit keeps the last good version, and says so once", async () => {
    write("one");
    await library.reload();
    write("one", "requires: { capabilities: [fly] }\n", "Worse.");
    await library.reload();
    await library.reload();
    expect(library.current().skills.get("one")?.body).toBe("Do it.");
    expect(problems()).toEqual([expect.stringMatching(/^one\/SKILL\.md:4: .*"fly" is not known/)]);
    expect(warned).toEqual([expect.stringContaining("the last good version stays")]);
    write("one", "", "Better.");
    await library.reload();
    expect(library.current().skills.get("one")?.body).toBe("Better.");
    expect(problems()).toEqual([]);
  });

  test("one bad skill is nobody else's problem", async () => {
    write("good");
    mkdirSync(join(root, "empty"));
    mkdirSync(join(root, "half"));
    writeFileSync(join(root, "half", "SKILL.md"), "---\nname: half\ndescr");
    mkdirSync(join(root, "binary"));
    writeFileSync(join(root, "binary", "SKILL.md"), Buffer.from([0xff, 0xfe, 0x00]));
    mkdirSync(join(root, "lost"));
    writeFileSync(join(root, "lost", "notes.md"), "x");
    writeFileSync(join(root, "README.md"), "no skill");
    await library.reload();
    expect(names()).toEqual(["good"]);
    expect(library.current().problems.map(({ skill }) => skill)).toEqual(["binary", "half", "lost"]);
  });

  test("a folder that is not there has no skills, and may come later", async () => {
    rmSync(root, { recursive: true });
    await library.reload();
    expect(names()).toEqual([]);
    mkdirSync(root);
    write("late");
    await library.reload();
    expect(names()).toEqual(["late"]);
  });

  test("looks that overlap end in the newest state", async () => {
    write("one");
    const first = library.reload();
    write("two");
    await Promise.all([first, library.reload()]);
    expect(names()).toEqual(["one", "two"]);
  });
});

describe("hostile folders", () => {
  test("a link that leads out, a pipe, too many files, a huge file: refused without waiting", async () => {
    writeFileSync(join(root, "..", "secret"), "key");
    for (const name of ["link", "pipe", "many", "huge"]) write(name);
    symlinkSync(join(root, "..", "secret"), join(root, "link", "notes.md"));
    execFileSync("mkfifo", [join(root, "pipe", "in")]);
    for (let n = 0; n < 250; n += 1) writeFileSync(join(root, "many", `${n}.md`), "");
    writeFileSync(join(root, "huge", "data"), Buffer.alloc(2_000_000));
    symlinkSync(join(root, "nowhere"), join(root, "dangling"));
    await library.reload();
    expect(names()).toEqual([]);
    expect(problems()).toEqual([
      expect.stringContaining("dangling/SKILL.md: it cannot be read"),
      "huge/SKILL.md: a file has over 1 MB",
      "link/SKILL.md: a link leads out of the skills folder",
      "many/SKILL.md: it has over 200 files",
      "pipe/SKILL.md: it is not a plain file",
    ]);
    expect(problems().join()).not.toContain(root);
  });

  test("a further file is read by its name in the skill, and nothing else is", async () => {
    write("one");
    mkdirSync(join(root, "one", "references"));
    writeFileSync(join(root, "one", "references", "表.md"), "table");
    writeFileSync(join(root, "secret.md"), "key");
    await library.reload();
    const skill = library.current().skills.get("one");
    if (!skill) throw new Error("no skill");
    expect(skill.files).toEqual(["references/表.md"]);
    expect(await library.readFile(skill, "references/表.md")).toBe("table");
    for (const path of ["../secret.md", "/etc/passwd", "references/../../secret.md", "SKILL.md", ""])
      await expect(library.readFile(skill, path)).rejects.toThrow("has no file");
    // A file that became a link after it was listed.
    rmSync(join(root, "one", "references", "表.md"));
    symlinkSync("/etc/passwd", join(root, "one", "references", "表.md"));
    await expect(library.readFile(skill, "references/表.md")).rejects.toThrow("leads out");
  });
});

describe("where a skill is offered", () => {
  const here = (granted: readonly string[] = [], channel = "slack") =>
    library.here({ channel, isGranted: (capability) => granted.includes(capability) });

  test("channel, rights, programs and variables decide, each with its reason", async () => {
    write("plain");
    write("chat", "requires: { channels: [feishu] }\n");
    write("files", "requires: { capabilities: [fs.read] }\n");
    write("tool", "requires: { bins: [git, kubectl] }\n");
    write("either", "metadata: { x: { requires: { anyBins: [hg, git] } } }\n");
    write("keyed", "requires: { env: [TOKEN, OTHER] }\n");
    await library.reload();
    expect(here().usable.map(({ name }) => name)).toEqual(["either", "plain"]);
    expect(here().unusable.map(({ skill, reason }) => `${skill.name}: ${reason}`)).toEqual([
      "chat: it is for feishu",
      "files: fs.read is not granted",
      "keyed: the variable OTHER is not set",
      "tool: the program kubectl is not installed",
    ]);
    expect(here(["fs.read"], "feishu").usable.map(({ name }) => name)).toEqual(["chat", "either", "files", "plain"]);
  });
});

describe("watching", () => {
  test("a new skill, an edit by rename and a removal are seen without being asked for", async () => {
    write("one");
    await library.reload();
    const stop = await watchFolders({
      folders: [root],
      timers: systemClock,
      onChange: () => void library.reload(),
      onError: (error) => warned.push(String(error)),
    });
    try {
      write("two");
      await expect.poll(names, { timeout: 5_000 }).toEqual(["one", "two"]);
      // The way many editors save.
      const path = join(root, "one", "SKILL.md");
      writeFileSync(`${path}.tmp`, "---\nname: one\ndescription: x\n---\nNew.\n");
      renameSync(`${path}.tmp`, path);
      await expect.poll(() => library.current().skills.get("one")?.body, { timeout: 5_000 }).toBe("New.");
      rmSync(join(root, "two"), { recursive: true });
      await expect.poll(names, { timeout: 5_000 }).toEqual(["one"]);
      expect(warned).toEqual([]);
    } finally {
      await stop();
    }
  });
});
