// Looks, while a command runs, whether it fills the disk.

import type { Clock } from "../../core/clock.ts";
import type { Workspace } from "./workspace.ts";

const LOOK_MS = 1_000;

/** Calls once, with the sentence, when the workspace is full. Returns how to stop looking. */
export function watchQuota(
  workspace: Pick<Workspace, "overQuota">,
  clock: Pick<Clock, "after">,
  onFull: (sentence: string) => void,
): () => void {
  let isOver = false;
  let cancel = (): void => {};
  const look = async (): Promise<void> => {
    const full = await workspace.overQuota().catch(() => undefined);
    if (isOver) return;
    if (full === undefined) cancel = clock.after(LOOK_MS, () => void look());
    else onFull(full);
  };
  cancel = clock.after(LOOK_MS, () => void look());
  return () => {
    isOver = true;
    cancel();
  };
}
