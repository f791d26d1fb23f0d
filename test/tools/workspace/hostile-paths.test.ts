// A workspace lets nothing in or out but by its own names: hostile paths, links of every kind, swaps in the middle of the work.

import { spawn } from "node:child_process";
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Workspace } from "../../../src/tools/workspace/workspace.ts";
import { workspacesForTests } from "./workspace-for-tests.ts";

const { workspaces, remove } = workspacesForTests();
const outside = mkdtempSync(join(tmpdir(), "signalbox-outside-"));
writeFileSync(join(outside, "secret"), "SECRET");
writeFileSync(join(outside, "other"), "");
afterAll(() => {
  remove();
  rmSync(outside, { recursive: true, force: true });
});

let count = 0;
const fresh = (): Promise<Workspace> => {
  count += 1;
  return workspaces.of(`slack:${count}`);
};
const write = (workspace: Workspace, path: string, text: string) => workspace.change(path, () => Buffer.from(text));
const read = async (workspace: Workspace, path: string): Promise<string> => (await workspace.read(path)).toString();
const untouched = (): void => {
  expect(readdirSync(outside).sort()).toEqual(["other", "secret"]);
  expect(readFileSync(join(outside, "secret"), "utf8")).toBe("SECRET");
};

describe("a path", () => {
  test.each([
    ...["..", "../x", "a/../../x", "a/..", "./../x", "a/b/../../../x", "..//x", "/workspace/../x", "/workspace/.."],
    ...["/etc/passwd", "/", "//etc/passwd", "/workspacex/y", "/proc/self/environ", "~", "~/x", "/tmp/x"],
    ...["a\0b", "x\0/../../etc/passwd", "a\nb", "a\rb", "a\tb", "\u001b[2Jx", "a\u007fb", "a\u0085b"],
    ...[
      "a\u202etxt.exe",
      "a\u2066b",
      "a\u200bb",
      "a\u200eb",
      "\ufeffx",
      "a\u2028b",
      "a\ufffeb",
      "a\u{e0041}b",
      "a\ud800b",
      "\udc00",
    ],
    ...[`${"x".repeat(256)}`, `${"文".repeat(86)}`, "a/".repeat(40), "x".repeat(1_001), "", ".", "/workspace", "./."],
  ])("%j is refused, for reading and for writing", async (path) => {
    const workspace = await fresh();
    await expect(read(workspace, path)).rejects.toThrow();
    await expect(write(workspace, path, "x")).rejects.toThrow();
    await expect(workspace.restore(path)).rejects.toThrow();
    expect(readdirSync(workspace.folder)).toEqual([]);
    untouched();
  });

  test.each([
    ...[
      "a.txt",
      "a/b/c.txt",
      "./a.txt",
      "a//b",
      "/workspace/a.txt",
      "中文.md",
      "会议 记录/第 1 次.md",
      "😀.txt",
      "👩‍👩‍👧.txt",
      'it\'s "q".txt',
    ],
    ...[
      "..a",
      "...",
      "a..b",
      "-rf",
      "$(x)",
      "`x`",
      "a;b",
      "a|b",
      "*",
      "?",
      "[a]",
      "%2e%2e",
      "..\\..\\x",
      "~x",
      "C:\\x",
      "con",
      "a'b",
      " lead",
      "trail ",
    ],
    ...["é.txt", "é.txt", "ＡＢ.txt", ".hidden", ".git/config", "x".repeat(255), "ａ／ｂ", "‍"],
  ])("%j is a name like any other", async (path) => {
    const workspace = await fresh();
    await write(workspace, path, "内容");
    expect(await read(workspace, path)).toBe("内容");
    untouched();
  });

  test("what fails says nothing of the host's folders", async () => {
    const workspace = await fresh();
    for (const path of ["../x", "/etc/passwd", "none", "none/none", "a\0b", "x".repeat(300)]) {
      const message = await read(workspace, path).catch((error: Error) => error.message);
      expect(message).not.toMatch(/signalbox-|proc\/self|ENO|EACC/);
    }
  });
});

