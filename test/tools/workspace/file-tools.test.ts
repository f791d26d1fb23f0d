// The file tools as a model meets them: what they answer, what they refuse, and that sessions are apart.

import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { afterAll, describe, expect, test } from "vitest";
import { createEditFile } from "../../../src/tools/edit-file.ts";
import { createListFiles } from "../../../src/tools/list-files.ts";
import { createReadFile } from "../../../src/tools/read-file.ts";
import { createRestoreFile } from "../../../src/tools/restore-file.ts";
import { createSearchFiles } from "../../../src/tools/search-files.ts";
import { createWriteFile } from "../../../src/tools/write-file.ts";
import { runTool, workspacesForTests } from "./workspace-for-tests.ts";

const { workspaces, remove } = workspacesForTests();
afterAll(() => remove());

const readFile = createReadFile(workspaces);
const writeFile = createWriteFile(workspaces);
const editFile = createEditFile(workspaces);
const listFiles = createListFiles(workspaces);
const searchFiles = createSearchFiles(workspaces);
const restoreFile = createRestoreFile(workspaces);

let count = 0;
/** A session of its own, with files in it. */
async function sessionWith(files: Readonly<Record<string, string>> = {}): Promise<{ readonly session: string }> {
  count += 1;
  const session = `slack:files-${count}`;
  for (const [path, content] of Object.entries(files)) await runTool(writeFile, { path, content }, { session });
  return { session };
}
const folderOf = async ({ session }: { readonly session: string }) => (await workspaces.of(session)).folder;

describe("every tool", () => {
  test.each([readFile, writeFile, editFile, listFiles, searchFiles, restoreFile])(
    "$name has a schema ajv takes, and refuses what is not in it",
    (tool) => {
      const isValid = new Ajv({ allErrors: true, strict: false }).compile(tool.parameters);
      expect(isValid({ path: "a", unknown: 1 })).toBe(false);
      expect(tool.description.length).toBeLessThan(400);
      expect(JSON.stringify(tool.parameters)).not.toContain("$schema");
    },
  );

  test("one session's files are nobody else's", async () => {
    await sessionWith({ "plan.md": "secret plan" });
    const other = await sessionWith();
    await expect(runTool(readFile, { path: "plan.md" }, other)).rejects.toThrow("There is no file plan.md.");
    expect(await runTool(listFiles, {}, other)).toBe("The folder is empty.");
    expect(await runTool(searchFiles, { query: "secret" }, other)).toContain("Nothing holds");
    await expect(runTool(restoreFile, { path: "plan.md" }, other)).rejects.toThrow("No other version");
  });
});

describe("read_file", () => {
  test("numbers the lines, and says where to go on", async () => {
    const session = await sessionWith({ "a.txt": "one\ntwo\r\nthree\n" });
    expect(await runTool(readFile, { path: "a.txt" }, session)).toBe("1\tone\n2\ttwo\n3\tthree");
    expect(await runTool(readFile, { path: "a.txt", offset: 2, limit: 1 }, session)).toBe(
      "2\ttwo\n[1 more lines; next offset 3]",
    );
    await expect(runTool(readFile, { path: "a.txt", offset: 9 }, session)).rejects.toThrow("has 3 lines only");
  });

  test("an empty file and a long line", async () => {
    const session = await sessionWith({ empty: "", long: "x".repeat(5_000) });
    expect(await runTool(readFile, { path: "empty" }, session)).toBe("(The file is empty.)");
    expect(await runTool(readFile, { path: "long" }, session)).toContain("3000 more characters in this line");
  });

  test.each([
    ["89504e470d0a1a0a", "a PNG image"],
    ["ffd8ffe0", "a JPEG image"],
    ["255044462d312e37", "a PDF document"],
    ["504b030414", "a ZIP archive"],
    ["61006200", "a binary file"],
  ])("%s is named and not shown", async (hex, kind) => {
    const session = await sessionWith();
    writeFileSync(join(await folderOf(session), "x"), Buffer.from(hex, "hex"));
    await expect(runTool(readFile, { path: "x" }, session)).rejects.toThrow(kind);
  });
});

