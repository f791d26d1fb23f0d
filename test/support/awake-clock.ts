// Time as this process lives it, for tests over real sockets: it passes in small steps, one at most a turn of the event loop, so a
// process that a busy machine lets wait ages as little as the work it is measured against. It may pass faster than the machine's.

import { FakeClock } from "./fake-clock.ts";

const STEP_MS = 1;
/** Of the machine's time in one turn; what a turn takes longer was not lived. */
const STEP_MS_MAX = 2;

export class AwakeClock extends FakeClock {
  readonly #handle: NodeJS.Timeout;
  #lastAt = performance.now();
  /** Less than a millisecond. */
  #rest = 0;

  constructor({ speed = 1, now = Date.now() }: { readonly speed?: number; readonly now?: number } = {}) {
    super(now);
    this.#handle = setInterval(() => {
      const at = performance.now();
      const livedMs = Math.min(STEP_MS_MAX, at - this.#lastAt);
      this.#lastAt = at;
      this.#rest += livedMs * speed;
      const wholeMs = Math.floor(this.#rest);
      this.#rest -= wholeMs;
      this.advance(wholeMs);
    }, STEP_MS);
    // Sockets keep a test alive, its clock need not.
    this.#handle.unref();
  }

  stop(): void {
    clearInterval(this.#handle);
  }
}