describe("what lies in a workspace and is no plain file", () => {
  const plant: readonly (readonly [string, (folder: string) => void, string])[] = [
    ["a link to a file outside", (folder) => symlinkSync(join(outside, "secret"), join(folder, "x")), "x"],
    [
      "a link to a file inside",
      (folder) => {
        writeFileSync(join(folder, "y"), "y");
        symlinkSync("y", join(folder, "x"));
      },
      "x",
    ],
    ["a link that leads nowhere", (folder) => symlinkSync(join(outside, "new"), join(folder, "x")), "x"],
    ["a link to itself", (folder) => symlinkSync("x", join(folder, "x")), "x"],
    ["a link to a folder outside", (folder) => symlinkSync(outside, join(folder, "x")), "x/secret"],
    ["a link to a folder outside, for a new file", (folder) => symlinkSync(outside, join(folder, "x")), "x/new"],
    ["a link upwards", (folder) => symlinkSync("../..", join(folder, "x")), "x/secret"],
    ["a link to the root", (folder) => symlinkSync("/", join(folder, "x")), `x${outside}/secret`],
    ["a magic link", (folder) => symlinkSync("/proc/self/root", join(folder, "x")), `x${outside}/secret`],
    ["a magic link to a descriptor", (folder) => symlinkSync("/proc/self/fd/0", join(folder, "x")), "x"],
    [
      "a link in the middle",
      (folder) => {
        mkdirSync(join(folder, "a"));
        symlinkSync(outside, join(folder, "a/x"));
      },
      "a/x/secret",
    ],
    ["a hard link", (folder) => linkSync(join(outside, "secret"), join(folder, "x")), "x"],
    ["a folder", (folder) => mkdirSync(join(folder, "x")), "x"],
    ["a file for a folder", (folder) => writeFileSync(join(folder, "x"), "x"), "x/y"],
  ];

  test.each(plant)("%s is refused, for reading and for writing", async (_name, make, path) => {
    const workspace = await fresh();
    make(workspace.folder);
    await expect(read(workspace, path)).rejects.toThrow(/link|folder|no file/);
    await expect(write(workspace, path, "PWNED")).rejects.toThrow();
    untouched();
    rmSync(workspace.folder, { recursive: true });
  });

  const commands: readonly (readonly [string, string])[] = [
    ["a pipe", "mkfifo x"],
    ["a device", "mknod x c 1 5"],
    ["a disk", "mknod x b 254 0"],
  ];
  test.each(commands)("%s is refused and not waited for", async (_name, command) => {
    const workspace = await fresh();
    const [program = "", ...args] = command.split(" ");
    await new Promise((resolve) => spawn(program, args, { cwd: workspace.folder }).once("exit", resolve));
    // Only root may make devices.
    if (!existsSync(join(workspace.folder, "x"))) {
      console.warn(`Not tried, since it could not be made here: ${command}`);
      return;
    }
    await expect(read(workspace, "x")).rejects.toThrow(/device|pipe/);
    await expect(write(workspace, "x", "y")).rejects.toThrow(/device|pipe/);
  });

  test("a socket is refused", async () => {
    const workspace = await fresh();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(workspace.folder, "x"), resolve));
    await expect(read(workspace, "x")).rejects.toThrow(/socket/);
    server.close();
  });

  test("the workspace's own place taken by a link is refused", async () => {
    const workspace = await fresh();
    rmSync(workspace.folder, { recursive: true });
    symlinkSync(outside, workspace.folder);
    await expect(read(workspace, "secret")).rejects.toThrow();
    await expect(workspaces.of(`slack:${count}`)).rejects.toThrow("no folder");
    untouched();
  });
});

async function namesIn(workspace: Workspace, path: string): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of workspace.entries(path)) names.push(entry.path);
  return names;
}

const SWAPS: Readonly<Record<string, string>> = {
  "the folder": 'os.rename("d", "d2"); os.symlink(out, "d"); os.unlink("d"); os.rename("d2", "d")',
  "the file":
    'os.path.exists("d/secret") and os.unlink("d/secret"); os.symlink(out + "/secret", "d/secret"); os.unlink("d/secret"); open("d/secret", "w").write("inside")',
  "both at once, exchanged": "libc.renameat2(-100, b'd', -100, b'l', 2)",
};
const HAS_PYTHON = existsSync("/usr/bin/python3");

describe("a swap in the middle of the work", () => {
  test.skipIf(!HAS_PYTHON).each(Object.keys(SWAPS))("%s: nothing is read or written outside", async (name) => {
    const workspace = await fresh();
    await write(workspace, "d/secret", "inside");
    symlinkSync(outside, join(workspace.folder, "l"));
    const code = `import os, sys, ctypes\nlibc = ctypes.CDLL(None)\nout = sys.argv[1]\nprint("on", flush=True)\nwhile True:\n  try: ${SWAPS[name]}\n  except OSError: pass`;
    const swapper = spawn("/usr/bin/python3", ["-c", code, outside], {
      cwd: workspace.folder,
      stdio: ["ignore", "pipe", "ignore"],
    });
    try {
      await new Promise((resolve) => swapper.stdout.once("data", resolve));
      const until = Date.now() + 1_000;
      let reads = 0;
      let writes = 0;
      while (Date.now() < until) {
        const seen = await read(workspace, "d/secret").catch(() => undefined);
        if (seen !== undefined) reads += 1;
        expect(seen).not.toBe("SECRET");
        const isWritten = await write(workspace, "d/new", "PWNED").then(
          () => true,
          () => false,
        );
        if (isWritten) writes += 1;
        const names = await namesIn(workspace, "d").catch(() => []);
        expect(names.filter((path) => !["d/secret", "d/new"].includes(path))).toEqual([]);
      }
      untouched();
      expect(reads + writes).toBeGreaterThan(0);
    } finally {
      swapper.kill("SIGKILL");
    }
  });
});
