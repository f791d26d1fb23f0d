// Everyday commands, Chinese names among them, answer inside of the sandbox as they do outside.

import { afterAll, describe, expect, test } from "vitest";
import { EVERYDAY } from "./everyday.ts";
import { makeFolders, never, quick, sandboxForTests } from "./sandbox-for-tests.ts";

const sandbox = await sandboxForTests();
const folders = makeFolders();
const folder = folders.next();
afterAll(() => folders.remove());

describe.skipIf(!sandbox)("an everyday command works", () => {
  test.each(EVERYDAY)("%s", async (command, answer) => {
    const result = await sandbox?.run(quick(command, folder), never);
    expect(result?.stdout.text).toContain(answer);
    expect(result?.isTimedOut).toBe(false);
  });

  test("there are more than two hundred of them", () => expect(EVERYDAY.length).toBeGreaterThan(200));
});
