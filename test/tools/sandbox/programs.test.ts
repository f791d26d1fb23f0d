// Programs that are given text, programs that stay, programs from unusual places: the same wall, through other doors.

import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/lib/system-clock.ts";
import type { SandboxProgram } from "../../../src/tools/sandbox/sandbox.ts";
import { createUnconfined } from "../../../src/tools/sandbox/unconfined.ts";
import { ATTACKS } from "./attacks.ts";
import { type HostileHost, makeHostileHost } from "./hostile-host.ts";
import { makeFolders, never, outputOf, quick, sandboxForTests } from "./sandbox-for-tests.ts";

const place = mkdtempSync(join(tmpdir(), "signalbox-programs-"));
const data = join(place, "data");
const searchPath = [join(place, "odd/node/bin"), join(place, "pyenv/shims"), process.env.PATH ?? ""].join(":");
const confined = await sandboxForTests({ searchPath, secret: [data, join(place, ".env")] });
const unconfined = createUnconfined({ timers: systemClock, searchPath });
const sandbox = confined ?? unconfined;
const folders = makeFolders();
const toolFolder = join(place, "tools/mine");
let host: HostileHost;

beforeAll(async () => {
  host = await makeHostileHost(folders.next());
  for (const folder of ["data/workspaces", "tools/mine", "tools/other", "odd/node/bin", "odd/node/lib"])
    mkdirSync(join(place, folder), { recursive: true });
  for (const file of ["data/ledger", "data/workspaces/notes", ".env", "tools/other/token"])
    writeFileSync(join(place, file), "KEPT-SECRET");
  chmodSync(place, 0o755);
  writeFileSync(join(toolFolder, "mine"), "mine");
  symlinkSync(join(data, "ledger"), join(toolFolder, "link"));
  writeFileSync(join(place, "odd/node/lib/words"), "from the installation");
  const script = '#!/usr/bin/env bash\ncat "$(dirname "$(command -v oddly)")/../lib/words"';
  writeFileSync(join(place, "odd/node/bin/oddly"), script, { mode: 0o755 });
});
afterAll(async () => {
  await host.close();
  folders.remove();
  rmSync(place, { recursive: true, force: true });
});

const alive = (mark: string): number =>
  execFileSync("ps", ["-eo", "args"], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes(mark)).length;

/** Without starting anything first: that would give them the time to end. */
const aliveThisMoment = (mark: string): number =>
  readdirSync("/proc").filter((pid) => {
    try {
      // Who is dead and not yet buried has no arguments any more.
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(mark);
    } catch {
      return false;
    }
  }).length;

async function answerOf(program: SandboxProgram, input: string): Promise<string> {
  const stopper = new AbortController();
  const started = await sandbox.start(program, stopper.signal);
  let text = "";
  started.stdout.on("data", (piece: Buffer) => {
    text += piece.toString();
  });
  started.stdin.end(input);
  await started.ended;
  return `${text}\n${started.complaint()}`;
}

describe.skipIf(!confined)("the attacks of the shell, a sample", () => {
  const sample = Object.values(ATTACKS)
    .flat()
    .filter((_attack, index) => index % 8 === 0)
    .map((attack) => [attack]);

  test.concurrent.each(sample)("by a program that reads its stdin in a folder it cannot write: %s", async (attack) => {
    const options = { env: host.env, timeoutMs: 5_000, isWritable: false, input: attack };
    const result = await sandbox.run(quick(["bash", "-s"], folders.next(), options), never);
    expect(await host.harm(outputOf(result))).toEqual([]);
  });

  test.concurrent.each(sample)("by a program that stays: %s", async (attack) => {
    const program = {
      run: ["timeout", "5", "bash", "-s"],
      folder: folders.next(),
      isWritable: true,
      isHome: true,
    } as const;
    expect(await host.harm(await answerOf({ ...program, env: host.env }, attack))).toEqual([]);
  });
});

