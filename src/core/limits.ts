// The bounds a task works within; the numbers come from the configuration.

export interface Limits {
  readonly taskSeconds: number;
  readonly toolSeconds: number;
  readonly firstTokenSeconds: number;
  readonly idleTokenSeconds: number;
  readonly modelCallsPerTask: number;
  readonly toolResultChars: number;
  readonly taskUsd: number;
  readonly replyChars: number;
}
