// One place that says "something changed", so that a test waits for a fact and not for time.

export class Changes {
  readonly #listeners = new Set<() => void>();

  notify = (): void => {
    for (const listener of [...this.#listeners]) listener();
  };

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves once the fact holds; after the deadline it fails with the state, so that the reason can be read. */
  until(holds: () => boolean, describe: () => string, withinMs: number): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        unsubscribe();
      };
      const unsubscribe = this.subscribe(() => {
        try {
          if (!holds()) return;
          end();
          resolve();
        } catch (error) {
          end();
          reject(error);
        }
      });
      const timer = setTimeout(() => {
        end();
        reject(new Error(`did not happen within ${withinMs} ms\n${describe()}`));
      }, withinMs);
    });
  }
}
