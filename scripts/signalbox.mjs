#!/usr/bin/env node
// The `signalbox` command: `npx signalbox <command>` in a clone, under whatever Node the machine has.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runUnderNode24 } from "./bootstrap.mjs";

const cli = join(dirname(dirname(fileURLToPath(import.meta.url))), "src", "cli.ts");
await runUnderNode24([cli, ...process.argv.slice(2)]);
