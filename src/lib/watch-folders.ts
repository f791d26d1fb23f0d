// Says when something below some folders changed, soon after the last of a burst of changes. What changed is not told: whoever
// listens reads the whole state anew, so a change that is missed or told twice does no harm. Folders may come and go.

import { watch } from "chokidar";
import type { Timers } from "./abort.ts";

export interface FolderWatch {
  readonly folders: readonly string[];
  readonly timers: Timers;
  readonly onChange: () => void;
  readonly onError: (error: unknown) => void;
}

/** An editor writes, renames and changes modes in a burst. */
const SETTLE_MS = 150;
/** Where the system tells nothing (some network and container mounts), a look from time to time does. */
const LOOK_MS = 10_000;
const DEPTH_MAX = 8;

/** Resolves once changes are seen; returns how to stop. */
export async function watchFolders({ folders, timers, onChange, onError }: FolderWatch): Promise<() => Promise<void>> {
  let cancelSettle = (): void => {};
  let cancelLook = (): void => {};
  const changed = (): void => {
    cancelSettle();
    cancelSettle = timers.after(SETTLE_MS, onChange);
  };
  const lookLater = (): void => {
    cancelLook = timers.after(LOOK_MS, () => {
      onChange();
      lookLater();
    });
  };
  const watcher = watch([...folders], { ignoreInitial: true, depth: DEPTH_MAX, followSymlinks: false });
  watcher.on("all", changed).on("error", onError);
  await new Promise<void>((resolve) => watcher.once("ready", () => resolve()));
  lookLater();
  return async () => {
    cancelSettle();
    cancelLook();
    await watcher.close();
  };
}
