// The thread a chart is drawn in: one chart, then it ends. Started by run-chart-worker.ts, imported by nobody.

import { parentPort, workerData } from "node:worker_threads";
import { drawChartPicture } from "./draw-chart-picture.ts";

drawChartPicture(workerData).then(
  (chart) => parentPort?.postMessage({ chart }),
  (error: unknown) => parentPort?.postMessage({ failure: error instanceof Error ? error.message : String(error) }),
);
