// Which folders and files of the host are shown besides the one a program works in: as few as do, and never one that holds what is
// the server's own.

import { realpathSync } from "node:fs";
import { sep } from "node:path";
import { INSIDE_FOLDER } from "./sandbox.ts";

/** Always shown. */
export const SYSTEM_FOLDERS = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store"];
/** Made anew inside. */
const INSIDE_ONLY = ["/proc", "/dev", "/sys", "/run", INSIDE_FOLDER];
const PLACES_MAX = 50;

export const isWithin = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

export const isWithinAny = (path: string, folders: readonly string[]): boolean =>
  folders.some((folder) => isWithin(path, folder));

export interface ClosedPlaces {
  /** Of the server alone, with all that lies in them: the data folder, .env. */
  readonly secret: readonly string[];
  /** Not shown as a whole: somebody's home. */
  readonly wide: readonly string[];
}

/** What to mount: nothing twice, nothing within another. Throws where it would show what is closed. */
export function shownPlaces(asked: readonly string[], { secret, wide }: ClosedPlaces): readonly string[] {
  const places = [...new Set(asked)].filter((place) => !isWithinAny(place, SYSTEM_FOLDERS)).sort();
  const fewest = places.filter((place) => !places.some((other) => other !== place && isWithin(place, other)));
  if (fewest.length > PLACES_MAX) throw new Error(`over ${PLACES_MAX} folders are to be shown`);
  for (const place of fewest) {
    for (const path of [place, realPath(place)]) {
      if (isWithinAny(path, INSIDE_ONLY)) throw new Error(`${place} cannot be shown in the sandbox`);
      if (isWithinAny(path, secret)) throw new Error(`${place} is the server's own and is not shown in the sandbox`);
      const held = [...secret, ...wide].find((one) => isWithin(one, path));
      if (held !== undefined)
        throw new Error(`${place} is not shown in the sandbox, since it holds ${held}: name less`);
    }
  }
  return fewest;
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    throw new Error(`${path} is not there`);
  }
}
