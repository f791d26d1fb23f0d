// `signalbox skills check`: the shipped skills, a folder of another agent's, a broken one, and none at all.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { checkSkills } from "../../src/commands/skills.ts";

const root = resolve(import.meta.dirname, "../..");

test("every shipped skill is usable on any machine", async () => {
  const { text, isBroken } = await checkSkills(root, undefined, []);
  expect(isBroken).toBe(false);
  const lines = text.trim().split("\n");
  expect(lines.length).toBeGreaterThan(5);
  expect(lines.slice(0, -1).every((line) => line.startsWith("ok "))).toBe(true);
});

test("what is missing, what is not honoured and what is broken, each with its reason; broken is exit code 1", async () => {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-check-"));
  const write = (name: string, head: string): void => {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "SKILL.md"), `---\nname: ${name}\ndescription: d\n${head}---\nbody\n`);
  };
  try {
    write("gitty", "requires: { bins: [no-such-program-here] }\n");
    write("foreign", "version: 2\nallowed-tools: Bash WebFetch\n");
    write("chatty", "requires: { channels: [slack] }\n");
    const good = await checkSkills(folder, folder, ["fetch_url"]);
    expect(good.isBroken).toBe(false);
    expect(good.text).toContain("missing gitty: the program no-such-program-here is not installed");
    expect(good.text).toMatch(/ok +foreign\n +not honoured: version\n +tools that are not here: run_command/);
    expect(good.text).toMatch(/ok +chatty \(only on slack\)/);
    write("bad", "requires: { chanels: [slack] }\n");
    const bad = await checkSkills(folder, folder, []);
    expect(bad.isBroken).toBe(true);
    expect(bad.text).toMatch(/BROKEN +bad\/SKILL\.md:4: requires: chanels is not known/);
    expect((await checkSkills(folder, join(folder, "nowhere"), [])).isBroken).toBe(true);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
