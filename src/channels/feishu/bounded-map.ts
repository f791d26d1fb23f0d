// A map that forgets: what was not used for longest goes when it is full, what is too old is not there any more.

import type { Clock } from "../../core/clock.ts";

export interface BoundedMap<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value, lifeMs?: number): void;
  delete(key: string): void;
}

export function createBoundedMap<Value>(clock: Pick<Clock, "now">, sizeMax: number): BoundedMap<Value> {
  const held = new Map<string, { readonly value: Value; readonly until: number }>();
  return {
    get: (key) => {
      const found = held.get(key);
      if (!found) return undefined;
      held.delete(key);
      if (found.until <= clock.now()) return undefined;
      held.set(key, found);
      return found.value;
    },
    set: (key, value, lifeMs = Number.POSITIVE_INFINITY) => {
      held.delete(key);
      held.set(key, { value, until: clock.now() + lifeMs });
      for (const oldest of held.keys()) {
        if (held.size <= sizeMax) break;
        held.delete(oldest);
      }
    },
    delete: (key) => {
      held.delete(key);
    },
  };
}
