// Waiting that ends: sleeping, deadlines and silence limits over handed-in timers and abort signals.

export interface Timers {
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
  let isFirst = true;
  let isOver = false;
  try {
    for (;;) {
      const result = await nextWithin(iterator, isFirst, limits);
      if (result.done) {
        isOver = true;
        return;
      }
      isFirst = false;
      yield result.value;
    }
  } finally {
    // Not awaited: a source that hangs would hold us here.
    if (!isOver) void Promise.resolve(iterator.return?.()).catch(() => {});
  }
}

function nextWithin<T>(
  iterator: AsyncIterator<T>,
  isFirst: boolean,
  limits: SilenceLimits,
): Promise<IteratorResult<T>> {
  const { timers, signal } = limits;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const cancel = timers.after(isFirst ? limits.firstMs : limits.idleMs, () => over(reject, limits.timeout(isFirst)));
    const onAbort = (): void => over(reject, signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    // Also for a source that hangs, whose own end never comes.
    function over<V>(settle: (value: V) => void, value: V): void {
      cancel();
      signal.removeEventListener("abort", onAbort);
      settle(value);
    }
    // Wrapped, so that a source that throws at once is one that fails.
    (async () => iterator.next())().then(
      (result) => over(resolve, result),
      (error: unknown) => over(reject, error),
    );
  });
}
