// The open API as the channel calls it: every call has a deadline, keeps the rates, renews a token that was taken back, and fails
// with a FeishuFailure that says what its failing means. Never logs a token or what was said.

import { z } from "zod";
import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { FeishuSettings } from "../../core/platform-settings.ts";
import { childController } from "../../lib/abort.ts";
import { leanFetch } from "../../lib/lean-fetch.ts";
import { createCallLanes } from "./call-lanes.ts";
import { brokenCall, FeishuFailure, failureFrom, RATE_CODES, TOKEN_CODES } from "./feishu-failure.ts";
import { createTenantToken } from "./tenant-token.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface CallOptions {
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  /** Calls with the same one share a rate: `chat:oc_...`, `card:7...`. */
  readonly lane?: string;
  /** Not tried again by itself when the rate is exceeded: the next call says more. */
  readonly isPassing?: boolean;
  readonly timeoutMs?: number;
}

export interface UploadedFile {
  /** The form's name for it. */
  readonly field: string;
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface FeishuApi {
  /** `path` is below `/open-apis`; gives the answer's `data`, or its fields where it has none. Throws a FeishuFailure. */
  call(method: Method, path: string, options?: CallOptions): Promise<Record<string, unknown>>;
  /** Throws `too-large` as a FeishuFailure of kind refused with the code 413. */
  download(
    path: string,
    query: Record<string, string>,
    bytesMax: number,
    signal: AbortSignal,
  ): Promise<{ mediaType: string; bytes: Uint8Array }>;
  upload(
    path: string,
    fields: Readonly<Record<string, string>>,
    file: UploadedFile,
    signal?: AbortSignal,
  ): Promise<Record<string, unknown>>;
}

export interface FeishuApiParts {
  readonly settings: FeishuSettings;
  readonly clock: Clock;
  readonly log: Log;
}

const TIMEOUT_MS = 10_000;
const FILE_TIMEOUT_MS = 60_000;
const TRIES_MAX = 4;
/** Documented: 5 messages a second and chat, 10 operations and card, 50 calls and API. */
const LANE_PER_SECOND = 5;
const API_PER_SECOND = 45;
const TOO_LARGE = 413;

const answerShape = z.looseObject({
  code: z.number(),
  msg: z.string().default(""),
  data: z.record(z.string(), z.unknown()).nullish(),
});

interface Call {
  readonly method: Method;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | FormData;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly lane?: string | undefined;
  readonly isPassing: boolean;
}

const never = new AbortController().signal;

export function createFeishuApi({ settings, clock, log }: FeishuApiParts): FeishuApi {
  const token = createTenantToken(settings, clock);
  const lanes = createCallLanes(clock);
  const base = `${settings.domain.replace(/\/+$/, "")}/open-apis`;

  /** One call to its end, with what can be mended here mended: a token taken back, a rate exceeded. */
  async function work<T>(call: Call, read: (response: Response) => Promise<T>): Promise<T> {
    const api = `${call.method} ${apiOf(call.path)}`;
    let isTokenNew = false;
    for (let tries = 1; ; tries += 1) {
      await lanes.pass(api, API_PER_SECOND, call.signal).catch(notSent);
      if (call.lane !== undefined) await lanes.pass(call.lane, LANE_PER_SECOND, call.signal).catch(notSent);
      const held = await token.get();
      const startedAt = clock.now();
      try {
        return await once(call, held, read);
      } catch (thrown) {
        const failure = thrown instanceof FeishuFailure ? thrown : brokenCall(thrown);
        const { code, kind, logId, retryAfterMs = 0 } = failure;
        const ms = clock.now() - startedAt;
        // One that was given up here is none of the platform's failures.
        const level = call.signal.aborted && code === 0 ? "debug" : "warn";
        log[level]("feishu call failed", { api, code, kind, logId, ms, tries, reason: failure.message });
        if (TOKEN_CODES.has(code) && !isTokenNew) {
          token.forget(held);
          isTokenNew = true;
          continue;
        }
        if (!RATE_CODES.has(code)) throw failure;
        lanes.hold(failure.isWholeApi || call.lane === undefined ? api : call.lane, retryAfterMs);
        if (call.isPassing || tries >= TRIES_MAX) throw failure;
      }
    }
  }

  async function once<T>(call: Call, held: string, read: (response: Response) => Promise<T>): Promise<T> {
    const { controller, release } = childController(call.signal);
    const cancel = clock.after(call.timeoutMs, () => controller.abort(new Error("no answer in time")));
    try {
      const response = await leanFetch(`${base}${call.path}${queryOf(call.query)}`, {
        method: call.method,
        headers: { ...call.headers, authorization: `Bearer ${held}` },
        signal: controller.signal,
        redirect: "error",
        ...(call.body === undefined ? {} : { body: call.body }),
      });
      return await read(response);
    } finally {
      cancel();
      release();
    }
  }

  return {
    call: (method, path, options = {}) =>
      work(
        {
          method,
          path,
          query: options.query ?? {},
          headers: options.body === undefined ? {} : { "content-type": "application/json; charset=utf-8" },
          ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
          timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
          signal: options.signal ?? never,
          lane: options.lane,
          isPassing: options.isPassing ?? false,
        },
        readAnswer,
      ),
    download: (path, query, bytesMax, signal) =>
      work(
        { method: "GET", path, query, headers: {}, timeoutMs: FILE_TIMEOUT_MS, signal, isPassing: false },
        (response) => readFile(response, bytesMax),
      ),
    upload: (path, fields, file, signal = never) => {
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.set(name, value);
      form.set(file.field, new Blob([Uint8Array.from(file.bytes)]), file.name);
      const call: Call = {
        ...{ method: "POST", path, query: {}, headers: {}, timeoutMs: FILE_TIMEOUT_MS, signal, isPassing: false },
        body: form,
      };
      return work(call, readAnswer);
    },
  };
}

/** The address without ids, for which the platform counts. */
const apiOf = (path: string): string => path.replace(/\/(?=[^/]*[\d_-])[\w-]{10,}/g, "/:id");

const queryOf = (query: Readonly<Record<string, string>>): string => {
  const text = new URLSearchParams(query).toString();
  return text === "" ? "" : `?${text}`;
};

function notSent(reason: unknown): never {
  const why = reason instanceof Error ? reason.message : "given up";
  throw new FeishuFailure(`not sent: ${why}`, { code: 0, kind: "retry" });
}

async function readAnswer(response: Response): Promise<Record<string, unknown>> {
  const text = await response.text();
  const answer = answerShape.safeParse(quietJson(text)).data;
  if (!answer) throw refusal(response, undefined, `HTTP ${response.status} without an answer of the platform`);
  const { code, msg, data, ...fields } = answer;
  if (code !== 0) throw refusal(response, code, msg);
  return data ?? fields;
}

function refusal(response: Response, code: number | undefined, text: string): FeishuFailure {
  const reset = Number(response.headers.get("x-ogw-ratelimit-reset") ?? Number.NaN);
  return failureFrom({
    httpStatus: response.status,
    code,
    text,
    logId: response.headers.get("x-tt-logid") ?? undefined,
    resetSeconds: Number.isFinite(reset) ? reset : undefined,
  });
}

async function readFile(
  response: Response,
  bytesMax: number,
): Promise<{ readonly mediaType: string; readonly bytes: Uint8Array }> {
  const mediaType = response.headers.get("content-type")?.split(";")[0]?.trim() ?? "application/octet-stream";
  // A refusal is JSON; so may be a file, which comes with 200 and without a code.
  if (!response.ok) {
    await readAnswer(response);
    throw refusal(response, undefined, "no file came");
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > bytesMax) throw new FeishuFailure("the file is too large", { code: TOO_LARGE, kind: "refused" });
    chunks.push(chunk);
  }
  return { mediaType, bytes: new Uint8Array(Buffer.concat(chunks)) };
}

function quietJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
