// What a refusal or a broken call of the open platform means, by its code: is it final, was it surely not done, or does nobody know.

export type FailureKind =
  /** It will never be taken like this. */
  | "refused"
  /** Surely not done; again, later. */
  | "retry"
  /** Nobody knows; again with the same uuid only. */
  | "uncertain";

export interface FailureDetails {
  readonly code: number;
  readonly kind: FailureKind;
  readonly retryAfterMs?: number;
  /** Of 230099, which is an envelope. */
  readonly innerCode?: number;
  /** Of 99991672: one of these is missing, and where it is granted. */
  readonly scopes?: readonly string[];
  readonly grantUrl?: string;
  readonly logId?: string;
  /** The rate of the whole address is used up, not that of a chat or a card. */
  readonly isWholeApi?: boolean;
  /** The app itself is refused: its id or its secret. */
  readonly isAppRefused?: boolean;
}

export class FeishuFailure extends Error {
  override readonly name = "FeishuFailure";
  /** 0: no answer of the platform. */
  readonly code: number;
  readonly kind: FailureKind;
  readonly retryAfterMs: number | undefined;
  readonly innerCode: number | undefined;
  readonly scopes: readonly string[];
  readonly grantUrl: string | undefined;
  readonly logId: string | undefined;
  readonly isWholeApi: boolean;
  readonly isAppRefused: boolean;

  constructor(message: string, details: FailureDetails) {
    super(message);
    this.code = details.code;
    this.kind = details.kind;
    this.retryAfterMs = details.retryAfterMs;
    this.innerCode = details.innerCode;
    this.scopes = details.scopes ?? [];
    this.grantUrl = details.grantUrl;
    this.logId = details.logId;
    this.isWholeApi = details.isWholeApi ?? false;
    this.isAppRefused = details.isAppRefused ?? false;
  }

  /** Whether this, or what it envelops, is one of the codes. */
  is(codes: ReadonlySet<number>): boolean {
    return codes.has(this.code) || (this.innerCode !== undefined && codes.has(this.innerCode));
  }
}

export const SCOPE_MISSING = 99991672;
const GATEWAY_LIMIT = 99991400;
const BUSY = 230020;
const BEING_SENT = 230049;
const ENVELOPE = 230099;
const CLICK_PENDING = 200810;
const LIMIT_OR_LOCK = 11310;

export const TOKEN_CODES: ReadonlySet<number> = new Set([99991661, 99991663, 99991668, 99991677]);
/** Answered by waiting here, for what shares the lane. */
export const RATE_CODES: ReadonlySet<number> = new Set([GATEWAY_LIMIT, BUSY]);
/** The message it is about was recalled or deleted. */
export const RECALLED: ReadonlySet<number> = new Set([230011, 230110]);
/** The same, or it cannot be seen. */
export const TARGET_GONE: ReadonlySet<number> = new Set([...RECALLED, 230050, 231003]);
/** Not in the chat, muted, denied, stopped by the person, dissolved: nothing can be said there. */
export const CHAT_CLOSED: ReadonlySet<number> = new Set([230002, 230013, 230018, 230027, 230035, 230053, 232009]);
/** Content audit, loss prevention. */
export const AUDITED: ReadonlySet<number> = new Set([230022, 230028]);

const BUSY_MS = 600;
const SENDING_MS = 1_000;
const CLICK_MS = 500;
const TOKEN_MS = 30_000;

export interface Refused {
  readonly httpStatus: number;
  /** Undefined: the body was none of the platform's. */
  readonly code: number | undefined;
  readonly text: string;
  readonly logId: string | undefined;
  /** Of the gateway's limit. */
  readonly resetSeconds: number | undefined;
}

export function failureFrom({ httpStatus, code, text, logId, resetSeconds }: Refused): FeishuFailure {
  const inner = /ErrCode: (\d{1,9})/.exec(text)?.[1];
  const details = {
    code: code ?? httpStatus,
    ...(logId === undefined ? {} : { logId }),
    isWholeApi: httpStatus === 429,
    ...(code === ENVELOPE && inner !== undefined ? { innerCode: Number(inner) } : {}),
  };
  const message = `code ${details.code}: ${withoutEcho(text)}`;
  const retry = (retryAfterMs: number): FeishuFailure =>
    new FeishuFailure(message, { ...details, kind: "retry", retryAfterMs });

  if (httpStatus >= 500) return new FeishuFailure(message, { ...details, kind: "uncertain" });
  if (code === GATEWAY_LIMIT || httpStatus === 429) return retry((resetSeconds ?? 1) * 1_000);
  if (code === BUSY) return retry(BUSY_MS);
  if (code === BEING_SENT) return retry(SENDING_MS);
  if (code === CLICK_PENDING) return retry(CLICK_MS);
  if (details.innerCode === LIMIT_OR_LOCK && /lock/i.test(text)) return retry(SENDING_MS);
  if (code !== undefined && TOKEN_CODES.has(code)) return retry(TOKEN_MS);
  if (code !== SCOPE_MISSING) return new FeishuFailure(message, { ...details, kind: "refused" });
  const grantUrl = /https?:\/\/[^\s\]"']+/.exec(text)?.[0];
  const scopes = (/\[([^\]]*)\]/.exec(text)?.[1] ?? "").split(/[,\s]+/).filter((scope) => scope !== "");
  return new FeishuFailure(message, {
    ...details,
    kind: "refused",
    scopes,
    ...(grantUrl === undefined ? {} : { grantUrl }),
  });
}

/** What is wrong with a card is told together with a piece of it, which is none of the log's business. */
const withoutEcho = (text: string): string => text.replace(/;?\s*ErrorValue:[\s\S]*$/, "").slice(0, 300);

const NOT_REACHED: ReadonlySet<unknown> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** The call broke: it matters whether it can have arrived. */
export function brokenCall(thrown: unknown): FeishuFailure {
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  const what = cause instanceof Error ? cause.message : "broken off";
  return new FeishuFailure(`no answer: ${what.slice(0, 200)}`, {
    code: 0,
    kind: NOT_REACHED.has(code) ? "retry" : "uncertain",
  });
}
