// Whether a program is to be found, the way a shell looks for it. Nothing is run.

import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** A name alone, never a path: what names a folder is not looked for. */
export function findProgram(name: string, searchPath: string): string | undefined {
  if (!/^[\w.+-]{1,100}$/.test(name)) return undefined;
  for (const folder of searchPath.split(delimiter)) {
    if (folder === "") continue;
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile()) return path;
    } catch {
      // Not here: the next folder is looked in.
    }
  }
  return undefined;
}
