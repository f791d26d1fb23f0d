// One table: what a vendor or the network says went wrong -> our error codes. Reads both SDKs' errors by their shape, so it
// imports neither; must not know which failure is retried or passed on (runtime/failover-policy.ts does).

import { AppError, type ErrorCode, type ErrorDetails } from "../../core/errors.ts";
import { isJsonObject } from "../../core/json.ts";

const MESSAGE_CHARS_MAX = 300;
const CAUSES_MAX = 8;

/** An error the vendor sent as a message of the stream, after it had answered 200. */
export class VendorErrorEvent extends Error {
  override readonly name = "VendorErrorEvent";
  readonly body: unknown;

  constructor(body: unknown) {
    super(wordsOf(body).message);
    this.body = body;
  }
}

export interface Circumstances {
  readonly provider: string;
  readonly signal: AbortSignal;
  /** Never shown, whatever the vendor quotes back. */
  readonly secrets: readonly string[];
  /** The vendor had begun to answer. */
  readonly isStreaming: boolean;
}

/** What a vendor says about a failed request, wherever in its answer it says it. */
export interface VendorFailure {
  readonly status: number | undefined;
  /** Its machine-readable words: type, code, status. */
  readonly kinds: string;
  readonly message: string;
  readonly parameter: string | undefined;
}

