// What tools give back: many lines of one sort, full of numbers, paths and links of no importance.

import type { Seeded } from "../context/seeded.ts";
import type { Tongue } from "./retention-facts.ts";
import { MODULES } from "./retention-phrases.ts";

/** The planted line stands somewhere in the middle. */
export function output(seeded: Seeded, tongue: Tongue, planted: string | undefined): string {
  const kind = seeded.whole(0, 4);
  const isLarge = planted !== undefined || seeded.chance(0.07);
  const count = isLarge ? seeded.whole(30, 60) : seeded.whole(1, 8);
  const lines = Array.from({ length: count }, () => line(seeded, tongue, kind));
  if (planted !== undefined)
    lines.splice(seeded.whole(Math.floor(lines.length * 0.3), Math.floor(lines.length * 0.7)), 0, planted);
  return lines.join("\n");
}

function line(seeded: Seeded, tongue: Tongue, kind: number): string {
  const name = seeded.pick(MODULES);
  const id = seeded.whole(0x10000000, 0x7fffffff).toString(16) + seeded.whole(0x10000000, 0x7fffffff).toString(16);
  const time = `2026-11-${seeded.whole(10, 28)}T0${seeded.whole(0, 9)}:${seeded.whole(10, 59)}:${seeded.whole(10, 59)}Z`;
  switch (kind) {
    case 0:
      return `${time} INFO  [${name}] GET /api/v2/${name}/${seeded.whole(1, 999)} 200 ${seeded.whole(3, 900)}ms req=${id}`;
    case 1:
      return tongue === "zh"
        ? `| ${seeded.whole(1, 9_999)} | ${name} | 客户${seeded.whole(1, 500)} | ¥${seeded.whole(10, 90_000)}.00 | 已付 |`
        : `| ${seeded.whole(1, 9_999)} | ${name} | customer ${seeded.whole(1, 500)} | $${seeded.whole(10, 90_000)}.00 | paid |`;
    case 2:
      return `  "src/${name}/part${seeded.whole(1, 300)}.ts": { "size": ${seeded.whole(100, 90_000)}, "changed": "${time}" },`;
    case 3:
      return `${seeded.whole(1, 60)}. ${name} ${tongue === "zh" ? "相关讨论" : "discussion"} https://forum.example.net/t/${id} (${seeded.whole(1, 400)})`;
    default:
      return shortResult(seeded, name, time);
  }
}

/** What tools say that do one thing: each a little different. */
function shortResult(seeded: Seeded, name: string, time: string): string {
  return seeded.pick([
    `{"status":"ok","id":${seeded.whole(1, 99_999)},"took_ms":${seeded.whole(1, 900)}}`,
    `Deployed revision ${seeded.whole(1_000, 9_999)} of ${name} to staging in ${seeded.whole(5, 90)} s`,
    `${seeded.whole(1, 400)} passed, ${seeded.whole(0, 3)} failed, ${seeded.whole(0, 9)} skipped (${seeded.whole(1, 90)}.4 s)`,
    `On branch ${name}-${seeded.whole(1, 99)}: ${seeded.whole(1, 30)} commits ahead, last ${time}`,
    `queue ${name}: ${seeded.whole(0, 9_000)} waiting, oldest ${seeded.whole(1, 600)} s`,
    `disk /dev/sd${seeded.pick(["a", "b", "c"])}1 ${seeded.whole(1, 99)}% of ${seeded.whole(1, 900)} GB`,
  ]);
}