describe.skipIf(!confined)("a tool that is read and not written", () => {
  const run = async (line: string, more: object = {}): Promise<string> =>
    outputOf(await sandbox.run(quick(["bash", "-c", line], toolFolder, { isWritable: false, ...more }), never));

  test("sees its own folder, and what it is given", async () => {
    expect(await run("pwd; cat mine; cat", { input: '{"a":"值"}' })).toContain('/workspace\nmine{"a":"值"}');
  });

  test.each([
    [`cat ${data}/ledger ${data}/workspaces/notes ${place}/.env ${place}/tools/other/token`],
    ["cat link ../other/token ../../.env ../../data/ledger /workspace/../data/ledger"],
    [`cat /proc/*/environ /proc/*/cmdline /proc/*/cwd/* /proc/${process.pid}/environ /proc/*/root/${data}/ledger`],
    [`find / -xdev -newer /usr/bin/env -type f 2>/dev/null | xargs cat; ls -R ${place}`],
    ["env; set; cat /proc/self/environ /proc/1/environ"],
    [`exec 9<${data}/ledger; cat <&9`],
    [`python3 -c 'import os; print(open("${data}/ledger").read())'`],
    [`ln -s ${data}/ledger /tmp/x; cat /tmp/x; ln ${data}/ledger /tmp/y; cat /tmp/y`],
  ])("does not read what is not its own: %s", async (line) => {
    process.env.SIGNALBOX_TEST_KEY = "KEPT-SECRET";
    try {
      expect(await run(line)).not.toContain("KEPT-SECRET");
    } finally {
      delete process.env.SIGNALBOX_TEST_KEY;
    }
  });

  test.each([
    ["touch made; mkdir x; echo more >>mine; rm -f mine; mv mine other; chmod 777 .; ln -s / out"],
    [`touch ${dirname(process.execPath)}/made ${place}/made ${data}/made /usr/made /etc/made`],
    ['python3 -c \'open("made", "w")\''],
  ])("writes nothing that stays: %s", async (line) => {
    await run(line);
    expect(readdirSync(toolFolder).sort()).toEqual(["link", "mine"]);
    for (const folder of [dirname(process.execPath), place, data, "/usr", "/etc"])
      expect(existsSync(join(folder, "made"))).toBe(false);
  });

  test.each([
    "setsid sleep 300.4811 >/dev/null 2>&1 & echo done",
    "(setsid bash -c 'trap \"\" TERM; exec sleep 300.4811' &) >/dev/null 2>&1; echo done",
    'python3 -c \'import os\nif os.fork(): os._exit(0)\nos.setsid()\nos.execvp("sleep", ["sleep", "300.4811"])\' & echo done',
  ])("leaves no child behind: %s", async (line) => {
    expect(await run(line)).toContain("done");
    expect(alive("300.4811")).toBe(0);
  });

  test("and when its end is told, the last of many is gone already", async () => {
    const many = "for n in {1..40}; do setsid sleep 300.4814 >/dev/null 2>&1 & done; sleep 0.2; echo done";
    for (let time = 0; time < 5; time += 1) {
      await run(many);
      expect(aliveThisMoment("300.4814")).toBe(0);
    }
  });

  test("is not run as root, and its user may nothing", async () => {
    expect(await run("id -u; grep CapEff /proc/self/status")).toMatch(/^1000\nCapEff:\s+0+\n/);
  });
});

