// Waiting that ends: sleeping, deadlines and silence limits over handed-in timers and abort signals.

export interface Timers {
  now(): number;
  after(delayMs: number, call: () => void): () => void;
}

/** Resolves after the delay; rejects with the signal's reason as soon as it aborts. */
export function sleep(timers: Timers, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const cancel = timers.after(delayMs, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    const onAbort = (): void => {
      cancel();
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** A controller that aborts with its parent, and leaves no listener behind once released. */
export function childController(parent: AbortSignal): { controller: AbortController; release: () => void } {
  const controller = new AbortController();
  const onAbort = (): void => controller.abort(parent.reason);
  if (parent.aborted) onAbort();
  else parent.addEventListener("abort", onAbort, { once: true });
  return { controller, release: () => parent.removeEventListener("abort", onAbort) };
}

export interface GraceOptions {
  readonly timers: Timers;
  readonly signal: AbortSignal;
  readonly graceMs: number;
  /** It ignored its signal for the whole grace period; it may still be running. */
  readonly onAbandoned: () => void;
}

/**
 * The work's own end, or, when the signal aborts and the work does not end within the grace period, a rejection with the
 * signal's reason: nothing that ignores its signal can hold the caller.
 */
export function endsWithin<T>(work: Promise<T>, { timers, signal, graceMs, onAbandoned }: GraceOptions): Promise<T> {
  return new Promise((resolve, reject) => {
    let cancel = (): void => {};
    const onAbort = (): void => {
      cancel = timers.after(graceMs, () => {
        onAbandoned();
        reject(signal.reason);
      });
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => {
      cancel();
      signal.removeEventListener("abort", onAbort);
    });
  });
}

export interface SilenceLimits {
  readonly timers: Timers;
  readonly firstMs: number;
  readonly idleMs: number;
  readonly signal: AbortSignal;
  /** What to throw when nothing came in time. */
  readonly timeout: (isFirst: boolean) => Error;
}

/** Passes items on as they come; throws when the first or a later one is too long in coming, even if the source hangs. */
export async function* limitSilence<T>(source: AsyncIterable<T>, limits: SilenceLimits): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  const patience = createPatience(limits);
  let isOver = false;
  try {
    for (;;) {
      const result = await patience.waitFor(async () => iterator.next());
      if (result.done) {
        isOver = true;
        return;
      }
      yield result.value;
    }
  } finally {
    patience.end();
    // Not awaited: a source that hangs would hold us here.
    if (!isOver) void Promise.resolve(iterator.return?.()).catch(() => {});
  }
}

/** One timer and one listener for a whole stream: it has as many items as words. */
function createPatience({ timers, signal, firstMs, idleMs, timeout }: SilenceLimits) {
  let isFirst = true;
  let limitMs = firstMs;
  let waitsSince: number | undefined;
  let giveUp = (_reason: unknown): void => {};
  let cancel = timers.after(firstMs, look);
  const onAbort = (): void => giveUp(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });

  /** Time the reader takes is not silence of the source. */
  function look(): void {
    const leftMs = waitsSince === undefined ? limitMs : waitsSince + limitMs - timers.now();
    if (leftMs > 0) cancel = timers.after(leftMs, look);
    else giveUp(timeout(isFirst));
  }

  function heard(): void {
    waitsSince = undefined;
    if (!isFirst) return;
    isFirst = false;
    limitMs = idleMs;
    cancel();
    cancel = timers.after(idleMs, look);
  }

  return {
    waitFor: <T>(next: () => Promise<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        giveUp = reject;
        waitsSince = timers.now();
        next().then((item) => {
          heard();
          resolve(item);
        }, reject);
      }),
    end: (): void => {
      cancel();
      signal.removeEventListener("abort", onAbort);
    },
  };
}
