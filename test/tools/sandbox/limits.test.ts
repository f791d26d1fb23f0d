// What a command may use up, and that nothing of it is left: processes, memory, disk, output, time.

import { readdirSync, readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/lib/system-clock.ts";
import { findControlGroups } from "../../../src/tools/sandbox/control-groups.ts";
import { findPrograms } from "../../../src/tools/sandbox/find-programs.ts";
import { createProcessSandbox } from "../../../src/tools/sandbox/process-sandbox.ts";
import { SANDBOX_LIMITS } from "../../../src/tools/sandbox/sandbox.ts";
import { makeFolders, never, outputOf, quick, sandboxForTests } from "./sandbox-for-tests.ts";

const MIB = 1024 ** 2;
const isOn = (await sandboxForTests()) !== undefined;
const folders = makeFolders();
afterAll(() => folders.remove());

const limits = {
  ...SANDBOX_LIMITS,
  fileBytes: 8 * MIB,
  temporaryBytes: 8 * MIB,
  floodBytes: 4 * MIB,
  memoryBytes: 512 * MIB,
};
const isRoot = process.getuid?.() === 0;
const found = findPrograms(isRoot);
const programs = "programs" in found ? found.programs : {};
const sandbox = createProcessSandbox({ programs, isRoot, timers: systemClock, limits });
const run = (command: string, more = {}) => sandbox.run(quick(command, folders.next(), more), never);

/** Processes of the whole machine whose command line holds the mark. */
const alive = (mark: string): number =>
  readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(mark);
    } catch {
      return false;
    }
  }).length;

describe.skipIf(!isOn)("a limit holds", () => {
  test("a fork bomb ends with its time, and a neighbour works meanwhile", async () => {
    const bomb = run("bomb() { bomb | bomb & }; bomb; sleep 30", { timeoutMs: 1_500 });
    const neighbour = await run("for i in 1 2 3 4 5; do echo $i | cat; done");
    expect(neighbour.stdout.text).toBe("1\n2\n3\n4\n5\n");
    expect((await bomb).isTimedOut).toBe(true);
    expect((await run("echo next")).stdout.text).toBe("next\n");
  });

  test("processes are counted for each command alone", async () => {
    const many =
      "import os, time\nn = 0\ntry:\n  while n < 200:\n    if os.fork() == 0: time.sleep(5); os._exit(0)\n    n += 1\nexcept OSError: pass\nprint(n, flush=True); os._exit(0)";
    const counts = await Promise.all([1, 2].map(() => run(`python3 -c '${many}'`)));
    for (const { stdout } of counts) {
      expect(Number(stdout.text)).toBeGreaterThan(40);
      expect(Number(stdout.text)).toBeLessThan(SANDBOX_LIMITS.processes);
    }
  });

  test.each([
    ["memory of one process", `python3 -c 'x = bytearray(${600 * MIB})'`, /MemoryError/],
    ["memory, page by page", "python3 -c 'x = []\nwhile True: x.append(bytearray(1 << 20))'", /MemoryError/],
    ["the size of a file", "head -c 20000000 /dev/zero >big; stat -c %s big", new RegExp(String(8 * MIB))],
    ["/tmp", "head -c 8000000 /dev/zero >/tmp/a; head -c 8000000 /dev/zero >/tmp/b", /No space left/],
    ["/dev/shm", "for i in 1 2 3; do head -c 8000000 /dev/zero >/dev/shm/$i; done", /No space left/],
    ["the root and /dev", "echo x >/x; echo x >/dev/x", /Read-only.*\n.*Read-only/],
    ["open files", "python3 -c 'f = [open(\"/dev/null\") for _ in range(1000)]'", /Too many open files/],
    ["no core dump", "bash -c 'kill -SEGV $$'; ls core* 2>&1", /No such file/],
  ])("%s", async (_name, command, answer) => {
    expect(outputOf(await run(command))).toMatch(answer);
  });

  test.runIf(findControlGroups(limits, systemClock))(
    "memory of all processes together, where groups can be made",
    async () => {
      const tight = { ...SANDBOX_LIMITS, memoryBytesTogether: 200 * MIB };
      const grouped = createProcessSandbox({ programs, isRoot, timers: systemClock, limits: tight });
      const eat = "python3 -c 'x = bytearray(90 << 20); import time; time.sleep(1); print(1)'";
      const result = await grouped.run(
        quick(`${eat} & ${eat} & ${eat} & ${eat} & wait; echo end`, folders.next()),
        never,
      );
      expect(result.stdout.text.match(/1/g)?.length ?? 0).toBeLessThan(4);
    },
  );

  test("processor time, also of what closed its output", async () => {
    const result = await run("exec >&- 2>&-; while :; do :; done", { timeoutMs: 800 });
    expect(result.isTimedOut).toBe(true);
  });

  test("output keeps head and tail", async () => {
    const { stdout } = await run("seq 1 100000", { outputBytesMax: 1_000 });
    expect(stdout.text).toMatch(/^1\n2\n[\s\S]*bytes left out[\s\S]*99999\n100000\n$/);
    expect(stdout.text.length).toBeLessThan(1_100);
    expect(stdout.bytesLeftOut).toBeGreaterThan(500_000);
  });

  test.each(["yes", "yes >&2", "cat /dev/zero", "yes & yes >&2 & wait"])("a flood is ended: %s", async (command) => {
    const result = await run(command, { outputBytesMax: 1_000 });
    expect(result.isFlooded).toBe(true);
    expect(result.stdout.text.length + result.stderr.text.length).toBeLessThan(3_000);
  });
});

