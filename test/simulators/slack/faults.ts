// What goes wrong on the way, by script: before the work is done, or after it, when only the answer is lost.

import type { Wire } from "./wire-shapes.ts";

export interface Fault {
  /** A Web API method, or `upload` and `download` for file contents; absent: any. */
  readonly method?: string;
  /** `after`: the work is done, then the answer is lost. A delay is of the answer, whenever it is asked for. */
  readonly when?: "before" | "after";
  readonly how:
    | "http500"
    | "reset"
    | "hang"
    | "ratelimited"
    | { readonly error: string }
    | { readonly delayMs: number };
  /** How many calls it meets; default 1. */
  readonly times?: number;
  /** Seconds, for `ratelimited`. */
  readonly retryAfter?: number;
  /** Only calls with such arguments. */
  readonly matches?: (callArguments: Wire) => boolean;
}

export class Faults {
  readonly #pending: { readonly fault: Fault; left: number }[] = [];

  add(fault: Fault): void {
    this.#pending.push({ fault, left: fault.times ?? 1 });
  }

  clear(): void {
    this.#pending.length = 0;
  }

  /** How many meetings are still to come. */
  get left(): number {
    return this.#pending.reduce((sum, { left }) => sum + left, 0);
  }

  /** The fault that meets this call now, counted as met. */
  take(method: string, when: "before" | "after", callArguments: Wire): Fault | undefined {
    const met = this.#pending.find(
      ({ fault, left }) =>
        left > 0 &&
        (fault.method === undefined || fault.method === method) &&
        (fault.when ?? "before") === when &&
        (fault.matches?.(callArguments) ?? true),
    );
    if (met) met.left -= 1;
    return met?.fault;
  }
}
