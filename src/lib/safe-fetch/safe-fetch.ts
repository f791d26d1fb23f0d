// The one way to get what an untrusted URL leads to: every hop is checked and dialled at a checked address, nothing of ours is sent
// along (no cookie, no credential, no proxy), and time, size and kind of the answer have bounds.

import { request } from "undici";
import { childController, endsWithin, type Timers } from "../abort.ts";
import type { ResolveName } from "./checked-dial.ts";
import { createGuardedAgent } from "./guarded-agent.ts";
import { ACCEPTED_ENCODINGS, type BodyBounds, readBody } from "./read-body.ts";
import { RefusedRequest } from "./refused-request.ts";
import { bodyFailure, requestFailure } from "./request-failure.ts";
import { createUrlRules } from "./url-rules.ts";

export interface FetchBounds extends BodyBounds {
  /** Until the connection stands, for each hop. */
  readonly connectMs: number;
  /** Until the header is complete, for each hop. */
  readonly headerMs: number;
  /** For all of it, hops and body. */
  readonly totalMs: number;
  readonly headerBytesMax: number;
  readonly redirectsMax: number;
}

export interface SafeFetchOptions {
  readonly timers: Timers;
  readonly userAgent: string;
  /** Networks that may be reached although they are not public, each in so many words: an intranet, 198.18.0.0/15 behind a fake-ip proxy. */
  readonly allowCidrs?: readonly string[];
  /** Absent: 80 and 443. */
  readonly ports?: readonly number[];
  readonly bounds?: Partial<FetchBounds>;
  readonly resolve?: ResolveName;
}

export interface FetchOptions {
  readonly signal: AbortSignal;
  readonly accept?: string;
  /** Whether a body of this media type is wanted; one that is not is not read. */
  readonly isWanted?: (mediaType: string) => boolean;
}

export interface Fetched {
  /** Where the last hop led. */
  readonly url: string;
  readonly status: number;
  /** Small letters, without parameters; "" if the answer names none. */
  readonly mediaType: string;
  readonly charset: string | undefined;
  /** As the answer says it. */
  readonly length: number | undefined;
  /** Absent: its kind is not wanted. */
  readonly body?: Buffer;
  readonly isCut: boolean;
}

export interface SafeFetch {
  /** Throws RefusedRequest with a sentence for whoever asked, or the reason of the signal. */
  fetch(url: string, options: FetchOptions): Promise<Fetched>;
  close(): Promise<void>;
}

const REDIRECTS = [301, 302, 303, 307, 308];
const MEDIA_TYPE = /^\s*([\w.+-]{1,100}\/[\w.+-]{1,100})/;
const CHARSET = /;\s{0,20}charset\s{0,10}=\s{0,10}"?([\w:.-]{1,40})/i;

const boundsByDefault: FetchBounds = {
  connectMs: 10_000,
  headerMs: 15_000,
  totalMs: 45_000,
  headerBytesMax: 32 * 1024,
  wireBytesMax: 5 * 1024 * 1024,
  bodyBytesMax: 10 * 1024 * 1024,
  redirectsMax: 5,
};

export function createSafeFetch(options: SafeFetchOptions): SafeFetch {
  const { timers, userAgent, allowCidrs, ports, resolve } = options;
  const bounds = { ...boundsByDefault, ...options.bounds };
  const agent = createGuardedAgent({ allowCidrs, resolve, ...bounds });
  const checkUrl = createUrlRules(ports);

  async function follow(first: string, asked: FetchOptions, signal: AbortSignal): Promise<Fetched> {
    let url = checkUrl(first);
    for (let redirects = 0; ; redirects += 1) {
      const answer = await ask(url, asked, signal);
      const { location } = answer.headers;
      if (!REDIRECTS.includes(answer.statusCode) || location === undefined) return read(url, answer, asked);
      answer.body.on("error", () => {}).destroy();
      if (redirects === bounds.redirectsMax) {
        throw new RefusedRequest(`It leads on and on: over ${bounds.redirectsMax} redirects.`);
      }
      url = checkUrl(oneOf(location), url);
    }
  }

  async function ask(url: URL, { accept = "*/*" }: FetchOptions, signal: AbortSignal) {
    const waiting = new AbortController();
    const late = new RefusedRequest(`${url.host} did not answer within ${bounds.headerMs / 1_000} seconds.`);
    const cancel = timers.after(bounds.headerMs, () => waiting.abort(late));
    const either = AbortSignal.any([signal, waiting.signal]);
    try {
      const headers = { accept, "accept-encoding": ACCEPTED_ENCODINGS, "user-agent": userAgent };
      const asking = request(url, { dispatcher: agent, method: "GET", headers, signal: either });
      // While a name is looked up or a connection made, the request itself does not hear its signal.
      return await endsWithin(asking, { timers, signal: either, graceMs: 0, onAbandoned: () => {} });
    } catch (error) {
      throw either.aborted ? either.reason : requestFailure(error, url.host);
    } finally {
      cancel();
    }
  }

  async function read(url: URL, answer: Answer, { isWanted = () => true }: FetchOptions): Promise<Fetched> {
    const type = oneOf(answer.headers["content-type"]);
    const mediaType = MEDIA_TYPE.exec(type)?.[1]?.toLowerCase() ?? "";
    const length = Number(oneOf(answer.headers["content-length"]) || Number.NaN);
    const head = {
      url: url.href,
      status: answer.statusCode,
      mediaType,
      charset: CHARSET.exec(type)?.[1]?.toLowerCase(),
      length: Number.isSafeInteger(length) ? length : undefined,
    };
    if (!isWanted(mediaType)) {
      answer.body.on("error", () => {}).destroy();
      return { ...head, isCut: false };
    }
    const { bytes, isCut } = await readBody(answer.body, oneOf(answer.headers["content-encoding"]), bounds);
    return { ...head, body: bytes, isCut };
  }

  return {
    fetch: async (url, asked) => {
      const { controller, release } = childController(asked.signal);
      const late = new RefusedRequest(`It was not complete within ${bounds.totalMs / 1_000} seconds.`);
      const cancel = timers.after(bounds.totalMs, () => controller.abort(late));
      try {
        return await follow(url, asked, controller.signal);
      } catch (error) {
        if (controller.signal.aborted) throw controller.signal.reason;
        throw bodyFailure(error);
      } finally {
        cancel();
        release();
      }
    },
    close: () => agent.destroy(),
  };
}

type Answer = Awaited<ReturnType<typeof request>>;

const oneOf = (value: string | string[] | undefined): string => (Array.isArray(value) ? value[0] : value) ?? "";