describe("edit_file", () => {
  test("replaces the one place, or all", async () => {
    const session = await sessionWith({ "a.md": "红 红 蓝 $& $1" });
    await expect(runTool(editFile, { path: "a.md", old_text: "红", new_text: "绿" }, session)).rejects.toThrow(
      "stands 2 times",
    );
    expect(await runTool(editFile, { path: "a.md", old_text: "红", new_text: "$&", all: true }, session)).toContain(
      "2 places",
    );
    await runTool(editFile, { path: "a.md", old_text: "蓝", new_text: "$1" }, session);
    expect(await runTool(readFile, { path: "a.md" }, session)).toBe("1\t$& $& $1 $& $1");
  });

  test.each([
    ["a\r\nb\r\n", "a\nb", "CR LF"],
    ["first\nsecond\n", "1\tfirst\n2\tsecond", "line numbers"],
    ["caf\u00e9", "cafe\u0301", "code points"],
    ["if (x) {\n  y();\n}\n", "if (x) {\n    y();", "stands in line 1"],
    ["a", "zzz", "Read the file again"],
  ])("%j does not hold %j: the message says why", async (content, oldText, why) => {
    const session = await sessionWith({ f: content });
    await expect(runTool(editFile, { path: "f", old_text: oldText, new_text: "x" }, session)).rejects.toThrow(why);
    expect(await runTool(listFiles, {}, session)).toContain(`f  ${Buffer.byteLength(content)} bytes`);
  });

  test("what is missing, not text, not UTF-8 or the same is refused", async () => {
    const session = await sessionWith({ same: "a" });
    const edit = (path: string, oldText = "a", newText = "b") =>
      runTool(editFile, { path, old_text: oldText, new_text: newText }, session);
    await expect(edit("none")).rejects.toThrow("write_file");
    await expect(edit("same", "a", "a")).rejects.toThrow("the same");
    writeFileSync(join(await folderOf(session), "gbk"), Buffer.from("b1e0c2eb61", "hex"));
    await expect(edit("gbk")).rejects.toThrow("not UTF-8");
    writeFileSync(join(await folderOf(session), "bin"), Buffer.from([0, 97]));
    await expect(edit("bin")).rejects.toThrow("binary");
  });
});

describe("list_files", () => {
  test("shows folders, sizes and links, and leaves the noisy ones closed", async () => {
    const session = await sessionWith({ "a/b/c/d.txt": "1", ".git/config": "x", "会议/记录.md": "内容" });
    symlinkSync("/etc/passwd", join(await folderOf(session), "link"));
    expect((await runTool(listFiles, {}, session)).split("\n")).toEqual([
      ...[".git/", "a/", "a/b/", "a/b/c/", "link  (link, not opened)", "会议/", "会议/记录.md  6 bytes"],
      "[There is more: name a folder, a pattern or a larger depth.]",
    ]);
    expect(await runTool(listFiles, { path: "a", depth: 9 }, session)).toContain("a/b/c/d.txt  1 bytes");
    expect(await runTool(listFiles, { path: ".git" }, session)).toContain("config");
    await expect(runTool(listFiles, { path: "link" }, session)).rejects.toThrow("a link");
    await expect(runTool(listFiles, { path: "none" }, session)).rejects.toThrow("no folder");
  });

  test.each([
    ["*.ts", "a.ts src/b.ts src/x/c.ts"],
    ["src/*.ts", "src/b.ts"],
    ["src/**/*.ts", "src/b.ts src/x/c.ts"],
    ["**/c.ts", "src/x/c.ts"],
    ["?.{ts,md}", "a.ts 文.md src/b.ts src/x/c.ts"],
    ["[!a].ts", "src/b.ts src/x/c.ts"],
    ["[a-b].ts", "a.ts src/b.ts"],
    ["./a.ts", "a.ts"],
    ["nothing", ""],
  ])("the pattern %s", async (pattern, expected) => {
    const session = await sessionWith({ "a.ts": "", "src/b.ts": "", "src/x/c.ts": "", "文.md": "" });
    const listed = await runTool(listFiles, { pattern }, session);
    const names = listed.startsWith("Nothing") ? [] : listed.split("\n").map((line) => line.replace(/ {2}.*/, ""));
    expect(names.sort()).toEqual(
      expected
        .split(" ")
        .filter((name) => name !== "")
        .sort(),
    );
  });

  test.each(["*a".repeat(90), "**/".repeat(60), "{a,b}".repeat(30), "[".repeat(150), `{${"a,".repeat(90)}}`])(
    "a hostile pattern costs nothing: %s",
    async (pattern) => {
      const session = await sessionWith({ ["a".repeat(200)]: "" });
      await runTool(listFiles, { pattern }, session).catch((error: Error) =>
        expect(error.message).toContain("at most"),
      );
    },
  );

  test("a crowd is bounded", async () => {
    const session = await sessionWith();
    const folder = await folderOf(session);
    for (let n = 0; n < 600; n += 1) writeFileSync(join(folder, `f${n}`), "");
    const lines = (await runTool(listFiles, {}, session)).split("\n");
    expect(lines.length).toBe(501);
    expect(lines.at(-1)).toContain("There is more");
  });
});