/** "The conversation is too long", in every vendor's words. */
const CONTEXT_TOO_LONG: readonly RegExp[] = [
  /context[_ ]?(length|window|size)[_ ]?(is[_ ])?exceed/i, // OpenAI's code, Azure, Together, many copies
  /prompt is too long|input is too long/i, // Anthropic, Bedrock
  /(exceeds?|exceeded|beyond|larger than|longer than|greater than) (the |this |your )?(model'?s? )?(available |maximum |max )?context/i, // OpenAI, llama.cpp, LM Studio
  /(maximum|max)( (model|context|prompt|input|sequence))+ (length|size|window)/i, // OpenAI, vLLM, DeepSeek, OpenRouter, xAI, Mistral
  /context window exceeds limit/i, // MiniMax
  /(input|prompt) (token )?(count|length)\b.*(exceeds|exceeded|limit)/i, // Gemini, Ollama, Copilot
  /exceed_context_size/i, // llama.cpp's type
  /reduce (the length of|your) (the )?(messages|prompt|input)/i, // Groq, older OpenAI
  /exceeded model token limit/i, // Kimi
  /range of input length should be/i, // Qwen (DashScope)
  /`inputs` tokens \+ `max_new_tokens` must be/i, // TGI
  /too many (input )?tokens|token limit exceeded/i,
  /request_too_large|request too large|request exceeds the maximum size/i, // Anthropic (bytes), OpenAI and Groq (one request above the limit per minute)
  /prompt 超长|输入.{0,6}(过长|超长|超出|超过)|上下文.{0,6}(过长|超长|超出|超过)/i, // Zhipu, Baidu, gateways
];

const NO_MONEY =
  /insufficient[_ ]?(quota|balance|funds|credits?)|billing_(error|hard_limit|not_active)|credit balance is too low|arrearage|spend_limit|usage limits|余额不足|欠费/i;
const MISCONFIGURED =
  /authentication_error|permission_error|invalid_api_key|not_found_error|model_not_found|invalid model( id)?\b|unknown model|model.{0,80}(does not exist|not found|not exist)|\/v1\/responses|not a chat model|reasoning_effort/i;
const OVERLOADED = /overload|over capacity|at capacity|server is busy|slow down|繁忙|过载/i;
const RATE_LIMITED = /rate[_ -]?limit|too many requests|throttl/i;
const TIMED_OUT = /timeout.?error|timed out|deadline exceeded/i;
const SERVER_FAULT = /server_error|api_error|internal_error|internal server error/i;
const REFUSED = /invalid_request|content_filter|content_policy|data_inspection/i;

interface Row {
  readonly code: ErrorCode;
  readonly statuses?: readonly number[];
  /** Words that decide; where `statuses` is given too, either is enough. */
  readonly words?: RegExp;
  /** The words count only with one of these; `undefined` is an error inside a stream. */
  readonly wordsWith?: readonly (number | undefined)[];
}

// The first row that fits decides. 404 and an unknown model are `provider-auth`: it is the operator's configuration that is
// wrong, the next provider of the chain may well work, and the sentence a person reads then points to the administrator.
const rows: readonly Row[] = [
  { code: "provider-auth", words: NO_MONEY, wordsWith: [400, 402, 403, 429, undefined] },
  { code: "context-too-long", statuses: [413] },
  ...CONTEXT_TOO_LONG.map((words): Row => ({ code: "context-too-long", words, wordsWith: [400, 422, 500, undefined] })),
  // One request above the limit a minute: waiting never helps. Other words of a 429 about tokens only mean to wait.
  { code: "context-too-long", words: /request too large/i, wordsWith: [429] },
  { code: "provider-rate-limited", statuses: [429], words: RATE_LIMITED, wordsWith: [undefined] },
  { code: "provider-overloaded", statuses: [529], words: OVERLOADED, wordsWith: [500, 502, 503, undefined] },
  { code: "provider-timeout", statuses: [408, 504, 524], words: TIMED_OUT, wordsWith: [undefined] },
  {
    code: "provider-auth",
    statuses: [401, 402, 403, 404],
    words: MISCONFIGURED,
    wordsWith: [400, 422, undefined],
  },
  { code: "provider-unavailable", words: SERVER_FAULT, wordsWith: [undefined] },
  { code: "provider-refused", words: REFUSED, wordsWith: [undefined] },
];

const fits = (row: Row, failure: VendorFailure): boolean => {
  if (failure.status !== undefined && row.statuses?.includes(failure.status)) return true;
  if (!row.words || !row.wordsWith?.includes(failure.status)) return false;
  return row.words.test(`${failure.kinds} ${failure.message}`);
};

function codeOf(failure: VendorFailure): ErrorCode {
  const row = rows.find((candidate) => fits(candidate, failure));
  if (row) return row.code;
  if (failure.status === undefined) return "provider-stream-broken";
  return failure.status >= 500 ? "provider-unavailable" : "provider-refused";
}

export const isContextTooLong = (failure: VendorFailure): boolean => codeOf(failure) === "context-too-long";

/** The vendor's own words about a thrown thing; undefined if the vendor said nothing (the network failed). */
export function vendorFailureOf(thrown: unknown): VendorFailure | undefined {
  if (thrown instanceof VendorErrorEvent) return wordsOf(thrown.body);
  if (!(thrown instanceof Error) || !("status" in thrown) || typeof thrown.status !== "number") return undefined;
  const words = wordsOf("error" in thrown ? thrown.error : undefined);
  return { ...words, status: thrown.status, message: words.message || thrown.message };
}

function wordsOf(body: unknown): VendorFailure {
  if (!isJsonObject(body)) {
    return { status: undefined, kinds: "", message: typeof body === "string" ? body : "", parameter: undefined };
  }
  // Anthropic and most others wrap: {"error": {...}}; Ollama: {"error": "text"}.
  if (body.error !== undefined && body.error !== null) return wordsOf(body.error);
  const { type, code, status, message, param } = body;
  const detail = isJsonObject(body.details) ? body.details.error_code : undefined;
  const number = [code, status].find((value) => typeof value === "number" && value >= 400 && value < 600);
  return {
    status: typeof number === "number" ? number : undefined,
    kinds: [type, code, status, detail].filter((value) => typeof value === "string").join(" "),
    message: typeof message === "string" ? message : JSON.stringify(body),
    parameter: typeof param === "string" ? param : undefined,
  };
}

/** Any thrown thing of a model request as the one error it stands for. */
export function providerFailure(thrown: unknown, circumstances: Circumstances): AppError {
  const { provider, signal, secrets, isStreaming } = circumstances;
  if (signal.aborted) return new AppError("cancelled", `${provider}: the request was stopped`, { cause: thrown });
  if (thrown instanceof AppError) return thrown;
  const failure = vendorFailureOf(thrown);
  if (failure) {
    const status = failure.status === undefined ? "" : `${failure.status} `;
    const message = cleanMessage(`${provider}: ${status}${failure.message}`, secrets);
    return new AppError(codeOf(failure), message, { ...retryAfterOf(thrown), cause: thrown });
  }
  const chain = causesOf(thrown);
  const message = cleanMessage(`${provider}: ${chain.map((error) => error.message).join(": ")}`, secrets);
  const isTimeout = chain.some((error) => TIMED_OUT.test(error.message));
  const code = isTimeout ? "provider-timeout" : isStreaming ? "provider-stream-broken" : "provider-unavailable";
  return new AppError(code, message, { cause: thrown });
}

function causesOf(thrown: unknown): readonly Error[] {
  const chain: Error[] = [];
  for (let cause = thrown; cause instanceof Error && chain.length < CAUSES_MAX; cause = cause.cause) chain.push(cause);
  return chain.length > 0 ? chain : [new Error(String(thrown))];
}

function retryAfterOf(thrown: unknown): Pick<ErrorDetails, "retryAfterMs"> {
  if (!(thrown instanceof Error) || !("headers" in thrown) || !(thrown.headers instanceof Headers)) return {};
  const retryAfterMs = retryAfterMsFrom(thrown.headers);
  return retryAfterMs === undefined ? {} : { retryAfterMs };
}

export function retryAfterMsFrom(headers: Headers): number | undefined {
  const milliseconds = numberFrom(headers.get("retry-after-ms"));
  if (milliseconds !== undefined) return Math.ceil(milliseconds);
  const retryAfter = headers.get("retry-after");
  const seconds = numberFrom(retryAfter);
  if (seconds !== undefined) return Math.ceil(seconds * 1000);
  // Date.parse makes a date of nearly anything, "-5" for one.
  const at = Date.parse(retryAfter?.endsWith("GMT") ? retryAfter : "");
  if (Number.isNaN(at)) return undefined;
  // By the server's own clock where it tells it: ours may be wrong.
  const serverNow = Date.parse(headers.get("date") ?? "");
  return Math.max(0, at - (Number.isNaN(serverNow) ? Date.now() : serverNow));
}

function numberFrom(text: string | null): number | undefined {
  if (text === null || !/^\s*\d+(\.\d+)?\s*$/.test(text)) return undefined;
  return Number(text);
}

const KEY_LIKE = /\b(?:sk|pk|rk|gsk|xai|ghp|AIza)[-_][\w*.-]{6,}|\bAIza[\w-]{10,}|\bBearer\s+\S+|\S*\*{3,}\S*/g;

/** One short line without keys: vendors quote them back, whole or masked. */
function cleanMessage(message: string, secrets: readonly string[]): string {
  let clean = message;
  for (const secret of secrets) if (secret.length >= 4) clean = clean.replaceAll(secret, "[key]");
  clean = clean.replace(KEY_LIKE, "[key]").replace(/\s+/g, " ").trim();
  return clean.length > MESSAGE_CHARS_MAX ? `${clean.slice(0, MESSAGE_CHARS_MAX - 1)}…` : clean;
}
