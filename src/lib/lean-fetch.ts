// For the same few requests again and again, to a model and to a platform: `fetch` as its callers know it, over undici's plain request, at
// less than half its cost. What is no text goes the common way, and so does what is sent on to another address.

import type { Readable } from "node:stream";
import { request } from "undici";

/** Where a `Response` may have no body. */
const BODILESS: readonly number[] = [204, 205, 304];
const TEXT = "text/plain;charset=UTF-8";
const SMALL_BYTES_MAX = 65_536;

type Told = Readonly<Record<string, string | string[] | undefined>>;

/** `silenceMs`: how long a server may say nothing; absent: the library's five minutes. */
export const createLeanFetch =
  (silenceMs?: number): typeof globalThis.fetch =>
  async (input, init = {}) => {
    const { method = "GET", body = null, signal, redirect = "follow" } = init;
    if (input instanceof Request || (body !== null && typeof body !== "string")) return fetch(input, init);
    const headers = headersToSend(init.headers, body !== null);
    const bounds = silenceMs === undefined ? {} : { headersTimeout: silenceMs, bodyTimeout: silenceMs };
    try {
      const answer = await request(input, { method, headers, body, signal: signal ?? null, ...bounds });
      const { statusCode: status, headers: told } = answer;
      const isSentOn = status >= 300 && status < 400 && told.location !== undefined && redirect !== "manual";
      if (isSentOn || BODILESS.includes(status)) await answer.body.dump();
      if (isSentOn && redirect === "error") throw new Error("the server sends on to another address");
      // It has done nothing with it.
      if (isSentOn) return await fetch(input, init);
      if (BODILESS.includes(status)) return new Response(null, { status, headers: headersOf(told) });
      const content = isSmall(told)
        ? await answer.body.text()
        : unpacked(streamOf(answer.body), told["content-encoding"]);
      return new Response(content, { status, headers: headersOf(told) });
    } catch (error) {
      signal?.throwIfAborted();
      throw error instanceof TypeError ? error : new TypeError("fetch failed", { cause: error });
    }
  };

export const leanFetch = createLeanFetch();

/** They are not copied where they need not be: to check each again costs as much as the request. */
function headersToSend(given: RequestInit["headers"], hasBody: boolean): Headers | Record<string, string> {
  const headers =
    Array.isArray(given) || given === undefined ? new Headers(given) : (given as Headers | Record<string, string>);
  const names = headers instanceof Headers ? headers.keys() : Object.keys(headers);
  if (!hasBody || [...names].some((name) => name.toLowerCase() === "content-type")) return headers;
  const typed = new Headers(headers);
  typed.set("content-type", TEXT);
  return typed;
}

/** The short answer of a platform, read in one piece. */
const isSmall = (told: Told): boolean =>
  told["content-encoding"] === undefined &&
  String(told["content-type"]).startsWith("application/json") &&
  Number(told["content-length"] ?? Number.POSITIVE_INFINITY) <= SMALL_BYTES_MAX;

function streamOf(body: Readable): ReadableStream<Uint8Array<ArrayBuffer>> {
  const pieces: AsyncIterator<Uint8Array<ArrayBuffer>> = body[Symbol.asyncIterator]();
  return new ReadableStream({
    pull: async (controller) => {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: () => void body.destroy(),
  });
}

/** Nobody asked for it to be packed; some do it all the same. */
function unpacked(bytes: ReadableStream<Uint8Array<ArrayBuffer>>, encoding: unknown): ReadableStream {
  return encoding === "gzip" || encoding === "deflate" ? bytes.pipeThrough(new DecompressionStream(encoding)) : bytes;
}

function headersOf(told: Told): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(told))
    for (const each of typeof value === "string" ? [value] : (value ?? [])) headers.append(name, each);
  return headers;
}
