// Draws a chart in a thread of its own, which ends with it: no memory stays taken, and what takes too long is cut off.

import { Worker } from "node:worker_threads";
import { z } from "zod";
import type { Chart, ChartRequest } from "./chart-request.ts";

const MEMORY_MB_MAX = 512;

const answerShape = z.union([
  z.object({
    chart: z.object({
      png: z.instanceof(Uint8Array),
      width: z.number(),
      height: z.number(),
      notes: z.array(z.string()),
    }),
  }),
  z.object({ failure: z.string() }),
]);

/** Throws an Error for the model, or the signal's reason. */
export async function runChartWorker(request: ChartRequest, signal: AbortSignal): Promise<Chart> {
  signal.throwIfAborted();
  const worker = new Worker(new URL("./chart-worker.ts", import.meta.url), {
    workerData: request,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB_MAX },
    // Neither our secrets nor our flags, and nothing it prints.
    env: {},
    execArgv: [],
    stdout: true,
    stderr: true,
  });
  const answered = Promise.withResolvers<unknown>();
  const onAbort = (): void => answered.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  worker.once("message", answered.resolve);
  worker.once("error", answered.reject);
  worker.once("exit", () => answered.reject(new Error("The chart could not be drawn.")));
  try {
    const answer = answerShape.parse(await answered.promise);
    if ("failure" in answer) throw new Error(answer.failure);
    return answer.chart;
  } finally {
    signal.removeEventListener("abort", onAbort);
    await worker.terminate();
  }
}
