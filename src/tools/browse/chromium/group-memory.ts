// How much memory a group of processes has for itself, as Linux tells it: what they share (the program, its files) is not counted.

import { readdir, readFile } from "node:fs/promises";

const PAGE_BYTES = 4_096;
const GROUP_FIELD = 2;

/** Undefined where the system does not tell. */
export async function groupMemory(group: number): Promise<number | undefined> {
  const names = await readdir("/proc").catch(() => undefined);
  if (!names) return undefined;
  let bytes = 0;
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, "utf8").catch(() => "");
    // The name of the program stands in brackets and may hold anything; the fields after it are numbers.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (Number(fields[GROUP_FIELD]) !== group) continue;
    const [, resident = 0, shared = 0] = (await readFile(`/proc/${name}/statm`, "utf8").catch(() => ""))
      .split(" ")
      .map(Number);
    bytes += (resident - shared) * PAGE_BYTES;
  }
  return bytes;
}