describe.skipIf(!confined)("a program from an unusual place", () => {
  const run = async (argv: readonly [string, ...string[]], more: Partial<SandboxProgram> = {}): Promise<string> =>
    outputOf(await sandbox.run(quick(argv, toolFolder, { isWritable: false, isTrusted: true, ...more }), never)).trim();

  test("is found along the server's PATH and shown with its installation", async () => {
    expect(await run(["oddly"])).toBe("from the installation");
    expect(await run(["bash", "-c", "oddly"], { bins: ["oddly"] })).toBe("from the installation");
    expect(await run(["bash", "-c", "oddly 2>&1"])).toContain("not found");
  });

  test("this Node, wherever it lies, also behind a script that asks for it", async () => {
    expect(await run(["node", "-p", "1 + 1"])).toBe("2");
    writeFileSync(join(toolFolder, "script"), "#!/usr/bin/env node\nconsole.log(6 * 7)", { mode: 0o755 });
    try {
      expect(await run(["./script"])).toBe("42");
    } finally {
      rmSync(join(toolFolder, "script"));
    }
  });

  test("Python by pyenv's shims: the version chosen for the machine", async () => {
    const python = execFileSync("/usr/bin/env", ["python3", "-c", "import sys; print(sys.executable)"], {
      encoding: "utf8",
    });
    const real = join(place, "pyenv/versions/3.12.7/bin");
    mkdirSync(real, { recursive: true });
    mkdirSync(join(place, "pyenv/versions/3.9.1/bin"), { recursive: true });
    mkdirSync(join(place, "pyenv/shims"), { recursive: true });
    writeFileSync(join(place, "pyenv/version"), "3.12\n");
    writeFileSync(join(place, "pyenv/shims/shimmed"), "#!/bin/sh\necho the shim", { mode: 0o755 });
    writeFileSync(join(real, "shimmed"), "#!/bin/sh\necho the version", { mode: 0o755 });
    expect(await run(["shimmed"])).toBe("the version");
    expect(await run(["python3", "-c", "import json, ssl; print(json.dumps([1]))"])).toBe("[1]");
    expect(python).not.toBe("");
  });

  test.each([
    [["nothing-4811"], "nothing-4811 is not installed"],
    [["./nothing"], "./nothing could not be started (ENOENT)"],
    [["../other/token"], "could not be started"],
  ] as const)("%s that is not there is said", async (argv, message) => {
    await expect(run(argv).then((text) => Promise.reject(new Error(text)))).rejects.toThrow(message);
  });
});

describe.skipIf(!confined)("a program in a folder that an agent may have written in", () => {
  test.each([
    [
      "names the house's files as its interpreter",
      (folder: string) => writeFileSync(join(folder, "run"), `#!${place}/tools/other/token\n`),
    ],
    [
      "names a program that is shown elsewhere",
      (folder: string) => writeFileSync(join(folder, "run"), "#!/usr/bin/env oddly\n"),
    ],
    [
      "is a link to the house's files",
      (folder: string) => symlinkSync(join(place, "tools/other/token"), join(folder, "run")),
    ],
    [
      "is a link to an installation",
      (folder: string) => symlinkSync(join(place, "odd/node/bin/oddly"), join(folder, "run")),
    ],
  ])("shows nothing more where it %s", async (_name, plant) => {
    const folder = folders.next();
    plant(folder);
    const { mode } = statSync(join(place, "tools/other/token"));
    if (!lstatSync(join(folder, "run")).isSymbolicLink()) chmodSync(join(folder, "run"), 0o755);
    for (const isWritable of [true, false]) {
      const started = outputOf(await sandbox.run(quick(["./run"], folder, { isWritable }), never));
      const look = `./run; cat run ${place}/tools/other/token ${place}/odd/node/lib/words; ls ${place}`;
      const output = outputOf(await sandbox.run(quick(look, folder, { isWritable, bins: ["./run"] }), never));
      expect(started + output).not.toMatch(/KEPT-SECRET|from the installation/);
      expect(output).toContain(`cannot access '${place}'`);
    }
    expect(statSync(join(place, "tools/other/token")).mode).toBe(mode);
  });
});

