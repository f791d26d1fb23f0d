// Lines leave in the order they came, together a turn, and none is left behind at the end of the process.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { createLineWriter } from "../../src/lib/line-writer.ts";

const recorded = () => {
  const pieces: string[] = [];
  return { pieces, write: createLineWriter({ write: (text) => pieces.push(text) }) };
};

test("the lines of two turns are written in one piece, those of the next in another", async () => {
  const { pieces, write } = recorded();
  write("one\n");
  await nextTurn();
  write("two\n");
  expect(pieces).toEqual([]);
  await nextTurn();
  expect(pieces).toEqual(["one\ntwo\n"]);
  write("three\n");
  await nextTurn();
  await nextTurn();
  expect(pieces).toEqual(["one\ntwo\n", "three\n"]);
});

test("a turn that says very much is not kept back as a whole", () => {
  const { pieces, write } = recorded();
  for (let n = 0; n < 1_000; n += 1) write(`${"x".repeat(99)}\n`);
  expect(pieces.length).toBeGreaterThanOrEqual(1);
  expect(pieces.join("").length).toBeGreaterThan(60_000);
});

test.each([
  ["ends", "process.exit(3);", 3],
  ["fails", "throw new Error('broken');", 1],
])("a process that %s in the same turn has written its lines", (_how, end, code) => {
  const module = join(import.meta.dirname, "../../src/lib/line-writer.ts");
  const program = `import { createLineWriter } from ${JSON.stringify(module)};
    const write = createLineWriter(process.stdout); write("one\\n"); write("two\\n"); ${end}`;
  const { stdout, status } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
    encoding: "utf8",
  });
  expect(stdout).toBe("one\ntwo\n");
  expect(status).toBe(code);
});
