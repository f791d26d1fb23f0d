// What went wrong with a call to Slack, in three kinds: it will never work, it surely did nothing and may work later, or nobody
// knows whether it was done. The one table of Slack's codes.

import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError, WebAPIRequestError } from "@slack/web-api";
import { z } from "zod";

export type SlackFailureKind = "refused" | "retry" | "uncertain";

export interface SlackFailureDetails {
  readonly retryAfterMs?: number | undefined;
  /** Slack's own explanations, such as which block it refused and why. */
  readonly reasons?: readonly string[];
  readonly cause?: unknown;
}

export class SlackFailure extends Error {
  override readonly name = "SlackFailure";
  readonly code: string;
  readonly kind: SlackFailureKind;
  readonly retryAfterMs: number | undefined;
  readonly reasons: readonly string[];

  constructor(method: string, code: string, kind: SlackFailureKind, details: SlackFailureDetails = {}) {
    super(`${method}: ${code}`, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.kind = kind;
    this.retryAfterMs = details.retryAfterMs;
    this.reasons = details.reasons ?? [];
  }
}

/** Codes that are not a plain refusal of this very call. */
const KINDS: Readonly<Record<string, SlackFailureKind>> = {
  ratelimited: "retry",
  rate_limited: "retry",
  message_limit_exceeded: "retry",
  service_unavailable: "retry",
  team_added_to_org: "retry",
  // "Some aspect of the operation may have succeeded."
  fatal_error: "uncertain",
  internal_error: "uncertain",
  request_timeout: "uncertain",
};

/** Somebody can mend these in the workspace or in our settings: what waits to be said must not be given up meanwhile. */
const MENDABLE = new Set([
  "invalid_auth",
  "not_authed",
  "missing_scope",
  "two_factor_setup_required",
  "org_login_required",
]);

/** The request never left, or nobody was there to take it. */
const UNSENT = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

const CODE = /^[a-z][a-z0-9_]{1,80}$/;
const explained = z.object({ response_metadata: z.object({ messages: z.array(z.string()) }) });
const withCode = z.object({ code: z.string() });

export const isMendable = ({ code }: SlackFailure): boolean => MENDABLE.has(code);

/** Whatever the client threw. */
export function slackFailure(method: string, thrown: unknown): SlackFailure {
  if (thrown instanceof SlackFailure) return thrown;
  if (thrown instanceof WebAPIRateLimitedError)
    return new SlackFailure(method, "ratelimited", "retry", { retryAfterMs: thrown.retryAfter * 1_000 });
  if (thrown instanceof WebAPIPlatformError) {
    const { error } = thrown.data;
    // Not an answer of the API, but a page of something in between.
    if (!CODE.test(error)) return new SlackFailure(method, "no_json", "uncertain");
    const reasons = explained.safeParse(thrown.data).data?.response_metadata.messages ?? [];
    return new SlackFailure(method, error, KINDS[error] ?? "refused", { reasons });
  }
  if (thrown instanceof WebAPIHTTPError) {
    const { statusCode } = thrown;
    return new SlackFailure(
      method,
      `http_${statusCode}`,
      statusCode >= 500 || statusCode === 408 ? "uncertain" : "refused",
    );
  }
  const cause = thrown instanceof WebAPIRequestError ? thrown.original : thrown;
  const isUnsent = codesOf(cause).some((code) => UNSENT.has(code));
  return new SlackFailure(method, isUnsent ? "unreachable" : "broken_off", isUnsent ? "retry" : "uncertain", { cause });
}

/** Of the error and of what it was caused by. */
function codesOf(error: unknown): readonly string[] {
  const codes: string[] = [];
  for (let each = error; each instanceof Error && codes.length < 5; each = each.cause)
    codes.push(withCode.safeParse(each).data?.code ?? "");
  return codes;
}
