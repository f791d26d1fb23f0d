// Makes commits durable beside the event loop: the engine writes its log without waiting for the disk, one sync at a time follows, and
// it is for all that was written before it began. On the event loop, which spares the way to a thread and back, while it has little else
// to do and the disk is quick; then without waiting for one that is under way beside. Knows no table.

import { closeSync, fdatasync, fdatasyncSync, openSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { inTwoTurns } from "../lib/in-two-turns.ts";

/** Both: all that was written to the file is on the disk then. */
export interface FileSync {
  /** Resolves by calling back. */
  beside(descriptor: number, done: (error: Error | null) => void): void;
  /** On the event loop. Throws where it fails. */
  here(descriptor: number): void;
}

interface Waiting {
  readonly needsSync: boolean;
  readonly then: (error: Error | null) => void;
}

/** On the event loop, if the disk is quick; beside it; beside it once what this turn of the loop sends is sent. */
export type SyncPlace = "here" | "beside" | "soon";

const FILE_SYNC: FileSync = { beside: fdatasync, here: fdatasyncSync };
/** The last sync took no longer: the event loop is not held up by the next one. */
const QUICK_MS = 5;

export class LogSync {
  readonly #file: string;
  readonly #fileSync: FileSync;
  readonly #now: () => number;
  /** One for each place: the system tells each of them once that it could not write, and neither may take that from the other. */
  #descriptors: Readonly<Record<keyof FileSync, number>> | undefined;
  #waiting: Waiting[] = [];
  /** Of those who wait, how many the sync beside is for. */
  #covered = 0;
  #isSyncing = false;
  /** The next one begins in a turn or two. */
  #isDue = false;
  /** How long the last sync took. */
  #tookMs = Number.POSITIVE_INFINITY;
  #whenIdle = (): void => {};

  /** `file`: the engine's log, which is there from its first commit on. */
  constructor(file: string, fileSync = FILE_SYNC, now = (): number => performance.now()) {
    this.#file = file;
    this.#fileSync = fileSync;
    this.#now = now;
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0;
  }

  /** What was just committed is durable then; in the order of the calls. */
  afterSync(then: Waiting["then"], place: SyncPlace = "beside"): void {
    const isHere = place === "here" && this.#tookMs <= QUICK_MS;
    if (isHere) this.#waiting.push({ needsSync: true, then });
    if (isHere) this.#tell(this.#waiting.length, this.#syncHere());
    else this.#add({ needsSync: true, then }, place === "soon");
  }

  /** Whatever was to be durable before is; asks for no sync of its own. */
  inTurn(then: Waiting["then"]): void {
    this.#add({ needsSync: false, then });
  }

  async close(): Promise<void> {
    if (!this.isIdle || this.#isSyncing || this.#isDue)
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
      });
    for (const descriptor of Object.values(this.#descriptors ?? {})) closeSync(descriptor);
    this.#descriptors = undefined;
  }

  #add(one: Waiting, isSoon = false): void {
    this.#waiting.push(one);
    if (this.#isSyncing || this.#isDue) return;
    if (isSoon) this.#goOnSoon();
    else this.#goOn();
  }

  #goOnSoon(): void {
    this.#isDue = true;
    inTwoTurns(() => {
      this.#isDue = false;
      if (!this.#isSyncing) this.#goOn();
    });
  }

  #goOn(): void {
    while (this.#waiting[0]?.needsSync === false) this.#tell(1, null);
    this.#covered = this.#waiting.length;
    if (this.#covered === 0) {
      this.#whenIdle();
      return;
    }
    this.#isSyncing = true;
    this.#syncBeside((error) => {
      this.#isSyncing = false;
      // What could not be written may be of those who came later, and their own sync would not hear of it again.
      this.#tell(error ? this.#waiting.length : this.#covered, error);
      if (!this.#isSyncing) this.#goOn();
    });
  }

  #tell(count: number, error: Error | null): void {
    this.#covered = Math.max(0, this.#covered - count);
    for (const { then } of this.#waiting.splice(0, count)) then(error);
  }

  #syncHere(): Error | null {
    const begunAt = this.#now();
    try {
      this.#fileSync.here(this.#opened.here);
      return null;
    } catch (error) {
      return asError(error);
    } finally {
      this.#measured(begunAt);
    }
  }

  #syncBeside(done: (error: Error | null) => void): void {
    const begunAt = this.#now();
    try {
      this.#fileSync.beside(this.#opened.beside, (error) => {
        this.#measured(begunAt);
        done(error);
      });
    } catch (error) {
      done(asError(error));
    }
  }

  #measured(begunAt: number): void {
    this.#tookMs = this.#now() - begunAt;
  }

  /** Both at once: one that was opened later would not hear of what the other was told. */
  get #opened(): Readonly<Record<keyof FileSync, number>> {
    this.#descriptors ??= { beside: openSync(this.#file, "r+"), here: openSync(this.#file, "r+") };
    return this.#descriptors;
  }
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
