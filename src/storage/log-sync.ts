// Makes commits durable beside the event loop: the engine writes its log without waiting for the disk, one sync at a time follows, and
// it is for all that was written before it began. Knows no table.

import { closeSync, fdatasync, openSync } from "node:fs";

/** Resolves by calling back, when all that was written to the file is on the disk. */
export type SyncFile = (descriptor: number, done: (error: Error | null) => void) => void;

interface Waiting {
  readonly needsSync: boolean;
  readonly then: (error: Error | null) => void;
}

export class LogSync {
  readonly #file: string;
  readonly #syncFile: SyncFile;
  #descriptor: number | undefined;
  #waiting: Waiting[] = [];
  #isSyncing = false;
  #whenIdle = (): void => {};

  /** `file`: the engine's log, which is there from its first commit on. */
  constructor(file: string, syncFile: SyncFile = fdatasync) {
    this.#file = file;
    this.#syncFile = syncFile;
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0;
  }

  /** What was just committed is durable then; in the order of the calls. */
  afterSync(then: Waiting["then"]): void {
    this.#add({ needsSync: true, then });
  }

  /** Whatever was to be durable before is; asks for no sync of its own. */
  inTurn(then: Waiting["then"]): void {
    this.#add({ needsSync: false, then });
  }

  async close(): Promise<void> {
    if (!this.isIdle)
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
      });
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #add(one: Waiting): void {
    this.#waiting.push(one);
    if (!this.#isSyncing) this.#goOn();
  }

  #goOn(): void {
    while (this.#waiting[0]?.needsSync === false) this.#waiting.shift()?.then(null);
    const count = this.#waiting.length;
    if (count === 0) {
      this.#whenIdle();
      return;
    }
    this.#isSyncing = true;
    this.#sync((error) => {
      this.#isSyncing = false;
      for (const { then } of this.#waiting.splice(0, count)) then(error);
      if (!this.#isSyncing) this.#goOn();
    });
  }

  #sync(done: (error: Error | null) => void): void {
    try {
      this.#descriptor ??= openSync(this.#file, "r+");
      this.#syncFile(this.#descriptor, done);
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