describe("search_files", () => {
  const files = { "a.txt": "Alpha (1)\nbeta\n", "b/c.md": "阿尔法 alpha\n" };

  test("is literal unless told otherwise", async () => {
    const session = await sessionWith(files);
    expect(await runTool(searchFiles, { query: "(1)" }, session)).toBe("a.txt:1: Alpha (1)");
    expect(await runTool(searchFiles, { query: "alpha", ignore_case: true }, session)).toBe(
      "a.txt:1: Alpha (1)\nb/c.md:1: 阿尔法 alpha",
    );
    expect(await runTool(searchFiles, { query: "^[ab]", regex: true, pattern: "*.txt" }, session)).toBe(
      "a.txt:2: beta",
    );
    expect(await runTool(searchFiles, { query: "\\p{Script=Han}+", regex: true }, session)).toContain("b/c.md:1");
    expect(await runTool(searchFiles, { query: "阿尔法", path: "b" }, session)).toContain("b/c.md:1");
    await expect(runTool(searchFiles, { query: "(", regex: true }, session)).rejects.toThrow(
      "not a regular expression",
    );
  });

  test("a pattern that would run for ever is ended, and nothing else waits for it", async () => {
    const session = await sessionWith({ f: `${"a".repeat(60)}!\n`, g: "x" });
    const search = runTool(searchFiles, { query: "^(a+)+$", regex: true }, session);
    expect(await runTool(readFile, { path: "g" }, session)).toBe("1\tx");
    await expect(search).rejects.toThrow("takes longer than");
  });

  test("links, binaries and a hard stop at many finds", async () => {
    const session = await sessionWith({ many: "x\n".repeat(1_000) });
    symlinkSync("/etc", join(await folderOf(session), "etc"));
    writeFileSync(join(await folderOf(session), "bin"), Buffer.from("x\0x"));
    const found = await runTool(searchFiles, { query: "x" }, session);
    expect(found).toContain("Stopped after 200 lines");
    expect(found).not.toContain("bin:");
    expect(await runTool(searchFiles, { query: "root:" }, session)).toContain("Nothing holds");
  });
});

describe("restore_file", () => {
  test("brings back what a write, an edit or a command destroyed", async () => {
    const session = await sessionWith({ "a.md": "one" });
    await runTool(writeFile, { path: "a.md", content: "two" }, session);
    expect(await runTool(restoreFile, { path: "a.md" }, session)).toContain("version 1");
    expect(await runTool(readFile, { path: "a.md" }, session)).toBe("1\tone");
    writeFileSync(join(await folderOf(session), "a.md"), "destroyed by a command");
    await runTool(restoreFile, { path: "a.md", version: 2 }, session);
    expect(await runTool(readFile, { path: "a.md" }, session)).toBe("1\ttwo");
    const listed = await runTool(restoreFile, { path: "a.md", list: true }, session);
    expect(listed.split("\n").map((line) => line.replace(/: .*, (\d+ bytes), /, " $1 "))).toEqual([
      ...["1 3 bytes written", "2 3 bytes written", "3 3 bytes written", "4 22 bytes found", "5 3 bytes written"],
    ]);
    await expect(runTool(restoreFile, { path: "a.md", version: 99 }, session)).rejects.toThrow("no version 99");
  });

  test("brings back what was deleted", async () => {
    const session = await sessionWith({ "文/a.md": "内容" });
    const { rmSync } = await import("node:fs");
    rmSync(join(await folderOf(session), "文"), { recursive: true });
    await runTool(restoreFile, { path: "文/a.md" }, session);
    expect(await runTool(readFile, { path: "文/a.md" }, session)).toBe("1\t内容");
  });
});
