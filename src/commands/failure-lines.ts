// What ends the program, as an operator reads it.

import { toAppError } from "../core/errors.ts";

/** A failure of the program itself as the lines an operator reads. */
export function failureLines(error: unknown): string {
  const failure = toAppError(error);
  return failure.code === "internal" && error instanceof Error ? (error.stack ?? error.message) : failure.message;
}