describe.skipIf(!confined)("further folders", () => {
  const read = async (readable: readonly string[], line = `cat ${place}/shared/words`): Promise<string> =>
    outputOf(await sandbox.run(quick(line, toolFolder, { isWritable: false, readable }), never));

  test("are shown at their own place, to read", async () => {
    mkdirSync(join(place, "shared"), { recursive: true });
    writeFileSync(join(place, "shared/words"), "shared");
    expect(await read([join(place, "shared")])).toContain("shared");
    expect(await read([join(place, "shared"), join(place, "shared")], `touch ${place}/shared/x`)).toContain(
      "Read-only",
    );
    expect(await read([])).toContain("No such file");
  });

  test.each([
    ["the data folder", data, "server's own"],
    ["something in it", join(data, "workspaces"), "server's own"],
    ["what holds it", place, "it holds"],
    ["all", "/", "it holds"],
    ["/proc", "/proc", "cannot be shown"],
    ["a link to the data folder", join(place, "to-data"), "server's own"],
    ["what is not there", join(place, "nowhere"), "is not there"],
  ])("%s is never shown", async (_name, folder, message) => {
    if (folder.endsWith("to-data")) symlinkSync(data, folder);
    await expect(read([folder], "true")).rejects.toThrow(message);
  });
});

describe.skipIf(!confined)("a program that stays", () => {
  const program = (line: string): SandboxProgram => ({
    run: ["bash", "-c", line],
    folder: folders.next(),
    isWritable: true,
    isHome: true,
  });

  test("answers as long as it is asked, and keeps what it wrote at home", async () => {
    const one = program('while read -r line; do echo "heard $line"; echo "$line" >>~/notes; done');
    const started = await sandbox.start(one, never);
    const heard = started.stdout[Symbol.asyncIterator]();
    for (const word of ["one", "二"]) {
      started.stdin.write(`${word}\n`);
      expect(String((await heard.next()).value)).toBe(`heard ${word}\n`);
    }
    started.stdin.end();
    expect(await started.ended).toEqual({ exitCode: 0 });
    expect(await answerOf({ ...one, run: ["cat", "notes"] }, "")).toContain("one\n二\n");
    expect(await answerOf({ ...one, run: ["bash", "-c", 'echo "$HOME"'] }, "")).toBe("/workspace\n\n");
  });

  test.each([
    "sleep 300.4812",
    "setsid sleep 300.4812 & sleep 300.4812",
    "trap '' TERM INT HUP; while :; do sleep 300.4812; done",
    "(setsid bash -c 'trap \"\" TERM; exec sleep 300.4812' &); exec >&- 2>&-; sleep 300.4812",
  ])("ends with its whole tree when it is stopped: %s", async (line) => {
    const stopper = new AbortController();
    const started = await sandbox.start(program(`echo runs >&2; ${line}`), stopper.signal);
    started.stdout.resume();
    while (!started.complaint().includes("runs")) await new Promise((resolve) => setImmediate(resolve));
    stopper.abort(new Error("stopped"));
    await started.ended;
    expect(alive("300.4812")).toBe(0);
  });

  test.each(["yes", "yes >&2"])("ends when it writes without end: %s", async (line) => {
    const started = await sandbox.start(program(line), never);
    started.stdout.resume();
    expect(await started.ended).toMatchObject({ failure: "it writes without end" });
    expect(started.complaint().length).toBeLessThan(4_100);
  });

  test("waits while nobody reads it, instead of filling our memory", async () => {
    const started = await sandbox.start(program("yes | head -c 3000000 >&1; echo end >&2; sleep 300"), never);
    for (let look = 0; look < 2_000; look += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(started.complaint()).toBe("");
    started.kill();
    await started.ended;
  });

  test("one that was stopped before it began does not begin", async () => {
    const one = program("touch began");
    await expect(sandbox.start(one, AbortSignal.abort(new Error("stopped")))).rejects.toThrow("stopped");
    expect(readdirSync(one.folder)).toEqual([]);
  });

  test("the end of what it complains of is kept", async () => {
    const started = await sandbox.start(program("for n in {1..20000}; do echo line $n >&2; done; exit 3"), never);
    started.stdout.resume();
    expect(await started.ended).toEqual({ exitCode: 3 });
    expect(started.complaint()).toMatch(/line 20000$/);
    expect(started.complaint().length).toBeLessThanOrEqual(4_000);
  });
});
