// Failures as typed errors. A vendor's or an engine's failure becomes one of these codes at its edge; the sentence a person
// reads for each code is made in user-text.ts, the operator reads code, message and cause in the log.

export type ErrorCode =
  // a model provider (the policy for each is in runtime/failover-policy.ts)
  | "provider-rate-limited"
  | "provider-overloaded"
  | "provider-unavailable"
  | "provider-timeout"
  | "provider-stream-broken"
  | "provider-auth"
  | "provider-refused"
  | "provider-bad-reply"
  | "context-too-long"
  | "context-unfittable"
  // a task
  | "cancelled"
  | "task-timeout"
  | "task-stuck"
  | "task-budget"
  | "crash-loop"
  | "shutting-down"
  // a program that works as an agent
  | "program-off"
  | "program-missing"
  | "program-failed"
  | "program-interrupted"
  | "not-allowed"
  | "fenced"
  // the ledger
  | "storage-full"
  | "storage-readonly"
  | "storage-corrupt"
  | "storage-newer"
  | "storage-locked"
  | "storage-failed"
  // the way in
  | "bad-config"
  | "bad-input"
  | "not-found"
  | "file-unavailable"
  | "port-taken"
  | "internal";

export interface ErrorDetails {
  readonly cause?: unknown;
  /** The other side said when to come back. */
  readonly retryAfterMs?: number;
}

export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** Any thrown thing as an AppError; what is not ours becomes `internal` with the thing as its cause. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new AppError("internal", message, { cause: thrown });
}
