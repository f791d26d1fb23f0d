// A sandbox is used only after it gave every right answer; without one the reason and the mend are said, and nothing runs.

import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../../src/lib/system-clock.ts";
import { findPrograms } from "../../../src/tools/sandbox/find-programs.ts";
import type { SandboxNetwork } from "../../../src/tools/sandbox/network.ts";
import { openSandbox } from "../../../src/tools/sandbox/open-sandbox.ts";
import { SANDBOX_LIMITS, type Sandbox } from "../../../src/tools/sandbox/sandbox.ts";
import { selfTest } from "../../../src/tools/sandbox/self-test.ts";
import { makeFolders, never, quick, sandboxForTests } from "./sandbox-for-tests.ts";

const folders = makeFolders();
const sandbox = await sandboxForTests();
const isRoot = process.getuid?.() === 0;
const tested = (one: Sandbox) => selfTest({ sandbox: one, limits: SANDBOX_LIMITS, isRoot });

const start: Sandbox["start"] = () => Promise.reject(new Error("not asked for"));

describe("the self-test", () => {
  test.skipIf(!sandbox)("passes a wall that stands", async () => {
    expect(sandbox && (await tested(sandbox))).toBeUndefined();
  });

  test.each([
    [/^inside-write=yes$/m, "inside-write=no", /inside-write/],
    [/^outside-read=no$/m, "outside-read=yes", /outside-read/],
    [/^outside-write=no$/m, "outside-write=yes", /outside-write/],
    [/^system-write=no$/m, "system-write=yes", /system-write/],
    [/^root-write=no$/m, "root-write=yes", /root-write/],
    [/^network=no$/m, "network=yes", /network/],
    [/^network=no$/m, "", /does not run a command/],
    [/^user-namespace=no$/m, "user-namespace=yes", /user-namespace/],
    [/^mount=no$/m, "mount=yes", /mount/],
    [/^uid=1000$/m, "uid=0", /root/],
    [/^uid=1000$/m, "uid=1000\nenvironment=OPENAI_API_KEY", /environment/],
    [/^forks=\d+$/m, "forks=128", /processes/],
    [/^forks=\d+$/m, "forks=", /processes/],
    [/^forks=\d+$/m, "", /processes/],
    [/^$/m, "lives", /outlived/],
  ])("one wrong answer is enough: %s -> %s", async (right, wrong, reason) => {
    const holed: Sandbox = {
      level: "process",
      start,
      run: async () => ({
        exitCode: 0,
        stdout: { text: nextAnswer(right, wrong), bytesLeftOut: 0 },
        stderr: { text: "", bytesLeftOut: 0 },
        isTimedOut: false,
        isFlooded: false,
      }),
    };
    let asked = 0;
    function nextAnswer(from: RegExp, to: string): string {
      asked += 1;
      if (asked > 1) return wrong === "lives" ? "lives" : "";
      return wrong === "lives" ? RIGHT : RIGHT.replace(from, to);
    }
    expect(await tested(holed)).toMatch(reason);
  });

  test("the answers of that table are right but for the one", async () => {
    let asked = 0;
    const whole: Sandbox = {
      level: "process",
      start,
      run: async () => {
        asked += 1;
        const quiet = { text: "", bytesLeftOut: 0 };
        return {
          exitCode: 0,
          stdout: { ...quiet, text: asked === 1 ? RIGHT : "" },
          stderr: quiet,
          isTimedOut: false,
          isFlooded: false,
        };
      },
    };
    expect(await tested(whole)).toBeUndefined();
  });
});

const RIGHT = `inside-write=yes
outside-read=no
outside-write=no
system-write=no
root-write=no
network=no
user-namespace=no
mount=no
uid=1000
environment=PATH
forks=61
`;

describe("the choice", () => {
  test("without bubblewrap it is off, with the install line", async () => {
    const choice = await openSandbox({
      timers: systemClock,
      find: () => ({ missing: "not installed: bwrap (apt-get install bubblewrap)" }),
    });
    expect(choice).toEqual({ isOn: false, reason: "not installed: bwrap (apt-get install bubblewrap)" });
  });

  test("a wall that cannot be built is off, with the reason", async () => {
    const found = findPrograms(isRoot);
    const programs = "programs" in found ? found.programs : {};
    const choice = await openSandbox({
      timers: systemClock,
      find: () => ({ programs: { ...programs, bwrap: "/bin/false" } }),
    });
    expect(choice.isOn).toBe(false);
    expect(choice).toMatchObject({
      reason: expect.stringMatching(/self-test failed: it does not run a command[\s\S]*apt-get/),
    });
  });

  test.each(["container", "vm"] as const)("%s says that it is not there yet", async (level) => {
    expect(await openSandbox({ timers: systemClock, level })).toEqual({
      isOn: false,
      reason: `the level ${level} is not available yet; use process`,
    });
  });

  test("none is only what was asked for in so many words, and says so", async () => {
    const choice = await openSandbox({ timers: systemClock, level: "none" });
    expect(choice).toMatchObject({
      isOn: true,
      sandbox: { level: "none" },
      notes: [expect.stringContaining("without any sandbox")],
    });
  });

  test.skipIf(!sandbox)(
    "where the way out cannot be had, or lets anybody through, rules that list hosts are off",
    async () => {
      const place = mkdtempSync(join(tmpdir(), "signalbox-way-"));
      const socketFile = join(place, "proxy");
      const openHanded = createServer((socket) => socket.end("HTTP/1.1 200 Connection established\r\n\r\n"));
      await new Promise<void>((resolve) => openHanded.listen(socketFile, resolve));
      chmodSync(socketFile, 0o666);
      const pass = { username: "u", password: "p", close: () => {} };
      const networks: SandboxNetwork[] = [
        { open: () => Promise.reject(new Error("no room")), close: async () => {} },
        { open: async () => ({ socketFile, ...pass }), close: async () => {} },
      ];
      try {
        for (const network of networks) {
          const choice = await openSandbox({ timers: systemClock, network });
          expect(choice).toMatchObject({
            isOn: true,
            notes: expect.arrayContaining([expect.stringContaining("no network at all")]),
          });
          const work =
            choice.isOn && choice.sandbox.run(quick("true", folders.next(), { hosts: ["a.example"] }), never);
          await expect(work).rejects.toThrow("no way out");
        }
      } finally {
        openHanded.close();
        folders.remove();
        rmSync(place, { recursive: true });
      }
    },
  );

  test.skipIf(!sandbox)("a sandbox that is on tells what an operator should know", async () => {
    const choice = await openSandbox({ timers: systemClock });
    expect(choice).toMatchObject({ isOn: true });
    if (isRoot && choice.isOn) expect(choice.notes.join()).toContain("the server is root");
  });
});
