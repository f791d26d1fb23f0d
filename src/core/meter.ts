// What is counted and timed, as a port: the runtime reports, http/metrics.ts shows.

import type { Usage } from "./model.ts";

export interface Meter {
  messageIn(channel: string, status: string): void;
  taskStarted(kind: string, waitedMs: number): void;
  taskEnded(kind: string, outcome: string, tookMs: number): void;
  modelCalled(model: string, outcome: string, tookMs: number, usage?: Usage, usd?: number): void;
  toolCalled(tool: string, status: string, tookMs: number): void;
  delivered(channel: string, outcome: string): void;
}
