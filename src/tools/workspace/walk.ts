// Everything below a pinned folder, in order, within bounds. Links are named and never followed; a folder that goes away or turns
// into a link meanwhile is passed over.

import { lstat, readdir } from "node:fs/promises";
import type { PinnedFolder } from "./pinned-folder.ts";

export interface Entry {
  /** From the workspace down. */
  readonly path: string;
  readonly name: string;
  readonly kind: "file" | "folder" | "link" | "other";
  readonly bytes: number;
  /** The folder that holds it, while the walk stands here. */
  readonly parent: PinnedFolder;
}

export interface WalkBounds {
  readonly depthMax: number;
  readonly entriesMax: number;
  readonly signal?: AbortSignal;
  /** A folder whose inside is not wanted. */
  readonly isSkipped?: (entry: Entry) => boolean;
}

/** Returns whether all was seen. */
export async function* walk(
  folder: PinnedFolder,
  prefix: string,
  bounds: WalkBounds,
  seen = { entries: 0 },
  depth = 1,
): AsyncGenerator<Entry, boolean> {
  let isWhole = true;
  for (const name of (await readdir(folder.path)).sort()) {
    bounds.signal?.throwIfAborted();
    if (seen.entries >= bounds.entriesMax) return false;
    seen.entries += 1;
    const status = await lstat(folder.at(name)).catch(() => undefined);
    if (!status) continue;
    const kind = status.isFile()
      ? "file"
      : status.isDirectory()
        ? "folder"
        : status.isSymbolicLink()
          ? "link"
          : "other";
    const path = prefix === "" ? name : `${prefix}/${name}`;
    const entry: Entry = { path, name, kind, bytes: status.isFile() ? status.size : 0, parent: folder };
    yield entry;
    if (kind !== "folder" || bounds.isSkipped?.(entry)) continue;
    if (depth >= bounds.depthMax) {
      isWhole = false;
      continue;
    }
    await using below = await folder.folder(name).catch(() => undefined);
    if (below) isWhole = (yield* walk(below, path, bounds, seen, depth + 1)) && isWhole;
  }
  return isWhole;
}
