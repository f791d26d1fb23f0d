// Waiting without sleeping: whatever happens in the simulator is announced here, and whoever waits looks again.

/** Far more than anything takes on a machine that is busy with other things: what never comes is told, what is slow is waited for. */
export const UNTIL_MS_DEFAULT = 60_000;

export interface Changes {
  announce(): void;
  /** Resolves with the first truthy answer of `look`; at the deadline it rejects with what the simulator's state is. */
  until<T>(
    look: () => T | Promise<T>,
    options?: { readonly timeoutMs?: number; readonly what?: string },
  ): Promise<NonNullable<T>>;
  close(): void;
}

export function createChanges(describe: () => string): Changes {
  const waiting = new Map<() => void, (error: Error) => void>();
  let isAnnounced = false;

  const announce = (): void => {
    if (isAnnounced) return;
    isAnnounced = true;
    // Once a turn of the event loop, after whoever caused the change has finished with it.
    setImmediate(() => {
      isAnnounced = false;
      for (const look of [...waiting.keys()]) look();
    });
  };

  const until: Changes["until"] = (look, { timeoutMs = UNTIL_MS_DEFAULT, what } = {}) =>
    new Promise((resolve, reject) => {
      const finish = (end: () => void): void => {
        waiting.delete(check);
        clearTimeout(deadline);
        end();
      };
      const check = async (): Promise<void> => {
        try {
          const seen = await look();
          if (seen) finish(() => resolve(seen));
        } catch (error) {
          finish(() => reject(error));
        }
      };
      const name = what ?? look.toString().replace(/\s+/g, " ").slice(0, 200);
      const deadline = setTimeout(
        () => finish(() => reject(new Error(`not within ${timeoutMs} ms: ${name}\n${describe()}`))),
        timeoutMs,
      );
      waiting.set(check, (error) => finish(() => reject(error)));
      void check();
    });

  return {
    announce,
    until,
    close: () => {
      for (const fail of [...waiting.values()]) fail(new Error("the simulator was closed while somebody waited"));
    },
  };
}
