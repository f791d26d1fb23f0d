// What the bench and the server process it drives agree on: wishes and answers over the process channel, the numbered messages,
// the reply of the fake model, and one clock for both.

/** Where the server's model is: behind HTTP and the vendor's SDK, or a function in its own process. */
export type ModelPlace = "over-http" | "in-process";

export interface ServerPlan {
  readonly model: ModelPlace;
}

/**
 * `mark` begins a measurement, `report` tells of it; `idle` is answered when nothing runs or waits any more; `memory` tells of
 * memory as it stands, `held` after a collection that gives the collector's own free pages back.
 */
export type Wish = "mark" | "report" | "idle" | "memory" | "held" | "stop";

/** When the in-process model was asked and had answered, by the message's number. */
export type Asked = readonly (readonly [message: number, at: number, doneAt: number])[];

export interface MarkReport {
  readonly commits: number;
  /** Ledger transactions; those that arrive together share a commit. */
  readonly units: number;
  readonly loopDelayMsP99: number;
  readonly loopDelayMsMax: number;
  readonly cpuMs: number;
  /** Share of the time in which the event loop was busy. */
  readonly busyShare: number;
  readonly asked: Asked;
}

export interface MemoryReport {
  readonly rssBytes: number;
  readonly heapBytes: number;
}

export interface ServerAnswer {
  readonly url?: string;
  readonly report?: MarkReport;
  readonly memory?: MemoryReport;
}

/** Milliseconds of the machine's monotonic clock: the same in every process, so that two of them can be subtracted. */
export const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;

export const messageText = (message: number): string =>
  `bench-${message} What is the weather like in Paris today, and what should I wear for a walk along the river?`;

/** The number of the latest message in a conversation or a request body; 0 where there is none. */
export function latestMessage(text: string): number {
  const at = text.lastIndexOf("bench-");
  return at === -1 ? 0 : Number.parseInt(text.slice(at + "bench-".length, at + 24), 10) || 0;
}

/** A short answer in the pieces a vendor would stream it in. */
export const REPLY_PIECES: readonly string[] =
  "It is mild in Paris today: about 18 degrees, with some sun and a light wind from the west. Take a light jacket; by the river it can be cool.".match(
    /\S+\s*/g,
  ) ?? [];