describe.skipIf(!isOn)("nothing survives", () => {
  const stubborn = (mark: string): readonly string[] => [
    `sleep 300.${mark}`,
    `trap "" TERM INT HUP QUIT; while :; do sleep 300.${mark}; done`,
    `setsid sleep 300.${mark} & sleep 300`,
    `(setsid bash -c 'trap "" TERM; exec -a x sleep 300.${mark}' &) ; sleep 300`,
    `nohup sleep 300.${mark} >/dev/null 2>&1 & disown; sleep 300`,
    `python3 -c 'import os\nif os.fork(): os._exit(0)\nos.setsid()\nif os.fork(): os._exit(0)\nos.execvp("sleep", ["sleep", "300.${mark}"])'; sleep 300`,
    `kill -STOP $$; sleep 300.${mark}`,
  ];

  test.each(stubborn("4711"))("a stop: %s", async (command) => {
    const stopper = new AbortController();
    const reason = new Error("stopped");
    // Stopped as soon as it is seen to run.
    const work = sandbox.run(
      quick(`echo runs; ${command}`, folders.next(), { onOutput: () => stopper.abort(reason) }),
      stopper.signal,
    );
    await expect(work).rejects.toBe(reason);
    expect(alive("300.4711")).toBe(0);
  });

  test.each(stubborn("4712"))("a time-out: %s", async (command) => {
    const result = await run(command, { timeoutMs: 300 });
    expect(result.isTimedOut).toBe(true);
    expect(alive("300.4712")).toBe(0);
  });

  test.each([
    "setsid sleep 300.4713 >/dev/null 2>&1 & echo done",
    "(nohup sleep 300.4713 &) >/dev/null 2>&1; echo done",
    "sleep 300.4713 >/dev/null 2>&1 & disown -a; echo done",
  ])("its own end: %s", async (command) => {
    expect((await run(command)).stdout.text).toBe("done\n");
    expect(alive("300.4713")).toBe(0);
  });

  test("one that was stopped before it began does not begin", async () => {
    const folder = folders.next();
    await expect(sandbox.run(quick("touch began", folder), AbortSignal.abort(new Error("stopped")))).rejects.toThrow(
      "stopped",
    );
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe.skipIf(!isOn)("the wall's own terms", () => {
  test("read-only means read-only", async () => {
    const folder = folders.next();
    const result = await sandbox.run(
      quick("touch x; rm -rf /workspace/*; echo end", folder, { isWritable: false }),
      never,
    );
    expect(outputOf(result)).toMatch(/Read-only file system/);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("only what is handed in is added to the environment, and PATH stays ours", async () => {
    const { stdout } = await run("env | sort", { env: { GIVEN: "值", PATH: "/workspace", LD_PRELOAD: "" } });
    expect(stdout.text).toContain("GIVEN=值");
    expect(stdout.text).toContain("PATH=/usr/local/bin:/usr/bin:/bin");
  });

  test("a program with arguments is run without a shell", async () => {
    const result = await sandbox.run(quick(["echo", "$HOME", "a b"], folders.next()), never);
    expect(result.stdout.text).toBe("$HOME a b\n");
  });

  test("a signal and an exit code are told", async () => {
    expect((await run("exit 7")).exitCode).toBe(7);
    expect((await run("kill -TERM $$")).exitCode).toBe(143);
  });

  test.runIf(isRoot)("a folder of root's is refused: nothing is run as root", async () => {
    await expect(sandbox.run(quick("id", "/root"), never)).rejects.toThrow("never runs as root");
  });
});
