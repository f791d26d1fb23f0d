// run_command in a real sandbox and workspace: what the model reads, what is kept, what is stopped.

import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { createReadFile } from "../../src/tools/read-file.ts";
import { createRunCommand } from "../../src/tools/run-command.ts";
import { createWriteFile } from "../../src/tools/write-file.ts";
import { sandboxForTests } from "./sandbox/sandbox-for-tests.ts";
import { runTool, workspacesForTests } from "./workspace/workspace-for-tests.ts";

const sandbox = await sandboxForTests();
const MIB = 1024 ** 2;
const { workspaces, remove } = workspacesForTests({ bytes: 30 * MIB });
afterAll(() => remove());

describe.skipIf(!sandbox)("run_command", () => {
  const seen: string[] = [];
  const tool =
    sandbox &&
    createRunCommand({ sandbox, workspaces, secondsMax: 10, onOutput: (_context, piece) => seen.push(piece) });
  const readFile = createReadFile(workspaces);
  const writeFile = createWriteFile(workspaces);
  let count = 0;
  const fresh = () => {
    count += 1;
    return { session: `slack:command-${count}` };
  };
  const run = async (command: string, more = {}, args = {}): Promise<string> =>
    tool ? runTool(tool, { command, ...args }, { ...fresh(), ...more }) : "";

  test.each([
    ["echo hi", "hi\n[exit code 0]"],
    ["true", "(no output)\n[exit code 0]"],
    ["echo out; echo err >&2; exit 3", "out\n[stderr]\nerr\n[exit code 3]"],
    ["nonsense-4711 2>/dev/null", "(no output)\n[exit code 127: command not found]"],
    ["printf '\\033[31mred\\033[0m\\a'", "red\n[exit code 0]"],
    ["cat; read x; echo end", "end\n[exit code 0]"],
    ["pwd", "/workspace\n[exit code 0]"],
  ])("%j answers %j", async (command, answer) => {
    expect(await run(command)).toBe(answer);
  });

  test("long output keeps head and tail, and a time-out is said", async () => {
    expect(await run("seq 1 100000")).toMatch(/^1\n2\n[\s\S]*bytes left out[\s\S]*\n100000\n\[exit code 0\]$/);
    expect(await run("echo begun; sleep 30", {}, { timeout_seconds: 1 })).toBe(
      "begun\n[ended after 1 seconds: it had not finished]",
    );
  });

  test("output comes as it is written", async () => {
    seen.length = 0;
    await run("echo first; echo second");
    expect(seen.join("")).toBe("first\nsecond\n");
  });

  test("files go both ways between it and the file tools, with names of all kinds, and can be changed by both", async () => {
    const session = fresh();
    await runTool(writeFile, { path: "脚本/运行 1.sh", content: "#!/bin/bash\necho 你好 >结果.txt\n" }, session);
    expect(
      await run(
        "chmod +x 脚本/*.sh && './脚本/运行 1.sh' && echo x >>'脚本/运行 1.sh' && touch 脚本/new && ls",
        session,
      ),
    ).toContain("结果.txt");
    expect(await runTool(readFile, { path: "结果.txt" }, session)).toBe("1\t你好");
    await runTool(writeFile, { path: "/workspace/结果.txt", content: "neu" }, session);
    expect(await run("cat 结果.txt; echo more >>结果.txt; rm -r 脚本; ls", session)).toBe("neu结果.txt\n[exit code 0]");
    const { folder } = await workspaces.of(session.session);
    expect(statSync(join(folder, "结果.txt")).uid).toBe(statSync(folder).uid);
  });

  test("what one session wrote another does not see", async () => {
    await run("echo secret >mine");
    expect(await run("ls -A; cat mine 2>/dev/null; find / -name mine -not -path '/proc/*' 2>/dev/null")).toMatch(
      /^\(no output\)/,
    );
  });

  test("a stop ends it with all it started, and is not an answer", async () => {
    const stopper = new AbortController();
    const session = fresh();
    const reason = new Error("stopped");
    const stopping =
      sandbox && createRunCommand({ sandbox, workspaces, secondsMax: 10, onOutput: () => stopper.abort(reason) });
    const work =
      stopping &&
      runTool(
        stopping,
        { command: "echo on; (setsid sleep 1; touch late) & sleep 30" },
        { ...session, signal: stopper.signal },
      );
    await expect(work).rejects.toBe(reason);
    expect(readdirSync((await workspaces.of(session.session)).folder)).toEqual([]);
  });

  test("one that fills the disk is ended; the next may make room", async () => {
    const session = fresh();
    await expect(run("for i in 1 2 3; do head -c 15000000 /dev/zero >$i; done; sleep 30", session)).rejects.toThrow(
      /ended. The workspace is full/,
    );
    expect(await run("rm -f 1 2 3; echo clean", session)).toBe("clean\n[exit code 0]");
  });

  test("links it leaves behind lead the file tools nowhere", async () => {
    const session = fresh();
    await run("ln -s /etc/passwd p; ln -s / root; mkfifo pipe; ln -s /proc/self/environ e", session);
    for (const path of ["p", "root/etc/passwd", "pipe", "e"]) {
      await expect(runTool(readFile, { path }, session)).rejects.toThrow(/link|pipe/);
      await expect(runTool(writeFile, { path, content: "x" }, session)).rejects.toThrow(/link|pipe/);
    }
  });

  test("a NUL in the command is refused, and the tool is neither repeatable nor parallel", async () => {
    await expect(run("echo a\0b")).rejects.toThrow("NUL");
    expect(tool).toMatchObject({ capabilities: ["shell.exec"], timeoutSeconds: 10 });
    expect(tool?.isRepeatable).toBeUndefined();
    expect(tool?.isParallel).toBeUndefined();
    expect(existsSync("/workspace")).toBe(false);
  });
});
