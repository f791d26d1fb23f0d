// One request to the server: with a deadline, also for what ignores its signal, and with its refusals as typed errors.

import { z } from "zod";
import type { Clock, Random } from "../../core/clock.ts";
import { childController } from "../../lib/abort.ts";

export type Fetch = (request: Request) => Promise<Response>;

/** The server answered, and its answer is no; asking again would not change it. `message` is its sentence. */
export class ServerRefusal extends Error {
  override readonly name = "ServerRefusal";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const BACKOFF_MS_MIN = 250;
const BACKOFF_MS_MAX = 10_000;

export const backoffMs = (failures: number, random: Random): number =>
  Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** Math.min(failures, 10)) * (0.5 + random() / 2);

const isWorthRepeating = (status: number): boolean => status >= 500 || status === 408 || status === 429;

export async function throwIfRefused(response: Response): Promise<void> {
  if (response.ok || isWorthRepeating(response.status)) return;
  const answer: unknown = await response.json().catch(() => undefined);
  const sentence = z.object({ error: z.string() }).safeParse(answer).data?.error;
  throw new ServerRefusal(response.status, sentence ?? `The server answered with status ${response.status}.`);
}

/** Resolves as `ask` does, or rejects when the controller aborts or the time is over, which aborts it. */
export function within<T>(
  clock: Clock,
  ms: number,
  controller: AbortController,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const { signal } = controller;
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) {
      onAbort();
      return;
    }
    const cancel = clock.after(ms, () => controller.abort(new Error("the server did not answer in time")));
    signal.addEventListener("abort", onAbort, { once: true });
    ask(signal)
      .then(resolve, reject)
      .finally(() => {
        cancel();
        signal.removeEventListener("abort", onAbort);
      });
  });
}

export interface WholeRequest {
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly request: Request;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/** The answer with its body read, so that the deadline holds for all of it. */
export async function requestWhole({ fetch, clock, request, deadlineMs, signal }: WholeRequest): Promise<Response> {
  const { controller, release } = childController(signal);
  try {
    return await within(clock, deadlineMs, controller, async (attempt) => {
      const response = await fetch(new Request(request, { signal: attempt }));
      return new Response(await response.arrayBuffer(), { status: response.status });
    });
  } finally {
    release();
  }
}
