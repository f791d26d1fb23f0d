// `npm run check`: format and lint, types, dead code. All of them run, so that one look shows all there is to mend.
import { spawnSync } from "node:child_process";

const steps = [
  ["format and lint", "node_modules/@biomejs/biome/bin/biome", ["check", "--error-on-warnings"]],
  ["types", "node_modules/typescript/bin/tsc", []],
  ["dead code", "node_modules/knip/bin/knip.js", []],
];
const failed = [];
for (const [name, script, args] of steps) {
  const { status } = spawnSync(process.execPath, [script, ...args], { stdio: "inherit" });
  process.stdout.write(`check: ${name} ${status === 0 ? "ok" : "FAILED"}\n`);
  if (status !== 0) failed.push(name);
}
process.exitCode = failed.length > 0 ? 1 : 0;
