// The executables of custom tools: what they are given, what they may give back, and that nothing of them is left.

import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, test } from "vitest";
import type { Tool } from "../../../src/core/tool.ts";
import { systemClock } from "../../../src/lib/system-clock.ts";
import { createRunProgram } from "../../../src/tools/custom/run-program.ts";
import { toolFromFile } from "../../../src/tools/custom/tool-from-file.ts";
import type { Sandbox } from "../../../src/tools/sandbox/sandbox.ts";
import { createUnconfined } from "../../../src/tools/sandbox/unconfined.ts";
import { sandboxForTests } from "../sandbox/sandbox-for-tests.ts";
import { toolContext } from "../tool-context.ts";

const searchPath = process.env.PATH ?? "";
const confined = await sandboxForTests({ searchPath });
const unconfined = createUnconfined({ timers: systemClock, searchPath });

let folder: string;
let sandbox: Sandbox;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-run-"));
  chmodSync(folder, 0o755);
  sandbox = unconfined;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function tool(...command: string[]): Tool {
  const file = { name: "t", description: "d", capabilities: [], parameters: { type: "object" as const }, command };
  return toolFromFile({ ...file, bins: [], hosts: [] }, folder, createRunProgram({ sandbox, secondsMax: 20 }));
}
const shell = (line: string): Tool => tool("sh", "-c", line);
const python = (lines: string): Tool => tool("python3", "-c", lines);

async function untilAlive(path: string): Promise<number> {
  for (;;) {
    if (existsSync(path) && readFileSync(path, "utf8").endsWith("\n")) return Number(readFileSync(path, "utf8"));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function isAlive(pid: number): boolean {
  try {
    // A process that is dead but not yet buried counts as dead.
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}

async function untilDead(pid: number): Promise<void> {
  while (isAlive(pid)) await new Promise((resolve) => setImmediate(resolve));
}

describe.each([
  ["in the sandbox", confined],
  ["with sandbox: none", unconfined],
])("what it gives back, %s", (_level, here) => {
  const test = it.skipIf(!here);
  beforeEach(() => {
    sandbox = here ?? unconfined;
  });

  test.each([
    ["text as it is", `echo '"你好"'`, "你好"],
    ["anything else as JSON", `echo '{"a": [1, null]}'`, '{"a":[1,null]}'],
    ["its arguments, read whole", "cat", `{"text":"${"x".repeat(300_000)}"}`],
    ["an answer without reading its arguments", "echo 1", "1"],
    ["an answer with complaints", "echo 1; echo careful >&2", "1"],
  ])("%s", async (_, line, expected) => {
    const args = line === "cat" ? { text: "x".repeat(300_000) } : { text: "y".repeat(300_000) };
    expect(await shell(line).run(args, toolContext())).toBe(expected);
  });

  test("it runs in its own folder", async () => {
    writeFileSync(join(folder, "answer.json"), '"from the folder"');
    expect(await shell("cat answer.json").run({}, toolContext())).toBe("from the folder");
  });

  test.each([
    ["an exit code", "echo 1; echo 'no such city' >&2; exit 3", "It ended with exit code 3: no such city"],
    ["an exit code without words", "exit 1", "It ended with exit code 1 and said nothing."],
    ["a signal", "kill -TERM $$", /It (?:was killed|ended with exit code 143) and said nothing\./],
    ["no JSON", "echo hello", "It wrote no JSON but: hello"],
    ["nothing", "true", "It wrote no JSON but: (nothing)"],
    ["JSON and more", "echo '1 2'", "It wrote no JSON but: 1 2"],
  ])("%s is a failed call", async (_, line, message) => {
    await expect(shell(line).run({}, toolContext())).rejects.toThrow(message);
  });

  test("a program that is not there", async () => {
    await expect(tool("./nothing").run({}, toolContext())).rejects.toThrow("./nothing could not be started (ENOENT)");
  });

  test("of complaints without end only the end is kept", async () => {
    const line = "import sys\nfor n in range(50000): print('line', n, file=sys.stderr)\nsys.exit(1)";
    const failure = await python(line)
      .run({}, toolContext())
      .catch((error: Error) => error);
    expect(failure).toMatchObject({ message: expect.stringMatching(/line 49999$/) });
    expect(String(failure).length).toBeLessThan(4_100);
  });

  test("output without end is ended", async () => {
    await expect(shell("yes").run({}, toolContext())).rejects.toThrow("over 4 MB");
  });
});

test("with sandbox: none too, its environment holds nothing of ours", async () => {
  process.env.SIGNALBOX_TEST_SECRET = "sk-secret";
  try {
    const text = String(await shell("printf '\"%s\"' \"$(tr '\\000' ' ' < /proc/$$/environ)\"").run({}, toolContext()));
    const names = text.split(" ").flatMap((pair) => (pair.includes("=") ? [pair.split("=")[0]] : []));
    expect(names.sort()).toEqual(["HOME", "LANG", "PATH", "TERM"]);
  } finally {
    delete process.env.SIGNALBOX_TEST_SECRET;
  }
});

describe("nothing is left, with sandbox: none (in the sandbox: attacks-by-programs.test.ts)", () => {
  test("a stop ends it and what it started, also what ignores signals", async () => {
    const stop = new AbortController();
    const line =
      "trap '' TERM INT HUP; (trap '' TERM INT HUP; echo $$ > parent; exec sleep 1000) & echo $! > child; wait";
    const running = shell(line).run({}, toolContext(stop.signal));
    const pids = [await untilAlive(join(folder, "child")), await untilAlive(join(folder, "parent"))];
    stop.abort(new Error("stopped by hand"));
    await expect(running).rejects.toThrow("stopped by hand");
    for (const pid of pids) await untilDead(pid);
  });

  test("what it leaves in the background ends with it and does not hold the answer", async () => {
    expect(await shell("sleep 1000 & echo $! > child; echo 1").run({}, toolContext())).toBe("1");
    await untilDead(await untilAlive(join(folder, "child")));
  });

  test("what escapes into a session of its own does not hold the answer either", async () => {
    expect(await shell("setsid sleep 30 & echo $! > child; echo 1").run({}, toolContext())).toBe("1");
    const pid = await untilAlive(join(folder, "child"));
    if (isAlive(pid)) process.kill(pid, "SIGKILL");
  });

  test("a call that is stopped before it begins starts nothing", async () => {
    const stopped = AbortSignal.abort(new Error("stopped by hand"));
    await expect(shell("touch began; echo 1").run({}, toolContext(stopped))).rejects.toThrow("stopped by hand");
    expect(existsSync(join(folder, "began"))).toBe(false);
  });
});
