// Attacks by class, run with no judgement of their text: none may read, change or reach anything outside of its workspace. The same
// attacks are shown to work without the wall, so that a table that proves nothing would be seen.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/lib/system-clock.ts";
import { createUnconfined } from "../../../src/tools/sandbox/unconfined.ts";
import { ATTACKS } from "./attacks.ts";
import { type HostileHost, makeHostileHost } from "./hostile-host.ts";
import { makeFolders, never, outputOf, quick, sandboxForTests } from "./sandbox-for-tests.ts";

/** Without a wall the tests do not run attacks as root either. */
const ORDINARY: readonly [string, ...string[]] =
  process.getuid?.() === 0
    ? ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs", "--"]
    : ["/usr/bin/env"];

const sandbox = await sandboxForTests();
const folders = makeFolders();
let host: HostileHost;
beforeAll(async () => {
  host = await makeHostileHost(folders.next());
});
afterAll(async () => {
  await host.close();
  folders.remove();
});

describe.skipIf(!sandbox)("an attack is contained", () => {
  for (const [name, attacks] of Object.entries(ATTACKS)) {
    describe(name, () => {
      test.concurrent.each(attacks.map((attack) => [attack]))("%s", async (attack) => {
        const folder = folders.next();
        const options = { env: host.env, timeoutMs: 5_000 };
        const result = await sandbox?.run(quick(attack, folder, options), never);
        if (name.startsWith("links planted")) await sandbox?.run(quick("true", folder, options), never);
        expect(await host.harm(result ? outputOf(result) : "")).toEqual([]);
      });
    });
  }

  test("there are enough of them, and none twice", () => {
    const all = Object.values(ATTACKS).flat();
    expect(new Set(all).size).toBe(all.length);
    expect(all.length).toBeGreaterThanOrEqual(200);
  });
});

describe("without the wall", () => {
  beforeEach(() => host.reset());

  test.each(["reading outside through ordinary programs", "writing outside through ordinary programs"])(
    "most attacks work: %s",
    async (name) => {
      const open = createUnconfined({ timers: systemClock });
      let works = 0;
      const attacks = ATTACKS[name] ?? [];
      for (const attack of attacks) {
        const options = { env: host.env, timeoutMs: 5_000 };
        const result = await open.run(quick([...ORDINARY, "/bin/bash", "-c", attack], host.scratch, options), never);
        if ((await host.harm(outputOf(result))).length > 0) works += 1;
        await host.reset();
      }
      expect(works / attacks.length).toBeGreaterThan(0.8);
    },
  );
});
