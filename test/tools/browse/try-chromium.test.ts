// Whether Chromium runs in its own sandbox is decided by what it says, never by how long it takes: with stand-ins for one that is slow,
// one that is broken and one that refuses.

import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { userChanger } from "../../../src/tools/browse/chromium/chromium-process.ts";
import { tryChromium } from "../../../src/tools/browse/chromium/try-chromium.ts";

/** A program that notes how it was started. */
function standIn(inItsSandbox: string) {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-stand-in-"));
  const [program, starts] = [join(folder, "chromium"), join(folder, "starts")];
  writeFileSync(starts, "");
  writeFileSync(
    program,
    `#!/bin/sh
case " $* " in
*" --no-sandbox "*) echo open >> ${starts} ;;
*) echo walled >> ${starts}; ${inItsSandbox} ;;
esac
`,
  );
  // It may run as another user.
  for (const [path, mode] of [[folder, 0o755] as const, [program, 0o755] as const, [starts, 0o666] as const]) {
    chmodSync(path, mode);
  }
  return {
    program,
    starts: () => readFileSync(starts, "utf8").trim().split("\n"),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

const options = { proxy: "http://127.0.0.1:9", mayBeOpen: true, now: Date.now };
const isRootAlone = process.getuid?.() === 0 && userChanger() === undefined;

describe.skipIf(isRootAlone)("Chromium's own sandbox", () => {
  test("is kept where Chromium is slow, whatever it has said: it is not started without it, and is said to be late", async () => {
    using slow = standIn("echo 'No usable sandbox!' >&2; exec sleep 600");
    const tried = await tryChromium({ program: slow.program }, { ...options, connectMs: 500 });
    expect(slow.starts()).not.toContain("open");
    expect(tried).toEqual({
      failures: [`${slow.program} in its own sandbox: it did not answer within 0.5 s`],
      isLate: true,
    });
  });

  test("is kept where Chromium ends for another reason", async () => {
    using broken = standIn("echo 'error while loading shared libraries: libnss3.so' >&2; exit 127");
    const tried = await tryChromium({ program: broken.program }, options);
    expect(broken.starts()).toEqual(["walled"]);
    expect(tried).toMatchObject({ failures: [expect.stringContaining("libnss3.so")], isLate: false });
  });

  test("is left off only after Chromium said that it cannot stand, and ended", async () => {
    using refusing = standIn("echo 'FATAL:zygote_host_impl_linux.cc:129] No usable sandbox! If you ...' >&2; exit 133");
    const tried = await tryChromium({ program: refusing.program }, options);
    expect(refusing.starts()).toEqual(["walled", "open"]);
    expect(tried).toMatchObject({
      failures: [
        `${refusing.program} in its own sandbox: No usable sandbox`,
        `${refusing.program} without a sandbox: it ended at once`,
      ],
    });
  });
});
