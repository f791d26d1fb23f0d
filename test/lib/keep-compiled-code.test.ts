// Only that the engine still has the setting: it says nothing to its caller when it has not. What it is worth is in docs/measurements.md.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const module = join(import.meta.dirname, "../../src/lib/keep-compiled-code.ts");

const complaintsOf = (program: string): string =>
  spawnSync(process.execPath, ["--input-type=module", "--eval", program], { encoding: "utf8" }).stderr;

test("the engine knows the setting", () => {
  const program = `import { keepCompiledCode } from ${JSON.stringify(module)}; keepCompiledCode();`;
  expect(complaintsOf(program)).toBe("");
  // It would be seen.
  expect(complaintsOf('import v8 from "node:v8"; v8.setFlagsFromString("--no-such-setting");')).toContain(
    "no-such-setting",
  );
});
