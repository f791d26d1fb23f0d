// How far agents at work are, as the page asks for it.

import type { Clock } from "../../../core/clock.ts";

export interface AgentProgress {
  /** These and no others. */
  follow(taskIds: readonly string[]): void;
  /** Empty while nothing is known. */
  textOf(taskId: string): string;
}

export function createAgentProgress(parts: {
  readonly fetch: (url: string) => Promise<Response>;
  readonly clock: Clock;
  readonly onChange: () => void;
}): AgentProgress;
